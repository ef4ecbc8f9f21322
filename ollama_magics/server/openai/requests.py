"""Requests of the OpenAI API: as Go's structs declare them, and as the requests of Ollama that they become.

Source: Ollama openai/openai.go ``FromChatRequest``, ``FromCompleteRequest``; middleware/openai.go (v0.33.0-rc2).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from ollama_magics.server.decode import AnyKind, BoolKind, BytesKind, FloatKind, IntKind, ListKind, RawKind, Scope, StringKind, StructKind
from ollama_magics.server.errors import ApiError
from ollama_magics.server.requests import TOOL
from ollama_magics.text.floats import shortest_float32
from ollama_magics.text.gostrings import quote

_STRING, _BOOL, _INT, _ANY, _RAW = StringKind(), BoolKind(), IntKind(), AnyKind(), RawKind()
_DOUBLE, _SINGLE = FloatKind("float64"), FloatKind("float32")

_TOOL_CALL = StructKind(
    "ToolCall",
    {"id": _STRING, "index": _INT, "type": _STRING, "function": StructKind("", {"name": _STRING, "arguments": _STRING})},
    "openai",
)
_MESSAGE = StructKind(
    "Message",
    {
        "role": _STRING,
        "content": _ANY,
        "reasoning": _STRING,
        "tool_calls": ListKind(_TOOL_CALL),
        "name": _STRING,
        "tool_call_id": _STRING,
    },
    "openai",
)
_STREAM = {"stream": _BOOL, "stream_options": StructKind("StreamOptions", {"include_usage": _BOOL}, "openai")}
_LIMITS = {"max_tokens": _INT, "seed": _INT, "stop": _ANY}

CHAT = StructKind(
    "ChatCompletionRequest",
    {
        "model": _STRING,
        "messages": ListKind(_MESSAGE),
        **_STREAM,
        **_LIMITS,
        "temperature": _DOUBLE,
        "frequency_penalty": _DOUBLE,
        "presence_penalty": _DOUBLE,
        "top_p": _DOUBLE,
        "response_format": StructKind(
            "ResponseFormat", {"type": _STRING, "json_schema": StructKind("JsonSchema", {"schema": _RAW}, "openai")}, "openai"
        ),
        "tools": ListKind(TOOL),
        "reasoning": StructKind("Reasoning", {"effort": _STRING}, "openai"),
        "reasoning_effort": _STRING,
        "logprobs": _BOOL,
        "top_logprobs": _INT,
        "_debug_render_only": _BOOL,
    },
    "openai",
)
COMPLETION = StructKind(
    "CompletionRequest",
    {
        "model": _STRING,
        "prompt": _STRING,
        **_STREAM,
        **_LIMITS,
        "temperature": _SINGLE,
        "frequency_penalty": _SINGLE,
        "presence_penalty": _SINGLE,
        "top_p": _SINGLE,
        "suffix": _STRING,
        "logprobs": _INT,
        "_debug_render_only": _BOOL,
    },
    "openai",
)
EMBEDDING = StructKind("EmbedRequest", {"input": _ANY, "model": _STRING, "dimensions": _INT, "encoding_format": _STRING}, "openai")

_EFFORTS: dict[str, bool | str] = {
    **{"none": False, "minimal": "low", "xhigh": "max", "ultra": "max"},
    **{word: word for word in ("low", "medium", "high", "max")},
}
_NO_EFFORT = '(must be "minimal", "low", "medium", "high", "xhigh", "ultra", "max", or "none")'
_IMAGE_HEADS = ("data:;base64,", *(f"data:image/{kind};base64," for kind in ("jpeg", "jpg", "png", "webp")))
_NO_URLS = "image URLs are not currently supported, please use base64 encoded data instead"
_BAD_MESSAGE = "invalid message format"
_BAD_IMAGE = "invalid image input"
_BAD_AUDIO = "invalid input_audio format"


def chat_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of ``/api/chat`` that asks the same.

    Raises:
        ApiError: 400, a message or the effort of reasoning is not written as it must be.
    """
    if not given.get("messages"):
        _refuse("[] is too short - 'messages'")
    options = {key: given[key] for key in ("seed", "frequency_penalty", "presence_penalty") if key in given}
    return {
        "model": given.get("model", ""),
        "messages": list(_messages([message or {} for message in given["messages"]])),
        "stream": given.get("stream", False),
        "format": _format(given.get("response_format", {})),
        "options": {**_limits(given), "temperature": given.get("temperature", 1.0), "top_p": given.get("top_p", 1.0), **options},
        "tools": given.get("tools"),
        "think": _think(given),
        "logprobs": given.get("logprobs", False),
        "top_logprobs": given.get("top_logprobs", 0),
        "_debug_render_only": given.get("_debug_render_only", False),
    }


def completion_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of ``/api/generate`` that asks the same; raises ``ApiError`` 400 for a stop that is no text."""
    stop = given.get("stop")
    for item in stop if isinstance(stop, list) else ():
        if not isinstance(item, str):
            _refuse(f"invalid type for 'stop' field: {_go_type(item)}")
    options = {
        "temperature": given.get("temperature", 1.0),
        "top_p": given.get("top_p") or 1.0,
        "frequency_penalty": given.get("frequency_penalty", 0.0),
        "presence_penalty": given.get("presence_penalty", 0.0),
    }
    alternatives = max(given.get("logprobs", 0), 0)
    return {
        "model": given.get("model", ""),
        "prompt": given.get("prompt", ""),
        "suffix": given.get("suffix", ""),
        "stream": given.get("stream", False),
        "options": {
            **_limits(given),
            **{name: shortest_float32(value) for name, value in options.items()},
            **({"seed": given["seed"]} if "seed" in given else {}),
        },
        "logprobs": alternatives > 0,
        "top_logprobs": alternatives,
        "_debug_render_only": given.get("_debug_render_only", False),
    }


def embedding_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of ``/api/embed`` that asks the same; raises ``ApiError`` 400 for an unknown encoding or no input."""
    encoding = given.get("encoding_format", "")
    if encoding and encoding.lower() not in ("float", "base64"):
        _refuse(f"Invalid value for 'encoding_format' = {encoding}. Supported values: ['float', 'base64'].")
    texts = given.get("input")
    if texts is None or texts == []:
        _refuse("invalid input")
    return {"model": given.get("model", ""), "input": [""] if texts == "" else texts, "dimensions": given.get("dimensions", 0)}


def _refuse(text: str) -> NoReturn:
    raise ApiError(400, text)


def _limits(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"num_predict": given["max_tokens"]} if "max_tokens" in given else {}
    match given.get("stop"):
        case str() as stop:
            found["stop"] = [stop]
        case list() as stops:
            found["stop"] = [stop for stop in stops if isinstance(stop, str)] or None
    return found


def _format(given: Mapping[str, Any]) -> Any:
    match given.get("type", "").strip().lower():
        case "json_object":
            return "json"
        case "json_schema":
            return given.get("json_schema", {}).get("schema")
    return None


def _think(given: Mapping[str, Any]) -> bool | str | None:
    return think_of(given["reasoning"].get("effort", "") if "reasoning" in given else given.get("reasoning_effort", ""))


def think_of(effort: str) -> bool | str | None:
    """Return Ollama's ``think`` for an effort of reasoning, None for none given; raises ``ApiError`` 400 for an unknown one."""
    if effort and effort not in _EFFORTS:
        _refuse(f"invalid reasoning value: {quote(effort)} {_NO_EFFORT}")
    return _EFFORTS[effort] if effort else None


def _messages(given: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield Ollama's messages; each part of a content that has parts becomes one of its own."""
    for message in given:
        role, content = message.get("role", ""), message.get("content")
        about = {"thinking": message.get("reasoning", ""), "tool_call_id": message.get("tool_call_id", "")}
        if isinstance(content, str):
            calls = _tool_calls(message)
            yield {"role": role, "content": content, **about, "tool_calls": calls, "tool_name": _tool_name(given, message)}
        elif isinstance(content, list):
            parts = [{"role": role, **_part(part)} for part in content]
            if parts and message.get("tool_calls"):
                parts[-1] |= {**about, "tool_calls": _tool_calls(message), "tool_name": _tool_name(given, message)}
            yield from parts
        elif "tool_calls" in message:
            yield {"role": role, **about, "tool_calls": _tool_calls(message)}
        else:
            _refuse(f"invalid message content type: {_go_type(content)}")


def _tool_name(messages: Sequence[Mapping[str, Any]], message: Mapping[str, Any]) -> str:
    """Return the name of the tool whose result a message is, from the call it answers where it does not say."""
    if message.get("role", "").lower() != "tool":
        return ""
    if message.get("name") or not message.get("tool_call_id"):
        return str(message.get("name", ""))
    calls = [call or {} for other in reversed(messages) for call in other.get("tool_calls", ())]
    found = (call for call in calls if call.get("id", "") == message["tool_call_id"])
    return str(next(found, {}).get("function", {}).get("name", ""))


def _tool_calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    calls = [call or {} for call in message.get("tool_calls", ())]
    functions = [call.get("function", {}) for call in calls]
    return [
        {"id": call.get("id", ""), "function": {"name": function.get("name", ""), "arguments": _arguments(function.get("arguments", ""))}}
        for call, function in zip(calls, functions, strict=True)
    ]


def _arguments(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        _refuse("invalid tool call arguments")
    return found


def _part(part: Any) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return {"content": part["text"]}
    if kind == "image_url":
        link = part.get("image_url")
        return {"images": [image_of(link.get("url") if isinstance(link, dict) else link)]}
    if kind == "input_audio":
        return {"images": [_audio(part.get("input_audio"))]}
    _refuse(_BAD_MESSAGE)


def image_of(url: Any) -> str:
    """Return the base64 text of an image that is given as a data URL; raises ``ApiError`` 400 for any other."""
    if not isinstance(url, str):
        _refuse(_BAD_MESSAGE)
    if url.startswith(("http://", "https://")):
        _refuse(_NO_URLS)
    head = next((head for head in _IMAGE_HEADS if url.startswith(head)), None)
    if head is None or _base64_problem(url.removeprefix(head)):
        _refuse(_BAD_IMAGE)
    return url.removeprefix(head)


def _audio(given: Any) -> str:
    if not isinstance(given, dict):
        _refuse(_BAD_AUDIO)
    data = given.get("data")
    if not isinstance(data, str):
        _refuse(f"{_BAD_AUDIO}: missing data")
    if problem := _base64_problem(data):
        _refuse(f"invalid input_audio base64 data: {problem}")
    return data


def _base64_problem(text: str) -> str:
    scope = Scope()
    BytesKind().read(text, scope)
    return str(scope.error or "")


def _go_type(value: Any) -> str:
    """Return what Go's ``%T`` calls a decoded JSON value."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case float():
            return "float64"
        case list():
            return "[]interface {}"
    return "map[string]interface {}"
