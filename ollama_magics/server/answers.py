"""The answers of ``/api/generate`` and ``/api/chat``: each piece as a line, and all pieces as one object.

Source: Ollama api/types.go ``GenerateResponse``, ``ChatResponse``, ``Metrics``: names, order, what is left out when empty (v0.33.0-rc2).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ollama_magics.server.clock import utc_time
from ollama_magics.server.engine.completion import Chunk, Metrics
from ollama_magics.wire.gojson import dumps

_NEVER = "0001-01-01T00:00:00Z"


class Answer(ABC):
    """What one request is answered with.

    Args:
        model: the name as the request gave it.
        started_ns: when the request came, of ``time.monotonic_ns``.
    """

    def __init__(self, model: str, started_ns: int) -> None:
        self.model = model
        self.started_ns = started_ns
        self.loaded_ns = started_ns

    def loaded(self) -> None:
        """Remember that the model is loaded now."""
        self.loaded_ns = time.monotonic_ns()

    @abstractmethod
    def fields(self, chunk: Chunk) -> dict[str, Any]:
        """Return the fields of a chunk that stand after ``created_at``."""

    @abstractmethod
    def plain(self, content: str) -> str:
        """Return the JSON text of these fields for a piece of text and nothing else."""

    def lines(self, chunks: Iterable[Chunk]) -> str:
        """Return the lines of a stream for chunks that came together."""
        head = f'{{"model":{dumps(self.model)},"created_at":"{utc_time(time.time())}",'
        return "".join(head + self._rest(chunk) + "\n" for chunk in chunks)

    def whole(self, chunks: Iterable[Chunk]) -> dict[str, Any]:
        """Return one object for all chunks: texts joined, the rest of the last one."""
        pieces = list(chunks)
        if not pieces:
            return {"model": "", "created_at": _NEVER, **self.fields(Chunk(""))}
        joined = replace(
            pieces[-1],
            content="".join(piece.content for piece in pieces),
            thinking="".join(piece.thinking for piece in pieces),
            logprobs=[entry for piece in pieces for entry in piece.logprobs],
            tool_calls=[call for piece in pieces for call in piece.tool_calls],
        )
        return self.object(joined)

    def object(self, chunk: Chunk) -> dict[str, Any]:
        """Return a chunk as one object."""
        return {"model": self.model, "created_at": utc_time(time.time()), **self.fields(chunk)}

    def idle(self, reason: str) -> dict[str, Any]:
        """Return the answer to a request without a prompt: ``load`` or ``unload``."""
        return self.object(Chunk("", done=True, done_reason=reason))

    def rendered(self, prompt: str, images: int) -> dict[str, Any]:
        """Return the answer to ``_debug_render_only``."""
        info: dict[str, Any] = {"rendered_template": prompt, **({"image_count": images} if images else {})}
        return {"model": self.model, "created_at": utc_time(time.time()), **self.unrun(), "_debug_info": info}

    @abstractmethod
    def unrun(self) -> dict[str, Any]:
        """Return the fields of an answer for which the model did not run."""

    def _rest(self, chunk: Chunk) -> str:
        if chunk.done or chunk.thinking or chunk.logprobs or chunk.tool_calls:
            return dumps(self.fields(chunk))[1:]
        return self.plain(chunk.content)

    def _metrics(self, metrics: Metrics | None) -> dict[str, int]:
        if metrics is None:
            return {}
        values = {
            "total_duration": time.monotonic_ns() - self.started_ns,
            "load_duration": self.loaded_ns - self.started_ns,
            "prompt_eval_count": metrics.prompt_eval_count,
            "prompt_eval_duration": metrics.prompt_eval_duration,
            "eval_count": metrics.eval_count,
            "eval_duration": metrics.eval_duration,
        }
        return {key: value for key, value in values.items() if value}


class GenerateAnswer(Answer):
    """An answer of ``/api/generate``.

    Attributes:
        context: token ids for the last chunk; empty leaves them out.
    """

    context: list[int] = []  # noqa: RUF012 - replaced, never changed

    def fields(self, chunk: Chunk) -> dict[str, Any]:
        """Return the fields of a chunk that stand after ``created_at``."""
        optional: Mapping[str, Any] = {"tool_calls": chunk.tool_calls, "logprobs": chunk.logprobs}
        return {
            "response": chunk.content,
            **({"thinking": chunk.thinking} if chunk.thinking else {}),
            "done": chunk.done,
            **({"done_reason": chunk.done_reason} if chunk.done_reason else {}),
            **({"context": self.context} if chunk.done and self.context else {}),
            **self._metrics(chunk.metrics),
            **{key: value for key, value in optional.items() if value},
        }

    def plain(self, content: str) -> str:
        """Return the JSON text of these fields for a piece of text and nothing else."""
        return f'"response":{dumps(content)},"done":false}}'

    def unrun(self) -> dict[str, Any]:
        """Return the fields of an answer for which the model did not run."""
        return {"response": "", "done": False}


class ChatAnswer(Answer):
    """An answer of ``/api/chat``."""

    def fields(self, chunk: Chunk) -> dict[str, Any]:
        """Return the fields of a chunk that stand after ``created_at``."""
        message = {
            "role": "assistant",
            "content": chunk.content,
            **({"thinking": chunk.thinking} if chunk.thinking else {}),
            **({"tool_calls": chunk.tool_calls} if chunk.tool_calls else {}),
        }
        return {
            "message": message,
            "done": chunk.done,
            **({"done_reason": chunk.done_reason} if chunk.done_reason else {}),
            **({"logprobs": chunk.logprobs} if chunk.logprobs else {}),
            **self._metrics(chunk.metrics),
        }

    def plain(self, content: str) -> str:
        """Return the JSON text of these fields for a piece of text and nothing else."""
        return f'"message":{{"role":"assistant","content":{dumps(content)}}},"done":false}}'

    def unrun(self) -> dict[str, Any]:
        """Return the fields of an answer for which the model did not run."""
        return {"message": {"role": "", "content": ""}, "done": False}
