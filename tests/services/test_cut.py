"""What the server leaves out of a conversation is found out and said, at the cost of one more request when the context is nearly full."""

import pytest

from ollama_magics.services.conversation import Cut
from ollama_magics.services.conversation.limits import goes_on, unsent

from .talking import rendered, talk, whole

ROOMY = {"prompt_eval_count": 10, "eval_count": 4}
FULL = {"prompt_eval_count": 60, "eval_count": 20}


def test_with_room_nothing_is_asked():
    """An ordinary turn is one request for the answer, and one for the list of what is loaded."""
    chat, server = talk(whole("One.", **ROOMY))
    for question in ("One?", "Two?"):
        assert chat.ask(question).cut is None
    assert server.paths == ["chat", "ps", "chat", "ps"]


def test_what_was_not_sent_is_counted():
    """The oldest messages are missing from what the server renders."""
    chat, server = talk(
        whole("The first answer.", **ROOMY), whole("Second.", **FULL), rendered(lambda body: "<user>Two?<assistant>"), size=64
    )
    chat.ask("The first question?")
    answer = chat.ask("Two?")
    assert answer.cut == Cut(messages=2, turns=1, tokens=pytest.approx(60 * 36 / 21, abs=1))
    debug = server.asked("chat")[2]
    assert (debug["_debug_render_only"], debug["stream"], debug["options"]) == (True, False, {"num_predict": 1})
    assert debug["messages"] == server.asked("chat")[1]["messages"]


def test_the_examples_of_the_model_go_first():
    """MESSAGE lines are the oldest messages there are."""
    chat, _ = talk(whole("Second.", **FULL), rendered(lambda body: "<user>One?<assistant>"), size=64)
    chat.examples = ("Do you repair e-bikes?", "Yes.")
    assert chat.ask("One?").cut == Cut(messages=0, turns=0, tokens=pytest.approx(60 * 26 / 21, abs=1), examples=2)


def test_examples_that_left_much_room_when_they_went_are_missed_too():
    """One long example can go and leave a prompt that looks roomy."""
    chat, _ = talk(whole("Second.", **ROOMY), rendered(lambda body: "<user>One?<assistant>"), size=64)
    chat.examples = ("Do you repair e-bikes? " * 8,)
    assert chat.ask("One?").cut.examples == 1


def test_a_server_that_cannot_tell_is_believed_nothing():
    """An old server answers the request instead; nothing is claimed."""
    chat, server = talk(whole("One.", **FULL), size=64)
    assert chat.ask("One?").cut is None
    assert len(server.asked("chat")) == 2


def test_a_full_context_that_was_sent_whole_is_no_cut():
    """Everything is in what the server renders."""
    chat, _ = talk(whole("One.", **FULL), rendered(lambda body: "".join(message["content"] for message in body["messages"])), size=64)
    assert chat.ask("One?").cut is None


def test_an_answer_that_goes_past_the_context_says_so():
    """The server gives up the oldest text while it writes; the meter shows a full context."""
    chat, _ = talk(whole("One.", prompt_eval_count=250, eval_count=20), size=256)
    answer = chat.ask("One?")
    assert (answer.state, answer.stats.context_used) == ("done", 256)
    assert answer.note.startswith("The answer went past num_ctx 256:")


@pytest.mark.parametrize(
    ("prompt", "contents", "gone"),
    [
        ("a b c", ["a", "b", "c"], 0),
        ("b c", ["a", "b", "c"], 1),
        ("c", ["a", "b", "c"], 2),
        ("", ["a"], 0),
        ("hi|c", ["hi", "hi", "c"], 1),
        ("  spaced |c", [" spaced\n", "c"], 0),
    ],
)
def test_messages_that_are_not_in_a_prompt(prompt, contents, gone):
    """The same words twice are two messages."""
    assert unsent(prompt, contents) == gone


def test_an_answer_is_gone_on_with_where_the_prompt_ends_in_it():
    """None is not known."""
    assert [goes_on(prompt, "One, ") for prompt in (None, "…One,", "…One, <end>")] == [None, True, False]
