"""The versions of models, by server and name: numbered, kept over restarts, the same in every notebook."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ollama_magics.services.versionstore import Answered, Key, Version, VersionStore
from ollama_magics.wire.names import parse_name

R = TypeVar("R")


class Versions:
    """What servers confirmed, newest last; safe to use from several threads and processes.

    A file that cannot be used is said once, as a warning; from then on the versions live in memory.

    Args:
        path: gives the file when it is first needed; None keeps everything in memory.
        clock: seconds since 1970.
        patience_s: how long a write waits for another kernel's.
    """

    def __init__(self, path: Callable[[], Path] | None = None, *, clock: Callable[[], float] = time.time, patience_s: float = 2.0) -> None:
        self._path, self._clock, self._patience_s = path, clock, patience_s
        self._store: VersionStore | None = None
        self._confirmed: set[Key] = set()
        self._lock = threading.RLock()

    def all(self, server: str, name: str) -> list[Version]:
        """Return the versions of ``name``, also of one that is deleted, the oldest first.

        Args:
            server: its identity, as in every method: `Server.identity`.
            name: the model, with or without its tag.
        """
        return self._do(lambda store: store.all(_key(server, name)))

    def newest(self, server: str, name: str) -> Version | None:
        """Return the newest version, None when there is none or the model was deleted since; asks no server."""
        key = _key(server, name)
        return self._do(lambda store: None if store.is_gone(key) else store.newest(key))

    def standing(self, server: str, name: str) -> Version | None:
        """Return the newest version of a model that this process has seen on the server itself, else None."""
        return self.newest(server, name) if _key(server, name) in self._confirmed else None

    def record(
        self,
        server: str,
        name: str,
        text: str | None,
        digest: str,
        *,
        shown: str | None = None,
        at: float | None = None,
        directory: str = "",
        quantize: str = "",
        inherited: str | None = None,
    ) -> Version:
        """Return the version that ``digest`` is: the newest one when it did not change, else a new one.

        Args:
            text: the Modelfile as it was sent; None for what somebody else made.
            shown: the model as the server describes it, as a Modelfile.
            at: when, in seconds since 1970; None is now.
            directory: what relative paths in ``text`` are relative to.
            quantize: the type that the weights were brought to.
            inherited: the base as the server describes it, beside ``shown``.
        """
        key = _key(server, name)
        when = self._clock() if at is None else at
        state = Version(0, text, digest, shown, when, "", text is None, directory, quantize, inherited)
        self._confirmed.add(key)
        return self._do(lambda store: store.record(key, state))

    def confirm(self, server: str, name: str) -> None:
        """Note that the server was seen to hold the newest version."""
        self._confirmed.add(_key(server, name))

    def forget(self, server: str, name: str) -> None:
        """Note that a model was deleted; its versions stay, and the next one goes on counting."""
        self._do(lambda store: store.mark_gone(_key(server, name)))

    def set_label(self, server: str, name: str, number: int, label: str) -> None:
        """Name a version; an empty label takes its name away."""
        self._do(lambda store: store.set_label(_key(server, name), number, label))

    def remove(self, server: str, name: str, number: int) -> None:
        """Take a version and what it answered out for good."""
        self._do(lambda store: store.remove(_key(server, name), number))

    def record_answer(self, server: str, name: str, number: int | None, question: str, answer: str, best: bool | None = None) -> bool:
        """Note what a version answered, once the answer has ended; return whether it was noted.

        Args:
            number: the version; None is the one that this process has seen on the server, and nothing is noted where there is none.
            question: what was asked; long texts are cut.
            answer: what the model said.
            best: whether a person called it the best; None leaves what was said of it before.
        """
        standing = self.standing(server, name) if number is None else None
        which = standing.number if standing else number
        if which is None or not answer:
            return False
        said = Answered(question, answer, bool(best), self._clock())
        self._do(lambda store: store.record_answer(_key(server, name), which, said, best_known=best is not None))
        return True

    def answers(self, server: str, name: str, number: int) -> list[Answered]:
        """Return what a version answered, the oldest first."""
        return self._do(lambda store: store.answers(_key(server, name), number))

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            if self._store is not None and self._path is not None:
                self._store.close()
                self._store = None

    def _do(self, work: Callable[[VersionStore], R]) -> R:
        with self._lock:
            try:
                return work(self._opened())
            except (sqlite3.Error, OSError) as exc:
                self._store = self._in_memory(exc)
                return work(self._store)

    def _opened(self) -> VersionStore:
        # A connection does not survive a fork: the child opens its own.
        if self._store is None or self._store.pid != os.getpid():
            self._store = VersionStore(self._path() if self._path else None, self._patience_s)
        return self._store

    def _in_memory(self, problem: Exception) -> VersionStore:
        """Return a store in memory with what the file still gives, and say why it is used."""
        path = self._path() if self._path else None
        self._path, before, store = None, self._store, VersionStore(None)
        if before is not None:
            with contextlib.suppress(sqlite3.Error):
                store.copy_from(before)
        warnings.warn(
            f"the history of models cannot be kept in {path} ({problem}); until this kernel ends it is in memory. "
            "Move the file away, or make its folder writable, and restart the kernel.",
            RuntimeWarning,
            stacklevel=4,
        )
        return store


def _of_this_person() -> Path:
    from ollama_magics.server.discovery import state_dir

    return state_dir(os.environ) / "versions.sqlite3"


VERSIONS = Versions(_of_this_person)
"""The versions of this person on this machine."""


def _key(server: str, name: str) -> Key:
    return server, parse_name(name).full.casefold()
