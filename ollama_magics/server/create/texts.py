"""The text layers of a new model: licences, parameters, messages.

Source: Ollama server/create.go setLicense, setParameters, setMessages (v0.33.0-rc2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ollama_magics.server.errors import StoreError

_OPTIONAL = ("thinking", "images", "tool_calls", "tool_name", "tool_call_id")


def license_texts(value: Any) -> list[str]:
    """Return the licences of a request: a text, a list of texts, or nothing.

    Raises:
        StoreError: anything else; the message is Go's.
    """
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise StoreError(f"json: cannot unmarshal {_word(value)} into Go value of type []string")
    for item in value:
        if item is not None and not isinstance(item, str):
            raise StoreError(f"json: cannot unmarshal {_word(item)} into Go value of type string")
    return [item or "" for item in value]


def merged_parameters(known: Sequence[bytes], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the base with those of the request over them.

    Args:
        known: contents of the base's parameter layers.

    Raises:
        StoreError: such a layer is damaged.
    """
    merged = dict(wanted)
    for text in known:
        try:
            layer = json.loads(text, parse_int=float)
        except (ValueError, RecursionError) as problem:
            raise StoreError(f"bad parameters layer: {problem}") from problem
        merged = {**(layer if isinstance(layer, dict) else {}), **merged}
    return merged


def message_json(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as Ollama stores it: its fields in order, empty ones left out."""
    fields = {"role": message["role"], "content": message["content"]}
    fields |= {key: message[key] for key in _OPTIONAL if message.get(key)}
    if "tool_calls" in fields:
        fields["tool_calls"] = [_tool_call(call) for call in fields["tool_calls"]]
    return fields


def sorted_json(value: Any) -> Any:
    """Return ``value`` with the keys of every object in order, as Go writes maps."""
    if isinstance(value, Mapping):
        return {key: sorted_json(item) for key, item in sorted(value.items())}
    return [sorted_json(item) for item in value] if isinstance(value, list) else value


def _tool_call(call: Mapping[str, Any] | None) -> dict[str, Any]:
    call = call or {}
    function = call.get("function") or {}
    written = {key: function.get(key, zero) for key, zero in (("index", 0), ("name", ""), ("arguments", {}))}
    return {**({"id": call["id"]} if call.get("id") else {}), "function": written}


def _word(value: Any) -> str:
    return {bool: "bool", float: "number", int: "number", str: "string", list: "array"}.get(type(value), "object")
