"""Tells a model that is slow from one that will never answer.

A real Ollama sometimes leaves a model so after a client went away in mid-stream: it is listed as loaded, and every later request
to it waits for ever until it is unloaded. Source: observed on v0.33.0-rc2, 4 of 600 streams cancelled at a random token.

A model that loads is told apart by ``/api/ps``: its ``expires_at`` moves with the clock until it is loaded, and moves again
whenever an answer is finished. Source: Ollama server/sched.go, loadedModels (v0.33.0-rc2). What cannot be told apart is a model
that still reads a long prompt or is busy with one long answer for somebody else; the message says so, and who shows it should
offer the cure rather than apply it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from ollama_magics.errors import Cancelled, ModelStuck, OllamaMagicsError
from ollama_magics.wire.names import parse_name
from ollama_magics.wire.types import Record

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.client.stream import Stream

T = TypeVar("T", bound=Record)

PATIENCE_S = 20.0
"""How long a model may give no first line before anybody asks, in seconds."""

_READ_CHARACTERS_PER_S = 100.0

BETWEEN_S = 2.0
"""How long two looks at the server are apart, in seconds."""

_ASK_S = 2.0


def patience_for(prompt_characters: int) -> float:
    """Return the seconds to wait for the first line after a prompt of that length, on a machine that reads slowly."""
    return PATIENCE_S + prompt_characters / _READ_CHARACTERS_PER_S


class StuckWatch:
    """Watches one request that waits for its first line.

    Args:
        clock: seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        client: Client,
        model: str,
        *,
        patience_s: float = PATIENCE_S,
        between_s: float = BETWEEN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._model = model
        self._clock = clock
        self._patience_s = patience_s
        self._between_s = between_s
        self._since = clock()
        self._next = self._since + patience_s
        self._seen: dict[str, str] | None = None

    def check(self) -> ModelStuck | None:
        """Return the error when the model is stuck, None while there is hope; call it every now and then.

        Asks the server once ``patience_s`` have gone by, and then at most every ``between_s``. A server that does not answer
        proves nothing.
        """
        now = self._clock()
        if now < self._next:
            return None
        self._next = now + self._between_s
        try:
            seen = _loaded(self._client)
            still = self._seen == seen and _is_loaded(self._client, self._model, seen)
        except OllamaMagicsError:
            self._seen = None
            return None
        self._seen = seen
        return self._stuck(now) if still else None

    def _stuck(self, now: float) -> ModelStuck:
        waited = f"{now - self._since:.0f} s"
        return ModelStuck(
            f"{self._model} is loaded and has given no first line for {waited}: stuck, or busy with a long prompt or for somebody else",
            hint=f"unload it (`%ollama stop {self._model}` or `client.unload({self._model!r})`), then ask again",
            details={"model": self._model, "server": self._client.url},
        )


def is_stuck(client: Client, model: str, *, between_s: float = BETWEEN_S, pause: Callable[[float], object] = time.sleep) -> bool:
    """Return whether ``model``, which gives no answer, is loaded and nothing happens in the ``between_s`` between two looks."""
    watch = StuckWatch(client, model, patience_s=0, between_s=0)
    watch.check()
    pause(between_s)
    return watch.check() is not None


def cure(client: Client, model: str, *, timeout: float | None = 10.0) -> None:
    """Unload the model, which ends whatever it hangs in; the next request loads it anew."""
    client.unload(model, timeout=timeout)


def watched(stream: Stream[T], client: Client, model: str, *, patience_s: float = PATIENCE_S, between_s: float = BETWEEN_S) -> Iterator[T]:
    """Yield the records of ``stream``, which has not been started.

    Raises:
        ModelStuck: the first record will never come; the request has been ended.
    """
    over = threading.Event()
    found: list[ModelStuck] = []

    def watch() -> None:
        watcher = StuckWatch(client, model, patience_s=patience_s, between_s=between_s)
        pause = patience_s
        while not over.wait(pause):
            pause = between_s
            stuck = watcher.check()
            if stuck is not None and not over.is_set():
                found.append(stuck)
                stream.cancel()
                return

    threading.Thread(target=watch, daemon=True, name=f"watch {model}").start()
    try:
        for record in stream:
            over.set()
            yield record
    except Cancelled as exc:
        if found:
            raise found[0] from exc
        raise
    finally:
        over.set()
        stream.close()


def _loaded(client: Client) -> dict[str, str]:
    """Return the loaded models, each with the moment it would be unloaded."""
    return {str(model.name): str(model.expires_at) for model in client.ps(timeout=_ASK_S).models or []}


def _is_loaded(client: Client, model: str, loaded: dict[str, str]) -> bool:
    """Return whether the weights of ``model`` are loaded, be it under the name of another model made from them.

    Source: Ollama server/sched.go: a runner belongs to a file of weights, and ps names the model that loaded it (v0.33.0-rc2).
    """
    name = parse_name(model).short.casefold()
    if any(other.casefold() == name for other in loaded):
        return True
    weights = _weights(client, model)
    return bool(weights) and any(_weights(client, other) == weights for other in loaded)


def _weights(client: Client, model: str) -> str:
    found = re.search(r"^FROM (.+)$", client.show(model, timeout=_ASK_S).modelfile or "", re.MULTILINE)
    return found[1] if found else ""
