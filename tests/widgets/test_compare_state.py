"""The panel of a comparison without a page: what it says at each moment, what it hides, what its buttons do."""

from __future__ import annotations

import json

import pytest
from pressing import press

from ollama_magics.errors import StreamCut
from ollama_magics.services.comparisonplan import plan
from ollama_magics.services.conversation import Answer, Delta, Stats
from ollama_magics.widgets.compare import ComparePanel, LiveComparison
from ollama_magics.widgets.comparestate import NO_PICK, SAME


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Places:
    """A run that asks nobody, and knows an order."""

    at_once = 2

    def __init__(self, comparison) -> None:
        self.comparison, self.stopped, self.again_asked = comparison, [], []
        comparison.attach(self)

    def places(self):
        waiting = [cell for row in self.comparison.cells for cell in row if cell.state == "waiting"]
        return {(cell.row, cell.column): at for at, cell in enumerate(waiting)}

    def stop(self, key) -> None:
        self.stopped.append(key)

    def again(self, row, column) -> None:
        self.again_asked.append((row, column))

    def record(self, row, column, best=None) -> None:
        pass


def made(columns=("mario", "luigi"), prompts=("one", "two"), clock=None, **more):
    comparison = plan(list(columns), list(prompts), **more)
    run = Places(comparison)
    return comparison, run, ComparePanel(comparison, clock=clock or Clock())


def answer(comparison, row, column, text, state="done", note="", **stats):
    comparison.began(row, column, comparison.cell(row, column).attempt)
    for at in range(0, len(text), 3):
        comparison.piece(row, column, comparison.cell(row, column).attempt, Delta(text[at : at + 3]))
    ended = Answer("m", "q", text, state=state, note=note, stats=Stats(**stats))
    comparison.ends(row, column, comparison.cell(row, column).attempt, ended)


def cell(panel, row, column):
    return panel.state.value("rows", row, "cells", column)


def test_words_while_it_runs() -> None:
    clock = Clock()
    comparison, _, panel = made(clock=clock)
    assert panel.state.value("title") == "Comparing 2 models"
    assert panel.state.value("corner") == ["2 prompts", "seed 7 in every cell"]
    assert [cell(panel, row, column)["note"] for row in (0, 1) for column in (0, 1)] == [
        "next",
        "waits, 2nd in the queue",
        "waits, 3rd in the queue",
        "waits, 4th in the queue",
    ]
    comparison.began(0, 0, 1)
    assert cell(panel, 0, 0)["note"] == "asked, no word yet"
    assert cell(panel, 0, 1)["note"] == "next"
    comparison.piece(0, 0, 1, Delta("", "hm"))
    assert cell(panel, 0, 0)["note"] == "thinking"
    comparison.piece(0, 0, 1, Delta("It's"))
    assert (cell(panel, 0, 0)["note"], cell(panel, 0, 0)["answer"], cell(panel, 0, 0)["state"]) == ("", "It's", "streaming")
    clock.now = 4.0
    comparison.piece(0, 0, 1, Delta(" me"))
    assert cell(panel, 0, 0)["figures"] == "0.5 tokens/s · 3 tokens"
    answer(comparison, 1, 0, "x")
    assert panel.state.value("progress") == "1 of 4 done · 12 s left"
    assert not cell(panel, 0, 0)["can_pick"]


def test_words_at_the_end() -> None:
    comparison, _, panel = made()
    answer(comparison, 0, 0, "A chain is 40 dollars.", tokens=5, tokens_per_s=42.0, total_s=0.31)
    answer(comparison, 0, 1, "A new chain is 38 €.", tokens=6, total_s=1.0)
    answer(comparison, 1, 0, "One,", state="cut", note="Stopped at num_predict 2. The answer is not finished.")
    comparison.began(1, 1, 1)
    comparison.piece(1, 1, 1, Delta("half"))
    comparison.ends(1, 1, 1, Answer("m", "q", "half"), StreamCut("the connection broke", hint="ask again"))
    state = panel.state.value()
    assert (state["title"], state["progress"], state["running"], state["failed"]) == (
        "Compared 2 models",
        "3 answers, 1 failed",
        False,
        True,
    )
    assert state["said"] == "Compared 2 models: 3 answers, 1 failed."
    first, second = state["rows"][0]["cells"]
    assert (first["figures"], second["figures"]) == ("0.31 s · 5 tokens · 42 tokens/s", "1.0 s · 6 tokens")
    assert (first["marks"], second["marks"]) == ([[11, 21]], [[2, 5], [15, 19]])
    cut, failed = state["rows"][1]["cells"]
    assert (cut["note"], cut["can_pick"], cut["can_retry"]) == ("Stopped at num_predict 2. The answer is not finished.", True, False)
    assert (failed["answer"], failed["error"], failed["hint"], failed["can_pick"], failed["can_retry"]) == (
        "half",
        "The connection broke.",
        "Ask again",
        False,
        True,
    )


def test_offsets_count_as_the_page_does() -> None:
    comparison, _, panel = made(prompts=["one"])
    answer(comparison, 0, 0, "😀 it is red")
    answer(comparison, 0, 1, "😀 it is blue")
    assert cell(panel, 0, 1)["marks"] == [[9, 13]]


def test_what_is_the_same_is_said_in_words() -> None:
    comparison, _, panel = made(columns=("a", "b", "c"), prompts=["one"])
    answer(comparison, 0, 0, "Paris is the capital.")
    answer(comparison, 0, 1, "Paris  is the\ncapital.")
    answer(comparison, 0, 2, "I do not know anything about that at all, sorry!")
    assert [cell(panel, 0, at)["differs"] for at in range(3)] == ["", "same words as a", "other words than a throughout"]
    comparison.pick(0, 2)
    assert cell(panel, 0, 0)["differs"] == "other words than c throughout"


def test_picks_from_the_page() -> None:
    comparison, _, panel = made(prompts=["one"])
    answer(comparison, 0, 0, "a")
    assert press(panel, "pick", "1", row=0, cell=1)["error"]["message"] == "luigi has no whole answer in row 0"
    answer(comparison, 0, 1, "b")
    assert press(panel, "pick", "2", row=0, cell=1)["result"] is True
    assert panel.state.value("rows", 0, "pick") == 1
    assert [head["wins"] for head in panel.state.value("columns")] == ["", "1"]
    assert panel.state.value("verdict") == "Best: luigi in 1 row."
    press(panel, "pick", "3", row=0, cell=SAME)
    assert (panel.state.value("rows", 0, "pick"), panel.state.value("verdict")) == (SAME, "Same in 1 row.")
    press(panel, "pick", "4", row=0, cell=NO_PICK)
    assert (panel.state.value("rows", 0, "pick"), comparison.picks) == (NO_PICK, {})
    for wrong in ({"row": 5, "cell": 0}, {"row": 0, "cell": 7}, {"row": "x", "cell": 0}, {}):
        assert press(panel, "pick", f"wrong {wrong}", **wrong)["error"]["code"] == "usage"


def test_buttons_of_a_cell() -> None:
    comparison, run, panel = made()
    press(panel, "stop", "1", row=1, cell=0)
    press(panel, "cancel", "2")
    assert run.stopped == [(1, 0), None]
    answer(comparison, 0, 0, "a", state="stopped")
    press(panel, "retry", "3", row=0, cell=0)
    assert run.again_asked == [(0, 0)]
    assert press(panel, "table", "4")["result"].startswith("| Prompt | mario | luigi |")
    press(panel, "mark", "5", on=False)
    assert panel.state.value("marking") is False


def test_asking_again_empties_the_cell_first() -> None:
    comparison, _, panel = made(prompts=["one"])
    answer(comparison, 0, 0, "old words", state="stopped")
    attempt = comparison.renew(0, 0)
    assert (cell(panel, 0, 0)["answer"], cell(panel, 0, 0)["state"]) == ("", "waiting")
    comparison.piece(0, 0, 1, Delta("late words of the first attempt"))
    answer(comparison, 0, 0, "new words")
    assert (attempt, cell(panel, 0, 0)["answer"]) == (2, "new words")


NAMES = ("alpaca", "badger")


def told(panel, comparison) -> str:
    """Return all that a page, a reader of the file and the clipboard get to see."""
    parts = [json.dumps(panel.state.snapshot()), comparison.to_markdown(), str(comparison), comparison._repr_mimebundle_()["text/html"]]
    return " ".join([*parts, *(json.dumps(message) for message in panel.comm.custom)])


def test_blind_tells_nothing() -> None:
    """Names, figures, errors and early words are nowhere: not in the state, not in a delta, not in what is saved or copied."""
    comparison, _, panel = made(columns=NAMES, blind=True, shuffle=lambda order: order.reverse())
    comparison.began(0, 0, 1)
    comparison.piece(0, 0, 1, Delta("early", "thoughts"))
    panel.flush()
    assert "early" not in told(panel, comparison)
    answer(comparison, 0, 1, "second answer", tokens=987, tokens_per_s=654.0, total_s=3.21)
    comparison.ends(0, 0, 1, Answer("alpaca", "q", "first answer", stats=Stats(tokens=987)))
    comparison.began(1, 0, 1)
    comparison.ends(1, 0, 1, None, StreamCut("alpaca broke", hint="unload alpaca"))
    answer(comparison, 1, 1, "only answer")
    panel.flush()
    everything = told(panel, comparison)
    for secret in (*NAMES, "987", "654", "3.2", "thoughts"):
        assert secret not in everything, secret
    row = panel.state.value("rows", 0)
    assert [shown["answer"] for shown in row["cells"]] == ["second answer", "first answer"]
    assert [head["name"] for head in panel.state.value("columns")] == ["A", "B"]
    assert panel.state.value("judging") == {"words": "prompt 1 of 2", "ready": True, "keys": True}


def test_judging_blind_to_the_end_shows_the_names() -> None:
    """Rows are judged one after the other; one with fewer than two answers is passed over; the last one ends the blindness."""
    comparison, _, panel = made(columns=NAMES, prompts=["one", "two", "three"], blind=True, shuffle=lambda order: order.reverse())
    for row in (0, 1, 2):
        answer(comparison, row, 0, f"a{row}")
    answer(comparison, 0, 1, "b0")
    comparison.began(1, 1, 1)
    comparison.ends(1, 1, 1, None, StreamCut("broke"))
    answer(comparison, 2, 1, "b2")
    assert panel.state.value("progress") == "prompt 1 of 3"
    press(panel, "pick", "1", row=0, cell=0)
    assert panel.state.value("progress") == "prompt 3 of 3"
    press(panel, "pick", "2", row=2, cell=SAME)
    state = panel.state.value()
    assert (state["blind"], state["judging"], len(state["rows"])) == (False, None, 3)
    assert [(row["pick"], [shown["answer"] for shown in row["cells"]]) for row in state["rows"]] == [
        (1, ["a0", "b0"]),
        (NO_PICK, ["a1", ""]),
        (SAME, ["a2", "b2"]),
    ]
    assert state["verdict"] == "Best: badger in 1 row; same in 1 row; picked blind in 2 of 2."


@pytest.mark.parametrize("hidden_first", [True, False])
def test_names_can_be_shown_and_hidden(hidden_first) -> None:
    """Showing ends it in the middle of an answer without losing a word; hiding later remembers that names were seen."""
    comparison, _, panel = made(columns=NAMES, prompts=["one"], blind=hidden_first)
    comparison.began(0, 0, 1)
    comparison.piece(0, 0, 1, Delta("It's "))
    press(panel, "blind", "1", on=not hidden_first)
    press(panel, "blind", "2", on=False)
    comparison.piece(0, 0, 1, Delta("me"))
    assert cell(panel, 0, 0)["answer"] == "It's me"
    assert comparison.names_seen
    press(panel, "blind", "3", on=True)
    assert panel.state.value("verdict") == "The names were seen before."


def test_what_the_notebook_holds(publisher) -> None:
    """One line while it runs; at the end the grid, and at each pick the grid with it; the panel stays."""
    comparison = plan(["mario", "luigi"], ["one"])
    Places(comparison)
    live = LiveComparison(comparison, publisher=publisher)
    live.show()
    assert publisher.shown[-1][0]["text/plain"] == "Comparing 2 models …"
    answer(comparison, 0, 0, "a")
    answer(comparison, 0, 1, "b")
    assert "Compared 2 models on 1 prompt" in publisher.shown[-1][0]["text/plain"]
    press(live.panel, "pick", "1", row=0, cell=1)
    assert "★ best" in publisher.shown[-1][0]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in publisher.shown[-1][0]
    assert press(live.panel, "saved", "2")["result"] == {key: publisher.shown[-1][0][key] for key in ("text/plain", "text/html")}
    live.close()
    assert set(publisher.shown[-1][0]) == {"text/plain", "text/html"}
