"""Which cell of a comparison is asked next: in the order of rows, as many at a time as the server answers, models not swapped about."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

Key = tuple[int, int]
"""Row and column of a cell."""


class Queue:
    """The cells that wait and those that are under way. Knows neither time nor network.

    A server answers a number of requests at a time that it tells nobody; the others wait in a queue of its own. So one more cell is
    asked only when every cell under way has its first word, or as many as have been seen to be answered at once: the server is
    kept busy, and never holds a long queue of ours.

    Cells of columns whose models take the place of each other in memory are asked one model after the other.

    Args:
        groups: what each column needs loaded; columns with equal groups share it.
        limit: how many cells may be under way.
    """

    def __init__(self, groups: Sequence[Hashable], limit: int) -> None:
        self._groups = list(groups)
        self._limit = max(limit, 1)
        self._waiting: set[Key] = set()
        self._starting: set[Key] = set()
        self._streaming: set[Key] = set()
        self._current: Hashable | None = None
        self._together = len(set(groups)) <= 1
        self.at_once = 0
        """The most cells that were answered at the same time."""

    @property
    def under_way(self) -> int:
        """How many cells are asked and have not ended."""
        return len(self._starting) + len(self._streaming)

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._waiting and not self.under_way

    def add(self, key: Key) -> None:
        """Let a cell wait."""
        self._waiting.add(key)

    def take(self) -> Key | None:
        """Return the next cell, which is under way from now on; None when it is not time for one."""
        if self.under_way >= self._limit or len(self._starting) >= max(1, self.at_once):
            return None
        order = self.order()
        if not order or (not self._together and self.under_way and self._group(order[0]) != self._current):
            return None
        key = order[0]
        self._waiting.remove(key)
        self._starting.add(key)
        self._current = self._group(key)
        return key

    def first_word(self, key: Key) -> None:
        """Note that a cell under way is being answered."""
        if key in self._starting:
            self._starting.remove(key)
            self._streaming.add(key)
            self.at_once = max(self.at_once, len(self._streaming))

    def end(self, key: Key) -> None:
        """Note that a cell has ended; one that waits is taken out."""
        for cells in (self._waiting, self._starting, self._streaming):
            cells.discard(key)

    def give_back(self, key: Key) -> None:
        """Let a cell wait again that the server had no room for; no more are asked from now on than the others under way."""
        self.end(key)
        self._waiting.add(key)
        self._limit = max(1, min(self._limit, self.under_way))

    def fit_together(self) -> None:
        """Note that everything the columns need is loaded at the same time."""
        self._together = True

    @property
    def apart(self) -> bool:
        """Whether the columns need more than is known to fit into memory at once."""
        return not self._together

    def order(self) -> list[Key]:
        """Return the cells that wait, in the order in which they will be asked."""
        if self._together:
            return sorted(self._waiting)
        first = {group: at for at, group in reversed(list(enumerate(self._groups)))}

        def rank(key: Key) -> tuple[bool, int, int, int]:
            group = self._group(key)
            return group != self._current, first[group], *key

        return sorted(self._waiting, key=rank)

    def _group(self, key: Key) -> Hashable:
        return self._groups[key[1]]
