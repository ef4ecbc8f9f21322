"""Deltas at the pace of an eye: the first at once, the next together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

INTERVAL_S = 0.1
"""Ten a second: measured, more cost bytes and frames and are not seen."""


def later(delay_s: float, action: Callable[[], None]) -> None:
    """Run ``action`` after ``delay_s`` seconds in a thread of its own that does not keep the kernel alive."""
    timer = threading.Timer(delay_s, action)
    timer.daemon = True
    timer.start()


class Pacer:
    """Calls ``flush`` soon after each poke, and never twice within the interval. An idle pacer costs nothing.

    Args:
        flush: what to do; called from the poking thread or from one of its own.
        interval_s: seconds between two calls at least.
        clock: seconds, never going back.
        later: runs an action after a delay in seconds.
    """

    def __init__(
        self,
        flush: Callable[[], None],
        *,
        interval_s: float = INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], None] = later,
    ) -> None:
        self._flush, self._interval_s, self._clock, self._later = flush, interval_s, clock, later
        self._lock = threading.Lock()
        self._last = float("-inf")
        self._waiting = False

    def poke(self) -> None:
        """Say that there is something to flush."""
        with self._lock:
            if self._waiting:
                return
            wait = self._last + self._interval_s - self._clock()
            if wait > 0:
                self._waiting = True
                self._later(wait, self._due)
                return
            self._last = self._clock()
        self._flush()

    def _due(self) -> None:
        with self._lock:
            self._waiting = False
            self._last = self._clock()
        self._flush()
