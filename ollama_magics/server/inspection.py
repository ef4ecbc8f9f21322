"""What is known about a stored model: its details, its capabilities, and what its prompts depend on.

Source: Ollama server/images.go Capabilities, server/model_list_cache.go (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.server.gguftypes import UNKNOWN_FILE
from ollama_magics.server.prompt import PromptView
from ollama_magics.server.prompt.view import jinja_capabilities, template_capabilities
from ollama_magics.server.settings import Settings
from ollama_magics.server.store import Store, StoredModel

_TOOLS_ONLY = ("tools",)
_BOTH = ("tools", "thinking")
PARSERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("qwen3", "qwen3-coder", "qwen3-vl-instruct", "ministral", "olmo3", "functiongemma", "gemma4-no-thinking", "lfm2"), _TOOLS_ONLY
    ),
    **dict.fromkeys(("qwen3-thinking", "qwen3.5", "ornith", "qwen3-vl-thinking", "harmony", "cogito", "deepseek3", "gemma4"), _BOTH),
    **dict.fromkeys(("nemotron-3-nano", "nemotron-3.5-nano", "glm-4.7", "lfm2-thinking", "laguna", "poolside-v1"), _BOTH),
    **dict.fromkeys(("cohere", "glimmer"), _BOTH),
    "olmo3-think": ("thinking",),
    "passthrough": (),
    "glm-ocr": _TOOLS_ONLY,
}
"""Ollama's output parsers and what they add to a model. Source: Ollama model/parsers (v0.33.0-rc2)."""

_GPT_OSS = ("gptoss", "gpt-oss")


def header_of(store: Store, model: StoredModel) -> GGUFInfo | None:
    """Return the header of the model's file; None without a file or when it cannot be read."""
    if model.model_path is None or model.config.get("model_format") not in (None, "", "gguf"):
        return None
    try:
        return store.header(model.model_path)
    except (StoreError, OSError):
        return None


def prompt_view(store: Store, model: StoredModel, settings: Settings) -> PromptView:
    """Return what the prompts of ``model`` depend on."""
    header = header_of(store, model)
    return PromptView(
        template_text=model.template,
        system=model.system,
        messages=model.messages,
        chat_template=header.chat_template if header else "",
        renderer=model.renderer,
        parser=model.parser,
        family=str(model.config.get("model_family") or ""),
        model=model.name.model,
        go_template=settings.go_template,
    )


def capabilities(store: Store, model: StoredModel, settings: Settings) -> list[str]:
    """Return what the model can do, as ``/api/show`` lists it."""
    header, view = header_of(store, model), prompt_view(store, model, settings)
    found = _configured(model)
    if header is not None:
        found += [*(jinja_capabilities(view.chat_template) if view.mode == "native" else ()), *_of_file(header)]
    found += _of_projectors(store, model)
    if model.template is not None and view.uses_template:
        found += template_capabilities(view.template)
    found += PARSERS.get(model.parser, ())
    if model.config.get("model_family") in _GPT_OSS:
        found.append("thinking")
    return _supported(model, header, found)


def listed_capabilities(store: Store, model: StoredModel, settings: Settings) -> list[str]:
    """Return what the model can do as ``/api/tags`` lists it, which leaves the Jinja template out of account."""
    header = header_of(store, model)
    found = [*(_of_file(header, listed=True) if header and not model.remote_host else ()), *_configured(model)]
    own = template_capabilities(prompt_view(store, model, settings).template)
    gpt_oss = ("thinking",) if model.config.get("model_family") in _GPT_OSS else ()
    offered = {*own, *PARSERS.get(model.parser, ()), *gpt_oss}
    found += [capability for capability in ("tools", "insert", "thinking") if capability in offered]
    if model.projector_paths:
        found.append("vision")
    return [capability for capability in _supported(model, header, found) if capability]


def details(model: StoredModel) -> dict[str, Any]:
    """Return the ``details`` of the model from its configuration, all fields always there."""
    config = model.config
    return {
        "parent_model": model.parent,
        "format": config.get("model_format") or "",
        "family": config.get("model_family") or "",
        "families": config.get("model_families"),
        "parameter_size": config.get("model_type") or "",
        "quantization_level": config.get("file_type") or "",
    }


def listed_details(store: Store, model: StoredModel) -> dict[str, Any]:
    """Return the ``details`` as ``/api/tags`` has them: with the lengths of context and embedding where they are known."""
    header = header_of(store, model) if not model.remote_host else None
    found = details(model)
    if header and found["quantization_level"] in ("", UNKNOWN_FILE):
        found["quantization_level"] = header.file_type if header.file_type != UNKNOWN_FILE else found["quantization_level"]
    for key in ("context_length", "embedding_length"):
        length = int(model.config.get(key) or 0) or (header.uint(key) if header else 0)
        if length:
            found[key] = length
    return found


def _configured(model: StoredModel) -> list[str]:
    return [str(capability) for capability in model.config.get("capabilities") or ()]


def _of_file(header: GGUFInfo, *, listed: bool = False) -> Iterable[str]:
    """Yield what the header says; the list of models reads it only as far as the tokenizer, as Ollama's does."""
    keys = set(takewhile(lambda key: not key.startswith("tokenizer."), header.kv) if listed else header.kv)
    has = {key: f"{header.architecture}.{key}" in keys for key in ("pooling_type", "vision.block_count", "audio.block_count")}
    yield "embedding" if has["pooling_type"] else "completion"
    if has["vision.block_count"]:
        yield "vision"
    if has["audio.block_count"]:
        yield "audio"


def _of_projectors(store: Store, model: StoredModel) -> Iterable[str]:
    if model.projector_paths:
        yield "vision"
    for path in model.projector_paths:
        try:
            header = store.header(path)
        except (StoreError, OSError):
            continue
        if any(value is True for key, value in header.kv.items() if key.endswith("has_audio_encoder")):
            yield "audio"


def _supported(model: StoredModel, header: GGUFInfo | None, found: Iterable[str]) -> list[str]:
    """Source: Ollama suppressAudioCapability: the audio of Nemotron 3 is not offered."""
    families = {model.config.get("model_family"), *(model.config.get("model_families") or ()), header.architecture if header else ""}
    silent = "nemotron_h_omni" in families
    return [capability for capability in dict.fromkeys(found) if not (silent and capability == "audio")]
