"""Ask work to stop, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ollama_magics.errors import Cancelled


class CancelToken:
    """A switch that one thread turns and others obey; once turned it stays so.

    Give one token to several calls and ``cancel()`` ends them all.

    Examples:
        >>> token = CancelToken()
        >>> token.on_cancel(lambda: print("stopping")) and None
        >>> token.cancel()
        stopping
        >>> token.cancelled
        True
    """

    def __init__(self) -> None:
        self._turned = threading.Event()
        # Reentrant: a signal handler may cancel while the same thread holds the lock.
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody has cancelled."""
        return self._turned.is_set()

    def cancel(self) -> None:
        """Turn the switch and run the callbacks in this thread; a second call does nothing.

        Raises:
            Exception: what the first failing callback raised, after all of them have run.
        """
        with self._lock:
            callbacks, self._callbacks = self._callbacks, []
            self._turned.set()
        failure: Exception | None = None
        for callback in callbacks:
            try:
                callback()
            except Exception as exc:  # the others must still be told
                failure = failure or exc
        if failure:
            raise failure

    def on_cancel(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Run ``callback`` once when somebody cancels, at once if that has happened; return a function that takes it back."""
        with self._lock:
            if not self.cancelled:
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def raise_if_cancelled(self, message: str = "cancelled") -> None:
        """Do nothing until somebody has cancelled.

        Raises:
            Cancelled: somebody has; its message is ``message``.
        """
        if self.cancelled:
            raise Cancelled(message)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until somebody cancels, at most ``timeout_s``; return whether somebody has."""
        return self._turned.wait(timeout_s)

    def _forget(self, callback: Callable[[], object]) -> None:
        with self._lock:
            self._callbacks = [kept for kept in self._callbacks if kept is not callback]

    def __repr__(self) -> str:
        return f"CancelToken(cancelled={self.cancelled})"
