"""From a stored model and the options of a request to the way it is loaded.

Source: Ollama server/routes.go (``modelOptions``, ``scheduleRunner``), server/sched.go (``getRunner``, ``load``) (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ollama_magics.server.engine.memory import memory_of_load
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.server.options import MINIMUM_CONTEXT, Options, effective
from ollama_magics.server.settings import Settings
from ollama_magics.server.store import StoredModel

DEFAULT_CONTEXT = 4096
"""Tokens of a context that nobody sets, on a machine without a large GPU."""

_EMBEDDING_BATCH = 2048
_VISION_CONTEXT = 2048
_ONE_AT_A_TIME = frozenset(
    {"mllama", "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen3next"}
    | {"lfm2", "lfm2moe", "nemotron_h", "nemotron_h_moe", "nemotron_h_omni"}
)
_NO_SHIFT = "deepseek2"
_BOS_TOKENIZERS = frozenset({"lfm2", "gemma4"})


def is_embedding(header: GGUFInfo) -> bool:
    """Return whether the file is a model of embedding vectors, which cannot write."""
    return header.value("pooling_type") is not None


def adds_bos(header: GGUFInfo) -> bool:
    """Return whether llama.cpp puts a begin token before every prompt.

    Source: Ollama llm/llama_server.go ``tokenizerAddsBOS``.
    """
    kinds = {header.value("tokenizer.ggml.pre"), header.value("tokenizer.ggml.model")}
    return bool(kinds & _BOS_TOKENIZERS) or header.flag("tokenizer.ggml.add_bos_token")


def model_options(model: StoredModel, header: GGUFInfo, requested: Mapping[str, Any], settings: Settings) -> Options:
    """Return the options that hold for a request.

    Raises:
        ApiError: 500, an option of a wrong type.
    """
    options = effective(settings.context_length or DEFAULT_CONTEXT, model.params, requested)
    if is_embedding(header) and "num_batch" not in model.params and "num_batch" not in requested:
        options = replace(options, num_batch=min(_EMBEDDING_BATCH, options.num_ctx) if options.num_ctx > 0 else _EMBEDDING_BATCH)
    return options


def load_spec(model: StoredModel, header: GGUFInfo, options: Options, settings: Settings, *, shift: bool | None, jinja: bool) -> LoadSpec:
    """Return how the model is loaded for these options.

    Args:
        shift: the request's ``shift``; None is the model's default.
        jinja: the chat template of the file is going to be used.
    """
    family = str(model.config.get("model_family") or "")
    families = [family, *(model.config.get("model_families") or [])]
    embedding = is_embedding(header)
    num_ctx = max(options.num_ctx, MINIMUM_CONTEXT, _VISION_CONTEXT if model.projector_paths else 0)
    trained = header.uint("context_length")
    num_ctx = min(num_ctx, trained) if trained else num_ctx
    parallel = 1 if embedding or family in _ONE_AT_A_TIME else max(settings.num_parallel, 1)
    adapters, cache_type = tuple(str(path) for path in model.adapter_paths), settings.kv_cache_type.lower()
    return LoadSpec(
        model_path=str(model.model_path),
        adapters=adapters,
        num_ctx=num_ctx,
        num_batch=options.num_batch,
        num_gpu=options.num_gpu,
        main_gpu=options.main_gpu,
        use_mmap=options.use_mmap,
        num_thread=max(options.num_thread, 0),
        parallel=parallel,
        context_shift=shift if shift is not None else _NO_SHIFT not in families,
        num_keep=options.num_keep,
        embedding=embedding,
        jinja=jinja,
        cache_type=cache_type,
        flash_attention=settings.flash_attention,
        gpu_overhead=settings.gpu_overhead,
        memory=memory_of_load(header, adapters, num_ctx * parallel, cache_type),
    )
