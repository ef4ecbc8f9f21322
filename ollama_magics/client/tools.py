"""Python functions as tools: their signature and docstring, in the JSON that the API wants."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from ollama_magics.errors import UsageProblem

_JSON_TYPES: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_CONTAINERS: Mapping[Any, str] = {list: "array", tuple: "array", set: "array", frozenset: "array", dict: "object"}
_ARGUMENT = re.compile(r"^\s*(\w+)\s*(?:\([^)]*\))?\s*:\s*(.+)$")


def describe(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the description of a function: its name, the head of its docstring, its parameters with their types.

    The lines ``name: meaning`` under ``Args:`` describe the parameters; those without a default are required.

    Raises:
        UsageProblem: it takes ``*args`` or ``**kwargs``, or an annotation cannot be resolved.

    Examples:
        >>> def add(a: int, b: int = 0) -> int:
        ...     '''Add two numbers.'''
        >>> describe(add)["function"]["parameters"]
        {'type': 'object', 'properties': {'a': {'type': 'integer'}, 'b': {'type': 'integer'}}, 'required': ['a']}
    """
    name = getattr(function, "__name__", type(function).__name__)
    try:
        hints = typing.get_type_hints(function)
        parameters = inspect.signature(function).parameters
    except (NameError, TypeError, ValueError) as exc:
        raise UsageProblem(f"the signature of {name} cannot be read: {exc}", hint="pass the tool's JSON description") from exc
    summary, meanings = _docstring(inspect.getdoc(function) or "")
    properties: dict[str, Any] = {}
    for parameter in parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise UsageProblem(f"{name} takes *{parameter.name}, which no model can fill", hint="pass the tool's JSON description")
        schema = _schema(hints.get(parameter.name, str))
        meaning = meanings.get(parameter.name)
        properties[parameter.name] = {**schema, "description": meaning} if meaning else schema
    required = [parameter.name for parameter in parameters.values() if parameter.default is parameter.empty]
    described = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": summary, "parameters": described}}


def _schema(kind: Any) -> dict[str, Any]:
    """Return the JSON schema of an annotation; what JSON does not know becomes text."""
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin is typing.Literal:
        return {"type": _one([_JSON_TYPES.get(type(value), "string") for value in arguments]), "enum": list(arguments)}
    if origin in (typing.Union, types.UnionType):
        options = [_schema(argument) for argument in arguments if argument is not type(None)]
        return options[0] if len(options) == 1 else {"type": _one([option.get("type", "string") for option in options])}
    if origin in _CONTAINERS:
        schema: dict[str, Any] = {"type": _CONTAINERS[origin]}
        if schema["type"] == "array" and arguments:
            schema["items"] = _schema(arguments[0])
        return schema
    return {"type": _JSON_TYPES.get(origin, "string")}


def _one(kinds: list[Any]) -> Any:
    """Return the only type, or the list of types in the order they come."""
    several = list(dict.fromkeys(kinds))
    return several[0] if len(several) == 1 else several


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return the paragraph a docstring begins with, and the meanings under its ``Args:``."""
    summary = " ".join(text.partition("\n\n")[0].split())
    meanings: dict[str, str] = {}
    _, _, section = text.partition("Args:\n")
    for line in section.split("\n"):
        if line and not line[0].isspace():
            break
        if found := _ARGUMENT.match(line):
            meanings[found[1]] = found[2].strip()
    return summary, meanings
