"""A whole look at one model: the problems of its Modelfile's text, and what of it has no effect on the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import ModelfileProblem
from ollama_magics.modelfile import Modelfile, Problem, parse
from ollama_magics.services.effects import Effects, effects_of
from ollama_magics.services.tuning.stored import read_stored
from ollama_magics.services.versions import VERSIONS, Versions

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.services.servers import Server


@dataclass(frozen=True)
class Check:
    """What a check found.

    Attributes:
        name: the model; empty for a text that no model has.
        server: where it was asked.
        modelfile: what was checked; of a model that somebody else made it is what the server shows, without what the base gives.
        effects: what of it has no effect.
        problems: those of the text and those of the effects, in the order of the text.
    """

    name: str
    server: Server
    modelfile: Modelfile = field(repr=False)
    effects: Effects = field(repr=False)
    problems: tuple[Problem, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """The result as plain data; lines and columns count from 1, columns in code points."""
        names = ("code", "name", "severity", "message", "line", "column", "end_line", "end_column", "note", "help")
        found = [{name: getattr(problem, name) for name in names} for problem in self.problems]
        return {"model": self.name, "problems": found, "yours": self.effects.yours, "theirs": self.effects.theirs}


def check_model(
    client: Client,
    server: Server,
    name: str,
    *,
    chat_system: bool = False,
    cancel: CancelToken | None = None,
    versions: Versions = VERSIONS,
) -> Check:
    """Check the model that a server holds under a name, against the text that it was made from where that is known; loads the model.

    Raises:
        ModelNotFound: there is none.
    """
    stored = read_stored(client, server, name, versions)
    folder = stored.version.directory
    modelfile = parse(stored.text, folder=Path(folder) if folder else None)
    effects = effects_of(client, server, modelfile, made=name, render=True, chat_system=chat_system, cancel=cancel)
    return Check(name, server, modelfile, effects, _together(modelfile, effects))


def check_modelfile(
    client: Client,
    server: Server,
    modelfile: Modelfile,
    name: str = "",
    *,
    chat_system: bool = False,
    cancel: CancelToken | None = None,
    versions: Versions = VERSIONS,
) -> Check:
    """Check a Modelfile that may not have been created yet; where the model of that name was made from it, that is looked at too.

    Raises:
        ModelfileProblem: it has mistakes.
    """
    if not modelfile.ok:
        raise ModelfileProblem(
            "the Modelfile has mistakes", problems=modelfile.problems, upstream=modelfile.verdict.error, details={"modelfile": modelfile}
        )
    standing = versions.newest(server.identity, name) if name else None
    made = name if standing is not None and standing.text == modelfile.source_text else ""
    effects = effects_of(client, server, modelfile, made=made, render=bool(made), chat_system=chat_system, cancel=cancel)
    return Check(name, server, modelfile, effects, _together(modelfile, effects))


def _together(modelfile: Modelfile, effects: Effects) -> tuple[Problem, ...]:
    return tuple(sorted([*modelfile.problems, *effects.problems], key=lambda problem: (problem.start, problem.end, problem.code)))
