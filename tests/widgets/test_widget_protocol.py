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

from ollama_magics.widgets.pace import Keeper, Pacer
from ollama_magics.widgets.protocol import LiveState, utf16_length

FIRST = {"title": "", "turns": [], "facts": {"n": 0}}
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=5)

# What can happen to a state, as data: so that the browser's end can be driven with the same stories.
STEP = st.one_of(
    st.tuples(st.just("add"), TEXT),
    st.tuples(st.just("say"), TEXT, st.integers(0, 3)),
    st.tuples(st.just("set"), TEXT, st.integers(0, 3)),
    st.tuples(st.just("fact"), st.sampled_from(["n", "m", "__proto__", "constructor"]), st.integers()),
    st.tuples(st.just("title"), TEXT),
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
        case ("flush",) if delta := state.take_delta():
            deltas.append(delta)


def apply(state: dict, op: dict) -> None:
    *path, last = op["p"]
    for key in path:
        state = state[key]
    if "v" not in op:
        assert utf16_length(state[last]) == op["o"]
        state[last] += op["d"]
    elif isinstance(state, list) and last == len(state):
        state.append(copy.deepcopy(op["v"]))
    else:
        state[last] = copy.deepcopy(op["v"])


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
    assert seen == state.value() == state.snapshot()["state"]
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
    assert seen == state.value()


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


class Hand:
    """A clock and a timer that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, object]] = []

    def later(self, delay: float, action) -> None:
        self.due.append((self.now + delay, action))

    def move(self, seconds: float) -> None:
        self.now += seconds
        ready = [action for at, action in self.due if at <= self.now + 1e-9]
        self.due = [(at, action) for at, action in self.due if at > self.now + 1e-9]
        for action in ready:
            action()


@given(st.lists(st.floats(0, 0.5), max_size=60))
def test_pacer_flushes_each_poke_soon_and_never_too_often(gaps: list[float]) -> None:
    hand, flushes, pokes = Hand(), [], []
    pacer = Pacer(lambda: flushes.append(hand.now), interval_s=0.1, clock=lambda: hand.now, later=hand.later)
    for gap in gaps:
        steps = int(gap / 0.01)
        for _ in range(steps):
            hand.move(0.01)
        pokes.append(hand.now)
        pacer.poke()
    for _ in range(12):
        hand.move(0.01)
    assert all(second - first >= 0.1 - 0.011 for first, second in itertools.pairwise(flushes))
    assert all(any(at <= flush <= at + 0.111 for flush in flushes) for at in pokes)


def test_pacer_sends_the_first_at_once() -> None:
    flushed = []
    Pacer(lambda: flushed.append(1), clock=lambda: 5.0, later=lambda *_: None).poke()
    assert flushed == [1]


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
