"""Messages and tools with the types that Ollama gives them in a template.

Source: Ollama template/template.go (templateMessage, templateTool), api/types.go (ToolProperty) (v0.33.0-rc2).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ollama_magics.template.format import show
from ollama_magics.template.jsontext import marshal, marshal_text
from ollama_magics.template.values import (
    ANY,
    ANY_SLICE,
    BOOL,
    INT,
    STRING,
    STRINGS,
    UINT8,
    Field,
    Kind,
    Type,
    Value,
    boxed,
    from_json,
    indirect,
    integer,
    text,
    zero,
)


def _json_string(value: Value) -> Value:
    return text(marshal(value))


def _json_map_string(value: Value) -> Value:
    return text("{}" if value.raw is None else marshal(value))


def _slice_of(elem: Type, name: str = "", **extra: Any) -> Type:
    return Type(name or f"[]{elem.name}", Kind.SLICE, elem, **extra)


def _pointer_to(elem: Type) -> Type:
    return Type(f"*{elem.name}", Kind.POINTER, elem)


_IMAGE = _slice_of(UINT8, "api.ImageData")
_ARGUMENTS = Type("template.templateArgs", Kind.MAP, ANY, methods={"String": _json_map_string})
_CALL_FUNCTION = Type(
    "template.templateToolCallFunction",
    Kind.STRUCT,
    fields=(Field("Index", INT), Field("Name", STRING), Field("Arguments", _ARGUMENTS)),
)
_CALL = Type("template.templateToolCall", Kind.STRUCT, fields=(Field("ID", STRING), Field("Function", _CALL_FUNCTION)))
MESSAGE = Type(
    "template.templateMessage",
    Kind.STRUCT,
    fields=(
        Field("Role", STRING),
        Field("Content", STRING),
        Field("Thinking", STRING),
        Field("Images", _slice_of(_IMAGE)),
        Field("ToolCalls", _slice_of(_CALL)),
        Field("ToolName", STRING),
        Field("ToolCallID", STRING),
    ),
)
_MESSAGE_POINTER = _pointer_to(MESSAGE)
_MESSAGES = _slice_of(_MESSAGE_POINTER)

_TYPE_SCRIPT = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "array": "any[]",
    "object": "Record<string, any>",
    "null": "null",
}


def _type_string(value: Value) -> Value:
    names: Sequence[str] = value.raw or ()
    return text("" if not names else names[0] if len(names) == 1 else show(Value(STRINGS, names)))


def _marshal_type(value: Value) -> str:
    names: Sequence[str] | None = value.raw
    return marshal_text(names[0]) if names is not None and len(names) == 1 else marshal(Value(STRINGS, names))


def _type_script(value: Value) -> Value:
    options = value.field("AnyOf").items()
    if options:
        return text(" | ".join(_type_script(option).raw for option in options))
    names: Sequence[str] = value.raw["Type"] or ()
    return text(" | ".join(_TYPE_SCRIPT.get(name, "any") for name in names) or "any")


def _marshal_ordered(value: Value) -> str:
    entries: Mapping[str, Any] | None = value.raw["om"]
    if entries is None:
        return "null"
    return "{" + ",".join(f"{marshal_text(name)}:{marshal(Value(PROPERTY, raw))}" for name, raw in entries.items()) + "}"


def _ordered(value: Value) -> dict[str, Any] | None:
    """Return the properties of a map or of a pointer to one, which may be nil."""
    pointed, nil = indirect(value)
    entries: dict[str, Any] | None = None if nil else pointed.raw["om"]
    return entries


def _ordered_length(value: Value) -> Value:
    return integer(len(_ordered(value) or ()))


def _ordered_map(value: Value) -> Value:
    return Value(_PROPERTY_MAP, _ordered(value))


_PROPERTY_TYPE = _slice_of(STRING, "api.PropertyType", methods={"String": _type_string}, marshal=_marshal_type)
PROPERTY = Type("api.ToolProperty", Kind.STRUCT, methods={"ToTypeScriptType": _type_script})
"""One parameter of a tool's function."""
_PROPERTY_MAP = Type("map[string]api.ToolProperty", Kind.MAP, PROPERTY)
_ORDERED = Type(
    "api.ToolPropertiesMap",
    Kind.STRUCT,
    methods={"Len": _ordered_length, "ToMap": _ordered_map},
    marshal=_marshal_ordered,
)
PROPERTY.declare(
    Field("AnyOf", _slice_of(PROPERTY), "anyOf", omit_empty=True),
    Field("Type", _PROPERTY_TYPE, "type", omit_empty=True),
    Field("Items", ANY, "items", omit_empty=True),
    Field("Description", STRING, "description", omit_empty=True),
    Field("Enum", ANY_SLICE, "enum", omit_empty=True),
    Field("Properties", _pointer_to(_ORDERED), "properties", omit_empty=True),
    Field("Required", STRINGS, "required", omit_empty=True),
)

_PROPERTIES = Type("template.templateProperties", Kind.MAP, PROPERTY, methods={"String": _json_map_string})
_PARAMETERS = Type(
    "template.templateToolFunctionParameters",
    Kind.STRUCT,
    fields=(
        Field("Type", STRING, "type"),
        Field("Defs", ANY, "$defs", omit_empty=True),
        Field("Items", ANY, "items", omit_empty=True),
        Field("Required", STRINGS, "required", omit_empty=True),
        Field("Properties", _PROPERTIES, "properties"),
    ),
)
_FUNCTION = Type(
    "template.templateToolFunction",
    Kind.STRUCT,
    fields=(Field("Name", STRING, "name"), Field("Description", STRING, "description"), Field("Parameters", _PARAMETERS, "parameters")),
)
_TOOL = Type(
    "template.templateTool",
    Kind.STRUCT,
    fields=(Field("Type", STRING, "type"), Field("Items", ANY, "items", omit_empty=True), Field("Function", _FUNCTION, "function")),
    methods={"String": _json_string},
)
_TOOLS = _slice_of(_TOOL, "template.templateTools", methods={"String": _json_string})

ROOT = Type(
    "map[string]interface {}",
    Kind.STRUCT,
    fields=(
        *(Field("System", STRING), Field("Prompt", STRING), Field("Response", STRING), Field("Suffix", STRING)),
        *(Field("Messages", _MESSAGES), Field("Tools", _TOOLS)),
        *(Field("Think", BOOL), Field("ThinkLevel", STRING), Field("IsThinkSet", BOOL)),
    ),
)
"""What ``.`` is where a template begins, with every name that Ollama ever sets. Source: Ollama template/template.go (Execute)."""


def messages_value(messages: Iterable[Mapping[str, Any]]) -> Value:
    """Return messages (in the form of the API, checked) as ``.Messages``; images are base64 texts or bytes."""
    return Value(_MESSAGES, [Value(MESSAGE, _message(each)) for each in messages])


def tools_value(tools: Iterable[Mapping[str, Any]] | None) -> Value:
    """Return tools (in the form of the API, checked) as ``.Tools``; None prints as ``null``."""
    return Value(_TOOLS, None if tools is None else [_tool(each) for each in tools])


def _text(source: Mapping[str, Any], key: str) -> str:
    return source.get(key) or ""


def _box(value: Any) -> Value | None:
    return boxed(from_json(value))


def _list(source: Mapping[str, Any], key: str, convert: Callable[[Any], Any]) -> list[Any] | None:
    values = source.get(key)
    return None if values is None else [convert(value) for value in values]


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Role": _text(message, "role"),
        "Content": _text(message, "content"),
        "Thinking": _text(message, "thinking"),
        "Images": _list(message, "images", _image),
        "ToolCalls": _list(message, "tool_calls", _call) or None,
        "ToolName": _text(message, "tool_name"),
        "ToolCallID": _text(message, "tool_call_id"),
    }


def _image(image: str | bytes) -> bytes:
    if isinstance(image, bytes):
        return image
    try:
        return base64.b64decode(image)
    except (binascii.Error, ValueError):
        return image.encode("utf-8", "replace")


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    arguments = function.get("arguments")
    boxes = None if arguments is None else {name: _box(value) for name, value in arguments.items()}
    return {
        "ID": _text(call, "id"),
        "Function": {"Index": int(function.get("index") or 0), "Name": _text(function, "name"), "Arguments": boxes},
    }


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool.get("function") or {}
    parameters = function.get("parameters") or {}
    return {
        "Type": _text(tool, "type"),
        "Items": _box(tool.get("items")),
        "Function": {
            "Name": _text(function, "name"),
            "Description": _text(function, "description"),
            "Parameters": {
                "Type": _text(parameters, "type"),
                "Defs": _box(parameters.get("$defs")),
                "Items": _box(parameters.get("items")),
                "Required": _list(parameters, "required", str),
                "Properties": _properties(parameters.get("properties")),
            },
        },
    }


def _properties(properties: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if properties is None else {name: _property(value) for name, value in properties.items()}


def _property(source: Mapping[str, Any] | None) -> dict[str, Any]:
    raw: dict[str, Any] = dict(zero(PROPERTY).raw)
    if source is None:
        return raw
    kind = source.get("type")
    nested = source.get("properties")
    raw["AnyOf"] = _list(source, "anyOf", _property)
    raw["Type"] = [kind] if isinstance(kind, str) else kind
    raw["Items"] = _box(source.get("items"))
    raw["Description"] = _text(source, "description")
    raw["Enum"] = _list(source, "enum", _box)
    raw["Properties"] = None if nested is None else Value(_ORDERED, {"om": _properties(nested)})
    raw["Required"] = _list(source, "required", str)
    return raw
