"""Completion inside a Modelfile: instructions, what each takes, and the template language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ollama_magics.magics.completion.choices import (
    Asked,
    Choice,
    Found,
    about_parameter,
    matching,
    models,
    parameter_values,
    paths,
)

if TYPE_CHECKING:
    from ollama_magics.magics.session import Session
    from ollama_magics.modelfile.place import Place

_PATH = re.compile(r"[./~\\]|[A-Za-z]:[/\\]")


def in_modelfile(session: Session, before: str) -> Found | None:
    """Return what completes a Modelfile whose text up to the cursor is ``before``."""
    from ollama_magics.modelfile.place import place_at

    place = place_at(before)
    if place is None:
        return _nothing()
    if place.kind == "value":
        return _in_value(session, place)
    return {"instruction": _instructions, "parameter": _parameters, "role": _roles, "comment": _comment}[place.kind](place.text)


def _nothing() -> Found:
    return Found("", (), "")


def _instructions(text: str) -> Found:
    from ollama_magics.modelfile.instructions import INSTRUCTIONS

    return matching(text, [Choice(f"{name} ", "instruction") for name in INSTRUCTIONS], "instruction", fold=True)


def _parameters(text: str) -> Found:
    from ollama_magics.wire.options import OPTIONS

    return matching(text, [Choice(name, about_parameter(option)) for name, option in OPTIONS.items()], "parameter", fold=True)


def _roles(text: str) -> Found:
    from ollama_magics.modelfile.nodes import ROLES

    return matching(text, ROLES, "role", fold=True)


def _comment(text: str) -> Found:
    """Return the rules that a comment may ignore."""
    from ollama_magics.modelfile.rules import RULES

    match = re.match(r"#\s*ollama-magics:\s*(.*?)(\S*)\Z", text)
    if match is None:
        return _nothing()
    if not match[1]:
        return matching(match[2], ["ignore "], "word")
    return matching(match[2], [Choice(rule.code, rule.name) for rule in RULES.values() if rule.severity != "error"], "rule")


def _in_value(session: Session, place: Place) -> Found:
    text = place.text
    if place.instruction == "template":
        return in_template(text)
    if place.instruction == "from":
        return _bases(session, text)
    if place.instruction in ("adapter", "draft"):
        return matching(text, paths(text), "file")
    if place.instruction == "parameter":
        return _values(place.argument, text)
    return _names(place.instruction, text)


def _bases(session: Session, text: str) -> Found:
    if _PATH.match(text):
        return matching(text, paths(text), "file")
    found = models(Asked(session, text))
    weights = [path for path in paths(text) if path.text.startswith(text) and path.text.endswith(".gguf")] if text else []
    return Found(text, (*found.choices, *weights), "model")


def _values(name: str, text: str) -> Found:
    from ollama_magics.wire.options import OPTIONS

    return matching(text, parameter_values(OPTIONS[name]) if name in OPTIONS else (), "value")


def _names(instruction: str, text: str) -> Found:
    from ollama_magics.modelfile.instructions import PARSERS, RENDERERS

    names = {"renderer": RENDERERS, "parser": PARSERS}.get(instruction)
    return _nothing() if names is None else matching(text, sorted(names), instruction)


def in_template(before: str) -> Found:
    """Return what completes a template: fields of what ``.`` is there, variables, functions and words of the language."""
    from ollama_magics.template.place import fields_of, place_in
    from ollama_magics.template.reference import VARIABLES, type_words

    place = place_in(before)
    if place is None:
        return _nothing()
    if place.kind == "variable":
        return matching(place.fragment, place.variables, "variable")
    if place.owner is None:
        fields = sorted({Choice(entry.word, entry.form) for entry in VARIABLES.values()})
    else:
        fields = [Choice(f".{name}", type_words(kind)) for name, kind in fields_of(place.owner)]
    if place.kind == "field":
        return matching(place.fragment, fields, "field")
    return matching(place.fragment, [*fields, *(Choice(name, "variable") for name in place.variables[1:]), *_words(place.depth)], "word")


def _words(depth: int) -> list[Choice]:
    """Return functions and words of the language; without an open block nothing can be ended."""
    from ollama_magics.template.reference import FUNCTIONS, WORDS

    closing = {"end", "else", "break", "continue"}
    words = [Choice(name, "keyword") for name in WORDS if depth or name not in closing]
    return words + [Choice(name, "function") for name in FUNCTIONS]
