"""Carrying models between a server and its registry."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ollama_magics.errors import Cancelled, ServerFault, StreamFault
from ollama_magics.services.progress import Progress, Tracker
from ollama_magics.wire.types import ProgressResponse

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.client.stream import Stream


def pull_model(
    client: Client,
    name: str,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    *,
    insecure: bool = False,
    timeout: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> ProgressResponse:
    """Have the server pull ``name`` from its registry; ``on_progress`` is called with each step. Return its last word.

    Args:
        insecure: whether the registry is reached without TLS.

    Raises:
        ServerFault, StreamFault: the server refused, or the pull broke off; what it has stays, the next pull goes on from there.
        Cancelled: ``cancel`` was set.
    """
    tracker = Tracker(on_progress, clock)
    tracker.step("pull", name, "pulling manifest")
    stream = client.pull(name, stream=True, insecure=insecure, cancel=cancel, timeout=timeout)
    return _followed(stream, tracker, name, "pulled", "what came is kept")


def push_model(
    client: Client,
    name: str,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    *,
    insecure: bool = False,
    timeout: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> ProgressResponse:
    """Have the server send ``name`` to its registry; ``on_progress`` is called with each step. Return its last word.

    Args:
        insecure: whether the registry is reached without TLS.

    Raises:
        ServerFault, StreamFault: the server or the registry refused, or the push broke off.
        Cancelled: ``cancel`` was set.
    """
    tracker = Tracker(on_progress, clock)
    tracker.step("push", name, "retrieving manifest")
    stream = client.push(name, stream=True, insecure=insecure, cancel=cancel, timeout=timeout)
    return _followed(stream, tracker, name, "pushed", "the registry has no new version of it")


def _followed(stream: Stream[ProgressResponse], tracker: Tracker, name: str, done: str, after: str) -> ProgressResponse:
    try:
        with stream:
            for line in stream:
                tracker.line(line, name)
    except Cancelled as exc:
        facts = {"name": name, "while": tracker.last.words, "elapsed_s": tracker.elapsed_s}
        raise Cancelled(f"cancelled while {tracker.last.words}; {after}", details=facts) from exc
    except (ServerFault, StreamFault) as exc:
        exc.message = f"{name} was not {done}: {exc.message}"
        raise
    tracker.step("done", name, "success")
    return stream.received[-1]
