"""How a try reaches the server so that it is exactly what a create would give.

A request carries options, and a system message in the place of SYSTEM. It cannot take a parameter away, and a system message stands
behind the MESSAGE lines of the model where SYSTEM stands before them; what a request cannot carry is tried as a draft model.

Source: Ollama server/routes.go (ChatHandler: ``filterThinkTags``, ``msgs = append(m.Messages, req.Messages...)``), v0.33.0-rc2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.modelfile import Modelfile
from ollama_magics.services.tuning.parts import Parts, parameters_of, parts_made
from ollama_magics.services.tuning.stored import Stored
from ollama_magics.wire.options import OPTIONS


@dataclass(frozen=True)
class Plan:
    """What a request of a try carries, or why it needs a draft.

    Attributes:
        options: go with the request.
        system: the system message, None to leave the model's own.
        why_draft: a few words on what a request cannot carry; empty where it carries everything.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    system: str | None = None
    why_draft: str = ""


def plan(stored: Stored, tried: Modelfile) -> Plan:
    """Return how a Modelfile is tried on the model that is stored."""
    if not differs(stored, tried):
        return Plan()
    made = parts_made(tried, stored.inherited)
    why = _why_draft(stored, tried, made)
    if why:
        return Plan(why_draft=why)
    options = {name: value for name, value in made.parameters.items() if stored.parts.parameters.get(name) != value}
    return Plan(options, made.system if made.system != stored.parts.system else None)


def _why_draft(stored: Stored, tried: Modelfile, made: Parts) -> str:
    if stored.drifted:
        return f"{stored.base} has changed since {stored.label}"
    others = _others(tried), _others(stored.modelfile)
    if others[0] != others[1]:
        names = sorted({name for name, _ in set(others[0]) ^ set(others[1])})
        return f"a request cannot carry {'FROM' if names == ['model'] else ' and '.join(name.upper() for name in names) or 'the order'}"
    if made.messages != stored.parts.messages:
        return "a request cannot carry MESSAGE lines"
    gone = [name for name in stored.parts.parameters if name not in made.parameters]
    if gone:
        return f"a request cannot take {gone[0]} away"
    if made.system != stored.parts.system:
        if not made.system:
            return "a request cannot take SYSTEM away"
        if made.messages:
            return "a request would put SYSTEM behind the MESSAGE lines"
    return ""


def differs(stored: Stored, tried: Modelfile) -> bool:
    """Whether a Modelfile would make another model than the one it was read from; comments and layout count for nothing."""
    ours, theirs = tried.commands, stored.modelfile.commands
    return ours != theirs and (
        _others(tried) != _others(stored.modelfile)
        or parameters_of(tried) != parameters_of(stored.modelfile)
        or tried.system != stored.modelfile.system
        or tried.messages != stored.modelfile.messages
    )


def _others(modelfile: Modelfile) -> list[tuple[str, str]]:
    """Return the commands that are neither parameters nor SYSTEM nor MESSAGE."""
    apart = {"system", "message", *OPTIONS}
    return [command for command in modelfile.commands if command[0] not in apart]
