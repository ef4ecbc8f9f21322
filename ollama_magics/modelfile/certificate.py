"""Whether a Modelfile makes a model again: read by Ollama's rules and compared field by field with what a server shows of the model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.modelfile import Modelfile
from ollama_magics.modelfile.naming import character_name, shortened
from ollama_magics.modelfile.nodes import ROLES, STORED
from ollama_magics.modelfile.printable import dropped_in
from ollama_magics.modelfile.quoting import spell, why_not
from ollama_magics.modelfile.write import commands_of_show
from ollama_magics.wire.options import DEPRECATED, OptionValue, format_parameter


@dataclass(frozen=True, slots=True)
class Loss:
    """A field that a Modelfile does not hold as the model has it.

    Attributes:
        field: the instruction, for example ``SYSTEM``, ``PARAMETER stop`` or ``MESSAGE 2``.
        why: the first character that is lost and its place in the value, or another reason.
    """

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What comparing a Modelfile with a model gave.

    Attributes:
        equal: the fields that are the same, as a Modelfile names them.
        losses: those that are not.
        escapes: whether only ollama-magics reads the Modelfile so, because it has escapes of ours.
        request: the body of ``POST /api/create`` that loses nothing; it has everything but the new model's name.
    """

    equal: tuple[str, ...]
    losses: tuple[Loss, ...]
    escapes: bool
    request: Mapping[str, Any] = field(repr=False)

    @property
    def exact(self) -> bool:
        """Whether a create from the Modelfile gives the same model."""
        return not self.losses

    def __str__(self) -> str:
        if self.losses:
            lost = "; ".join(f"{loss.field}: {loss.why}" for loss in self.losses)
            return f"not exact, {len(self.equal)} of {len(self.equal) + len(self.losses)} fields equal; {lost}"
        by = "ollama-magics" if self.escapes else "Ollama's rules"
        count = len(self.equal)
        return (
            f"exact: read again by {by}, {'the one field is' if count == 1 else f'all {count} fields are'} equal ({', '.join(self.equal)})"
        )


def certify(
    file: Modelfile, show: Mapping[str, Any], *, base: str | None = None, base_show: Mapping[str, Any] | None = None
) -> Certificate:
    """Return whether creating from a Modelfile gives the model that a server shows; arguments as of `Modelfile.from_show`."""
    wanted = _wanted(show, base, base_show)
    have = _have(file, [number for number, message in enumerate(show.get("messages") or [], 1) if message.get("role") in ROLES])
    equal, losses = [], []
    for name, value in wanted.items():
        if name in have and have[name] == value and type(have[name]) is type(value):
            equal.append(name)
        else:
            losses.append(Loss(name, _why(name, value, have.get(name))))
    losses += [Loss(name, "the model has none") for name in have if name not in wanted]
    return Certificate(tuple(equal), tuple(losses), file.escapes, _request(wanted))


def _wanted(show: Mapping[str, Any], base: str | None, base_show: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the model's fields by the names that a Modelfile has for them; several of a kind are numbered."""
    commands = [command for command in commands_of_show(show, base=base, base_show=base_show) if command[0] != "message"]
    return dict(_fields(commands, dict(enumerate(show.get("messages") or [], 1))))


def _have(file: Modelfile, numbers: list[int]) -> dict[str, Any]:
    """Return the fields of a Modelfile; its messages have the numbers of those of the model that a Modelfile can say."""
    # A create leaves deprecated parameters out, with a warning.
    commands = [command for command in file.commands if command[0] not in ("message", *DEPRECATED)] if file.verdict.error is None else []
    messages = list(file.messages) if commands else []
    more = range(1 + max(numbers, default=0), 1 + max(numbers, default=0) + len(messages))
    return dict(_fields(commands, dict(zip([*numbers, *more], messages, strict=False))))


def _fields(commands: list[tuple[str, str]], messages: Mapping[int, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    several: dict[str, Any] = {}
    licenses = 0
    for name, text in commands:
        if name == "license":
            licenses += 1
            yield f"LICENSE {licenses}", text
        elif name in STORED:
            yield ("FROM" if name == "model" else name.upper()), text
        else:
            value = _typed(name, text)
            key = f"PARAMETER {name}"
            several[key] = [*several.get(key, []), *value] if isinstance(value, list) else value
    yield from several.items()
    yield from ((f"MESSAGE {number}", message) for number, message in messages.items())


def _typed(name: str, text: str) -> OptionValue | str:
    try:
        return format_parameter(name, [text])
    except UsageProblem:
        pass
    try:  # what only an HTTP client can have stored: a number where a text belongs, a name that no server knows
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float) else text


def _why(name: str, wanted: object, have: object) -> str:
    if name.removeprefix("PARAMETER ") in DEPRECATED:
        return "Ollama leaves a deprecated parameter out"
    if isinstance(wanted, Mapping) and wanted.get("role") not in ROLES:
        return f"a Modelfile has no role {wanted.get('role')}"
    if isinstance(wanted, Mapping) and wanted.keys() - {"role", "content"}:
        return f"a Modelfile cannot hold its {', '.join(sorted(wanted.keys() - {'role', 'content'}))}"
    text = wanted.get("content") if isinstance(wanted, Mapping) else wanted
    texts = [one for one in (text if isinstance(text, list) else [text]) if isinstance(one, str)]
    for one in texts:
        lost = dropped_in(one)
        at = next((at for at, character in enumerate(one) if character in lost), None)
        if at is not None:
            line, column = one.count("\n", 0, at) + 1, at - one.rfind("\n", 0, at)
            return f"Ollama's parser drops {character_name(one[at])} in line {line}, column {column} of the value"
        if spell(one) is None:
            return why_not(one)
    if have is None:
        return "no Modelfile can say it"
    return f"it would be {shortened(str(have))}"


def _request(wanted: Mapping[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    for name, value in wanted.items():
        kind, _, rest = name.partition(" ")
        if kind == "PARAMETER":
            request.setdefault("parameters", {})[rest] = value
        elif kind in ("MESSAGE", "LICENSE"):
            request.setdefault("messages" if kind == "MESSAGE" else "license", []).append(value)
        else:
            request[kind.lower()] = value
    return request
