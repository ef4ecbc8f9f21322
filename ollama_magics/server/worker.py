"""Blocking work in a thread, its lines in the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

_END = object()


async def in_thread(work: Callable[[], Iterator[dict[str, Any]]]) -> AsyncIterator[dict[str, Any]]:
    """Yield what the generator of ``work`` yields, running it in a thread.

    Notes:
        When the reader stops early, the generator is closed at its next line; what it had not done by then stays undone.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[Any] = asyncio.Queue()
    stopped = threading.Event()

    def run() -> None:
        generator = work()
        end: Any = _END
        try:
            for line in generator:
                if stopped.is_set():
                    break
                loop.call_soon_threadsafe(lines.put_nowait, line)
        except Exception as problem:  # the border between the thread and the loop: it is raised again there
            end = problem
        finally:
            close = getattr(generator, "close", None)
            if close is not None:
                close()
            loop.call_soon_threadsafe(lines.put_nowait, end)

    task = loop.run_in_executor(None, run)
    try:
        while (line := await lines.get()) is not _END:
            if isinstance(line, Exception):
                raise line
            yield line
    finally:
        stopped.set()
        if task.done():
            task.result()
