"""What is asked of a loaded model and what it answers, in Ollama's terms, with llama.cpp's on the other side.

Source: Ollama llm/llama_server.go (``Completion``, ``Chat``, ``convertLogprobs``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.server.engine.grammar import constraint
from ollama_magics.server.errors import ApiError
from ollama_magics.server.options import Options

OPEN_ENDED_CONTEXTS = 10
"""Contexts that a generation without an end may fill."""

_REPEATED_TOKENS = 30


@dataclass(frozen=True)
class Completion:
    """One generation.

    Attributes:
        prompt: the rendered text.
        options: sampling and limits.
        format: ``"json"``, a JSON schema, or None.
        logprobs: give the log probability of each token.
        top_logprobs: alternatives to give with each token, 0 to 20.
        truncate: cut an over-long prompt in the middle.
        preserved: texts of special tokens that are to appear in the answer.
    """

    prompt: str
    options: Options
    format: Any = None
    logprobs: bool = False
    top_logprobs: int = 0
    truncate: bool = True
    preserved: tuple[str, ...] = ()


@dataclass(slots=True)
class Metrics:
    """Counts and times of a generation; times in nanoseconds."""

    prompt_eval_count: int = 0
    prompt_eval_duration: int = 0
    eval_count: int = 0
    eval_duration: int = 0


@dataclass(slots=True)
class Chunk:
    """A piece of an answer; the last one is ``done`` and has metrics."""

    content: str
    thinking: str = ""
    logprobs: list[dict[str, Any]] = field(default_factory=list)
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False
    done_reason: str = ""
    metrics: Metrics | None = None


def completion_body(request: Completion, prompt: str | list[int], num_ctx: int) -> dict[str, Any]:
    """Return the body for llama.cpp's ``/completion``."""
    body: dict[str, Any] = {
        "prompt": prompt,
        "stream": True,
        "cache_prompt": True,
        **sampling(request.options, num_ctx),
    }
    if request.logprobs:
        body["n_probs"] = max(request.top_logprobs, 1)
    if request.preserved:
        body["preserved_tokens"] = list(request.preserved)
    return body | constraint(request.format)


def sampling(options: Options, num_ctx: int) -> dict[str, Any]:
    """Return the fields of a request that say how tokens are chosen and when to stop; all of them, as llama.cpp's defaults differ."""
    limit = OPEN_ENDED_CONTEXTS * num_ctx
    predict = options.num_predict
    body: dict[str, Any] = {
        "n_predict": predict if 0 < predict <= limit else limit,
        "n_keep": options.num_keep,
        "temperature": options.temperature,
        "top_k": options.top_k,
        "top_p": options.top_p,
        "min_p": options.min_p,
        "repeat_penalty": options.repeat_penalty,
        "repeat_last_n": options.repeat_last_n,
        "frequency_penalty": options.frequency_penalty,
        "presence_penalty": options.presence_penalty,
        "seed": options.seed,
    }
    if options.stop:
        body["stop"] = list(options.stop)
    if options.typical_p:
        body["typical_p"] = options.typical_p
    return body


class ChunkReader:
    """Turns the events of one generation into chunks.

    Args:
        convert: makes a chunk of a decoded event, or None of one that says nothing.
        watch_repeats: end the answer when one token comes again and again.

    Attributes:
        ended: no more chunks come.
    """

    def __init__(self, convert: Callable[[dict[str, Any]], Chunk | None], *, watch_repeats: bool = True) -> None:
        self._convert = convert
        self._watch = watch_repeats
        self._last = ""
        self._repeats = 0
        self.ended = False

    def feed(self, batch: Iterable[bytes]) -> list[Chunk]:
        """Return the chunks of a batch of events.

        Raises:
            ApiError: the engine broke the answer off; its reason is the text.
        """
        chunks: list[Chunk] = []
        for data in batch:
            if self.ended or data == b"[DONE]":
                break
            event = json.loads(data)
            if "error" in event:
                raise ApiError(500, _error_text(event["error"]))
            chunk = self._convert(event)
            if self._watch and self._repeated(event.get("content", "")):
                self.ended = True
                break
            if chunk is not None:
                chunks.append(chunk)
                self.ended = chunk.done
        return chunks

    def _repeated(self, content: str) -> bool:
        """Source: Ollama ``Completion``: more than 30 equal tokens end the answer without a last chunk."""
        token = content.strip()
        self._repeats = self._repeats + 1 if token == self._last else 0
        self._last = token
        return self._repeats > _REPEATED_TOKENS


def completion_chunk(event: Mapping[str, Any], *, top: bool) -> Chunk | None:
    """Return the chunk of an event of ``/completion``."""
    if event["stop"]:
        reason = "length" if event.get("stop_type") == "limit" else "stop"
        return Chunk(event["content"], done=True, done_reason=reason, metrics=_metrics(event["timings"]))
    content = event["content"]
    if not content:
        return None
    probabilities = event.get("completion_probabilities")
    return Chunk(content, logprobs=_logprobs(probabilities, top)) if probabilities else Chunk(content)


def chat_chunk(event: Mapping[str, Any], calls: dict[int, dict[str, Any]], *, top: bool) -> Chunk | None:
    """Return the chunk of an event of ``/v1/chat/completions``; pieces of tool calls are collected in ``calls``."""
    if not event.get("choices"):
        return None
    choice = event["choices"][0]
    delta = choice.get("delta") or {}
    chunk = Chunk(
        delta.get("content") or "",
        thinking=delta.get("reasoning_content") or "",
        logprobs=_logprobs((choice.get("logprobs") or {}).get("content") or [], top),
    )
    for call in delta.get("tool_calls") or []:
        _collect(calls.setdefault(call["index"], {"id": "", "name": "", "arguments": ""}), call)
    if choice.get("finish_reason") is not None:
        chunk.done = True
        chunk.done_reason = "length" if choice["finish_reason"] == "length" else "stop"
        chunk.metrics = _metrics(event.get("timings") or {})
        chunk.tool_calls = [_tool_call(index, call) for index, call in sorted(calls.items())]
        return chunk
    return chunk if chunk.content or chunk.thinking or chunk.logprobs else None


def _collect(call: dict[str, Any], piece: Mapping[str, Any]) -> None:
    function = piece.get("function") or {}
    call["id"] += piece.get("id") or ""
    call["name"] += function.get("name") or ""
    call["arguments"] += function.get("arguments") or ""


def _tool_call(index: int, call: Mapping[str, Any]) -> dict[str, Any]:
    try:
        arguments = json.loads(call["arguments"]) if call["arguments"].strip() else {}
    except ValueError as exc:
        raise ApiError(500, f'llama-server returned invalid tool call arguments for "{call["name"]}": {exc}') from exc
    return {"id": call["id"], "function": {"index": index, "name": call["name"], "arguments": arguments}}


def _metrics(timings: Mapping[str, Any]) -> Metrics:
    return Metrics(
        prompt_eval_count=timings.get("cache_n", 0) + timings.get("prompt_n", 0),
        prompt_eval_duration=int(timings.get("prompt_ms", 0) * 1e6),
        eval_count=timings.get("predicted_n", 0),
        eval_duration=int(timings.get("predicted_ms", 0) * 1e6),
    )


def _logprobs(probabilities: Iterable[Mapping[str, Any]], top: bool) -> list[dict[str, Any]]:
    """Return the log probabilities of tokens as the API gives them."""
    result = []
    for item in probabilities:
        entry = _logprob(item)
        if top and (others := item.get("top_logprobs") or item.get("top_probs")):
            entry["top_logprobs"] = [_logprob(other) for other in others]
        result.append(entry)
    return result


def _logprob(item: Mapping[str, Any]) -> dict[str, Any]:
    token = item.get("token", "")
    entry = {"token": token, "logprob": item.get("logprob") or item.get("prob") or 0}
    return {**entry, "bytes": list(token.encode())} if token else entry


def _error_text(error: Any) -> str:
    return str(error.get("message", error)) if isinstance(error, Mapping) else str(error)
