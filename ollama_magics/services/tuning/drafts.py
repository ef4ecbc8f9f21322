"""Draft models: what a request cannot carry is tried as a model of its own, which goes when it is no longer needed.

Each kernel keeps a list of its drafts in a file beside a lock that it holds as long as it lives. Whoever finds such a list without its
kernel deletes these drafts, but only those that are still what that kernel made.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.server.discovery import state_dir, try_lock
from ollama_magics.services.creation import create
from ollama_magics.services.observing import digest_of, entry_of
from ollama_magics.services.versions import Versions
from ollama_magics.wire.names import parse_name

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.services.servers import Server

_GOING_S = 1.0
"""How long a server may take to delete a draft: at the end of a kernel nobody waits longer."""

_LONGEST_PART = 80
"""Characters of a model's name, and of its tag. Source: Ollama types/model/name.go, v0.33.0-rc2."""


@dataclass(frozen=True)
class Held:
    """A draft that a kernel has made.

    Attributes:
        server: the identity of the server.
        name: the draft's.
        digest: its manifest's.
    """

    server: str
    name: str
    digest: str


class Drafts:
    """The drafts of all kernels of a person on this machine.

    Args:
        folder: gives the folder of the lists when it is first needed.
    """

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._token = uuid4().hex
        self._held: dict[tuple[str, str], Held] = {}
        self._lock = threading.RLock()
        self._file: IO[bytes] | None = None
        self._open: weakref.WeakSet[Draft] = weakref.WeakSet()

    def names(self, server: str) -> set[str]:
        """Return the full names of the drafts that any kernel holds on a server, for lists that leave them out."""
        listed = [*self._held.values(), *(held for path in self._lists() for held in _read(path))]
        return {parse_name(held.name).full.casefold() for held in listed if held.server == server}

    def hold(self, held: Held) -> None:
        """Note a draft of this kernel, or that it is another one by now."""
        with self._lock:
            if self._file is None:
                self._folder().mkdir(parents=True, exist_ok=True, mode=0o700)
                self._file = self._path(".lock").open("a+b")
                try_lock(self._file)
            self._held[held.server, held.name] = held
            self._write()

    def let_go(self, server: str, name: str) -> None:
        """Note that a draft of this kernel is gone."""
        with self._lock:
            if self._held.pop((server, name), None) is not None:
                self._write()

    def opened(self, draft: Draft) -> None:
        """Close a draft when the kernel ends."""
        if not self._open:
            atexit.register(self.close)
        self._open.add(draft)

    def close(self) -> None:
        """Delete every draft of this kernel."""
        atexit.unregister(self.close)
        for draft in list(self._open):
            draft.close()
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
                for suffix in (".json", ".lock"):
                    with contextlib.suppress(OSError):
                        self._path(suffix).unlink()

    def sweep(self, client: Client, server: str) -> list[str]:
        """Delete the drafts that kernels have left behind on a server; return their names."""
        gone: list[str] = []
        for path in self._lists():
            with _alone(path.with_suffix(".lock")) as alone:
                if not alone:
                    continue
                left = [held for held in _read(path) if not (held.server == server and self._swept(client, held, gone))]
                with contextlib.suppress(OSError):
                    if left:
                        path.write_text(json.dumps([asdict(held) for held in left]), "utf-8")
                    else:
                        path.unlink()
            if not left:
                with contextlib.suppress(OSError):
                    path.with_suffix(".lock").unlink()
        return gone

    def _swept(self, client: Client, held: Held, gone: list[str]) -> bool:
        """Delete a draft if it is still the same; return whether it has not to be looked for again."""
        try:
            if delete_if(client, held):
                gone.append(held.name)
        except OllamaMagicsError:
            return False
        return True

    def _lists(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from (path for path in sorted(self._folder().glob("*.json")) if path.stem != self._token)

    def _path(self, suffix: str) -> Path:
        return self._folder() / f"{self._token}{suffix}"

    def _write(self) -> None:
        target = self._path(".json")
        fresh = target.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(held) for held in self._held.values()]), "utf-8")
        os.replace(fresh, target)


class Draft:
    """The draft of one model: made when it is first needed, made anew when its Modelfile is another one.

    Args:
        client: the server to make it on.
        server: its identity.
        model: the model that it is a draft of.
        drafts: where it is listed.
    """

    def __init__(self, client: Callable[[], Client], server: str, model: str, drafts: Drafts) -> None:
        self._client, self._server, self._model, self._drafts = client, server, model, drafts
        self._text: str | None = None
        self._held: Held | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Its name; empty while there is none."""
        return self._held.name if self._held else ""

    def made(self, text: str, building: Any, cancel: CancelToken | None = None) -> str:
        """Return the name of the draft that a Modelfile makes.

        Args:
            building: further arguments of `create`.

        Raises:
            OllamaMagicsError: as `create` does.
        """
        with self._lock:
            if self._held is not None and text == self._text:
                return self._held.name
            client = self._client()
            name = self._held.name if self._held is not None and _is(client, self._held) else self._free_name(client)
            # Versions of drafts are nobody's history.
            done = create(name, text, client=client, versions=Versions(), pull=False, cancel=cancel, **building)
            self._held, self._text = Held(self._server, name, done.digest), text
            self._drafts.hold(self._held)
            self._drafts.opened(self)
            return name

    def close(self) -> None:
        """Delete it, if it is still what was made."""
        with self._lock:
            held, self._held, self._text = self._held, None, None
        if held is not None:
            with contextlib.suppress(OllamaMagicsError):
                delete_if(self._client(), held)
                self._drafts.let_go(held.server, held.name)

    def _free_name(self, client: Client) -> str:
        return next(name for name in draft_names(self._model) if entry_of(client, name) is None)


def draft_names(model: str) -> Iterator[str]:
    """Yield the names that a draft may have, the one to prefer first.

    A tag is made longer, so that what Ollama does by the name alone stays the same.
    Source: Ollama server/routes.go (filterThinkTags: models named ``deepseek-r1``), v0.33.0-rc2.

    Examples:
        >>> from itertools import islice
        >>> list(islice(draft_names("mario"), 2)), next(draft_names("mario:v2")), next(draft_names("deepseek-r1"))
        (['mario-draft', 'mario-draft-2'], 'mario:v2-draft', 'deepseek-r1:latest-draft')
    """
    parsed = parse_name(model)
    tagged = parsed.tag not in ("", "latest") or parsed.model.casefold() == "deepseek-r1"
    short = parsed.short.rpartition(":")[0]
    place, mark, last = f"{short}:{parsed.tag or 'latest'}".rpartition(":") if tagged else short.rpartition("/")
    for number in count(1):
        end = "-draft" if number == 1 else f"-draft-{number}"
        yield f"{place}{mark}{last[: _LONGEST_PART - len(end)]}{end}"


def delete_if(client: Client, held: Held) -> bool:
    """Delete a draft if it is still the same model; return whether it was."""
    if not _is(client, held):
        return False
    client.delete(held.name, timeout=_GOING_S)
    return True


def _is(client: Client, held: Held) -> bool:
    entry = entry_of(client, held.name, timeout=_GOING_S)
    return entry is not None and digest_of(entry) == held.digest


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    """Hold the lock of a list; yields False when its kernel lives."""
    try:
        file = lock.open("a+b")
    except OSError:
        yield False
        return
    with file:
        yield try_lock(file)


def _read(path: Path) -> list[Held]:
    try:
        return [Held(**held) for held in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def without_drafts(models: Iterable[Any], server: Server, drafts: Drafts | None = None) -> list[Any]:
    """Return models of a server's list without the drafts of this person's kernels."""
    names = (drafts or DRAFTS).names(server.identity)
    return [model for model in models if parse_name(str(model.name or model.model)).full.casefold() not in names]


def _of_this_person() -> Path:
    return state_dir(os.environ) / "drafts"


DRAFTS = Drafts(_of_this_person)
"""The drafts of this kernel, and those that other kernels of the person have listed."""
