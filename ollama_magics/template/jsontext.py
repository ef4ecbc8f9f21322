"""JSON as Go's ``encoding/json`` writes it, for values with Go's types.

Source: Go 1.26 encoding/json/encode.go.
"""

from __future__ import annotations

import base64
import json
import math

from ollama_magics.template.values import Kind, Type, Value
from ollama_magics.text.floats import go_float

_ESCAPED = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029", "\x7f": "\x7f"}
    | {code: "\ufffd" for code in range(0xD800, 0xE000)}
)


class Unsupported(ValueError):
    """A value has no JSON form: a number that is not finite, a complex number."""


def marshal(value: Value) -> str:
    """Return the JSON text of ``value``, or ``""`` where Go has none (Ollama drops the error)."""
    try:
        return _encode(value)
    except Unsupported:
        return ""


def marshal_text(text: str) -> str:
    """Return the JSON form of a text."""
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPED)


def marshal_float(number: float) -> str:
    """Return the JSON form of a ``float64``."""
    if not math.isfinite(number):
        raise Unsupported
    return go_float(number)


def _encode(value: Value) -> str:
    kind, raw = value.kind, value.raw
    if value.type.marshal is not None:
        return value.type.marshal(value)
    if kind is Kind.STRING:
        return marshal_text(raw)
    if kind is Kind.BOOL:
        return "true" if raw else "false"
    if kind in (Kind.INT, Kind.UINT8):
        return str(raw)
    if kind is Kind.FLOAT64:
        return marshal_float(raw)
    if raw is None:
        return "null"
    if kind in (Kind.INTERFACE, Kind.POINTER):
        return _encode(raw)
    if kind is Kind.MAP:
        return "{" + ",".join(f"{marshal_text(key)}:{_encode(item)}" for key, item in value.entries()) + "}"
    if kind is Kind.STRUCT:
        return _encode_struct(value)
    if kind is Kind.SLICE:
        if value.type.inner.kind is Kind.UINT8:
            return marshal_text(base64.b64encode(bytes(raw)).decode())
        return "[" + ",".join(map(_encode, value.items())) + "]"
    raise Unsupported


def _encode_struct(value: Value) -> str:
    members = []
    for each in value.type.fields:
        raw = value.raw[each.name]
        if each.omit_empty and _is_empty(each.type, raw):
            continue
        members.append(f"{marshal_text(each.json_name or each.name)}:{_encode(Value(each.type, raw))}")
    return "{" + ",".join(members) + "}"


def _is_empty(of: Type, raw: object) -> bool:
    return raw is None if of.kind in (Kind.INTERFACE, Kind.POINTER) else of.kind is not Kind.STRUCT and not raw
