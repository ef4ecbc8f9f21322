"""The versions of models that this process has created, by server and name."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ollama_magics.wire.names import parse_name


@dataclass(frozen=True)
class Version:
    """One stored state of a model.

    Attributes:
        number: 1 is the first that this process knows.
        text: the Modelfile it was created from; None for a state that was there before.
        digest: the manifest's, as the server lists it; empty when it is not known.
    """

    number: int
    text: str | None
    digest: str


class Versions:
    """What the server confirmed, newest last; safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[Version]] = {}
        self._lock = threading.Lock()

    def all(self, url: str, name: str) -> list[Version]:
        """Return the versions of ``name`` on the server at ``url``."""
        with self._lock:
            return list(self._known.get(_key(url, name), ()))

    def newest(self, url: str, name: str) -> Version | None:
        """Return the newest version, or None when none is known."""
        return next(reversed(self.all(url, name)), None)

    def record(self, url: str, name: str, text: str | None, digest: str) -> Version:
        """Return the version that ``digest`` is: the newest one when it did not change, else a new one."""
        with self._lock:
            known = self._known.setdefault(_key(url, name), [])
            if known and digest and known[-1].digest == digest:
                known[-1] = Version(known[-1].number, text if text is not None else known[-1].text, digest)
            else:
                known.append(Version(len(known) + 1, text, digest))
            return known[-1]

    def forget(self, url: str, name: str) -> None:
        """Forget a model that was deleted."""
        with self._lock:
            self._known.pop(_key(url, name), None)


VERSIONS = Versions()
"""The versions of this process."""


def _key(url: str, name: str) -> tuple[str, str]:
    return url, parse_name(name).full.casefold()
