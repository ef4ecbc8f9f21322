"""Every cell of a comparison ends exactly once, whatever the server does."""

import threading
from collections import Counter

import httpx
import pytest
from client.scripted_server import ScriptedServer
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.client import Client
from ollama_magics.errors import ModelNotFound, UsageProblem
from ollama_magics.services.comparison import Comparison
from ollama_magics.services.comparisoncells import Setting
from ollama_magics.services.comparisonplan import compare, plan
from ollama_magics.services.comparisonrun import BUSY_S, Run
from ollama_magics.services.versions import Versions

from .scripted import Scripted, lines, plain

FIGURES = {"eval_count": 4, "eval_duration": 2_000_000_000, "prompt_eval_count": 10, "prompt_eval_duration": 500_000_000}


def said(text):
    return {"message": {"role": "assistant", "content": text}, "done": False}


def done(reason="stop"):
    return {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason, **FIGURES}


def whole(body):
    return lines(said("It's-a "), said("me!"), done())


def shown(body):
    return plain({"modelfile": f"FROM /weights/{body['model'][0]}", "parameters": ""})


def server(chat, **more):
    return Scripted(chat=chat, show=shown, ps=lambda body: plain({"models": []}), **more)


def asking(fake, comparison, **more):
    """Return the run of a comparison on a fake server."""
    run = Run(comparison, client=fake.client(), versions=Versions(), **more)
    run.prepare()
    return run


def ends_of(comparison):
    """Return a counter of how often each cell was seen to end."""
    ended = Counter()

    def count(event):
        if event.kind == "state" and comparison.cell(event.row, event.column).ended:
            ended[event.row, event.column] += 1

    comparison.listen(count)
    return ended


def test_every_column_is_asked_every_prompt():
    """Model, options, seed and system text go with each request; figures are the server's own."""
    fake = server(whole)
    comparison = compare(["a", "b", "temperature=0,1"], ["x", "y"], systems=["s", "t"], seed=5, client=fake.client(), versions=Versions())
    bodies = fake.asked("chat")
    assert len(bodies) == 16
    assert {body["options"]["seed"] for body in bodies} == {5}
    assert Counter((body["model"], body["options"]["temperature"], body["messages"][0]["content"]) for body in bodies) == {
        (model, temperature, system): 2 for model in "ab" for temperature in (0, 1) for system in "st"
    }
    cell = comparison.cell(1, 7)
    assert (cell.prompt, cell.text, cell.state, cell.seconds, cell.tokens, cell.tokens_per_s) == ("y", "It's-a me!", "done", 2.5, 4, 2.0)


def test_a_failed_cell_keeps_its_place():
    """An error, a broken stream and a limit are told apart; the others have their answers."""
    answers = {
        "1": lambda: plain({"error": "out of memory"}, 500),
        "2": lambda: lines(said("It's-"), then=httpx.ReadError("reset")),
        "3": lambda: lines(said("One"), {"error": "runner died"}),
        "4": lambda: lines(said("One, two"), done("length")),
        "5": lambda: whole(None),
    }
    fake = server(lambda body: answers[body["messages"][-1]["content"]]())
    comparison = compare(["a", "b"], list("12345"), client=fake.client(), versions=Versions())
    cells = [row[0] for row in comparison.cells]
    assert [(cell.state, cell.text) for cell in cells] == [
        ("error", ""),
        ("error", "It's-"),
        ("error", "One"),
        ("cut", "One, two"),
        ("done", "It's-a me!"),
    ]
    assert cells[0].error == "Out of memory."
    assert [row[1].state for row in comparison.cells] == [row[0].state for row in comparison.cells]
    assert [record["best"] for record in comparison.records()] == [False] * 10


def test_a_busy_server_is_asked_again():
    """A queue that is full lets cells wait, not fail; one that stays full fails them with its words."""
    busy = {"left": 3}

    def chat(body):
        busy["left"] -= 1
        return plain({"error": "server busy"}, 503) if busy["left"] >= 0 else whole(body)

    delays = []

    def later(delay_s, action):
        delays.append(delay_s)
        action()

    comparison = plan(["a", "b"], ["x", "y"])
    ended = ends_of(comparison)
    asking(server(chat), comparison, later=later).ask_all()
    assert {cell.state for row in comparison.cells for cell in row} == {"done"}
    assert len(delays) == 3
    assert set(ended.values()) == {1}
    busy["left"] = 10_000
    comparison = plan(["a", "b"], ["x"])
    delays.clear()
    asking(server(chat), comparison, later=later).ask_all()
    assert {cell.state for row in comparison.cells for cell in row} == {"error"}
    assert "busy" in comparison.cell(0, 0).error
    assert delays.count(BUSY_S[-1]) >= 2


class Gate:
    """Answers that hold in the middle until they are let on; counts how many hold at a time."""

    def __init__(self, holding):
        self.all_there, self.go = threading.Event(), threading.Event()
        self.wanted, self.now, self.most = holding, 0, 0
        self._lock = threading.Lock()

    def __call__(self, body):
        def pieces():
            yield b'{"message":{"role":"assistant","content":"It\'s"},"done":false}\n'
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
                if self.now >= self.wanted:
                    self.all_there.set()
            assert self.go.wait(10)
            with self._lock:
                self.now -= 1
            yield b'{"message":{"role":"assistant","content":" me"},"done":true,"done_reason":"stop"}\n'

        return httpx.Response(200, headers={"content-type": "application/x-ndjson"}, content=pieces())


@pytest.mark.parametrize("parallel", [1, 3])
def test_no_more_than_asked_for_at_a_time(parallel):
    """The limit is reached and never passed."""
    gate = Gate(parallel)
    comparison = plan(["a", "a2", "a3"], ["x", "y", "z"], setting=Setting(parallel=parallel))
    run = asking(server(gate), comparison)
    worker = threading.Thread(target=run.ask_all)
    worker.start()
    assert gate.all_there.wait(10)
    gate.go.set()
    worker.join(10)
    assert (gate.most, comparison.at_once) == (parallel, parallel)
    assert {cell.state for row in comparison.cells for cell in row} == {"done"}


def test_models_are_not_swapped_back_and_forth():
    """Where nothing says that both fit, all cells of one are asked before the other is loaded."""
    fake = server(whole)
    compare(["a", "b"], ["x", "y", "z"], client=fake.client(), versions=Versions())
    assert [body["model"] for body in fake.asked("chat")] == ["a"] * 3 + ["b"] * 3


def test_models_that_are_both_loaded_are_asked_row_by_row():
    """What is in memory already needs no order."""
    both = {"models": [{"name": "a:latest"}, {"name": "b:latest"}]}
    fake = Scripted(chat=whole, show=shown, ps=lambda body: plain(both))
    compare(["a", "b"], ["x", "y"], setting=Setting(parallel=1), client=fake.client(), versions=Versions())
    assert [body["model"] for body in fake.asked("chat")] == ["a", "b", "a", "b"]


def hanging(wire):
    """Play a server that shows every model, and never ends an answer."""
    if wire.server.requests[-1].path == "/api/show":
        return wire.answer(200, {"modelfile": "FROM /weights/a", "parameters": ""})
    return wire.hang()


def test_stopping_everything_returns_at_once():
    """A silent server is let go; cells under way and cells that wait are stopped, each once."""
    with ScriptedServer(hanging) as silent:
        comparison = plan(["a", "b"], ["x", "y"])
        ended = ends_of(comparison)
        run = Run(comparison, client=Client(silent.url, environ={}), versions=Versions())
        run.prepare()
        token = CancelToken()
        worker = threading.Thread(target=run.ask_all, args=(token,))
        worker.start()
        assert silent.hanging.wait(10)
        token.cancel()
        worker.join(10)
        assert not worker.is_alive()
        assert silent.released.wait(10)
    assert {cell.state for row in comparison.cells for cell in row} == {"stopped"}
    assert set(ended.values()) == {1}


def test_stopping_one_cell_leaves_the_others():
    """A cell that waits and a cell under way can be stopped; what came of it stays, and it can be asked again."""
    gate = Gate(1)
    comparison = plan(["a", "a2"], ["x", "y"], setting=Setting(parallel=1))
    run = asking(server(gate), comparison)
    worker = threading.Thread(target=run.ask_all)
    worker.start()
    assert gate.all_there.wait(10)
    comparison.stop(1, 0)
    assert comparison.cell(1, 0).state == "stopped"
    comparison.stop(0, 0)
    gate.go.set()
    worker.join(10)
    states = [[cell.state for cell in row] for row in comparison.cells]
    assert states == [["stopped", "done"], ["stopped", "done"]]
    assert comparison.cell(0, 0).text == "It's"
    comparison.retry(1, 0)
    again = comparison.cell(1, 0)
    assert (again.state, again.text, again.attempt) == ("done", "It's me", 2)


def test_only_an_ended_cell_is_asked_again():
    """A cell that waits is not asked twice; nothing can be asked where nobody is there to ask."""
    comparison = plan(["a", "b"], ["x"])
    with pytest.raises(UsageProblem, match="no server"):
        comparison.retry(0, 0)
    asking(server(whole), comparison)
    with pytest.raises(UsageProblem, match="still coming"):
        comparison.retry(0, 0)


def test_an_unknown_model_asks_nothing():
    """The near names are said before the first cell."""
    fake = Scripted(
        chat=whole,
        show=lambda body: shown(body) if body["model"] == "mario" else plain({"error": "model 'marip' not found"}, 404),
        list=lambda body: plain({"models": []}),
        tags=lambda body: plain({"models": [{"name": "mario:latest"}]}),
    )
    with pytest.raises(ModelNotFound) as caught:
        compare(["mario", "marip"], ["x"], client=fake.client(), versions=Versions())
    assert caught.value.hint == "did you mean mario?"
    assert fake.asked("chat") == []


ANSWERS = st.sampled_from(["whole", "error", "cut", "broken", "busy"])


@settings(max_examples=40)
@given(st.lists(ANSWERS, min_size=1, max_size=30), st.integers(1, 5))
def test_every_cell_ends_once(course, parallel):
    """Any course of answers of the server ends every cell exactly once, and nothing is asked more often than it was refused."""
    plays = list(course)
    lock = threading.Lock()
    kinds = {
        "whole": lambda: whole(None),
        "error": lambda: plain({"error": "no"}, 500),
        "cut": lambda: lines(said("One"), done("length")),
        "broken": lambda: lines(said("One"), then=httpx.ReadError("reset")),
        "busy": lambda: plain({"error": "server busy"}, 503),
    }

    def chat(body):
        with lock:
            return kinds[plays.pop() if plays else "whole"]()

    comparison = plan(["a", "a2", "b"], ["x", "y", "z"], setting=Setting(parallel=parallel))
    ended = ends_of(comparison)
    fake = server(chat)
    asking(fake, comparison, later=lambda delay_s, action: action()).ask_all()
    assert ended == {(row, column): 1 for row in range(3) for column in range(3)}
    assert len(fake.asked("chat")) <= 9 + course.count("busy")


def answered(columns=3, rows=2, **more):
    """Return a comparison in which every cell has an answer."""
    comparison = plan([f"a{at}" for at in range(columns)], [f"prompt {at}" for at in range(rows)], **more)
    asking(server(lambda body: lines(said(f"{body['model']} says | <b>*no*</b>\nno"), done())), comparison).ask_all()
    return comparison


def test_picks_and_winner():
    """Picks are counted by column; two columns with as many have no winner."""
    comparison = answered()
    assert comparison.winner is None
    comparison.pick(0, 1)
    assert (comparison.tally, comparison.winner.label) == ({"a0": 0, "a1": 1, "a2": 0}, "a1")
    comparison.pick(1, 2)
    assert comparison.winner is None
    comparison.pick(1, None)
    assert comparison.winner.label == "a1"
    assert [(record["best"], record["same"]) for record in comparison.records()] == [
        (False, False), (True, False), (False, False), (False, True), (False, True), (False, True),
    ]  # fmt: skip
    comparison.unpick(0)
    assert comparison.winner is None
    with pytest.raises(UsageProblem, match="no row 9"):
        comparison.pick(9, 0)


def test_an_answer_that_is_not_there_is_not_best():
    """A cell without a whole answer cannot be picked."""
    comparison = Comparison(answered().columns, ["x"])
    with pytest.raises(UsageProblem, match="a0 has no whole answer"):
        comparison.pick(0, 0)


def test_blindness_is_on_the_record():
    """Picks made blind say so; names seen before do not count as blind."""
    comparison = answered(blind=True, shuffle=lambda order: order.reverse())
    assert comparison.order(0) == (2, 1, 0)
    comparison.pick(0, 2)
    comparison.show_names()
    comparison.pick(1, 0)
    assert [(pick.column, pick.blind) for pick in comparison.picks.values()] == [(2, True), (0, False)]
    assert comparison.order(0) == (0, 1, 2)
    seen = answered()
    seen.hide_names()
    seen.pick(0, 0)
    assert seen.names_seen
    assert not seen.picks[0].blind


def test_a_table_of_markdown():
    """One line a row; nothing a model wrote breaks the table or acts as markup."""
    comparison = answered(columns=2, rows=1)
    comparison.pick(0, 1)
    assert comparison.to_markdown() == (
        "| Prompt | a0 | a1 |\n| --- | --- | --- |\n"
        "| prompt 0 | a0 says \\| &lt;b>*no*&lt;/b><br>no | ★ a1 says \\| &lt;b>*no*&lt;/b><br>no |\n"
    )


def test_records_make_a_table():
    """Parameters that differ are keys of their own."""
    comparison = compare(["a", "temperature=0,1.5"], ["x"], client=server(whole).client(), versions=Versions())
    keys = ("prompt", "column", "model", "seed", "temperature", "state", "answer", "tokens")
    assert [tuple(record[key] for key in keys) for record in comparison.records()] == [
        ("x", "temperature 0", "a", 7, 0.0, "done", "It's-a me!", 4),
        ("x", "temperature 1.5", "a", 7, 1.5, "done", "It's-a me!", 4),
    ]


def test_saved_form_escapes_the_models_text():
    """The saved form holds no markup of a model, and says who was best."""
    comparison = answered(columns=2, rows=1)
    comparison.pick(0, 0)
    bundle = comparison._repr_mimebundle_()
    assert "<b>*no*" not in bundle["text/html"]
    assert "★ best" in bundle["text/html"]
    assert "★ best" in bundle["text/plain"]
