"""The state and its deltas: what a view is told leads to what the kernel has, whatever gets lost on the way."""

from __future__ import annotations

import copy
import itertools
import json
import os
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pressing import Hand

from ollama_magics.widgets.pace import AT_ONCE, SLOWEST_S, Keeper, Pacer
from ollama_magics.widgets.protocol import LiveState, utf16_length

FIRST = {"title": "", "turns": [], "facts": {"n": 0}, "tree": None}
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=5)
LEAF = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(-1, 1, width=16), st.sampled_from(["", "a", "ab", "\U0001f600"]))
KEY = st.sampled_from(["a", "b", "answer", "__proto__", "constructor"])
TREE = st.recursive(LEAF, lambda below: st.one_of(st.lists(below, max_size=5), st.dictionaries(KEY, below, max_size=4)), max_leaves=12)

# What can happen to a state, as data: so that the browser's end can be driven with the same stories.
STEP = st.one_of(
    st.tuples(st.just("add"), TEXT),
    st.tuples(st.just("say"), TEXT, st.integers(0, 3)),
    st.tuples(st.just("set"), TEXT, st.integers(0, 3)),
    st.tuples(st.just("fact"), st.sampled_from(["n", "m", "__proto__", "constructor"]), st.integers()),
    st.tuples(st.just("title"), TEXT),
    st.tuples(st.just("cut"), st.integers(0, 4), st.integers(0, 4), st.lists(TEXT, max_size=2)),
    st.tuples(st.just("tree"), TREE),
    st.tuples(st.just("turns"), st.lists(TEXT, max_size=4)),
    st.tuples(st.just("flush")),
)


def act(state: LiveState, step: tuple, deltas: list[dict]) -> None:
    turns = len(state.value("turns"))
    match step:
        case ("add", text):
            state.set("turns", turns, value={"answer": text, "state": "waiting"})
        case ("say", text, at) if turns:
            state.append("turns", at % turns, "answer", text=text)
        case ("set", text, at) if turns:
            state.set("turns", at % turns, "answer", value=text)
        case ("fact", name, value):
            state.set("facts", name, value=value)
        case ("title", text):
            state.append("title", text=text)
        case ("cut", at, count, texts):
            at = min(at, turns)
            new = [{"answer": text, "state": "new"} for text in texts]
            state.splice("turns", index=at, remove=min(count, turns - at), add=new)
        case ("tree", tree):
            state.set("tree", value=tree)
        case ("turns", texts):
            state.set("turns", value=[{"answer": text, "state": "set"} for text in texts])
        case ("flush",) if delta := state.take_delta():
            deltas.append(delta)


def apply(state: dict, op: dict) -> None:
    *path, last = op["p"]
    for key in path:
        state = state[key]
    if "d" in op:
        assert utf16_length(state[last]) == op["o"]
        state[last] += op["d"]
    elif "l" in op:
        assert op["i"] + op["n"] <= len(state[last])
        state[last][op["i"] : op["i"] + op["n"]] = copy.deepcopy(op["l"])
    else:
        assert isinstance(state, dict) or last < len(state)
        state[last] = copy.deepcopy(op["v"])


def as_json(state: dict) -> str:
    """Return a state as the page gets it: there ``true`` is not ``1``, which it is in Python."""
    return json.dumps(state, sort_keys=True)


@given(st.lists(STEP, max_size=40))
def test_deltas_lead_to_the_state(steps: list[tuple]) -> None:
    state, deltas = LiveState(FIRST), []
    for step in steps:
        act(state, step, deltas)
    act(state, ("flush",), deltas)
    seen = copy.deepcopy(FIRST)
    for delta in deltas:
        for op in delta["ops"]:
            apply(seen, op)
    assert as_json(seen) == as_json(state.value()) == as_json(state.snapshot()["state"])
    assert [delta["seq"] for delta in deltas] == list(range(1, len(deltas) + 1))


@given(st.lists(STEP, max_size=30), st.lists(STEP, max_size=30))
def test_snapshot_is_where_later_deltas_go_on(before: list[tuple], after: list[tuple]) -> None:
    state, deltas = LiveState(FIRST), []
    for step in before:
        act(state, step, deltas)
    snapshot = state.snapshot()
    deltas.clear()
    for step in (*after, ("flush",)):
        act(state, step, deltas)
    seen = snapshot["state"]
    for delta in deltas:
        assert delta["seq"] > snapshot["seq"]
        for op in delta["ops"]:
            apply(seen, op)
    assert as_json(seen) == as_json(state.value())


@given(TREE, TREE)
def test_a_change_costs_no_more_than_the_whole(old: object, new: object) -> None:
    state = LiveState({"tree": old})
    state.set("tree", value=new)
    delta = state.take_delta()
    whole = {"p": ["tree"], "v": new}
    assert delta is None or len(json.dumps(delta["ops"])) <= len(json.dumps([whole])) + 20


def test_a_list_that_shrinks_or_grows_sends_only_what_changed() -> None:
    rows = [{"id": number, "text": "a row of some length"} for number in range(50)]
    state = LiveState({"rows": rows})
    state.set("rows", value=rows[:20] + rows[21:])
    assert state.take_delta()["ops"] == [{"p": ["rows"], "i": 20, "n": 1, "l": []}]
    state.set("rows", value=[*rows[:20], *rows[21:], {"id": 50}])
    assert state.take_delta()["ops"] == [{"p": ["rows"], "i": 49, "n": 0, "l": [{"id": 50}]}]
    state.set("rows", 3, value={"id": 3, "text": "a row of some length, and more"})
    assert state.take_delta()["ops"] == [{"p": ["rows", 3, "text"], "o": 20, "d": ", and more"}]


def test_changes_before_rows_moved_belong_to_the_rows_of_then() -> None:
    state = LiveState({"rows": [{"n": 0, "text": ""} for _ in range(4)]})
    state.set("rows", 3, "n", value=1)
    state.append("rows", 3, "text", text="a")
    state.splice("rows", index=0, remove=2)
    state.set("rows", 1, "n", value=2)
    state.append("rows", 1, "text", text="b")
    state.set("rows", 0, "n", value=3)
    seen = {"rows": [{"n": 0, "text": ""} for _ in range(4)]}
    for op in state.take_delta()["ops"]:
        apply(seen, op)
    assert seen == {"rows": [{"n": 3, "text": ""}, {"n": 2, "text": "ab"}]} == state.value()


@pytest.mark.parametrize("value", [object(), {1: 2}, [b"x"], {"a": {2}}])
def test_what_is_not_json_is_refused_where_it_is_set(value: object) -> None:
    with pytest.raises(TypeError):
        LiveState(FIRST).set("tree", value=value)


def test_what_is_given_stays_the_callers() -> None:
    value = {"answer": ""}
    state = LiveState(FIRST)
    state.set("turns", 0, value=value)
    value["answer"] = "changed"
    state.value("turns")[0]["answer"] = "changed"
    assert state.value("turns", 0, "answer") == ""


def test_same_value_sends_nothing() -> None:
    state = LiveState(FIRST)
    state.set("facts", "n", value=0)
    assert state.take_delta() is None


@pytest.mark.parametrize("path", [("turns", 1), ("nothing", "below"), ("turns", 0, "answer")])
def test_no_place_is_an_error(path: tuple) -> None:
    with pytest.raises((IndexError, KeyError)):
        LiveState(FIRST).set(*path, value=1)


def paced(gaps: list[float], hand: Hand, pacer: Pacer) -> list[float]:
    """Poke after each gap, in seconds; return when that was."""
    pokes = []
    for gap in gaps:
        for _ in range(int(gap / 0.01)):
            hand.move(0.01)
        pokes.append(hand.now)
        pacer.poke()
    for _ in range(112):
        hand.move(0.01)
    return pokes


@given(st.lists(st.floats(0, 0.5), max_size=60))
def test_pacer_flushes_each_poke_soon_and_never_too_often(gaps: list[float]) -> None:
    hand, flushes = Hand(), []
    pacer = Pacer(lambda until: flushes.append((hand.now, until)), clock=lambda: hand.now, later=hand.later)
    pokes = paced(gaps, hand, pacer)
    assert all(later - earlier >= until - 0.011 for (earlier, until), (later, _) in itertools.pairwise(flushes[AT_ONCE - 1 :]))
    assert all(any(at <= flush <= at + SLOWEST_S + 0.011 for flush, _ in flushes) for at in pokes)
    assert all(0.1 <= until <= SLOWEST_S for _, until in flushes)


def test_pacer_slows_down_in_a_long_stream_and_begins_anew_after_a_rest() -> None:
    hand, flushes = Hand(), []
    pacer = Pacer(lambda until: flushes.append(until), clock=lambda: hand.now, later=hand.later)
    paced([0.02] * 2500, hand, pacer)
    assert flushes[:10] == [0.1] * 10
    assert flushes[-1] == SLOWEST_S
    assert 70 <= len(flushes) <= 90
    paced([2.0], hand, pacer)
    assert flushes[-1] == 0.1


def test_pacer_that_restarts_does_not_keep_the_next_waiting() -> None:
    hand, flushes = Hand(), []
    pacer = Pacer(lambda until: flushes.append(round(hand.now, 2)), clock=lambda: hand.now, later=hand.later)
    for _ in range(2000):
        hand.move(0.01)
        pacer.poke()
    known = len(flushes)
    pacer.restart()
    pacer.poke()
    assert flushes[known:] == [20.0]
    waiting = len(hand.due)
    hand.move(1.0)
    assert len(flushes) == known + 1
    assert waiting == 1


class Keeping:
    """A keeper with a hand-moved clock, and the moments at which it sent a snapshot."""

    def __init__(self) -> None:
        self.hand, self.kept, self.text = Hand(), [], 0
        self.keeper = Keeper(self._snapshot, threading.RLock(), every=100, rest_s=1.0, later=self.hand.later)

    def _snapshot(self) -> int:
        self.kept.append(round(self.hand.now, 2))
        return self.text

    def delta(self, size: int) -> None:
        self.text += size
        self.keeper.sent(size)


def test_snapshots_of_a_growing_text_cost_at_most_twice_the_text() -> None:
    keeping = Keeping()
    costs = 0
    for _ in range(1000):
        before = len(keeping.kept)
        keeping.delta(10)
        costs += keeping.text * (len(keeping.kept) - before)
    assert len(keeping.kept) == 7
    assert costs <= 2 * keeping.text


def test_a_rest_is_followed_by_one_snapshot() -> None:
    keeping = Keeping()
    for _ in range(5):
        keeping.delta(1)
        keeping.hand.move(0.4)
    for _ in range(50):
        keeping.hand.move(0.1)
    assert len(keeping.kept) == 1
    assert 2.6 <= keeping.kept[0] <= 3.7
    assert keeping.hand.due == []


@pytest.fixture(scope="session")
def modules(root: Path, node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the shared modules of the front end one by one."""
    folder = tmp_path_factory.mktemp("modules")
    subprocess.run([node, "build_widgets.mjs", "--modules", str(folder)], cwd=root / "labextension", check=True, timeout=60)
    return folder


def run_node(root: Path, node: str, modules: Path, stories: Path | None = None) -> None:
    environ = {**os.environ, "MODULES": str(modules), "STORIES": str(stories or "")}
    tests = sorted(str(file) for file in (root / "tests" / "widgets").glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *tests], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_browser_end_keeps_up_with_the_kernels(root: Path, node: str, modules: Path, tmp_path: Path) -> None:
    """The TypeScript modules pass their own tests, and stories told by this end lead to the same state at the other, over a bad wire."""
    stories: list[dict] = []

    @settings(max_examples=60, database=None, derandomize=True)
    @given(st.lists(STEP, max_size=40))
    def tell(steps: list[tuple]) -> None:
        state, deltas = LiveState(FIRST), []
        snapshots = [state.snapshot()]
        for step in (*steps, ("flush",)):
            known = len(deltas)
            act(state, step, deltas)
            if len(deltas) > known:
                snapshots.append(state.snapshot())
        stories.append({"deltas": deltas, "snapshots": snapshots})

    tell()
    file = tmp_path / "stories.json"
    file.write_text(json.dumps(stories), "utf-8")
    run_node(root, node, modules, file)
