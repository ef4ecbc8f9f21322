"""The parts of a model that change its answers, as a server holds them or as a Modelfile would make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import Modelfile, parse
from ollama_magics.modelfile.write import NO_TEMPLATE, shown_instructions, shown_parameters
from ollama_magics.wire.options import OPTIONS, format_parameter

Message = tuple[str, str]


@dataclass(frozen=True)
class Parts:
    """What a prompt and its answer are made with.

    Attributes:
        parameters: typed as they are sent; those that this package does not know have the text that the server shows.
        system: empty where there is none.
        messages: role and text of each MESSAGE.
        template: empty where there is none.
        weights: where the server keeps them, to see whether two models share them; empty where it is not known.
        rest: the other instructions that are inherited whole (RENDERER, PARSER and such), by name.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    system: str = ""
    messages: tuple[Message, ...] = ()
    template: str = ""
    weights: str = ""
    rest: Mapping[str, str] = field(default_factory=dict)


def parts_shown(show: Mapping[str, Any]) -> Parts:
    """Return the parts of a model as ``/api/show`` answers them."""
    instructions = shown_instructions(show)
    template = instructions.get("template", "")
    messages = tuple((str(message.get("role", "")), str(message.get("content", ""))) for message in show.get("messages") or ())
    return Parts(
        parameters=typed(shown_parameters(show)),
        system=str(show.get("system") or ""),
        messages=messages,
        template="" if template == NO_TEMPLATE else template,
        weights=instructions.get("model", ""),
        rest={name: instructions[name] for name in ("renderer", "parser") if instructions.get(name)},
    )


def parts_made(modelfile: Modelfile, inherited: Parts) -> Parts:
    """Return the parts that a create from a Modelfile would give, on a base with the parts ``inherited``.

    Source: Ollama server/create.go (v0.33.0-rc2): parameters are inherited one by one, every other part as a whole, and an empty text
    is as good as none.
    """
    own = {name: values[-1] for name in ("renderer", "parser") if (values := modelfile.values_of(name))}
    messages = tuple((message["role"], message["content"]) for message in modelfile.messages)
    return Parts(
        parameters={**inherited.parameters, **parameters_of(modelfile)},
        system=modelfile.system or inherited.system,
        messages=messages or inherited.messages,
        template=modelfile.template or inherited.template,
        weights=inherited.weights,
        rest={**inherited.rest, **own},
    )


def parameters_of(modelfile: Modelfile) -> dict[str, Any]:
    """Return the parameters that a Modelfile sets itself, as plain data."""
    values = modelfile.parameters
    return {name: values[name] if isinstance(values[name], float | int) else list(values[name]) for name in values}


def typed(commands: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return parameters by name, typed; the text of one that this package does not know is kept as it is."""
    texts: dict[str, list[str]] = {}
    for name, text in commands:
        texts.setdefault(name, []).append(text)
    return {name: _value(name, values) for name, values in texts.items()}


def _value(name: str, texts: list[str]) -> Any:
    try:
        return format_parameter(name, texts if name in OPTIONS and OPTIONS[name].kind == "list" else texts[-1:])
    except UsageProblem:
        return texts[-1] if len(texts) == 1 else list(texts)


def without_inherited(text: str, inherited: Parts) -> str:
    """Return a Modelfile without the lines that its base gives anyway: what it makes stays the same.

    A text that cannot be edited, or whose base is itself and so changes with it, is returned as it is.
    """
    from ollama_magics.modelfile.edit import edited

    modelfile = parse(text)
    gone = [at for at, (name, args) in enumerate(modelfile.commands) if _given(modelfile, name, args, inherited)]
    try:
        return str(edited(modelfile, dict.fromkeys(gone)).text)
    except UsageProblem:
        return text


def _given(modelfile: Modelfile, name: str, args: str, inherited: Parts) -> bool:
    if name == "system":
        return args == inherited.system
    if name == "template":
        return args == inherited.template
    if name == "message":
        return tuple((message["role"], message["content"]) for message in modelfile.messages) == inherited.messages
    if name in ("renderer", "parser"):
        return inherited.rest.get(name) == args
    return name in OPTIONS and name in inherited.parameters and parameters_of(modelfile).get(name) == inherited.parameters[name]
