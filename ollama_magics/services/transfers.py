"""Bringing models to a server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ollama_magics.errors import Cancelled, ServerFault, StreamFault
from ollama_magics.services.progress import Progress, Tracker

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client


def pull_model(
    client: Client,
    name: str,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    *,
    timeout: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Have the server pull ``name`` from its registry; ``on_progress`` is called with each step.

    Raises:
        ServerFault, StreamFault: the server refused, or the pull broke off; what it has stays, the next pull goes on from there.
        Cancelled: ``cancel`` was set.
    """
    tracker = Tracker(on_progress, clock)
    tracker.step("pull", name, "pulling manifest")
    try:
        with client.pull(name, stream=True, cancel=cancel, timeout=timeout) as stream:
            for line in stream:
                tracker.line(line, name)
    except Cancelled as exc:
        facts = {"name": name, "while": tracker.last.words, "elapsed_s": tracker.elapsed_s}
        raise Cancelled(f"cancelled while {tracker.last.words}; what came is kept", details=facts) from exc
    except (ServerFault, StreamFault) as exc:
        exc.message = f"{name} was not pulled: {exc.message}"
        raise
    tracker.step("done", name, "success")
