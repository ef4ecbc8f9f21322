"""The request bodies of the API as Go's structs declare them.

Source: Ollama api/types.go (v0.33.0-rc2).
"""

from __future__ import annotations

from typing import Any

from ollama_magics.server.decode import (
    AnyKind,
    BoolKind,
    BytesKind,
    CustomKind,
    IntKind,
    Kind,
    ListKind,
    MapKind,
    RawKind,
    StringKind,
    StructKind,
)
from ollama_magics.server.errors import BadJSON
from ollama_magics.text.gostrings import quote
from ollama_magics.wire.durations import parse_duration

STRING, BOOL, INT, ANY, RAW = StringKind(), BoolKind(), IntKind(), AnyKind(), RawKind()
STRINGS = MapKind(STRING)
OBJECT = MapKind(ANY)
IMAGES = ListKind(BytesKind("api.ImageData"))
DURATION = CustomKind("api.Duration", ANY, parse_duration)

_THINK_WORDS = ("high", "medium", "low", "max")


def _think(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value not in _THINK_WORDS:
            raise BadJSON(f'invalid think value: {quote(value)} (must be "high", "medium", "low", "max", true, or false)')
        return value
    raise BadJSON('think must be a boolean or string ("high", "medium", "low", "max", true, or false)')


THINK = CustomKind("api.ThinkValue", RAW, _think)


class _PropertyTypes(Kind):
    """One type name or a list of them; always read as a list."""

    go = "[]string"

    def read(self, value: Any, scope: Any) -> Any:
        """Return the list of names."""
        return [STRING.read(value, scope)] if isinstance(value, str) else ListKind(STRING).read(value, scope)


class _OrderedMap(MapKind):
    """A map that keeps its order; Ollama reads it with a library that has one error for everything else.

    Source: Ollama internal/orderedmap (v0.33.0-rc2); observed, tests/contract (area ``chat``).
    """

    def read(self, value: Any, scope: Any) -> Any:
        """Return a dict in the order of the text."""
        if not isinstance(value, dict):
            return scope.fail("Value looks like object, but can't find closing '}' symbol")
        return super().read(value, scope)


PROPERTY = StructKind("ToolProperty", {})
PROPERTIES = CustomKind("api.ToolPropertiesMap", _OrderedMap(PROPERTY))
PROPERTY.declare(
    {
        "anyOf": ListKind(PROPERTY),
        "type": CustomKind("api.PropertyType", _PropertyTypes()),
        "items": RAW,
        "description": STRING,
        "enum": ListKind(RAW),
        "properties": PROPERTIES,
        "required": ListKind(STRING),
    }
)
TOOL = StructKind(
    "Tool",
    {
        "type": STRING,
        "items": RAW,
        "function": StructKind(
            "ToolFunction",
            {
                "name": STRING,
                "description": STRING,
                "parameters": StructKind(
                    "ToolFunctionParameters",
                    {"type": STRING, "$defs": RAW, "items": RAW, "required": ListKind(STRING), "properties": PROPERTIES},
                ),
            },
        ),
    },
)
TOOL_CALL = StructKind(
    "ToolCall",
    {
        "id": STRING,
        "function": StructKind(
            "ToolCallFunction", {"index": INT, "name": STRING, "arguments": CustomKind("api.ToolCallFunctionArguments", _OrderedMap(RAW))}
        ),
    },
)


def _message(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the message with its role in lower case; role and content are always there."""
    return {"role": "", "content": "", **fields} | {"role": fields.get("role", "").lower()}


MESSAGE = CustomKind(
    "api.Message",
    StructKind(
        "Alias",
        {
            "role": STRING,
            "content": STRING,
            "thinking": STRING,
            "images": IMAGES,
            "tool_calls": ListKind(TOOL_CALL),
            "tool_name": STRING,
            "tool_call_id": STRING,
        },
    ),
    _message,
    zero={"role": "", "content": ""},
)

_RUN: dict[str, Kind] = {
    "model": STRING,
    "stream": BOOL,
    "format": RAW,
    "keep_alive": DURATION,
    "options": OBJECT,
    "think": THINK,
    "truncate": BOOL,
    "shift": BOOL,
    "_debug_render_only": BOOL,
    "logprobs": BOOL,
    "top_logprobs": INT,
}

CHAT = StructKind("ChatRequest", {**_RUN, "messages": ListKind(MESSAGE), "tools": ListKind(TOOL, "api.Tools")})
GENERATE = StructKind(
    "GenerateRequest",
    {
        **_RUN,
        "prompt": STRING,
        "suffix": STRING,
        "system": STRING,
        "template": STRING,
        "context": ListKind(INT),
        "raw": BOOL,
        "images": IMAGES,
    },
)
EMBED = StructKind(
    "EmbedRequest", {"model": STRING, "input": ANY, "keep_alive": DURATION, "truncate": BOOL, "dimensions": INT, "options": OBJECT}
)
EMBEDDINGS = StructKind("EmbeddingRequest", {"model": STRING, "prompt": STRING, "keep_alive": DURATION, "options": OBJECT})
TOKENS = StructKind("TokensRequest", {"model": STRING, "texts": ListKind(STRING)})
CREATE = StructKind(
    "CreateRequest",
    {
        "model": STRING,
        "stream": BOOL,
        "quantize": STRING,
        "draft_quantize": STRING,
        "from": STRING,
        "remote_host": STRING,
        "files": STRINGS,
        "draft_files": STRINGS,
        "adapters": STRINGS,
        "template": STRING,
        "license": ANY,
        "system": STRING,
        "parameters": OBJECT,
        "messages": ListKind(MESSAGE),
        "renderer": STRING,
        "parser": STRING,
        "requires": STRING,
        "info": OBJECT,
        "name": STRING,
        "quantization": STRING,
    },
)
SHOW = StructKind(
    "ShowRequest", {"model": STRING, "system": STRING, "template": STRING, "verbose": BOOL, "options": OBJECT, "name": STRING}
)
COPY = StructKind("CopyRequest", {"source": STRING, "destination": STRING})
DELETE = StructKind("DeleteRequest", {"model": STRING, "name": STRING})
PULL = StructKind(
    "PullRequest", {"model": STRING, "insecure": BOOL, "username": STRING, "password": STRING, "stream": BOOL, "name": STRING}
)
PUSH = StructKind("PushRequest", {**PULL.fields})
