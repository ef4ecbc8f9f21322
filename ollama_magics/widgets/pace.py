"""When to send: deltas at the pace of an eye, fewer and larger ones the longer it goes on; snapshots as seldom as will do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

INTERVAL_S = 0.1
"""Ten a second: measured, more cost bytes and frames and are not seen."""

SLOWEST_S = 1.0
"""The page shows a delta bit by bit until the next one comes, so that a reader sees words come evenly at any pace of messages."""

SLOWING = 0.08
"""How much of the time a stream has gone on may pass between two of its deltas. Each costs half a kilobyte of Jupyter's headers."""

REST_S = 1.0
"""A stream that has rested so long begins anew."""

AT_ONCE = 3
"""So many pokes of a beginning are flushed without waiting."""


def later(delay_s: float, action: Callable[[], None]) -> None:
    """Run ``action`` after ``delay_s`` seconds in a thread of its own that does not keep the kernel alive."""
    timer = threading.Timer(delay_s, action)
    timer.daemon, timer.name = True, "ollama-magics-later"
    timer.start()


Later: TypeAlias = Callable[[float, Callable[[], None]], None]


class Pacer:
    """Calls ``flush`` soon after each poke, and seldom more often than once an interval. An idle pacer costs nothing.

    The interval grows while pokes go on, from ``interval_s`` to ``slowest_s``, and is short again after a rest. Then the first few pokes
    are flushed at once: a question, the state of its answer and the first word come within milliseconds of each other, and a person waits
    for the word.

    Args:
        flush: what to do, given the seconds until it may be called again; called from the poking thread or from one of its own.
        interval_s: seconds between two calls at least.
        slowest_s: seconds that the interval grows to.
        clock: seconds, never going back.
        later: runs an action after a delay in seconds.
    """

    def __init__(
        self,
        flush: Callable[[float], None],
        *,
        interval_s: float = INTERVAL_S,
        slowest_s: float = SLOWEST_S,
        clock: Callable[[], float] = time.monotonic,
        later: Later = later,
    ) -> None:
        self._flush, self._clock, self._later = flush, clock, later
        self._interval_s, self._slowest_s = interval_s, slowest_s
        self._lock = threading.Lock()
        self._began = self._poked = self._last = float("-inf")
        self._at_once = AT_ONCE
        self._turn = 0
        self._waiting = False

    def poke(self) -> None:
        """Say that there is something to flush."""
        with self._lock:
            now = self._clock()
            if now - self._poked > REST_S:
                self._began, self._at_once = now, AT_ONCE
            self._poked = now
            if self._waiting:
                return
            interval = self._interval(now)
            wait = self._last + interval - now
            if wait > 0 and not self._at_once:
                self._waiting = True
                self._later(wait, partial(self._due, self._turn))
                return
            self._at_once = max(self._at_once - 1, 0)
            self._last = now
        self._flush(interval)

    def restart(self) -> None:
        """Begin anew, as after a rest. The caller flushes what is pending."""
        with self._lock:
            self._began, self._at_once = self._clock(), AT_ONCE
            self._turn += 1
            self._waiting = False

    def _interval(self, now: float) -> float:
        return min(max(self._interval_s, SLOWING * (now - self._began)), self._slowest_s)

    def _due(self, turn: int) -> None:
        with self._lock:
            if turn != self._turn:
                return
            self._waiting = False
            self._last = self._clock()
            interval = self._interval(self._last)
        self._flush(interval)


class Keeper:
    """Sends a snapshot when views that missed a delta would otherwise be left behind.

    One is due when as much has gone out in deltas as the last one held, so that all of them together cost at most twice the text, and
    when nothing has followed the last delta for a while.

    Args:
        snapshot: sends a snapshot and returns its size in characters.
        lock: held while it is called and while deltas are sent.
        every: characters of deltas before the first snapshot.
        rest_s: seconds without a delta after which one is due; longer than a stream may pause between two.
        later: runs an action after a delay in seconds.
    """

    def __init__(
        self, snapshot: Callable[[], int], lock: threading.RLock, *, every: int = 8192, rest_s: float = 2 * SLOWEST_S, later: Later = later
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
