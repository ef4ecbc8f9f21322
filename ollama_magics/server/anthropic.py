"""Anthropic's ``/v1/messages``: its requests as the requests of Ollama that they become, and the answers back.

Source: Ollama anthropic/anthropic.go, middleware/anthropic.go (v0.33.0-rc2).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from ollama_magics.server.decode import AnyKind, BoolKind, FloatKind, IntKind, ListKind, RawKind, StringKind, StructKind
from ollama_magics.server.errors import ApiError
from ollama_magics.server.openai.answers import Event, Form
from ollama_magics.wire.gojson import dumps

_STRING, _INT, _ANY, _DOUBLE = StringKind(), IntKind(), AnyKind(), FloatKind("float64")

REQUEST = StructKind(
    "MessagesRequest",
    {
        "model": _STRING,
        "max_tokens": _INT,
        "messages": ListKind(StructKind("MessageParam", {"role": _STRING, "content": _ANY}, "anthropic")),
        "system": _ANY,
        "stream": BoolKind(),
        "temperature": _DOUBLE,
        "top_p": _DOUBLE,
        "top_k": _INT,
        "stop_sequences": ListKind(_STRING),
        "tools": ListKind(
            StructKind("Tool", {"type": _STRING, "name": _STRING, "description": _STRING, "input_schema": RawKind()}, "anthropic")
        ),
        "thinking": StructKind("ThinkingConfig", {"type": _STRING, "budget_tokens": _INT}, "anthropic"),
        "output_config": StructKind("OutputConfig", {"effort": _STRING}, "anthropic"),
    },
    "anthropic",
)
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}
_REASONS = {"stop": "end_turn", "length": "max_tokens"}
_EFFORTS = ("low", "medium", "high", "max")


def error(status: int, text: str) -> dict[str, Any]:
    """Return the body of an error."""
    about = {"type": _ERROR_TYPES.get(status, "api_error"), "message": text}
    return {"type": "error", "error": about, "request_id": f"req_{secrets.token_hex(12)}"}


def chat_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of ``/api/chat`` that asks the same.

    Raises:
        ApiError: 400, something that must be there is not, or a message is not written as it must be.
    """
    if not given.get("model"):
        _refuse("model is required")
    if given.get("max_tokens", 0) <= 0:
        _refuse("max_tokens is required and must be positive")
    if not given.get("messages"):
        _refuse("messages is required")
    options = {key: given[key] for key in ("temperature", "top_p", "top_k") if key in given}
    return {
        "model": given["model"],
        "messages": [*_system(given.get("system")), *(turn for message in given["messages"] for turn in _turns(message or {}))],
        "stream": given.get("stream", False),
        "options": {**options, "num_predict": given["max_tokens"], "stop": given.get("stop_sequences") or None},
        "tools": [_tool(tool or {}) for tool in given.get("tools", ())] or None,
        "think": _think(given),
    }


def _refuse(text: str) -> NoReturn:
    raise ApiError(400, text)


def _think(given: Mapping[str, Any]) -> bool | str | None:
    effort = given.get("output_config", {}).get("effort", "")
    if effort in _EFFORTS:
        return str(effort)
    kind = given.get("thinking", {}).get("type", "")
    return kind in ("enabled", "adaptive") if kind else None


def _system(given: Any) -> Iterator[dict[str, Any]]:
    text = _text(given) if isinstance(given, (str, list)) else ""
    if text:
        yield {"role": "system", "content": text}


def _turns(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield Ollama's messages for one of Anthropic's: results of tools are messages of their own, in front."""
    role, content = message.get("role", ""), message.get("content")
    if isinstance(content, str):
        yield {"role": role, "content": content}
        return
    if not isinstance(content, list):
        _refuse("messages: content must be a text or a list of blocks")
    turn: dict[str, Any] = {"role": role, "content": _text(content)}
    for block in content:
        match _kind(block):
            case "text":
                pass
            case "thinking":
                turn["thinking"] = turn.get("thinking", "") + str(block.get("thinking") or "")
            case "redacted_thinking":
                pass
            case "image":
                turn.setdefault("images", []).append(_image(block.get("source")))
            case "tool_use":
                turn.setdefault("tool_calls", []).append(_call(block))
            case "tool_result":
                yield {"role": "tool", "content": _result(block.get("content")), "tool_call_id": str(block.get("tool_use_id") or "")}
            case kind:
                _refuse(f"unsupported content block type: {kind}")
    if turn["content"] or len(turn) > 2:
        yield turn


def _kind(block: Any) -> str:
    if not isinstance(block, dict):
        _refuse("messages: a content block must be an object")
    return str(block.get("type") or "")


def _text(content: str | list[Any]) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(block.get("text") or "") for block in content if isinstance(block, dict) and block.get("type") == "text")


def _result(content: Any) -> str:
    return _text(content) if isinstance(content, (str, list)) else "" if content is None else dumps(content)


def _image(source: Any) -> str:
    if not isinstance(source, dict) or source.get("type") != "base64":
        kind = source.get("type") if isinstance(source, dict) else None
        _refuse(f"invalid image source type: {kind}. Only base64 images are supported.")
    return str(source.get("data") or "")


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    if not block.get("id") or not block.get("name"):
        _refuse("tool_use block missing required 'id' or 'name' field")
    arguments = block.get("input")
    return {"id": str(block["id"]), "function": {"name": str(block["name"]), "arguments": arguments if isinstance(arguments, dict) else {}}}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": tool.get("name", ""), "description": tool.get("description", ""), "parameters": tool.get("input_schema") or {}}
    return {"type": "function", "function": function}


class MessagesForm(Form):
    """A message, and in a stream its blocks: each begins, grows and ends."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self._id = f"msg_{secrets.token_hex(12)}"
        self._began = False
        self._block = -1
        self._open = ""
        self._called_tools = False

    def text(self, content: Event) -> str:
        """Return one event of a stream, with its name."""
        return content if isinstance(content, str) else f"event: {content['type']}\ndata: {dumps(content)}\n\n"

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return a whole answer of ``/api/chat`` as one message."""
        message, content = answer["message"], []
        if message.get("thinking"):
            content.append({"type": "thinking", "thinking": message["thinking"]})
        if message["content"]:
            content.append({"type": "text", "text": message["content"]})
        content += [{"type": "tool_use", **_called(call), "input": call["function"]["arguments"]} for call in message.get("tool_calls", ())]
        reason = _reason(answer, called_tools=bool(message.get("tool_calls")))
        return {**self._head(content), **({"stop_reason": reason} if reason else {}), "usage": _usage(answer)}

    def events(self, answer: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events for one line of ``/api/chat``."""
        message = answer["message"]
        if not self._began:
            self._began = True
            yield {"type": "message_start", "message": {**self._head([]), "usage": _usage({})}}
        if message.get("thinking"):
            yield from self._said("thinking", message["thinking"])
        if message["content"]:
            yield from self._said("text", message["content"])
        for call in message.get("tool_calls", ()):
            self._called_tools = True
            yield from self._begin("tool_use", {"type": "tool_use", **_called(call), "input": {}})
            yield self._delta({"type": "input_json_delta", "partial_json": dumps(call["function"]["arguments"])})
        if answer["done"]:
            yield from self._end()
            reason = _reason(answer, called_tools=self._called_tools)
            yield {"type": "message_delta", "delta": {"stop_reason": reason} if reason else {}, "usage": _usage(answer)}
            yield {"type": "message_stop"}

    def _said(self, kind: str, text: str) -> Iterator[Event]:
        if self._open != kind:
            yield from self._begin(kind, {"type": kind, kind: ""})
        yield self._delta({"type": f"{kind}_delta", kind: text})

    def _begin(self, kind: str, block: dict[str, Any]) -> Iterator[Event]:
        yield from self._end()
        self._open = kind
        self._block += 1
        yield {"type": "content_block_start", "index": self._block, "content_block": block}

    def _delta(self, delta: dict[str, Any]) -> Event:
        return {"type": "content_block_delta", "index": self._block, "delta": delta}

    def _end(self) -> Iterator[Event]:
        if self._open:
            yield {"type": "content_block_stop", "index": self._block}
        self._open = ""

    def _head(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self._id, "type": "message", "role": "assistant", "model": self.model, "content": content}


def _called(call: Mapping[str, Any]) -> dict[str, str]:
    return {"id": call.get("id", ""), "name": call["function"]["name"]}


def _reason(answer: Mapping[str, Any], *, called_tools: bool) -> str:
    if called_tools:
        return "tool_use"
    reason = answer.get("done_reason") or ""
    return _REASONS.get(reason, "stop_sequence" if reason else "")


def _usage(answer: Mapping[str, Any]) -> dict[str, int]:
    return {"input_tokens": answer.get("prompt_eval_count", 0), "output_tokens": answer.get("eval_count", 0)}
