"""Work on weights one after the other: each takes all cores and, for a while, the disk space of another model."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from ollama_magics.server.errors import QUEUE_FULL, ApiError, StoreError


class Turns:
    """A line of those who want to work.

    Args:
        at_once: how many work at the same time.
        longest: how many may stand in the line besides.
    """

    def __init__(self, at_once: int = 1, longest: int = 16) -> None:
        self._at_once = at_once
        self._longest = longest
        self._line: deque[object] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def close(self) -> None:
        """Let nobody work any more; those who wait get an error."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Stand in the line, and leave it at the end.

        Raises:
            ApiError: 503, the line is too long.
        """
        mark = object()
        with self._changed:
            if len(self._line) >= self._at_once + self._longest:
                raise ApiError(503, QUEUE_FULL)
            self._line.append(mark)
        try:
            yield Place(self, mark)
        finally:
            with self._changed:
                self._line.remove(mark)
                self._changed.notify_all()

    def reached(self, mark: object, timeout_s: float) -> bool:
        """Wait for the turn of ``mark``; return whether it has come."""
        with self._changed:
            came = self._changed.wait_for(lambda: self._closed or self._line.index(mark) < self._at_once, timeout_s)
            if self._closed:
                raise StoreError("the server is stopping")
            return came


class Place:
    """A place in the line."""

    def __init__(self, turns: Turns, mark: object) -> None:
        self._turns = turns
        self._mark = mark

    def reached(self, timeout_s: float) -> bool:
        """Wait for the turn; return whether it has come.

        Raises:
            StoreError: nobody works any more.
        """
        return self._turns.reached(self._mark, timeout_s)
