"""``/api/generate``.

Source: Ollama server/routes.go ``GenerateHandler`` (v0.33.0-rc2).
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from ollama_magics.server import requests
from ollama_magics.server.answers import GenerateAnswer
from ollama_magics.server.engine.completion import Chunk, Completion
from ollama_magics.server.engine.native import chat_body
from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.errors import ApiError
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.inference import NO_IMAGES, InferenceHandler, Turn, check_alternatives, template_faults, tokens_of, unloads
from ollama_magics.server.options import Options
from ollama_magics.server.prompt import fit_context, generate_messages, render_chat, render_suffix, start_thinking, tag_images
from ollama_magics.server.prompt.view import parsed
from ollama_magics.server.store import StoredModel

RAW_ALONE = "raw mode does not support template, system, or context"


class Generate(InferenceHandler):
    """``/api/generate``: an answer to a prompt."""

    word = "generate"

    async def post(self) -> None:
        """Load, unload, show the prompt, or answer."""
        started_ns = time.monotonic_ns()
        given = self.read(requests.GENERATE)
        check_alternatives(given)
        model = self._model(given)
        answer = GenerateAnswer(given["model"], started_ns)
        prompt = given.get("prompt", "")
        if not model.remote_host and not prompt and unloads(given):
            self.scheduler.unload(model)
            return self.respond(answer.idle("unload"))
        if given.get("raw") and (given.get("template") or given.get("system") or given.get("context")):
            raise ApiError(400, RAW_ALONE)
        turn = self.turn(given, model)
        with self.cancelled_on_close():
            lease, options = await self.lease(turn, ["insert"] if given.get("suffix") else [])
            async with lease:
                answer.loaded()
                if not prompt:
                    return self.respond(answer.idle("load"))
                await self._answer(turn, lease.runner, options, answer)

    def _model(self, given: Mapping[str, Any]) -> StoredModel:
        if not given.get("model", "").strip():
            raise ApiError(404, f"model '{given.get('model', '')}' not found")
        return self.find_model(given)

    async def _answer(self, turn: Turn, runner: Runner, options: Options, answer: GenerateAnswer) -> None:
        given = turn.given
        prompt, images = await _prompt(turn, runner, options)
        if given.get("_debug_render_only"):
            return self.respond(answer.rendered(prompt, images))
        if images:
            raise ApiError(400, NO_IMAGES)
        completion = Completion(
            prompt,
            options,
            format=given.get("format"),
            logprobs=given.get("logprobs", False),
            top_logprobs=given.get("top_logprobs", 0),
            truncate=given.get("truncate", True),
        )
        await self.send(answer, _chunks(turn, runner, completion, answer), stream=given.get("stream", True))


async def _prompt(turn: Turn, runner: Runner, options: Options) -> tuple[str, int]:
    """Return the prompt, and how many images belong to it.

    Raises:
        ApiError: 500, the template cannot be parsed or fails; 400, what llama.cpp's formatter says.
    """
    given = turn.given
    images = given.get("images", [])
    if given.get("raw"):
        return given["prompt"], len(images)
    context = given.get("context")
    before = await runner.detokenize(context) if context is not None else ""
    with template_faults():
        if given.get("suffix") or given.get("template"):
            return before + _direct(turn), len(images)
        messages = generate_messages(
            turn.view, given["prompt"], system=given.get("system", ""), images=images, has_context=context is not None
        )
        return before + await _conversation(turn, runner, options, messages), len(images)


def _direct(turn: Turn) -> str:
    """Return what the request's template, or the model's for a suffix, makes of the request; nothing is cut."""
    given = turn.given
    template = parsed(given["template"]) if given.get("template") else turn.view.template
    if given.get("suffix"):
        return render_suffix(turn.view, given["prompt"], given["suffix"], think=turn.think, template=template)
    messages = generate_messages(
        turn.view,
        given["prompt"],
        system=given.get("system", ""),
        images=given.get("images", []),
        has_context=given.get("context") is not None,
    )
    return render_chat(turn.view, messages, think=turn.think, template=template)


async def _conversation(turn: Turn, runner: Runner, options: Options, messages: list[Any]) -> str:
    """Return the prompt of messages, the oldest left out where the context does not hold them all."""
    native = turn.is_native and bool(turn.view.chat_template)

    async def render(kept: list[Any]) -> str:
        tagged, _ = tag_images(kept)
        if native:
            return await runner.apply_template(chat_body(tagged, options, runner.spec.num_ctx, think=turn.think))
        return render_chat(turn.view, tagged, tools=[], think=turn.think)

    async def measure(kept: list[Any]) -> int:
        return await tokens_of(runner, await render(kept))

    if turn.given.get("truncate", True):
        limit = min(options.num_ctx, runner.spec.num_ctx) or runner.spec.num_ctx
        messages = await fit_context(messages, limit, measure, has_projector=bool(turn.model.projector_paths))
    return await render(messages)


async def _chunks(turn: Turn, runner: Runner, completion: Completion, answer: GenerateAnswer) -> AsyncGenerator[list[Chunk], None]:
    """Yield the answer, thinking told apart; the last chunk has the tokens of prompt and answer."""
    splitter = start_thinking(turn.view, completion.prompt, turn.think)
    said: list[str] = []
    async with aclosing(runner.complete(completion)) as batches:
        async for batch in batches:
            said += [chunk.content for chunk in batch]
            if batch[-1].done and not turn.given.get("raw"):
                answer.context = await runner.tokenize(completion.prompt + "".join(said))
            if splitter:
                batch = [replace(chunk, thinking=parts[0], content=parts[1]) for chunk in batch for parts in [splitter.feed(chunk.content)]]
            yield batch


ROUTES: list[tuple[str, type[ApiHandler]]] = [("/api/generate", Generate)]
