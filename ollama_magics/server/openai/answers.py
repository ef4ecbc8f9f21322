"""Answers of Ollama as the OpenAI API writes them.

Source: Ollama openai/openai.go ``ToChatCompletion``, ``ToStreamChunks``, ``FinishChunk``, ``ToCompletion``, ``ToEmbeddingList``;
middleware/openai.go ``ChatWriter``, ``CompleteWriter`` (v0.33.0-rc2).
"""

from __future__ import annotations

import base64
import random
import struct
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ollama_magics.wire.gojson import dumps

DONE = "[DONE]"
"""The last event of a stream; the only one that is no JSON."""

Event = Mapping[str, Any] | str
Clock = Callable[[], float]

_FINGERPRINT = "fp_ollama"
_ERROR_TYPES = {400: "invalid_request_error", 404: "not_found_error"}


def error(status: int, text: str) -> dict[str, Any]:
    """Return the body of an error."""
    return {"error": {"message": text, "type": _ERROR_TYPES.get(status, "api_error"), "param": None, "code": None}}


def event(content: Event) -> str:
    """Return one event of a stream as it is sent."""
    return f"data: {content if isinstance(content, str) else dumps(content)}\n\n"


def model(name: str, modified_ns: int, namespace: str) -> dict[str, Any]:
    """Return one model of ``/v1/models``."""
    return {"id": name, "object": "model", "created": modified_ns // 1_000_000_000, "owned_by": namespace}


class Form(ABC):
    """How the answers to one request are written.

    Args:
        given: the request of the OpenAI API.
        clock: seconds since 1970.
    """

    def __init__(self, given: Mapping[str, Any], clock: Clock = time.time) -> None:
        self.model = given.get("model", "")
        self.streams = bool(given.get("stream", False))
        self.with_usage = bool(given.get("stream_options", {}).get("include_usage", False))
        self.now = clock

    def text(self, content: Event) -> str:
        """Return one event of a stream as it is sent."""
        return event(content)

    @abstractmethod
    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return a whole answer of Ollama as one object."""

    def events(self, answer: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of a stream for one line of Ollama's."""
        yield self.whole(answer)


class ChatForm(Form):
    """``chat.completion``, and ``chat.completion.chunk`` in a stream: the same id and time in each, the role in the first."""

    def __init__(self, given: Mapping[str, Any], clock: Clock = time.time) -> None:
        super().__init__(given, clock)
        self._id = f"chatcmpl-{random.randrange(999)}"
        self._created = 0
        self._called_tools = False

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return a whole answer of ``/api/chat`` as one object."""
        message, reason = answer["message"], answer.get("done_reason")
        calls = _tool_calls(message)
        choice = {
            "index": 0,
            "message": {"role": message["role"], "content": message["content"], **_reasoning(message), **calls},
            "finish_reason": "tool_calls" if calls and reason == "stop" else reason or None,
            **_logprobs(answer),
        }
        debug = {"_debug_info": answer["_debug_info"]} if "_debug_info" in answer else {}
        return {**self._head("chat.completion", int(self.now())), "choices": [choice], "usage": _usage(answer), **debug}

    def events(self, answer: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events for one line of ``/api/chat``; the last line gives the reason, the usage and the end."""
        message, is_first = answer["message"], not self._created
        self._created = self._created or int(self.now())
        deltas = list(_deltas(message)) if is_first or _says_something(answer) else []
        for index, delta in enumerate(deltas):
            role = {"role": "assistant"} if is_first and index == 0 else {}
            logprobs = _logprobs(answer) if index == 0 else {}
            yield self._chunk([{"index": 0, "delta": {**role, **delta}, "finish_reason": None, **logprobs}])
        self._called_tools = self._called_tools or bool(message.get("tool_calls"))
        if not answer["done"]:
            return
        reason = answer.get("done_reason") or "stop"
        reason = "tool_calls" if reason == "stop" and self._called_tools else reason
        yield self._chunk([{"index": 0, "delta": {}, "finish_reason": reason}])
        if self.with_usage:
            yield {**self._chunk([]), "usage": _usage(answer)}
        yield DONE

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._head("chat.completion.chunk", self._created), "choices": choices}

    def _head(self, kind: str, created: int) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": created, "model": self.model, "system_fingerprint": _FINGERPRINT}


class CompletionForm(Form):
    """``text_completion``."""

    def __init__(self, given: Mapping[str, Any], clock: Clock = time.time) -> None:
        super().__init__(given, clock)
        self._id = f"cmpl-{random.randrange(999)}"

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return a whole answer of ``/api/generate`` as one object."""
        return {**self._head(), **self._about(), "choices": [_text_choice(answer)], "usage": _usage(answer)}

    def events(self, answer: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events for one line of ``/api/generate``; who asks for usage gets zeros until the last."""
        usage = {"usage": _usage({})} if self.with_usage else {}
        head = self._head()
        yield {**head, "choices": [_text_choice(answer)], **self._about(), **usage}
        if not answer["done"]:
            return
        if self.with_usage:
            yield {**head, "choices": [], **self._about(), "usage": _usage(answer)}
        yield DONE

    def _head(self) -> dict[str, Any]:
        return {"id": self._id, "object": "text_completion", "created": int(self.now())}

    def _about(self) -> dict[str, Any]:
        return {"model": self.model, "system_fingerprint": _FINGERPRINT}


class EmbeddingForm(Form):
    """A list of embeddings, as numbers or as base64 of 32-bit floats, the lowest byte first."""

    def __init__(self, given: Mapping[str, Any], clock: Clock = time.time) -> None:
        super().__init__(given, clock)
        self._packed = given.get("encoding_format", "").lower() == "base64"

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer of ``/api/embed`` as one object."""
        vectors = [_base64(vector) if self._packed else vector for vector in answer["embeddings"]]
        read = answer.get("prompt_eval_count", 0)
        return {
            "object": "list",
            "data": [{"object": "embedding", "embedding": vector, "index": index} for index, vector in enumerate(vectors)],
            "model": self.model,
            "usage": {"prompt_tokens": read, "total_tokens": read},
        }


def _usage(answer: Mapping[str, Any]) -> dict[str, int]:
    read, said = answer.get("prompt_eval_count", 0), answer.get("eval_count", 0)
    return {"prompt_tokens": read, "completion_tokens": said, "total_tokens": read + said}


def _says_something(answer: Mapping[str, Any]) -> bool:
    """Return whether a line has more than the figures of an answer that has been said."""
    message = answer["message"]
    return not answer["done"] or bool(message["content"] or message.get("thinking") or message.get("tool_calls") or answer.get("logprobs"))


def _deltas(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a message says; thoughts come apart from what follows them."""
    said = {"content": message["content"], **_tool_calls(message)}
    if not message.get("thinking"):
        yield said
    elif message["content"] or message.get("tool_calls"):
        yield _reasoning(message)
        yield said
    else:
        yield {"content": "", **_reasoning(message)}


def _reasoning(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"reasoning": message["thinking"]} if message.get("thinking") else {}


def _logprobs(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"logprobs": {"content": answer["logprobs"]}} if answer.get("logprobs") else {}


def _tool_calls(message: Mapping[str, Any]) -> dict[str, Any]:
    calls = [
        {
            "id": call.get("id", ""),
            "index": call["function"].get("index", 0),
            "type": "function",
            "function": {"name": call["function"]["name"], "arguments": dumps(call["function"].get("arguments", {}))},
        }
        for call in message.get("tool_calls", ())
    ]
    return {"tool_calls": calls} if calls else {}


def _text_choice(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": answer["response"], "index": 0, "finish_reason": answer.get("done_reason") or None}


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
