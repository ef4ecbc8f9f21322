"""OpenAI's ``/v1/responses``: its requests as the requests of Ollama that they become, and the answers back.

Nothing is stored: a conversation is sent whole each time, ``previous_response_id`` is refused.

Source: Ollama openai/responses.go (v0.33.0-rc2).
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from ollama_magics.server.decode import AnyKind, BoolKind, FloatKind, IntKind, ListKind, RawKind, StringKind, StructKind
from ollama_magics.server.errors import ApiError
from ollama_magics.server.openai.answers import Clock, Event, Form
from ollama_magics.server.openai.requests import image_of, think_of
from ollama_magics.wire.gojson import dumps

_STRING, _INT, _ANY, _BOOL, _DOUBLE, _RAW = StringKind(), IntKind(), AnyKind(), BoolKind(), FloatKind("float64"), RawKind()
_TOOL = StructKind("ResponsesTool", {"type": _STRING, "name": _STRING, "description": _ANY, "strict": _ANY, "parameters": _RAW}, "openai")
_FORMAT = StructKind("ResponsesTextFormat", {"type": _STRING, "name": _STRING, "schema": _RAW, "strict": _BOOL}, "openai")

REQUEST = StructKind(
    "ResponsesRequest",
    {
        "model": _STRING,
        "background": _BOOL,
        "conversation": _ANY,
        "include": ListKind(_STRING),
        "input": _ANY,
        "instructions": _STRING,
        "max_output_tokens": _INT,
        "reasoning": StructKind("ResponsesReasoning", {"effort": _STRING, "summary": _STRING}, "openai"),
        "temperature": _DOUBLE,
        "text": StructKind("ResponsesText", {"format": _FORMAT}, "openai"),
        "top_p": _DOUBLE,
        "truncation": _STRING,
        "tools": ListKind(_TOOL),
        "stream": _BOOL,
        "previous_response_id": _STRING,
    },
    "openai",
)
_TEXTS = ("input_text", "output_text")


def chat_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of ``/api/chat`` that asks the same.

    Raises:
        ApiError: 400, an item of the input is not written as it must be, or something is asked that needs a memory.
    """
    for field in ("previous_response_id", "conversation"):
        if given.get(field):
            _refuse(f"{field} is not supported: no response is stored, send the whole conversation as input")
    options = {key: given[key] for key in ("temperature", "top_p") if key in given}
    if "max_output_tokens" in given:
        options["num_predict"] = given["max_output_tokens"]
    form = given.get("text", {}).get("format", {})
    return {
        "model": given.get("model", ""),
        "messages": list(_messages(given)),
        "stream": given.get("stream", False),
        "options": {"temperature": 1.0, "top_p": 1.0, **options},
        "tools": [_tool(tool or {}) for tool in given.get("tools", ())] or None,
        "format": {"json_schema": form.get("schema"), "json_object": "json"}.get(form.get("type", "")),
        "think": think_of(given.get("reasoning", {}).get("effort", "")),
    }


def _refuse(text: str) -> NoReturn:
    raise ApiError(400, text)


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": tool.get("name", ""), "description": tool.get("description") or "", "parameters": tool.get("parameters") or {}}
    return {"type": "function", "function": function}


def _messages(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield Ollama's messages; calls of tools and thoughts belong to the assistant's message beside them."""
    if given.get("instructions"):
        yield {"role": "system", "content": given["instructions"]}
    items = given.get("input")
    if isinstance(items, str):
        yield {"role": "user", "content": items}
        return
    if not isinstance(items, list):
        _refuse("input must be a text or a list of items")
    turn: dict[str, Any] = {}
    for item in items:
        message = _message(item)
        if turn and message["role"] == "assistant" and _continues(turn, message):
            turn = _merged(turn, message)
            continue
        if turn:
            yield turn
        turn = message
    if turn:
        yield turn


def _continues(turn: Mapping[str, Any], message: Mapping[str, Any]) -> bool:
    """Return whether an assistant's message goes on with the one before: they do not both have a text."""
    return turn["role"] == "assistant" and not (turn.get("content") and message.get("content"))


def _merged(turn: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    calls = [*turn.get("tool_calls", ()), *message.get("tool_calls", ())]
    texts = {key: turn.get(key, "") + message.get(key, "") for key in ("content", "thinking")}
    return {"role": "assistant", **texts, **({"tool_calls": calls} if calls else {})}


def _message(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        _refuse("input: an item must be an object")
    match item.get("type") or "message":
        case "message":
            return _said(item)
        case "function_call":
            call = {"id": str(item.get("call_id") or ""), "function": {"name": str(item.get("name") or ""), "arguments": _arguments(item)}}
            return {"role": "assistant", "content": "", "tool_calls": [call]}
        case "function_call_output":
            output = item.get("output")
            return {
                "role": "tool",
                "content": output if isinstance(output, str) else dumps(output),
                "tool_call_id": item.get("call_id") or "",
            }
        case "reasoning":
            return {"role": "assistant", "content": "", "thinking": str(item.get("encrypted_content") or "")}
        case kind:
            _refuse(f"unknown input item type: {kind}")


def _said(item: Mapping[str, Any]) -> dict[str, Any]:
    role, content = str(item.get("role") or ""), item.get("content")
    role = "system" if role == "developer" else role
    if isinstance(content, str):
        return {"role": role, "content": content}
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        _refuse("input: content must be a text or a list of parts")
    unknown = next((part for part in content if part.get("type") not in (*_TEXTS, "input_image")), None)
    if unknown is not None:
        _refuse(f"unknown content type: {unknown.get('type')}")
    images = [image_of(part.get("image_url")) for part in content if part.get("type") == "input_image"]
    text = "".join(str(part.get("text") or "") for part in content if part.get("type") in _TEXTS)
    return {"role": role, "content": text, **({"images": images} if images else {})}


def _arguments(item: Mapping[str, Any]) -> dict[str, Any]:
    text = item.get("arguments") or "{}"
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        _refuse("failed to parse function call arguments: they are no JSON object")
    return found


class ResponsesForm(Form):
    """A response, and in a stream its items: each is added, grows and is done."""

    def __init__(self, given: Mapping[str, Any], clock: Clock = time.time) -> None:
        super().__init__(given, clock)
        self._given = given
        self._id = f"resp_{secrets.token_hex(8)}"
        self._number = 0
        self._done_items: list[dict[str, Any]] = []
        self._item: dict[str, Any] = {}
        self._said = ""

    def text(self, content: Event) -> str:
        """Return one event of a stream, with its name."""
        return content if isinstance(content, str) else f"event: {content['type']}\ndata: {dumps(content)}\n\n"

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return a whole answer of ``/api/chat`` as one response."""
        message, output = answer["message"], []
        if message.get("thinking"):
            output.append(self._reasoning(message["thinking"]))
        calls = message.get("tool_calls", ())
        output += [self._call(call, done=True) for call in calls] or [self._message(message["content"])]
        return self._response("completed", output, answer)

    def events(self, answer: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events for one line of ``/api/chat``."""
        message = answer["message"]
        if not self._number:
            yield self._event("response.created", response=self._response("in_progress", []))
            yield self._event("response.in_progress", response=self._response("in_progress", []))
        if message.get("thinking"):
            yield from self._thought(message["thinking"])
        if message["content"]:
            yield from self._wrote(message["content"])
        for call in message.get("tool_calls", ()):
            yield from self._called(call)
        if answer["done"]:
            yield from self._end()
            yield self._event("response.completed", response=self._response("completed", self._done_items, answer))

    def _event(self, kind: str, **fields: Any) -> Event:
        number, self._number = self._number, self._number + 1
        return {"type": kind, **fields, "sequence_number": number}

    def _place(self) -> dict[str, Any]:
        return {"item_id": self._item["id"], "output_index": len(self._done_items)}

    def _begin(self, item: dict[str, Any]) -> Iterator[Event]:
        yield from self._end()
        self._item, self._said = item, ""
        yield self._event("response.output_item.added", output_index=len(self._done_items), item=item)

    def _thought(self, text: str) -> Iterator[Event]:
        if self._item.get("type") != "reasoning":
            yield from self._begin({"id": _new_id("rs"), "type": "reasoning", "summary": []})
        self._said += text
        yield self._event("response.reasoning_summary_text.delta", **self._place(), summary_index=0, delta=text)

    def _wrote(self, text: str) -> Iterator[Event]:
        if self._item.get("type") != "message":
            yield from self._begin({"id": _new_id("msg"), "type": "message", "status": "in_progress", "role": "assistant", "content": []})
            yield self._event("response.content_part.added", **self._place(), content_index=0, part=_part(""))
        self._said += text
        yield self._event("response.output_text.delta", **self._place(), content_index=0, delta=text, logprobs=[])

    def _called(self, call: Mapping[str, Any]) -> Iterator[Event]:
        item = self._call(call, done=False)
        yield from self._begin(item)
        self._said = dumps(call["function"]["arguments"])
        yield self._event("response.function_call_arguments.delta", **self._place(), delta=self._said)

    def _end(self) -> Iterator[Event]:
        """Finish the item that is under way."""
        kind, said, place = self._item.get("type"), self._said, self._place() if self._item else {}
        if kind == "reasoning":
            done = self._reasoning(said, self._item["id"])
            yield self._event("response.reasoning_summary_text.done", **place, summary_index=0, text=said)
        elif kind == "message":
            done = self._message(said, self._item["id"])
            yield self._event("response.output_text.done", **place, content_index=0, text=said, logprobs=[])
            yield self._event("response.content_part.done", **place, content_index=0, part=_part(said))
        elif kind == "function_call":
            done = {**self._item, "status": "completed", "arguments": said}
            yield self._event("response.function_call_arguments.done", **place, arguments=said)
        else:
            return
        yield self._event("response.output_item.done", output_index=place["output_index"], item=done)
        self._done_items.append(done)
        self._item = {}

    def _reasoning(self, text: str, item_id: str = "") -> dict[str, Any]:
        summary = [{"type": "summary_text", "text": text}]
        return {"id": item_id or _new_id("rs"), "type": "reasoning", "summary": summary, "encrypted_content": text}

    def _message(self, text: str, item_id: str = "") -> dict[str, Any]:
        about = {"id": item_id or _new_id("msg"), "type": "message", "status": "completed", "role": "assistant"}
        return {**about, "content": [_part(text)]}

    def _call(self, call: Mapping[str, Any], *, done: bool) -> dict[str, Any]:
        function = call["function"]
        return {
            "id": _new_id("fc"),
            "type": "function_call",
            "status": "completed" if done else "in_progress",
            "call_id": call.get("id", ""),
            "name": function["name"],
            "arguments": dumps(function["arguments"]) if done else "",
        }

    def _response(self, status: str, output: list[dict[str, Any]], answer: Mapping[str, Any] | None = None) -> dict[str, Any]:
        given, now = self._given, int(self.now())
        reasoning = given.get("reasoning", {})
        return {
            "id": self._id,
            "object": "response",
            "created_at": now,
            "completed_at": now if answer is not None else None,
            "status": status,
            "incomplete_details": None,
            "model": self.model,
            "previous_response_id": None,
            "instructions": given.get("instructions") or None,
            "output": output,
            "error": None,
            "tools": list(given.get("tools", ())),
            "tool_choice": "auto",
            "truncation": given.get("truncation", "disabled"),
            "parallel_tool_calls": True,
            "text": {"format": given.get("text", {}).get("format") or {"type": "text"}},
            "top_p": given.get("top_p", 1.0),
            "presence_penalty": 0,
            "frequency_penalty": 0,
            "top_logprobs": 0,
            "temperature": given.get("temperature", 1.0),
            "reasoning": {key: reasoning.get(key) or None for key in ("effort", "summary")} if any(reasoning.values()) else None,
            "usage": None if answer is None else _usage(answer),
            "max_output_tokens": given.get("max_output_tokens"),
            "max_tool_calls": None,
            "store": False,
            "background": given.get("background", False),
            "service_tier": "default",
            "metadata": {},
            "safety_identifier": None,
            "prompt_cache_key": None,
        }


def _new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(answer: Mapping[str, Any]) -> dict[str, Any]:
    read, said = answer.get("prompt_eval_count", 0), answer.get("eval_count", 0)
    return {
        "input_tokens": read,
        "output_tokens": said,
        "total_tokens": read + said,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
