"""The output ladder: what a notebook holds before, during and after."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace as Record

import pytest
from pressing import press

from ollama_magics.client.cancel import CancelToken
from ollama_magics.display.cards import Turn, answer_card
from ollama_magics.display.segments import Document, Paragraph
from ollama_magics.errors import Cancelled
from ollama_magics.widgets.live import LiveAnswer, LiveChat, LiveProgress, rung
from ollama_magics.widgets.outputs import PANEL_TYPE, WIDGET_TYPE

RESULT = Document((Paragraph("mario v1"),))


@dataclass
class Piece:
    text: str = ""
    thinking: str = ""


@dataclass
class Answer:
    text: str
    question: str = ""
    state: str = "done"

    def turn(self) -> Turn:
        return Turn(self.question, self.text, stats={"tokens": 2}, state=self.state)


@pytest.mark.parametrize(
    ("kernel", "wish", "expected"),
    [(None, "", "plain"), (object(), "", "live"), (object(), "plain", "plain"), (object(), "static", "static"), (None, "static", "plain")],
)
def test_rung_of_the_ladder(kernel: object, wish: str, expected: str) -> None:
    assert rung(Record(kernel=kernel), {"OLLAMA_MAGICS_UI": wish}) == expected


def test_progress_is_a_line_of_text_in_the_file_and_then_its_result(publisher) -> None:
    with LiveProgress("Creating mario", "local Ollama", publisher=publisher) as view:
        view.update(Record(stage="build", item="", status="creating new layer", completed=None, total=None, elapsed_s=0.1))
        view.finish(RESULT)
    (first, place, update), (last, same_place, updated) = publisher.shown
    assert first["text/plain"] == "Creating mario on local Ollama …"
    assert first[WIDGET_TYPE]["model_id"]
    assert PANEL_TYPE in first
    assert (update, updated) == (False, True)
    assert place == same_place
    assert set(last) == {"text/plain", "text/html"}
    assert last["text/plain"] == "mario v1"
    assert view.panel.ended


def test_error_leaves_the_place_to_the_errors_card(publisher) -> None:
    with pytest.raises(Cancelled), LiveProgress("Creating mario", publisher=publisher) as view:
        raise Cancelled("cancelled")
    assert not view.settled
    view.settle(Document((Paragraph("Cancelled"),)))
    view.settle(RESULT)
    assert [shown["text/plain"] for shown, _, _ in publisher.shown] == ["Creating mario …", "Cancelled"]


def test_view_without_a_result_takes_its_panel_away(publisher) -> None:
    with LiveProgress("Creating mario", publisher=publisher):
        pass
    assert set(publisher.shown[-1][0]) == {"text/plain", "text/html"}


def test_cancel_button_turns_the_switch(publisher) -> None:
    cancel = CancelToken()
    with LiveProgress("Creating mario", publisher=publisher) as view:
        assert view.cancels(cancel) is cancel
        press(view.panel, "cancel")
        assert cancel.cancelled
        assert view.stopped


def test_answer_streams_and_is_replaced_by_its_card(publisher) -> None:
    with LiveAnswer("mario", "built-in server", publisher=publisher) as view:
        view.delta(Piece(thinking="Hm"))
        view.delta(Piece("It's-a "))
        view.delta(Piece("me!"))
        assert view.panel.state.value("turns", 0, "answer") == "It's-a me!"
        answer = Answer("It's-a me!")
        view.finish(answer_card("mario", answer.turn()), answer)
    assert "It's-a me!" in publisher.shown[-1][0]["text/plain"]
    assert WIDGET_TYPE not in publisher.shown[-1][0]


@dataclass
class Talk:
    """A conversation whose answers a test holds back."""

    model: str = "mario"
    answers: list[Answer] = field(default_factory=list)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def ask(self, text: str, *, on_delta, cancel) -> Answer:
        on_delta(Piece("It's-a "))
        cancel.on_cancel(self.go.set)
        self.begun.set()
        assert self.go.wait(5)
        if cancel.cancelled:
            self.answers.append(Answer("It's-a ", text, "stopped"))
            raise Cancelled("cancelled")
        if self.failure:
            raise self.failure
        on_delta(Piece("me!"))
        self.answers.append(Answer("It's-a me!", text))
        return self.answers[-1]


def open_chat(talk: Talk, publisher) -> LiveChat:
    chat = LiveChat(talk, CancelToken, server="built-in server", publisher=publisher)
    chat.show()
    return chat


def test_chat_goes_on_in_threads_and_keeps_its_transcript_beside_the_panel(publisher) -> None:
    talk = Talk()
    chat = open_chat(talk, publisher)
    assert press(chat.panel, "ask", text="Who are you?")["result"] is True
    assert talk.begun.wait(5)
    assert press(chat.panel, "ask", "v:2", text="And?")["error"]["code"] == "usage"
    talk.go.set()
    assert chat.idle.wait(5)
    last = publisher.shown[-1][0]
    assert last[WIDGET_TYPE]["model_id"] == chat.panel.model_id
    assert "Who are you?" in last["text/html"]
    assert "It's-a me!" in last["text/plain"]
    assert chat.panel.state.value("turns", 0, "state") == "done"


def test_stop_keeps_what_is_written(publisher) -> None:
    talk = Talk()
    chat = open_chat(talk, publisher)
    chat.ask("Who?")
    assert talk.begun.wait(5)
    press(chat.panel, "cancel")
    assert chat.idle.wait(5)
    turn = chat.panel.state.value("turns", 0)
    assert (turn["answer"], turn["state"]) == ("It's-a ", "stopped")
    assert "It's-a" in publisher.shown[-1][0]["text/plain"]


@pytest.mark.parametrize("failure", [RuntimeError("boom"), Cancelled("x")])
def test_broken_turn_keeps_its_text_and_says_why(publisher, failure: Exception) -> None:
    talk = Talk(failure=failure)
    chat = open_chat(talk, publisher)
    chat.ask("Who?")
    talk.go.set()
    assert chat.idle.wait(5)
    turn = chat.panel.state.value("turns", 0)
    assert turn["answer"] == "It's-a "
    assert turn["state"] == ("stopped" if isinstance(failure, Cancelled) else "error")
    assert ("boom" in turn["note"]) == isinstance(failure, RuntimeError)
    chat.ask("Again?")
    assert chat.idle.wait(5)


def test_closed_chat_leaves_its_transcript(publisher) -> None:
    chat = open_chat(Talk(), publisher)
    chat.close()
    assert set(publisher.shown[-1][0]) == {"text/plain", "text/html"}
