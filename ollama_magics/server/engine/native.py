"""Requests in which llama.cpp renders the messages with the chat template of the file.

Source: Ollama llm/llama_server.go ``llamaServerChatRequest``, ``llamaServerChatMessage``, ``llamaServerChatToolCalls`` (v0.33.0-rc2).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ollama_magics.server.engine.completion import sampling
from ollama_magics.server.engine.grammar import constraint
from ollama_magics.server.options import Options
from ollama_magics.wire.gojson import dumps


def chat_body(
    messages: Sequence[Mapping[str, Any]],
    options: Options,
    num_ctx: int,
    *,
    tools: Sequence[Mapping[str, Any]] = (),
    think: bool | str | None = None,
    format: Any = None,
    logprobs: bool = False,
    top_logprobs: int = 0,
) -> dict[str, Any]:
    """Return the body for llama.cpp's ``/v1/chat/completions`` and ``/apply-template``."""
    body: dict[str, Any] = {
        "messages": [_message(message) for message in messages],
        "stream": True,
        "cache_prompt": True,
        **sampling(options, num_ctx),
        **_response_format(format),
    }
    if tools:
        body["tools"] = [_tool(tool) for tool in tools]
    if logprobs:
        body |= {"logprobs": True, "top_logprobs": max(top_logprobs, 1)}
    if think is not None:
        body["chat_template_kwargs"] = {"enable_thinking": bool(think), **({"reasoning_effort": think} if isinstance(think, str) else {})}
    return body


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tool as Ollama writes it: the fields it knows, in its order.

    Source: Ollama api/types.go ``Tool``, ``ToolFunction``, ``ToolFunctionParameters``, ``ToolProperty`` (v0.33.0-rc2).
    """
    function = tool.get("function") or {}
    parameters = function.get("parameters") or {}
    return {
        "type": tool.get("type", ""),
        **_present(tool, "items"),
        "function": {
            "name": function.get("name", ""),
            **_present(function, "description"),
            "parameters": {
                "type": parameters.get("type", ""),
                **_present(parameters, "$defs", "items", "required"),
                "properties": _properties(parameters.get("properties")),
            },
        },
    }


def _present(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name)}


def _properties(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if given is None else {name: _property(value or {}) for name, value in given.items()}


def _property(given: Mapping[str, Any]) -> dict[str, Any]:
    nested = {"properties": _properties(given["properties"])} if given.get("properties") is not None else {}
    return {
        **({"anyOf": [_property(option or {}) for option in given["anyOf"]]} if given.get("anyOf") else {}),
        **({"type": given["type"][0] if len(given["type"]) == 1 else given["type"]} if given.get("type") else {}),
        **_present(given, "items", "description", "enum"),
        **nested,
        **_present(given, "required"),
    }


def _response_format(wanted: Any) -> dict[str, Any]:
    """Return the fields for a format; a schema is looked at first, as llama.cpp ignores one that makes no sense."""
    fields = constraint(wanted)
    if "grammar" in fields:
        return {"response_format": {"type": "json_object"}}
    if "json_schema" in fields:
        return {"response_format": {"type": "json_schema", "json_schema": {"name": "schema", "schema": fields["json_schema"]}}}
    return {}


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content") or ""
    converted: dict[str, Any] = {"role": message.get("role", "")}
    if message.get("tool_call_id"):
        converted["tool_call_id"] = message["tool_call_id"]
    if message.get("tool_name"):
        converted["name"] = message["tool_name"]
    if message.get("tool_calls"):
        converted["tool_calls"] = [_tool_call(call) for call in message["tool_calls"]]
    if not message.get("images"):
        return {**converted, "content": content}
    parts = [{"type": "text", "text": content}] if content else []
    return {**converted, "content": [*parts, *(_image(image) for image in message["images"])]}


def _image(data: bytes) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + base64.b64encode(data).decode()}}


def _tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    return {
        **({"id": call["id"]} if call.get("id") else {}),
        "index": function.get("index", 0),
        "type": "function",
        "function": {"name": function.get("name", ""), "arguments": dumps(function.get("arguments") or {})},
    }
