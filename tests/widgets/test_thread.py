"""The thread of a panel: what it shows of a conversation, and what its views may ask for."""

from __future__ import annotations

import base64
import threading
from types import SimpleNamespace as Record

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pressing import press
from services.scripted import plain
from services.talking import Held, broken, called, done, rendered, talk, whole

from ollama_magics.services.versions import Versions
from ollama_magics.widgets.chat import ChatPanel
from ollama_magics.widgets.panel import Panel
from ollama_magics.widgets.thread import Thread
from ollama_magics.widgets.threadstate import new_thread

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def ask(panel: Panel, method: str = "ask", **params) -> dict:
    """Send a request, wait for the answer it starts, and return the reply."""
    reply = press(panel, method, f"v:{next(_NUMBERS)}", **params)
    panel.thread.wait(5)
    return reply


_NUMBERS = iter(range(10_000))


def turns(panel: Panel) -> list[dict]:
    return panel.state.value("turns")


def test_everything_a_person_can_do_is_a_request() -> None:
    chat, _ = talk(whole("One."), whole("Two."), whole("Three."))
    panel = ChatPanel(chat, composer=True)
    assert ask(panel, text="Who?")["result"] is True
    ident = turns(panel)[0]["id"]
    ask(panel, "regenerate", id=ident)
    assert (turns(panel)[0]["answer"], turns(panel)[0]["answer_branch"]) == ("Two.", [2, 2])
    ask(panel, "walk", id=ident, which="answer", step=-1)
    assert (turns(panel)[0]["answer"], turns(panel)[0]["answer_branch"]) == ("One.", [1, 2])
    ask(panel, text="And?")
    assert turns(panel)[0]["branch_note"] == "Starts branch 2. The 3 messages after it stay in branch 1."
    ask(panel, "edit", id=ident, text="Where?")
    assert [(turn["question"], turn["question_branch"]) for turn in turns(panel)] == [("Where?", [2, 2])]
    ask(panel, "reset")
    assert turns(panel) == []


@pytest.mark.parametrize("params", [{"text": "  "}, {}])
def test_nothing_is_not_sent(params: dict) -> None:
    assert ask(ChatPanel(talk(whole("One."))[0]), **params)["error"]["message"] == "there is nothing to send"


def test_thread_stands_where_its_panel_wants_it() -> None:
    chat, _ = talk(whole("One."))
    panel = Panel("tuner", {"chat": new_thread("mario")})
    panel.thread = Thread(panel, "chat", chat=chat)
    assert ask(panel, "ask", text="Who?")["error"]["code"] == "usage"
    assert ask(panel, "chat.ask", text="Who?")["result"] is True
    assert panel.state.value("chat", "turns", 0, "answer") == "One."


def test_two_panels_of_one_chat_show_the_same_and_the_second_waits_its_turn() -> None:
    held = Held()
    chat, _ = talk(held)
    first, second = ChatPanel(chat, composer=True), ChatPanel(chat, composer=True)
    press(first, "ask", text="Who?")
    assert held.begun.wait(5)
    third = ChatPanel(chat, composer=True)
    assert ask(second, text="And?")["error"]["message"] == "an answer is still coming"
    assert second.state.value("busy") is third.state.value("busy") is True
    held.go.set()
    assert first.thread.wait(5)
    assert first.state.value("turns") == second.state.value("turns") == third.state.value("turns")
    assert turns(third)[0]["answer"] == "It's-a me!"
    assert third.state.value("busy") is False


def test_what_python_asks_is_shown_too() -> None:
    chat, _ = talk(whole("One."))
    panel = ChatPanel(chat, composer=True)
    chat.ask("Who?")
    assert [(turn["question"], turn["answer"], turn["state"]) for turn in turns(panel)] == [("Who?", "One.", "done")]
    panel.thread.close()
    chat.ask("And?")
    assert len(turns(panel)) == 1


def test_answer_goes_to_the_page_as_added_text_and_nothing_twice(opened) -> None:
    """An answer of n pieces is sent in linear time and space: the text only ever grows."""
    flushes = []

    class Never:
        def __init__(self, flush):
            flushes.append(flush)

        def poke(self):
            pass

        restart = poke

    words = [f"word{index} " for index in range(500)]
    chat, _ = talk(whole(*words))
    panel = ChatPanel(chat, composer=True, pacer=Never)
    held = panel.comm.size
    chat.ask("Write.")
    ops = [op for message in panel.comm.custom if message["kind"] == "delta" for op in message["ops"]]
    assert sum(len(op["d"]) for op in ops if op["p"][-1] == "answer" and "d" in op) == len("".join(words))
    assert [op for op in ops if op["p"][-1] == "answer" and "v" in op] == []
    assert panel.comm.size - held < 3 * len("".join(words)) + 4000


def test_figures_are_counted_until_the_servers_own_come() -> None:
    now = [10.0]
    shown = []
    chat, _ = talk(whole("It ", "It ", "It ", "It "))
    panel = ChatPanel(chat, clock=lambda: now[0])

    def look(piece) -> None:
        shown.append(panel.state.value("turns", 0, "stats"))
        now[0] += 0.2

    chat.ask("Who?", on_delta=look)
    assert shown == ["1 token", "2 tokens", "3 tokens", "4 tokens · 5 tokens/s"]
    assert panel.state.value("turns", 0, "stats").startswith("4 tokens · 2.0 tokens/s")


def test_tool_is_run_when_the_person_at_the_panel_allows_it() -> None:
    ran = []

    def free_slots(day: str) -> list[str]:
        """Free slots of a day."""
        ran.append(day)
        return ["14:30"]

    asked = threading.Event()
    chat, server = talk(lambda body: whole("At 14:30.")(body) if len(body["messages"]) > 1 else _call(body), tools=[free_slots])
    panel = ChatPanel(chat, composer=True)
    panel.thread.chat.watch(_On(lambda calls: asked.set() if calls[-1].state == "asks" else None))
    press(panel, "ask", text="When?")
    assert asked.wait(5)
    (call,) = turns(panel)[0]["calls"]
    assert (call["name"], call["arguments"], call["state"]) == ("free_slots", 'day="today"', "asks")
    assert ran == []
    assert press(panel, "allow", "v:2", id="t1", call=call["id"], how="sometimes")["error"]["code"] == "usage"
    assert press(panel, "allow", "v:3", id="t1", call=call["id"], how="once")["result"] is True
    assert panel.thread.wait(5)
    (call,) = turns(panel)[0]["calls"]
    assert (call["state"], call["result"], ran) == ("allowed", '["14:30"]', ["today"])
    assert turns(panel)[0]["answer"] == "At 14:30."
    assert [message["role"] for message in server.asked("chat")[1]["messages"]] == ["user", "assistant", "tool"]


def test_stop_ends_a_question_about_a_tool() -> None:
    asked = threading.Event()
    chat, _ = talk(lambda body: _call(body), tools=[lambda_free_slots])
    panel = ChatPanel(chat, composer=True)
    chat.watch(_On(lambda calls: asked.set()))
    press(panel, "ask", text="When?")
    assert asked.wait(5)
    press(panel, "stop", "v:2")
    assert panel.thread.wait(5)
    assert turns(panel)[0]["state"] == "stopped"


def lambda_free_slots(day: str) -> list[str]:
    """Free slots of a day."""
    raise AssertionError("nobody allowed it")


lambda_free_slots.__name__ = "free_slots"


def _call(body):
    from services.scripted import lines

    return lines(called("free_slots", day="today"), done())


class _On:
    """A watcher that hears of calls."""

    def __init__(self, calls) -> None:
        self.calls = calls
        self.begun = self.ended = self.changed = lambda: None
        self.piece = lambda piece: None


def test_pictures_come_from_the_page_and_are_shown() -> None:
    chat, server = talk(whole("A chain."))
    panel = ChatPanel(chat, composer=True)
    data = "data:image/png;base64," + base64.b64encode(PNG).decode()
    ask(panel, text="What is it?", images=[{"name": "chain.png", "data": data}])
    assert turns(panel)[0]["images"] == [{"name": "chain.png, 28 B", "url": data}]
    assert server.asked("chat")[0]["messages"][0]["images"] == [base64.b64encode(PNG).decode()]
    reply = ask(panel, text="And this?", images=[{"name": "x.svg", "data": "data:image/svg+xml;base64,PHN2Zz4="}])
    assert reply["error"]["message"] == "x.svg is no picture"


def test_what_was_cut_stands_at_its_place() -> None:
    size = {"prompt_eval_count": 60, "eval_count": 20}
    chat, _ = talk(whole("First.", **size), whole("Second.", **size), rendered(lambda body: "<user>Two?<assistant>"), size=64)
    panel = ChatPanel(chat, composer=True)
    chat.ask("One?")
    assert panel.state.value("cut") is None
    chat.ask("Two?")
    cut = panel.state.value("cut")
    assert cut["turns"] == 1
    assert cut["text"].startswith("2 messages above (about ")
    assert (panel.state.value("context_used"), panel.state.value("context_size")) == (80, 64)


def test_teaching_a_cell_undoing_it_and_creating() -> None:
    versions, made = Versions(), []
    chat, _ = talk(whole("Yes, I do."), versions=versions)

    def create(source: str) -> int:
        made.append(source)
        return 5

    panel = ChatPanel(chat, composer=True, create=create)
    chat.ask("Do you take old bikes?")
    source = "%%modelfile mario\nFROM tutor   # small\n\nSYSTEM You are Mario.\n"
    taught = ask(panel, "teach", id="t1", source=source)["result"]["source"]
    assert taught == source + "MESSAGE user Do you take old bikes?\nMESSAGE assistant Yes, I do.\n"
    notice = panel.state.value("notice")
    assert notice["text"] == "2 MESSAGE lines added to your cell. The model does not know them yet."
    assert [(action["label"], action["method"], action["cell"]) for action in notice["actions"]] == [
        ("Undo", "unteach", True), ("Create mario", "create", True),
    ]  # fmt: skip
    assert turns(panel)[0]["taught"] is True
    assert ask(panel, "unteach", id="t1", source=taught)["result"]["source"] == source
    assert (turns(panel)[0]["taught"], panel.state.value("notice")) == (False, None)
    assert ask(panel, "create", id="t1", source=taught)["result"] is True
    assert made == [taught]
    assert panel.state.value("notice", "text") == "mario v5 is created. It knows the lines."


def test_teaching_without_a_cell_gives_the_lines() -> None:
    chat, _ = talk(whole("Yes,\nI do."))
    panel = ChatPanel(chat, composer=True)
    chat.ask("Do you?")
    text = ask(panel, "teach", id="t1")["result"]["text"]
    assert text == 'MESSAGE user Do you?\nMESSAGE assistant """Yes,\nI do."""\n'
    assert ask(panel, "unteach", id="t1", source="FROM tutor\n")["error"]["message"] == "the lines are not in the cell any more"


def test_text_that_no_modelfile_can_hold_is_not_taught() -> None:
    chat, _ = talk(whole("Yes.\x00"))
    panel = ChatPanel(chat, composer=True)
    chat.ask("Do you?")
    assert "no Modelfile can hold" in ask(panel, "teach", id="t1", source="%%modelfile mario\nFROM tutor\n")["error"]["message"]
    assert turns(panel)[0]["taught"] is False
    assert panel.state.value("notice") is None


def test_introduction_comes_from_the_model_itself() -> None:
    shown = {
        "system": "You are Pip.\nAnswer in two sentences.",
        "messages": [{"role": "user", "content": "Do you repair e-bikes?"}, {"role": "assistant", "content": "Yes."}],
    }
    chat, _ = talk(whole("One."), shown=shown)
    panel = ChatPanel(chat, composer=True)
    panel.thread._introduce()
    assert panel.state.value("intro") == "You are Pip."
    assert panel.state.value("suggestions") == [
        {"label": "Like your example", "text": "Do you repair e-bikes?"},
        {"label": "Tests line 2", "text": "How do you keep to this: Answer in two sentences."},
    ]
    assert chat.examples == ("Do you repair e-bikes?", "Yes.")


def test_texts_of_any_length_make_no_suggestion_of_any_length() -> None:
    shown = {"system": "x" * 100_000 + "\nrule\n" * 10_000, "messages": [{"role": "user", "content": "y" * 100_000}]}
    chat, _ = talk(whole("One."), shown=shown)
    panel = ChatPanel(chat, composer=True)
    panel.thread._introduce()
    assert len(panel.state.value("intro")) < 200
    assert max(len(suggestion["text"]) for suggestion in panel.state.value("suggestions")) < 200
    assert len(panel.state.value("suggestions")) == 3


def test_model_that_is_deleted_meanwhile_is_named_and_the_question_is_kept() -> None:
    gone = {"error": "model 'mario' not found"}
    chat, _ = talk(whole("One."), lambda body: plain(gone, 404), whole("Two."))
    panel = ChatPanel(chat, composer=True)
    ask(panel, text="Who?")
    assert ask(panel, text="And?")["result"] is True
    assert turns(panel)[1]["state"] == "error"
    assert "has no model 'mario'" in turns(panel)[1]["note"]
    assert turns(panel)[1]["error"] == "model 'mario' not found"
    ask(panel, "retry", id=turns(panel)[1]["id"])
    assert (turns(panel)[1]["answer"], turns(panel)[1]["answer_branch"]) == ("Two.", [1, 1])


def test_cell_that_runs_again_lets_go_of_the_chat_it_showed(publisher, monkeypatch) -> None:
    from ollama_magics.magics.output import Screen

    monkeypatch.setattr("ollama_magics.widgets.live.is_built", lambda: True)
    cell = {"metadata": {"cellId": "c1"}}
    screen = Screen(Record(kernel=object(), display_pub=publisher, get_parent=lambda: cell), {})
    chat, _ = talk(whole("One."))
    for at in ("c1", "c1", "c2"):
        cell["metadata"]["cellId"] = at
        assert screen.conversation(chat, "built-in server", lambda source: None)
    looking = []
    for again in ("nowhere", "c1", "c2", "c2"):
        screen.let_go(again)
        before = len(publisher.shown)
        chat.ask("Who?")
        looking.append(len(publisher.shown) - before)
    assert looking == [3, 1, 0, 0]


def test_answers_of_an_older_version_say_so() -> None:
    from ollama_magics.services.servers import server_of

    versions = Versions()
    chat, _ = talk(whole("One."), versions=versions)
    identity = server_of(chat.client).identity
    versions.record(identity, "mario", "FROM tutor", "d1")
    panel = ChatPanel(chat, composer=True)
    chat.ask("Who?")
    versions.record(identity, "mario", "FROM tutor\nSYSTEM x", "d2")
    panel.thread.refresh()
    assert (panel.state.value("version"), turns(panel)[0]["made_by"], turns(panel)[0]["outdated"]) == ("v2", "v1", "v1, now v2")


REQUESTS = st.lists(
    st.tuples(st.sampled_from(["ask", "regenerate", "edit", "walk", "go_on", "retry", "reset"]), st.integers(0, 9), st.booleans()),
    max_size=10,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REQUESTS)
def test_what_is_drawn_step_by_step_is_what_is_drawn_at_once(opened, requests) -> None:
    """Whatever a person does: the panel that saw it all and one that is opened now show the same."""
    ends = iter([whole("One.", reason="length"), broken("Two"), whole("Three."), broken()] * 5)
    chat, _ = talk(lambda body: plain({"error": "no such field"}, 400) if "_debug_render_only" in body else next(ends)(body))
    panel = ChatPanel(chat, composer=True)
    for method, at, forth in requests:
        shown = turns(panel)
        ident = shown[at % len(shown)]["id"] if shown else ""
        ask(panel, method, id=ident, text=f"question {at}", which="question" if at % 2 else "answer", step=1 if forth else -1)
        late = ChatPanel(chat, composer=True)
        now, fresh = panel.state.snapshot()["state"], late.state.snapshot()["state"]
        late.close()
        assert {**now, "notice": None} == {**fresh, "notice": None}
