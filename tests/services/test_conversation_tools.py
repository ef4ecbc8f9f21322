"""Tools of a conversation: described as the official client does, run only when somebody allows it, and the model is always told."""

import threading

import pytest

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import Cancelled, UsageProblem
from ollama_magics.services.conversation.tools import MOST_ROUNDS, REFUSED

from .scripted import lines
from .talking import called, done, said, talk, whole


def free_slots(day: str = "today") -> list[str]:
    """Return the free slots of a day.

    Args:
        day: which one.
    """
    return ["14:30", "16:00"]


def price(of: str) -> int:
    """Return a price in euros."""
    return {"chain": 38}[of]


def asks(*chunks):
    return lambda body: lines(*chunks, done())


def test_without_somebody_who_allows_it_no_tool_is_run():
    """The model is told so, and the answer says how to allow it."""
    chat, server = talk(asks(called("free_slots")), whole("I cannot look."), tools=[free_slots])
    answer = chat.ask("When?")
    assert (answer.calls[0].state, answer.calls[0].result) == ("refused", REFUSED)
    assert answer.note == "free_slots was not run: give Chat an on_call, or allow_tools=True."
    assert server.asked("chat")[1]["messages"][-1] == {
        "role": "tool", "content": REFUSED, "tool_name": "free_slots", "tool_call_id": "c1",
    }  # fmt: skip
    assert server.asked("chat")[0]["tools"][0]["function"]["parameters"]["properties"] == {
        "day": {"type": "string", "description": "which one."}
    }


def test_allowed_calls_are_run_and_the_answer_goes_on_after_them():
    """Text before and after a call is one answer, and later turns send all of it with the results."""
    first = asks(said("Let me see."), called("free_slots", day="today"), called("price", "c2", of="chain"))
    chat, server = talk(first, whole("At 14:30, ", "38 €."), tools=[free_slots, price], allow_tools=True)
    pieces = []
    answer = chat.ask("When?", on_delta=pieces.append)
    assert answer.text == "".join(piece.text for piece in pieces) == "Let me see.\n\nAt 14:30, 38 €."
    assert answer.closing == "At 14:30, 38 €."
    assert [(str(call), call.state, call.result) for call in answer.calls] == [
        ('free_slots(day="today")', "allowed", '["14:30", "16:00"]'),
        ('price(of="chain")', "allowed", "38"),
    ]
    assert answer.stats.tokens == 8
    chat.ask("And?")
    sent = server.asked("chat")[2]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool", "assistant", "user"]
    assert sent[1]["tool_calls"][0]["function"] == {"name": "free_slots", "arguments": {"day": "today"}}
    assert sent[4]["content"] == "At 14:30, 38 €."


@pytest.mark.parametrize(("decision", "asked"), [("once", 2), ("chat", 1), ("refuse", 2)])
def test_a_function_decides_each_call(decision, asked):
    """``chat`` allows the tool for the rest of the conversation."""
    calls = []
    chat, _ = talk(
        *[asks(called("price", of="chain")), whole("38 €.")] * 2, tools=[price], on_call=lambda call: calls.append(str(call)) or decision
    )
    for _ in range(2):
        answer = chat.ask("What?")
        assert answer.calls[0].state == ("refused" if decision == "refuse" else "allowed")
    assert calls == ['price(of="chain")'] * asked


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (called("price", of="bell"), "KeyError: 'bell'"),
        (called("price", wrong=1), "TypeError: price() got an unexpected keyword argument 'wrong'"),
        (called("prices", of="chain"), "There is no tool prices: the tools are free_slots, price."),
    ],
)
def test_a_failing_tool_is_told_to_the_model(call, result):
    """The answer goes on; the call is marked."""
    chat, server = talk(asks(call), whole("I do not know."), tools=[free_slots, price], allow_tools=True)
    answer = chat.ask("What?")
    assert (answer.calls[0].state, answer.calls[0].result, answer.state) == ("failed", result, "done")
    assert server.asked("chat")[1]["messages"][-1]["content"] == result


def test_a_model_that_calls_for_ever_is_stopped():
    """The answer is not finished, and says why; it can be gone on with."""
    chat, server = talk(asks(called("price", of="chain")), tools=[price], allow_tools=True)
    answer = chat.ask("What?")
    assert len(server.asked("chat")) == MOST_ROUNDS
    assert (answer.state, answer.note) == ("cut", f"Stopped after {MOST_ROUNDS} rounds of tool calls. The answer is not finished.")
    assert answer.unfinished


def test_a_tool_that_is_only_described_is_left_to_the_caller():
    """The answer ends with the call; nothing is run."""
    described = {"type": "function", "function": {"name": "book", "description": "Book.", "parameters": {"type": "object"}}}
    chat, server = talk(asks(called("book")), tools=[described], allow_tools=True)
    answer = chat.ask("Book it.")
    assert [(call.name, call.state) for call in answer.calls] == [("book", "asks")]
    assert len(server.asked("chat")) == 1
    assert chat.messages[-1] == {"role": "tool", "content": "This call was not run.", "tool_name": "book", "tool_call_id": "c1"}


def test_thinking_goes_back_to_the_model_between_its_calls():
    """A thinking model goes on from what it thought; later turns do not send it. Each round's thinking is a paragraph."""
    first = asks(said(thinking="Chains "), said(thinking="cost."), called("price", of="chain"))
    chat, server = talk(first, asks(said(thinking="38."), said("38 €.")), tools=[price], allow_tools=True)
    answer = chat.ask("What?")
    assert (answer.thinking, answer.thought_tokens, answer.text) == ("Chains cost.\n\n38.", 3, "38 €.")
    assert server.asked("chat")[1]["messages"][1]["thinking"] == "Chains cost."


def test_stop_does_not_wait_for_a_tool():
    """A function that hangs is left alone; what came stays."""
    begun, never = threading.Event(), threading.Event()

    def hang() -> str:
        """Hang."""
        begun.set()
        never.wait(20)
        return ""

    chat, _ = talk(asks(said("Wait."), called("hang")), tools=[hang], allow_tools=True)
    token = CancelToken()
    threading.Thread(target=lambda: begun.wait(5) and token.cancel()).start()
    with pytest.raises(Cancelled):
        chat.ask("Go.", cancel=token)
    never.set()
    answer = chat.answers[0]
    assert (answer.text, answer.state, answer.calls[0].state) == ("Wait.", "stopped", "failed")
    assert chat.messages[-1]["content"] == "This call was stopped before it ended."


@pytest.mark.parametrize("tools", [[price, price], [{"type": "function"}], [lambda *args: 1]])
def test_tools_that_cannot_be_told_apart_or_described_are_refused(tools):
    """Before anything is sent."""
    with pytest.raises(UsageProblem):
        talk(whole("x"), tools=tools)


def test_a_decision_on_no_call_is_refused():
    """A second click is told."""
    chat, _ = talk(whole("x"), tools=[price])
    with pytest.raises(UsageProblem, match="is no decision"):
        chat.decide("c1", "maybe")
    with pytest.raises(UsageProblem, match="no call c1 asks"):
        chat.decide("c1", "once")
