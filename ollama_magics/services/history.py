"""The history of a model: its versions on one server, what changed in each, and bringing one back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import ModelNotFound, UsageProblem
from ollama_magics.services.changes import comparable, parameter_changes, words
from ollama_magics.services.creation import Creation, create, text_diff
from ollama_magics.services.observing import observe
from ollama_magics.services.versions import VERSIONS, Versions
from ollama_magics.services.versionstore import Answered, Version
from ollama_magics.wire.names import parse_name

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.display.segments import Document
    from ollama_magics.services.servers import Server


@dataclass(frozen=True)
class History(Sequence[Version]):
    """The versions of a model as they were when it was asked for, the oldest first.

    Attributes:
        name: the model.
        server: where.
        versions: what is known of each; see `Version`.
        on_server: the number of the one that the server holds; None when it has no such model any more.
    """

    name: str
    server: Server
    versions: tuple[Version, ...]
    on_server: int | None
    _client: Client = field(repr=False, compare=False)
    _store: Versions = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.versions)

    @overload
    def __getitem__(self, index: int) -> Version: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Version]: ...
    def __getitem__(self, index: int | slice) -> Version | Sequence[Version]:
        return self.versions[index]

    def __iter__(self) -> Iterator[Version]:
        return iter(self.versions)

    def find(self, which: int | str) -> Version:
        """Return a version by its number (``3``, ``"3"``, ``"v3"``) or its label.

        Raises:
            UsageProblem: there is no such version.
        """
        wanted = str(which).strip()
        digits = wanted.removeprefix("v")
        for version in self.versions:
            if wanted == version.label or (digits.isdecimal() and int(digits) == version.number):
                return version
        known = [f"v{version.number}" + (f" ({version.label})" if version.label else "") for version in self.versions[-8:]]
        raise UsageProblem(f"{self.name} has no version {wanted}", hint=f"it has {', '.join(known)}" if known else "")

    def before(self, version: Version) -> Version | None:
        """Return the version before a version, None before the first that is known."""
        return next((other for other in reversed(self.versions) if other.number < version.number), None)

    def words(self, which: int | str) -> str:
        """Return what a version changed, in a few words."""
        version = self.find(which)
        return words(self.before(version), version)

    def diff(self, which: int | str, other: int | str | None = None) -> tuple[str, ...]:
        """Return the lines that went and came, each behind its sign: from the version before ``which``, or from ``which`` to ``other``."""
        old, new = self.pair(which, other)
        return text_diff(*comparable(old, new)) if old else tuple(f"+ {line}" for line in new.modelfile.splitlines())

    def pair(self, which: int | str, other: int | str | None = None) -> tuple[Version | None, Version]:
        """Return the two versions that `diff` compares."""
        version = self.find(which)
        return (self.before(version), version) if other is None else (version, self.find(other))

    def answers(self, which: int | str) -> list[Answered]:
        """Return what a version answered in any notebook, the oldest first."""
        return self._store.answers(self.server.identity, self.name, self.find(which).number)

    def restore(self, which: int | str, **options: Any) -> Creation:
        """Create the model again as it was in a version, as a new version.

        Args:
            which: number or label.
            options: further arguments of `create`.
        """
        return create(self.name, self.find(which).modelfile, client=self._client, **{**self.restoring(which), **options})

    def restoring(self, which: int | str) -> dict[str, Any]:
        """Return the arguments of `create` with which a version was created."""
        version = self.find(which)
        return {"versions": self._store, "directory": version.directory or None, "quantize": version.quantize or None}

    def label(self, which: int | str, label: str) -> Version:
        """Name a version, or with an empty label take its name away; return it.

        Raises:
            UsageProblem: the label would read as a number.
        """
        label = " ".join(label.split())
        if label.removeprefix("v").isdecimal() or "@" in label:
            raise UsageProblem(f"a version cannot be named {label!r}", hint="take a name that is no number and has no @ in it")
        version = self.find(which)
        self._store.set_label(self.server.identity, self.name, version.number, label)
        return next(found for found in self._store.all(self.server.identity, self.name) if found.number == version.number)

    def remove(self, which: int | str) -> Version:
        """Take a version out of the history for good; return it.

        Raises:
            UsageProblem: it is the one that the server holds.
        """
        version = self.find(which)
        if version.number == self.on_server:
            raise UsageProblem(
                f"v{version.number} is on the server and stays in the history of {self.name}",
                hint=f"delete the model: %ollama rm {self.name}",
            )
        self._store.remove(self.server.identity, self.name, version.number)
        return version

    def records(self) -> list[dict[str, Any]]:
        """Return the versions as plain data, the oldest first."""
        return [
            {
                "model": self.name,
                "server": self.server.label,
                "version": version.number,
                "label": version.label,
                "created_at": version.created_at.isoformat(timespec="seconds"),
                "changed": self.words(version.number),
                "on_server": version.number == self.on_server,
                "elsewhere": version.elsewhere,
                "digest": version.digest,
                "modelfile": version.modelfile,
            }
            for version in self.versions
        ]

    def card(self) -> Document:
        """Return the history as a document: one row a version, the newest first, differences in folds."""
        from ollama_magics.display.cards import history_card

        diffs = {version.number: self.diff(version.number) for version in self.versions}
        return history_card(self, self.records(), diffs)

    def diff_card(self, which: int | str, other: int | str | None = None) -> Document:
        """Return the difference of two versions as a document."""
        from ollama_magics.display.cards import difference_card

        old, new = self.pair(which, other)
        return difference_card(self.name, old, new, self.diff(which, other), parameter_changes(old, new) if old else [])

    def __str__(self) -> str:
        from ollama_magics.display import text

        return text.render(self.card())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from ollama_magics.display import html

        return {"text/plain": str(self), "text/html": html.render(self.card())}


def history(
    name: str,
    *,
    host: str | None = None,
    client: Client | None = None,
    versions: Versions = VERSIONS,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
) -> History:
    """Return the versions of a model that a server confirmed, from this notebook and any other of the same person on this machine.

    What somebody else has made of the model since becomes a version of its own.

    Args:
        host: the server's address; None looks for one as `find_server` does.
        client: ask through this client instead.
        versions: where versions are kept.

    Raises:
        UsageProblem: ``name`` cannot be a model's name.
        ModelNotFound: the server has no such model, and none is known to have been.
    """
    from ollama_magics.services.creation import check_name
    from ollama_magics.services.servers import client_for, server_of

    check_name(name)
    server, found = (server_of(client), client) if client is not None else client_for(host, cancel)
    standing = observe(found, server.identity, name, versions, timeout=timeout, cancel=cancel)
    known = tuple(versions.all(server.identity, name))
    if not known:
        raise ModelNotFound(
            f"there is no model {name} on {server.label}, and no version of it is known",
            status=404,
            hint="%ollama list shows the models of the server",
        )
    short = parse_name(name).short.removesuffix(":latest")
    return History(short, server, known, standing.number if standing else None, found, versions)


def split_version(name: str) -> tuple[str, str]:
    """Return the model and the version that ``NAME@VERSION`` names; an empty version where there is none.

    Examples:
        >>> split_version("mario@3"), split_version("mario:big@two sentences"), split_version("mario")
        (('mario', '3'), ('mario:big', 'two sentences'), ('mario', ''))
    """
    model, at, version = name.rpartition("@")
    # A digest behind @ has a colon in it. Source: Ollama types/model/name.go.
    return (model, version) if at and model and version and ":" not in version else (name, "")
