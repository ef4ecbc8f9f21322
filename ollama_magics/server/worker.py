"""Blocking work in a thread, its lines in the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

from ollama_magics.server.errors import QUEUE_FULL, ApiError

Line = dict[str, Any]

_MOST = 256
_THREADS: set[threading.Thread] = set()


async def in_thread(work: Callable[[], Generator[Line, None, None]]) -> AsyncIterator[list[Line]]:
    """Yield what the generator of ``work`` yields, running it in a thread; lines that come close together come in one list.

    An empty line is not passed on: it only gives a generator that waits for something the chance to be closed.

    Raises:
        ApiError: 503, too much work is going on.

    Notes:
        A thread of its own, as work may wait for long: for a registry, or for its turn.
        When the reader stops early, the generator is closed at its next line; what it had not done by then stays undone.
    """
    loop = asyncio.get_running_loop()
    lines: deque[Line | BaseException | None] = deque()
    ready = asyncio.Event()
    stopped = threading.Event()

    def run() -> None:
        try:
            generator = work()
            for line in generator:
                if stopped.is_set():
                    generator.close()
                    break
                if line:
                    tell(line)
            tell(None)
        except Exception as problem:  # the border between the thread and the loop: it is raised again there
            tell(problem)
        finally:
            _THREADS.discard(threading.current_thread())

    def tell(line: Line | BaseException | None) -> None:
        lines.append(line)
        # Waking the loop costs more than a line does: as long as it has not come round, it is awake already.
        if len(lines) == 1:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody reads
                loop.call_soon_threadsafe(ready.set)

    _start(run)
    try:
        while True:
            await ready.wait()
            ready.clear()
            batch: list[Line] = []
            while lines:
                line = lines.popleft()
                if isinstance(line, dict):
                    batch.append(line)
                    continue
                if batch:
                    yield batch
                if line is not None:
                    raise line
                return
            if batch:
                yield batch
    finally:
        stopped.set()


def wait_for_threads(patience_s: float) -> None:
    """Return when all work has ended, or after ``patience_s``; what still runs then ends with the process."""
    deadline = time.monotonic() + patience_s
    for thread in list(_THREADS):
        thread.join(max(0.0, deadline - time.monotonic()))


def _start(run: Callable[[], None]) -> None:
    if len(_THREADS) >= _MOST:
        raise ApiError(503, QUEUE_FULL)
    thread = threading.Thread(target=run, daemon=True)
    _THREADS.add(thread)
    thread.start()
