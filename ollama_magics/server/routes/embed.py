"""``/api/embed`` and the older ``/api/embeddings``.

Source: Ollama server/routes.go ``EmbedHandler``, ``EmbeddingsHandler`` (v0.33.0-rc2).
"""

from __future__ import annotations

import json
import math
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ollama_magics.server import requests
from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.engine.scheduler import Lease
from ollama_magics.server.errors import ApiError, StoreError
from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.inference import InferenceHandler
from ollama_magics.server.inspection import prompt_view
from ollama_magics.server.names import ModelRef, read_ref
from ollama_magics.server.options import Options
from ollama_magics.server.store import StoredModel
from ollama_magics.text.floats import shortest_float32
from ollama_magics.text.gostrings import quote

_INPUT_TYPE = "invalid input type"
_NO_ROOM = "input after truncation exceeds maximum context length"
_NOT_SHORTER = "input exceeds maximum context length and cannot be truncated further"
_TOO_LONG = "the input length exceeds the context length"


class _Embedding(InferenceHandler):
    """What both routes do: find the model and load it."""

    def ref(self, text: str) -> ModelRef:
        """Return the model that a request names; raises ``ApiError`` for a model of the cloud and for what is no name."""
        ref = read_ref(text)
        if ref.source == "cloud":
            raise self.cloud_fault()
        return ref

    def stored(self, text: str, ref: ModelRef, *, any_case: bool) -> StoredModel:
        """Return the model; raises ``ApiError`` 404 when it is not here."""
        try:
            model = self.store.find(self.store.existing_name(ref.name) if any_case else ref.name)
        except StoreError as exc:
            raise ApiError(500, str(exc)) from exc
        if model is None:
            raise ApiError(404, f"model {quote(text)} not found, try pulling it first")
        return model

    async def ready(self, given: Mapping[str, Any], model: StoredModel) -> tuple[Lease, Options]:
        """Return the loaded model, loaded as a chat with it would be."""
        view = prompt_view(self.store, model, self.state.settings)
        return await self.loaded(given, model, jinja=view.engine_renders)


class Embed(_Embedding):
    """``/api/embed``: vectors of length 1 for one text or many."""

    async def post(self) -> None:
        """Answer with a vector for each text, or load the model when there is none."""
        started_ns = time.monotonic_ns()
        given = self.read(requests.EMBED)
        name = given.get("model", "")
        if not name.strip():
            raise ApiError(404, f"model '{name}' not found")
        ref = self.ref(name)
        texts = _texts(given.get("input"))
        model = self.stored(name, ref, any_case=True)
        with self.cancelled_on_close():
            lease, options = await self.ready(given, model)
            async with lease:
                loaded_ns = time.monotonic_ns()
                if not texts:
                    return self.respond({"model": name, "embeddings": []})
                assert model.model_path is not None
                source = _Source(lease.runner, self.store.header(model.model_path), options, cut=given.get("truncate", True))
                found = [await source.vector(text) for text in texts]
        answer = {
            "model": name,
            "embeddings": [_shortened(vector, given.get("dimensions", 0)) for vector, _ in found],
            "total_duration": time.monotonic_ns() - started_ns,
            "load_duration": loaded_ns - started_ns,
            "prompt_eval_count": sum(count for _, count in found),
        }
        self.respond({key: value for key, value in answer.items() if value or key in ("model", "embeddings")})


class Embeddings(_Embedding):
    """``/api/embeddings``: one vector as the model gives it."""

    async def post(self) -> None:
        """Answer with the vector of the prompt, or load the model when there is none."""
        given = self.read(requests.EMBEDDINGS)
        name = given.get("model", "")
        if not name.strip():
            raise ApiError(400, "model is required")
        model = self.stored(name, self.ref(name), any_case=False)
        with self.cancelled_on_close():
            lease, _ = await self.ready(given, model)
            async with lease:
                if not given.get("prompt"):
                    return self.reply({"embedding": []})
                assert model.model_path is not None
                raw = _was_raw(self.store.header(model.model_path))
                try:
                    vector, _ = await lease.runner.embed(given["prompt"], raw=raw)
                except ApiError as exc:
                    raise ApiError(500, _plain(exc).text) from exc
        self.reply({"embedding": _single(vector)})


class _Source:
    """Vectors of texts from one loaded model.

    Args:
        cut: shorten a text that the context does not hold; otherwise it is an error.
    """

    def __init__(self, runner: Runner, header: GGUFInfo, options: Options, *, cut: bool) -> None:
        self._runner = runner
        self._header = header
        self._options = options
        self._cut = cut

    async def vector(self, text: str) -> tuple[list[float], int]:
        """Return the vector of a text, its length 1, and how many tokens were read.

        Raises:
            ApiError: 400, the text is too long; what the engine says.
        """
        fitting, _ = await self._fitting(text, 0)
        try:
            vector, count = await self._runner.embed(fitting)
        except ApiError as exc:
            plain = _plain(exc)
            if plain.status != 400 or not self._cut:
                raise plain from exc
            fitting, shorter = await self._fitting(fitting, self._options.num_batch)
            if not shorter:
                raise ApiError(400, _NOT_SHORTER) from exc
            vector, count = await self._runner.embed(fitting)
        return normalized(vector), count

    async def _fitting(self, text: str, most: int) -> tuple[str, bool]:
        """Return the part of ``text`` that the context and ``most`` tokens (0: any number) hold, and whether it is shorter."""
        tokens = await self._runner.tokenize(text)
        trained = self._header.uint("context_length")
        limit = self._room(tokens, min(self._options.num_ctx, trained) if self._options.num_ctx > 0 else trained)
        if most > 0:
            limit = min(limit, self._room(tokens, most))
        if limit <= 0:
            raise ApiError(400, _NO_ROOM)
        if len(tokens) <= limit:
            return text, False
        if not self._cut:
            raise ApiError(400, _TOO_LONG)
        return await self._runner.detokenize(tokens[:limit]), True

    def _room(self, tokens: Sequence[int], limit: int) -> int:
        """Return how many of ``limit`` places are left beside the begin and end tokens that the engine adds."""
        begins = bool(tokens) and tokens[0] != self._header.uint("tokenizer.ggml.bos_token_id")
        ends = bool(tokens) and tokens[-1] != self._header.uint("tokenizer.ggml.eos_token_id")
        return limit - begins - ends


def _texts(given: Any) -> list[str]:
    """Return the texts of ``input``; raises ``ApiError`` 400 for anything that is not a text or a list of texts."""
    if given is None or given == "":
        return []
    texts = given if isinstance(given, list) else [given]
    if not all(isinstance(text, str) for text in texts):
        raise ApiError(400, _INPUT_TYPE)
    return texts


def normalized(vector: Sequence[float]) -> list[float]:
    """Return ``vector`` at length 1.

    Raises:
        ApiError: 400, it has numbers that are not finite.
    """
    if not all(map(math.isfinite, vector)):
        raise ApiError(400, "embedding contains NaN or Inf values")
    length = max(math.sqrt(math.fsum(value * value for value in vector)), 1e-12)
    return [value / length for value in vector]


def _shortened(vector: list[float], dimensions: int) -> list[float]:
    """Return the first ``dimensions`` numbers at length 1 as 32-bit floats; all of them when it does not shorten the vector."""
    if 0 < dimensions < len(vector):
        vector = normalized(vector[:dimensions])
    return [shortest_float32(value) for value in vector]


def _single(vector: Sequence[float]) -> list[float]:
    """Return the numbers as 32-bit floats, with all their digits."""
    form = f"{len(vector)}f"
    return list(struct.unpack(form, struct.pack(form, *vector)))


_LIMIT_MARKS = ("too large", "context size", "context length", "physical batch size", "exceeds the available context")


def _plain(error: ApiError) -> ApiError:
    """Return the engine's error with its message alone; one of Ollama's words for a text that is too long.

    Source: Ollama llm/llama_server.go ``normalizeEmbeddingError`` (v0.33.0-rc2).
    """
    try:
        text = str(json.loads(error.text)["error"]["message"]).strip()
    except (ValueError, KeyError, TypeError):
        text = error.text
    if any(mark in text.lower() for mark in _LIMIT_MARKS):
        return ApiError(400, _TOO_LONG)
    return ApiError(error.status, text)


def _was_raw(header: GGUFInfo) -> bool:
    """Say whether the older route gives this model's numbers as they are, not at length 1.

    Source: Ollama llm/llama_server.go ``legacyEmbeddingsWereRaw`` (v0.33.0-rc2).
    """
    if header.value("pooling_type") is None or header.architecture not in ("bert", "nomic-bert", "nomic-bert-moe"):
        return False
    if header.architecture == "bert" and header.value("tokenizer.ggml.model") not in (None, "bert"):
        return True
    normalizes = header.value("normalize_embeddings")
    return not (header.architecture == "bert" if normalizes is None else normalizes)


ROUTES: list[tuple[str, type[ApiHandler]]] = [("/api/embed", Embed), ("/api/embeddings", Embeddings)]
"""The routes of embedding vectors."""
