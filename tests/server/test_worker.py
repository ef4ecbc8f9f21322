"""Blocking work in a thread, its lines in the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from ollama_magics.server.worker import in_thread


def test_lines_and_errors_pass_in_order() -> None:
    """What was yielded before an error arrives before it."""

    def work() -> Iterator[dict[str, Any]]:
        yield {"n": 1}
        yield {"n": 2}
        raise ValueError("broken")

    seen: list[Any] = []

    async def run() -> None:
        async for lines in in_thread(work):
            seen.extend(line["n"] for line in lines)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(run())
    assert seen == [1, 2]


def test_a_reader_that_leaves_stops_the_work() -> None:
    """The generator is closed at its next line, before it does what comes after it."""
    go, ended = threading.Event(), threading.Event()
    done: list[str] = []

    def work() -> Iterator[dict[str, Any]]:
        try:
            yield {"n": 1}
            go.wait(5)
            yield {"n": 2}
            done.append("written")
        finally:
            ended.set()

    async def run() -> None:
        async with aclosing(in_thread(work)) as lines:
            async for _ in lines:
                break
        go.set()
        await asyncio.to_thread(ended.wait, 5)

    asyncio.run(run())
    assert ended.is_set()
    assert done == []
