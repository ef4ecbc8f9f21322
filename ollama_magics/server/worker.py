"""Blocking work in a thread, its lines in the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

Line = dict[str, Any]


async def in_thread(work: Callable[[], Generator[Line, None, None]]) -> AsyncIterator[list[Line]]:
    """Yield what the generator of ``work`` yields, running it in a thread; lines that come close together come in one list.

    Notes:
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
                tell(line)
            tell(None)
        except Exception as problem:  # the border between the thread and the loop: it is raised again there
            tell(problem)

    def tell(line: Line | BaseException | None) -> None:
        lines.append(line)
        # Waking the loop costs more than a line does: as long as it has not come round, it is awake already.
        if len(lines) == 1:
            loop.call_soon_threadsafe(ready.set)

    loop.run_in_executor(None, run)
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
