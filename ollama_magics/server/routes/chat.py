"""``/api/chat``.

Source: Ollama server/routes.go ``ChatHandler``, ``handleNativeChat`` (v0.33.0-rc2).
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from ollama_magics.server import requests
from ollama_magics.server.answers import ChatAnswer
from ollama_magics.server.engine.completion import Chunk, Completion
from ollama_magics.server.engine.native import chat_body
from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.errors import ApiError
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.inference import NO_IMAGES, InferenceHandler, Turn, check_alternatives, template_faults, tokens_of, unloads
from ollama_magics.server.options import Options
from ollama_magics.server.prompt import chat_messages, fit_context, render_chat, tag_images
from ollama_magics.server.splitting import AnswerSplitter, chat_splitter


class Chat(InferenceHandler):
    """``/api/chat``: the next message of a conversation."""

    async def post(self) -> None:
        """Load, unload, show the prompt, or answer."""
        started_ns = time.monotonic_ns()
        given = self.read(requests.CHAT)
        check_alternatives(given)
        model = self.find_model(given)
        answer = ChatAnswer(given["model"], started_ns)
        messages = [message or {"role": "", "content": ""} for message in given.get("messages", [])]
        if not messages and unloads(given):
            self.scheduler.unload(model)
            return self.respond(answer.idle("unload"))
        turn = self.turn(given, model)
        with self.cancelled_on_close():
            lease, options = await self.lease(turn, ["tools"] if given.get("tools") else [])
            async with lease:
                answer.loaded()
                if not messages:
                    return self.respond(answer.idle("load"))
                await self._answer(turn, chat_messages(turn.view, messages), lease.runner, options, answer)

    async def _answer(
        self, turn: Turn, messages: Sequence[Mapping[str, Any]], runner: Runner, options: Options, answer: ChatAnswer
    ) -> None:
        given = turn.given
        kept, prompt, images = await _prepared(turn, messages, runner, options)
        if given.get("_debug_render_only"):
            return self.respond(answer.rendered(prompt, images))
        if images:
            raise ApiError(400, NO_IMAGES)
        chunks = _native(turn, kept, runner, options) if turn.is_native else _rendered(turn, messages, prompt, runner, options)
        await self.send(answer, chunks, stream=given.get("stream", True))


async def _prepared(turn: Turn, messages: Sequence[Mapping[str, Any]], runner: Runner, options: Options) -> tuple[list[Any], str, int]:
    """Return the messages that the context holds, their prompt where it is needed, and how many images they have.

    Raises:
        ApiError: 500, the template fails; what llama.cpp's formatter says.
    """
    given = turn.given

    async def render(kept: Sequence[Mapping[str, Any]]) -> str:
        if turn.is_native:
            return await runner.apply_template(_native_body(turn, kept, runner, options))
        return render_chat(turn.view, tag_images(kept)[0], tools=given.get("tools"), think=turn.think)

    async def measure(kept: list[Mapping[str, Any]]) -> int:
        return await tokens_of(runner, await render(kept))

    with template_faults():
        kept = list(messages)
        if given.get("truncate", True) and not (turn.is_native and len(kept) <= 1):
            limit = min(options.num_ctx, runner.spec.num_ctx) or runner.spec.num_ctx
            kept = await fit_context(kept, limit, measure, has_projector=bool(turn.model.projector_paths))
        prompt = await render(kept) if not turn.is_native or given.get("_debug_render_only") else ""
    return kept, prompt, sum(len(message.get("images") or ()) for message in kept)


def _native_body(turn: Turn, messages: Sequence[Mapping[str, Any]], runner: Runner, options: Options) -> dict[str, Any]:
    given = turn.given
    return chat_body(
        messages,
        options,
        runner.spec.num_ctx,
        tools=given.get("tools", []),
        think=turn.think,
        format=given.get("format"),
        logprobs=given.get("logprobs", False),
        top_logprobs=given.get("top_logprobs", 0),
    )


async def _native(turn: Turn, kept: Sequence[Mapping[str, Any]], runner: Runner, options: Options) -> AsyncGenerator[list[Chunk], None]:
    body = _native_body(turn, kept, runner, options)
    async with aclosing(runner.chat(body, top_logprobs=turn.given.get("top_logprobs", 0) > 0)) as batches:
        async for batch in batches:
            yield batch


async def _rendered(
    turn: Turn, messages: Sequence[Mapping[str, Any]], prompt: str, runner: Runner, options: Options
) -> AsyncGenerator[list[Chunk], None]:
    """Yield the answer to a prompt, thinking and tool calls told apart.

    A format would keep a model from thinking: it thinks without one, and is then asked again, its thoughts in the prompt, for the rest.
    """
    given = turn.given
    splitter = chat_splitter(turn.view, prompt, turn.think, given.get("tools", ()))
    waiting = given.get("format") is not None and splitter.thinks
    async with aclosing(runner.complete(_completion(turn, prompt, options, splitter, with_format=not waiting))) as batches:
        async for batch in batches:
            parts = [part for chunk in batch if (part := splitter.feed(chunk)) is not None]
            said = next((place for place, part in enumerate(parts) if waiting and splitter.thought and part.content), None)
            if said is not None:
                yield [*parts[:said], Chunk("", thinking=parts[said].thinking)]
                break
            if parts:
                yield parts
        else:
            return
    thought = {"role": "assistant", "content": "", "thinking": splitter.thought}
    _, prompt, _ = await _prepared(turn, [*messages, thought], runner, options)
    async with aclosing(runner.complete(_completion(turn, prompt, options, splitter, with_format=True))) as batches:
        async for batch in batches:
            if parts := [part for chunk in batch if (part := splitter.feed(chunk)) is not None]:
                yield parts


def _completion(turn: Turn, prompt: str, options: Options, splitter: AnswerSplitter, *, with_format: bool) -> Completion:
    given = turn.given
    return Completion(
        prompt,
        options,
        format=given.get("format") if with_format else None,
        logprobs=given.get("logprobs", False),
        top_logprobs=given.get("top_logprobs", 0),
        truncate=given.get("truncate", True),
        preserved=splitter.preserved,
    )


ROUTES: list[tuple[str, type[ApiHandler]]] = [("/api/chat", Chat)]
