"""When a change is settled: a moment after the last key, sooner after a slider is let go, at once on Enter."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ollama_magics.widgets.pace import Later, later
from ollama_magics.widgets.tunerstate import How, When

TYPING_S = 0.6
"""After the last key; the person may still be in the word."""

RELEASE_S = 0.25
"""After a slider is let go; it may be taken again."""


class Settling:
    """Calls ``settle`` once after a run of changes, as the person wants it. A new change starts the wait anew.

    Args:
        settle: what to do; called from the thread that changes, or from one of its own.
        later: runs an action after a delay in seconds.
    """

    def __init__(self, settle: Callable[[], None], *, later: Later = later) -> None:
        self._settle, self._later = settle, later
        self._lock = threading.Lock()
        self._change = 0

    def changed(self, how: How, when: When) -> None:
        """Say that something was changed: ``how`` it was, and ``when`` the person wants an answer."""
        with self._lock:
            self._change += 1
            change = self._change
        if when == "button" or (when == "enter" and how != "enter") or how == "drag":
            return
        if how == "enter":
            self._settle()
        else:
            self._later(RELEASE_S if how == "release" else TYPING_S, lambda: self._due(change))

    def drop(self) -> None:
        """Forget a change that is not settled yet."""
        with self._lock:
            self._change += 1

    def _due(self, change: int) -> None:
        with self._lock:
            if change != self._change:
                return
        self._settle()
