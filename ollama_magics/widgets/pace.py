"""When to send: deltas at the pace of an eye, snapshots as seldom as will do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

INTERVAL_S = 0.1
"""Ten a second: measured, more cost bytes and frames and are not seen."""


def later(delay_s: float, action: Callable[[], None]) -> None:
    """Run ``action`` after ``delay_s`` seconds in a thread of its own that does not keep the kernel alive."""
    timer = threading.Timer(delay_s, action)
    timer.daemon = True
    timer.start()


Later: TypeAlias = Callable[[float, Callable[[], None]], None]


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
        later: Later = later,
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


class Keeper:
    """Sends a snapshot when views that missed a delta would otherwise be left behind.

    One is due when as much has gone out in deltas as the last one held, so that all of them together cost at most twice the text, and
    when nothing has followed the last delta for a while.

    Args:
        snapshot: sends a snapshot and returns its size in characters.
        lock: held while it is called and while deltas are sent.
        every: characters of deltas before the first snapshot.
        rest_s: seconds without a delta after which one is due.
        later: runs an action after a delay in seconds.
    """

    def __init__(
        self, snapshot: Callable[[], int], lock: threading.RLock, *, every: int = 8192, rest_s: float = 1.0, later: Later = later
    ) -> None:
        self._snapshot, self._lock, self._every, self._rest_s, self._later = snapshot, lock, every, rest_s, later
        self._last, self._unsaved, self._deltas = 0, 0, 0
        self._waiting = False

    def sent(self, size: int) -> None:
        """Say that a delta of ``size`` characters has gone out."""
        with self._lock:
            self._unsaved += size
            self._deltas += 1
            if self._unsaved >= max(self._every, self._last):
                self.keep()
            elif not self._waiting:
                self._wait()

    def keep(self) -> None:
        """Send a snapshot now, unless one holds everything already."""
        with self._lock:
            if self._unsaved:
                self._unsaved = 0
                self._last = self._snapshot()

    def _wait(self) -> None:
        self._waiting = True
        self._later(self._rest_s, partial(self._rested, self._deltas))

    def _rested(self, deltas: int) -> None:
        with self._lock:
            self._waiting = False
            if deltas == self._deltas:
                self.keep()
            elif self._unsaved:
                self._wait()
