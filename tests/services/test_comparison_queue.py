"""The order in which cells are asked, under any course of events."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ollama_magics.services.comparisonqueue import Queue


def fill(queue, rows, columns):
    for row in range(rows):
        for column in range(columns):
            queue.add((row, column))


def drain(queue, slots):
    """Play a server that answers ``slots`` cells at a time and ends the oldest first; return the order of asking and the most under way."""
    asked, waiting, streaming, most = [], [], [], 0
    while not queue.idle:
        while (key := queue.take()) is not None:
            asked.append(key)
            waiting.append(key)
            most = max(most, queue.under_way)
        if waiting and len(streaming) < slots:
            streaming.append(waiting.pop(0))
            queue.first_word(streaming[-1])
        else:
            queue.end(streaming.pop(0))
    return asked, most


def test_row_by_row():
    """Columns that share what is loaded are asked in reading order."""
    queue = Queue(["m", "m", "m"], 4)
    fill(queue, 2, 3)
    assert drain(queue, 4)[0] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_one_model_after_the_other():
    """Models that may not fit together are not swapped back and forth; a busy one is waited for."""
    queue = Queue(["m", "n", "m"], 4)
    fill(queue, 2, 3)
    assert drain(queue, 4)[0] == [(0, 0), (0, 2), (1, 0), (1, 2), (0, 1), (1, 1)]


def test_row_by_row_once_they_are_seen_to_fit():
    """What is loaded at the same time needs no order of models."""
    queue = Queue(["m", "n"], 4)
    fill(queue, 2, 2)
    queue.fit_together()
    assert drain(queue, 4)[0] == [(0, 0), (0, 1), (1, 0), (1, 1)]


@given(st.integers(1, 5), st.integers(1, 8))
def test_as_many_as_the_server_answers(slots, limit):
    """A server that answers one at a time holds one more; one that answers several gets them, within the limit."""
    queue = Queue(["m"] * 3, limit)
    fill(queue, 8, 3)
    _, most = drain(queue, slots)
    assert most <= limit
    assert queue.at_once == min(slots, limit)
    assert most <= 2 * slots


class AnyCourse(RuleBasedStateMachine):
    """Whatever happens, each cell is in one place, and none is lost or asked twice at a time."""

    @initialize(columns=st.lists(st.sampled_from("mno"), min_size=1, max_size=4), limit=st.integers(1, 5))
    def begin(self, columns, limit):
        self.queue, self.limit = Queue(columns, limit), limit
        self.left = {(row, column) for row in range(4) for column in range(len(columns))}
        self.under_way = set()
        fill(self.queue, 4, len(columns))

    @rule()
    def take(self):
        key = self.queue.take()
        if key is not None:
            assert key in self.left - self.under_way
            self.under_way.add(key)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def first_word(self, data):
        self.queue.first_word(data.draw(st.sampled_from(sorted(self.under_way))))

    @precondition(lambda self: self.left)
    @rule(data=st.data())
    def end(self, data):
        key = data.draw(st.sampled_from(sorted(self.left)))
        self.queue.end(key)
        self.left.discard(key)
        self.under_way.discard(key)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def give_back(self, data):
        key = data.draw(st.sampled_from(sorted(self.under_way)))
        self.queue.give_back(key)
        self.under_way.discard(key)

    @rule()
    def fit(self):
        self.queue.fit_together()

    @invariant()
    def nothing_is_lost(self):
        assert set(self.queue.order()) == self.left - self.under_way
        assert self.queue.under_way == len(self.under_way) <= self.limit
        assert self.queue.idle == (not self.left)

    def teardown(self):
        """From any state every cell is asked in the end."""
        for key in sorted(self.under_way):
            self.queue.end(key)
        drain(self.queue, 2)
        assert self.queue.idle


TestAnyCourse = AnyCourse.TestCase
