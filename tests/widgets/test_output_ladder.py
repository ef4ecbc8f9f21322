"""The output ladder: what a notebook holds before, during and after."""

from __future__ import annotations

from types import SimpleNamespace as Record

import pytest
from pressing import press
from services.talking import Held, broken, talk, whole

from ollama_magics.client.cancel import CancelToken
from ollama_magics.display.cards import answer_card
from ollama_magics.display.segments import Document, Paragraph
from ollama_magics.errors import Cancelled
from ollama_magics.widgets.live import LiveProgress, rung
from ollama_magics.widgets.livechat import LiveAnswer, LiveChat
from ollama_magics.widgets.outputs import PANEL_TYPE, WIDGET_TYPE

RESULT = Document((Paragraph("mario v1"),))


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
    assert first[PANEL_TYPE]["lost"]["text/plain"].endswith("The kernel ended before this was done.")
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
    held = Held()
    chat, _ = talk(held)
    with LiveAnswer(chat, "built-in server", publisher=publisher) as view:
        view.panel.thread.run(chat.stream("Who are you?"))
        assert held.begun.wait(5)
        held.go.set()
        assert view.panel.thread.wait(5)
        assert view.panel.state.value("turns", 0, "answer") == "It's-a me!"
        assert view.panel.state.value("composer") is False
        answer = chat.answers[-1]
        view.finish(answer_card("mario", answer.turn()), answer)
    assert "It's-a me!" in publisher.shown[-1][0]["text/plain"]
    assert WIDGET_TYPE not in publisher.shown[-1][0]


def test_answer_of_a_cell_shows_its_own_turn_only(publisher) -> None:
    chat, _ = talk(whole("It's-a me!"))
    chat.ask("Before?")
    with LiveAnswer(chat, publisher=publisher) as view:
        chat.ask("Now?")
        assert [turn["question"] for turn in view.panel.state.value("turns")] == ["Now?"]


def open_chat(chat, publisher) -> LiveChat:
    live = LiveChat(chat, server="built-in server", publisher=publisher)
    live.show()
    return live


def test_chat_goes_on_in_threads_and_keeps_its_transcript_beside_the_panel(publisher) -> None:
    held = Held()
    live = open_chat(talk(held)[0], publisher)
    assert press(live.panel, "ask", text="Who are you?")["result"] is True
    assert held.begun.wait(5)
    assert press(live.panel, "ask", "v:2", text="And?")["error"]["code"] == "usage"
    held.go.set()
    assert live.thread.wait(5)
    last = publisher.shown[-1][0]
    assert last[WIDGET_TYPE]["model_id"] == live.panel.model_id
    assert "Who are you?" in last["text/html"]
    assert "It's-a me!" in last["text/plain"]
    assert live.panel.state.value("turns", 0, "state") == "done"
    assert press(live.panel, "saved", "v:3")["result"]["text/plain"] == last["text/plain"]


def test_stop_keeps_what_is_written(publisher) -> None:
    held = Held()
    live = open_chat(talk(held)[0], publisher)
    live.ask("Who?")
    assert held.begun.wait(5)
    press(live.panel, "cancel")
    held.go.set()
    assert live.thread.wait(5)
    turn = live.panel.state.value("turns", 0)
    assert (turn["answer"], turn["state"], turn["can_go_on"]) == ("It's-a ", "stopped", True)
    assert "It's-a" in publisher.shown[-1][0]["text/plain"]


def test_broken_turn_keeps_its_text_says_why_and_can_be_tried_again(publisher) -> None:
    live = open_chat(talk(broken("It's-a "), whole("Mario."))[0], publisher)
    live.ask("Who?")
    assert live.thread.wait(5)
    turn = live.panel.state.value("turns", 0)
    assert (turn["answer"], turn["state"]) == ("It's-a ", "error")
    assert turn["note"]
    press(live.panel, "retry", id=turn["id"])
    assert live.thread.wait(5)
    turn = live.panel.state.value("turns", 0)
    assert (turn["answer"], turn["state"], turn["answer_branch"]) == ("Mario.", "done", [2, 2])
    assert "1 other answer" in publisher.shown[-1][0]["text/html"]


def test_closed_chat_leaves_its_transcript(publisher) -> None:
    live = open_chat(talk(whole("Mario."))[0], publisher)
    live.close()
    assert set(publisher.shown[-1][0]) == {"text/plain", "text/html"}
