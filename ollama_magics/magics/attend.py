"""Work in a thread, shown from the kernel's main thread, so that the kernel's interrupt always acts at once.

A thread that waits for a silent server cannot be interrupted by a signal; the main thread that waits for that thread can.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import Cancelled

T = TypeVar("T")
R = TypeVar("R")

_TICK_S = 0.05
"""How long one wait lasts. An interrupt ends a wait at once where there are signals, and takes effect after it on Windows."""

_GRACE_S = 0.09
"""How long after the interrupt a cancelled worker may say what became of its work; then the cell ends without it."""


class _End(Generic[R]):
    """What the worker leaves as its last item."""

    def __init__(self, result: R | None, error: BaseException | None) -> None:
        self.result, self.error = result, error


def attend(
    work: Callable[[Callable[[T], None]], R],
    show: Callable[[T], None],
    cancel: CancelToken,
    tick: Callable[[], None] = lambda: None,
    *,
    at_once: bool = True,
) -> R:
    """Return what ``work(report)`` returns, having called ``show`` on this thread with each thing it reported, in order.

    Args:
        work: runs in a thread of its own; ends soon after ``cancel`` is set.
        show: runs here, so that what it displays belongs to this cell.
        cancel: set when this thread is interrupted, and by whoever else wants the work to stop.
        tick: called here about twenty times a second while nothing is reported.
        at_once: show each report when it comes; else together, twenty times a second. Waking this thread for every line of a create
            takes longer than the create.

    Raises:
        Cancelled: this thread was interrupted; ``work`` has ended, or ends by itself without holding the cell.
        BaseException: whatever ``work`` or ``show`` raised.
    """
    items: queue.SimpleQueue[T | _End[R]] = queue.SimpleQueue()
    later: deque[T] = deque()

    def run() -> None:
        try:
            items.put(_End(work(items.put if at_once else later.append), None))
        except BaseException as exc:  # carried to the main thread, which raises it
            items.put(_End(None, exc))

    def show_later() -> None:
        while later:
            show(later.popleft())

    def idle() -> None:
        show_later()
        tick()

    worker = threading.Thread(target=run, name="ollama-magics", daemon=True)
    try:
        worker.start()
        end = _wait(items, show, idle)
        show_later()
    except KeyboardInterrupt as exc:
        cancel.cancel()
        if worker.ident is not None:
            worker.join(_GRACE_S - _TICK_S)
        show_later()
        _take_leave(items, show, exc)
        raise Cancelled("cancelled") from exc
    except BaseException:
        cancel.cancel()
        raise
    if end.error is not None:
        raise end.error
    return end.result  # type: ignore[return-value]  # R itself may be Optional


def _wait(items: queue.SimpleQueue[T | _End[R]], show: Callable[[T], None], tick: Callable[[], None]) -> _End[R]:
    while True:
        try:
            item = items.get(timeout=_TICK_S)
        except queue.Empty:
            tick()
            continue
        if isinstance(item, _End):
            return item
        show(item)


def _take_leave(items: queue.SimpleQueue[T | _End[R]], show: Callable[[T], None], interrupt: KeyboardInterrupt) -> None:
    """Show what had come, and raise the worker's own word on how it ended if it gave one in time."""
    while not items.empty():
        item = items.get_nowait()
        if not isinstance(item, _End):
            show(item)
        elif isinstance(item.error, Cancelled):
            raise item.error from interrupt
