"""The names of a server's models, for key presses: what was last seen at once, and looked up anew by a thread.

A key press never talks to a server: it starts a look-up, waits for it a moment where nothing is known yet, and takes what is there.
A server that is slow or dead costs one such moment, not one a key.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ollama_magics.errors import OllamaMagicsError

if TYPE_CHECKING:
    from ollama_magics.services.servers import Server

_LIST_S = 2.0
"""How long a server may take to list its models before it counts as not answering."""


class ModelName(NamedTuple):
    """A model as it is offered: its name without ``:latest``, and a few words about it."""

    name: str
    about: str = ""


class Seen(NamedTuple):
    """What a look-up found: the server, None when none answers, and its models."""

    server: Server | None = None
    models: tuple[ModelName, ...] = ()


@dataclass
class _Shelf:
    """What is known about one address."""

    seen: Seen = field(default_factory=Seen)
    at: float = float("-inf")
    failed: bool = False
    running: threading.Event | None = None
    expired: bool = False


class ModelNames:
    """Remembers the models of servers; safe to use from several threads.

    Args:
        look: asks a server, the one to use when the address is None; raises OllamaMagicsError when it cannot.
        clock: tells the time in seconds.
        fresh_s: how long what was seen is taken for true.
        moment_s: how long a caller waits for a look-up that it has started, unless the last one failed.
    """

    def __init__(
        self,
        look: Callable[[str | None], Seen] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        fresh_s: float = 5.0,
        moment_s: float = 0.1,
    ) -> None:
        self._look = look or look_up
        self._clock = clock
        self._fresh_s = fresh_s
        self.moment_s = moment_s
        self._shelves: dict[str, _Shelf] = {}
        self._lock = threading.Lock()

    def seen(self, host: str | None = None) -> Seen:
        """Return what is known about a server (the one to use when None); where that is old, a look-up begins beside it."""
        with self._lock:
            shelf = self._shelves.setdefault(host or "", _Shelf())
            if shelf.running is not None or self._clock() - shelf.at < self._fresh_s:
                return shelf.seen
            done = shelf.running = threading.Event()
            shelf.expired = False
            patient = not shelf.failed
        threading.Thread(target=self._refresh, args=(host, shelf, done), name="ollama-magics model names", daemon=True).start()
        if patient:
            done.wait(self.moment_s)
        with self._lock:
            return shelf.seen

    def expire(self) -> None:
        """Look again when somebody asks: models may have come or gone."""
        with self._lock:
            for shelf in self._shelves.values():
                shelf.at, shelf.expired = float("-inf"), True

    def _refresh(self, host: str | None, shelf: _Shelf, done: threading.Event) -> None:
        try:
            seen, failed = self._look(host), False
        except OllamaMagicsError:
            seen, failed = Seen(), True  # a key press is no moment for an error
        with self._lock:
            shelf.seen, shelf.failed, shelf.running = seen, failed, None
            shelf.at = float("-inf") if shelf.expired else self._clock()
        done.set()


def look_up(host: str | None) -> Seen:
    """Ask a server for its models; none is started for that. Where none answers there is what the built-in one would have.

    Raises:
        OllamaMagicsError: the server does not answer.
    """
    from ollama_magics.errors import NoServer
    from ollama_magics.services.servers import built_in_is_installed, servers
    from ollama_magics.services.tuning.drafts import without_drafts

    try:
        server = servers().find(host, start=False)
    except NoServer:
        if host is None and not servers().is_named and built_in_is_installed():
            return Seen(None, (ModelName("tutor", "built-in"),))
        raise
    listed = without_drafts(servers().client(server).list(timeout=_LIST_S).models or (), server)
    return Seen(server, tuple(ModelName(str(model.name).removesuffix(":latest"), _size(model.size)) for model in listed))


def _size(size_bytes: object) -> str:
    from ollama_magics.display.quantities import size

    return size(size_bytes) if isinstance(size_bytes, int) else ""
