"""Versions of models in a comparison: one that is not on the server is made again under a name of its own, for as long as it is asked."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.services.standin import Found, found_version
from ollama_magics.services.tuning.drafts import DRAFTS, Draft, Drafts
from ollama_magics.wire.names import parse_name

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.services.comparisoncolumns import Column
    from ollama_magics.services.servers import Server
    from ollama_magics.services.versions import Versions

_Which = tuple[str, str]
"""A model and what stands behind its ``@``."""


class Contestants:
    """Gives out the names under which the server has the columns' models.

    Args:
        versions: where versions are kept.
        drafts: where models that are made for a while are listed.
    """

    def __init__(self, client: Client, server: Server, versions: Versions, *, drafts: Drafts = DRAFTS) -> None:
        self._client, self._server, self._versions, self._drafts = client, server, versions, drafts
        self._lock = threading.RLock()
        self._found: dict[_Which, Found] = {}
        self._made: dict[_Which, Draft] = {}
        self._users: Counter[_Which] = Counter()

    def look(self, column: Column, cancel: CancelToken | None = None) -> Hashable:
        """Return what a column needs in memory, equal for columns that share it; loads nothing.

        Raises:
            ModelNotFound: the server has no such model.
            UsageProblem: it has no such version.
        """
        found = self._look(column, cancel)
        if found.text is None:
            shown = self._client.show(column.model, cancel=cancel)
            source = _source(shown.modelfile or "") or column.model
            options: dict[str, Any] = {"stored": _load_time_lines(shown.parameters or "")}
        else:
            source, stored = self._base_of(found.text, cancel)
            options = {"stored": stored}
        options |= {name: str(value) for name, value in column.options.items() if _is_load_time(name)}
        return source, tuple(sorted(options.items()))

    def number(self, column: Column) -> int | None:
        """Return the number of a column's version, None where none is known."""
        return self._found[column.model, column.version].number

    @contextlib.contextmanager
    def lent(self, column: Column, cancel: CancelToken) -> Iterator[str]:
        """Have the name to ask a column by, for as long as the block lasts; a version that is not on the server is made again."""
        which = (column.model, column.version)
        with self._lock:
            self._users[which] += 1
            try:
                name = self._name(which, cancel)
            except BaseException:
                self._users[which] -= 1
                raise
        try:
            yield name
        finally:
            with self._lock:
                self._users[which] -= 1

    def remove_unused(self) -> None:
        """Delete what was made and is asked by nobody."""
        with self._lock:
            for which in [which for which in self._made if not self._users[which]]:
                self._made.pop(which).close()

    def _look(self, column: Column, cancel: CancelToken | None) -> Found:
        which = (column.model, column.version)
        if which not in self._found:
            versioned = column.version
            self._found[which] = found_version(*which, self._client, self._versions, cancel) if versioned else self._standing(column.model)
        return self._found[which]

    def _standing(self, model: str) -> Found:
        standing = self._versions.standing(self._server.identity, model)
        return Found(standing.number if standing else None, None, {})

    def _base_of(self, text: str, cancel: CancelToken | None) -> tuple[str, tuple[str, ...]]:
        """Return the weights that a Modelfile names, and the lines that decide how they are loaded."""
        from ollama_magics.modelfile import parse

        modelfile = parse(text)
        stored = tuple(sorted(f"{name} {value}" for name, value in modelfile.parameters.items() if _is_load_time(name)))
        base = modelfile.base or ""
        if not parse_name(base).valid:
            return base, stored
        try:
            return _source(self._client.show(base, cancel=cancel).modelfile or "") or base, stored
        except OllamaMagicsError:
            return base, stored

    def _name(self, which: _Which, cancel: CancelToken) -> str:
        found = self._found[which]
        if found.text is None:
            return which[0]
        draft = self._made.get(which)
        if draft is None:
            draft = self._made[which] = Draft(lambda: self._client, self._server.identity, which[0], self._drafts)
        return draft.made(found.text, found.made_with, cancel)


def _source(modelfile: str) -> str:
    """Return the weights of a model as the server names them.

    Source: Ollama server/routes.go, GetModelInfo: FROM of a shown Modelfile is the path of the weights (v0.33.0-rc2).
    """
    found = re.search(r"^FROM (.+)$", modelfile, re.MULTILINE)
    return found[1] if found else ""


def _is_load_time(name: str) -> bool:
    from ollama_magics.wire.options import OPTIONS

    return name in OPTIONS and OPTIONS[name].load_time


def _load_time_lines(parameters: str) -> tuple[str, ...]:
    """Return the lines of shown parameters that decide how the weights are loaded."""
    lines = (" ".join(line.split()) for line in parameters.splitlines())
    return tuple(sorted(line for line in lines if _is_load_time(line.partition(" ")[0])))
