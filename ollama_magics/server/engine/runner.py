"""A loaded model: completions, tokens and the chat template of its file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from ollama_magics.server.engine import link
from ollama_magics.server.engine.completion import Chunk, ChunkReader, Completion, chat_chunk, completion_body, completion_chunk
from ollama_magics.server.engine.grammar import bad_schema
from ollama_magics.server.engine.process import EngineProcess
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.errors import ApiError
from ollama_magics.server.logs import LOG

TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, "
    "adjust the context length in settings, or use a model with a longer context length"
)
_STOPPED = (
    "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
    "check ollama server logs for details"
)
_DYING_S = 0.5


class Runner:
    """One model in memory, behind its own process.

    Every method raises ``ApiError``: with the engine's own status and words when it refused the request, and with 500 and its
    reason when the process has ended.

    Args:
        process: the child that has loaded the model.
        adds_bos: the tokenizer puts a begin token before every prompt.
    """

    def __init__(self, process: EngineProcess, *, adds_bos: bool = False) -> None:
        self.process = process
        self.spec: LoadSpec = process.spec
        self.adds_bos = adds_bos
        self._slots = asyncio.Semaphore(self.spec.parallel)

    async def complete(self, request: Completion) -> AsyncGenerator[list[Chunk], None]:
        """Yield the answer to a rendered prompt, as many chunks together as have come; closing the iterator cancels it."""
        top = request.top_logprobs > 0
        async with self._slots:
            prompt = await self._fitting(request)
            body = completion_body(request, prompt, self.spec.num_ctx)
            reader = ChunkReader(lambda event: completion_chunk(event, top=top))
            async with aclosing(self._stream("/completion", body, reader)) as batches:
                async for batch in batches:
                    yield batch

    async def chat(self, body: dict[str, Any], *, top_logprobs: bool) -> AsyncGenerator[list[Chunk], None]:
        """Yield the answer to messages that llama.cpp renders with the chat template of the file."""
        calls: dict[int, dict[str, Any]] = {}
        async with self._slots:
            reader = ChunkReader(lambda event: chat_chunk(event, calls, top=top_logprobs), watch_repeats=False)
            async with aclosing(self._stream("/v1/chat/completions", body, reader)) as batches:
                async for batch in batches:
                    yield batch

    async def apply_template(self, body: dict[str, Any]) -> str:
        """Return the prompt that the chat template of the file makes."""
        return str((await self._call("/apply-template", body))["prompt"])

    async def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, with the begin token where the model has one."""
        return list((await self._call("/tokenize", {"content": text, "add_special": special}))["tokens"])

    async def detokenize(self, ids: Sequence[int]) -> str:
        """Return the text of token ids."""
        try:
            return str((await self._call("/detokenize", {"tokens": list(ids)}))["content"])
        except ApiError as exc:
            raise ApiError(500, f"detokenize error: {exc.text}") from exc

    async def embed(self, text: str, *, raw: bool = False) -> tuple[list[float], int]:
        """Return the embedding vector of a text, at length 1 unless ``raw``, and how many tokens the text has.

        Source: Ollama llm/llama_server.go ``Embedding``: only this form of the request counts the tokens (v0.33.0-rc2).
        """
        async with self._slots:
            answer = await self._call("/v1/embeddings", {"input": text, **({"embd_normalize": -1} if raw else {})})
        return answer["data"][0]["embedding"], answer["usage"]["prompt_tokens"]

    async def _stream(self, path: str, body: dict[str, Any], reader: ChunkReader) -> AsyncGenerator[list[Chunk], None]:
        watch = _SchemaWatch(self.process) if "json_schema" in body or "response_format" in body else None
        try:
            async with aclosing(link.events(self.process, path, body)) as batches:
                async for batch in batches:
                    chunks = reader.feed(batch)
                    if watch:
                        await watch.check(last=reader.ended)
                    if chunks:
                        yield chunks
                    if reader.ended:
                        return
        except link.Refused as exc:
            raise ApiError(exc.status, exc.body.strip()) from exc
        except link.ChildGone as exc:
            raise await self._gone(exc) from exc

    async def _call(self, path: str, body: dict[str, Any]) -> Any:
        try:
            return await link.call(self.process, path, body)
        except link.Refused as exc:
            raise ApiError(exc.status, exc.body.strip()) from exc
        except link.ChildGone as exc:
            raise await self._gone(exc) from exc

    async def _gone(self, exc: link.ChildGone) -> ApiError:
        """Return the error for a child that does not answer; it is ended for good, so that the next request loads again."""
        await asyncio.wait({self.process.ended}, timeout=_DYING_S)
        self.process.end()
        await self.process.ended
        reason = self.process.reason() or str(exc)
        LOG.error("process %d of a model ended: %s", self.process.pid, reason or "without a reason")
        return ApiError(500, f"{_STOPPED}: {reason}" if reason else _STOPPED)

    async def _fitting(self, request: Completion) -> str | list[int]:
        """Return the prompt, or its token ids without the middle where it is longer than the context.

        Source: Ollama llm/llama_server.go ``completionPromptForRequest``, ``contextShiftPromptLimit``.
        """
        prompt, num_ctx = request.prompt, self.spec.num_ctx
        if self.adds_bos:
            prompt = prompt.removeprefix("<bos>")
        if not request.truncate or num_ctx <= 1 or len(prompt.encode()) < num_ctx:
            return prompt
        tokens = await self.tokenize(prompt)
        if len(tokens) <= num_ctx - 1:
            return prompt
        if not self.spec.context_shift:
            raise ApiError(400, TOO_LONG)
        keep = request.options.num_keep if request.options.num_keep >= 0 else len(tokens)
        keep = min(keep + self.adds_bos, num_ctx - 1)
        limit = num_ctx - max((num_ctx - keep) // 2, 1)
        return tokens[:keep] + tokens[keep + len(tokens) - limit :]


class _SchemaWatch:
    """Notices that the engine said it ignores the schema of a request, which it does only in its log."""

    def __init__(self, process: EngineProcess) -> None:
        self._process = process
        self._complaints = process.complaints
        self._heard = False

    async def check(self, *, last: bool) -> None:
        """Raise ``ApiError`` 400 if it did; the log is read up to here at the first pieces of an answer and at its end."""
        if last or not self._heard:
            await self._process.heard()
            self._heard = True
        if self._process.complaints != self._complaints:
            raise bad_schema(self._process.last_complaint)
