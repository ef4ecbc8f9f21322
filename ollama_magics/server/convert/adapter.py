"""A LoRA adapter in safetensors files as a GGUF file.

Only the worker process imports this module.

Source: Ollama convert/convert.go ConvertAdapter, convert_llama_adapter.go, convert_gemma2_adapter.go (v0.33.0-rc2). The rows
of ``lora_b`` are put in turns where Ollama mixes up ``lora_a``: the rotation is along the output, as in llama.cpp
convert_lora_to_gguf.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ollama_magics.server.convert.architectures import ARCHITECTURES, Architecture
from ollama_magics.server.convert.config import ModelConfig
from ollama_magics.server.convert.folder import Folder
from ollama_magics.server.convert.model import interleaved, write
from ollama_magics.server.convert.numbers import Conversion, Floats
from ollama_magics.server.convert.safetensors import FP8, SourceTensor, read_headers
from ollama_magics.server.convert.vocabulary import KeyValue
from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguftypes import FLOAT32

_ENDS = {"lora_A.weight": "weight.lora_a", "lora_B.weight": "weight.lora_b", "lora_a": "weight.lora_a", "lora_b": "weight.lora_b"}
_END = re.compile(r"(?:lora_A\.weight|lora_B\.weight|lora_a|lora_b)\Z")
_PREFIX = "base_model.model."


def convert_adapter(folder: Folder, target: Path, base: dict[str, Any], on_bytes: Callable[[int], None]) -> str:
    """Write the adapter of ``folder`` to ``target``; return the digest of the file.

    Args:
        base: ``architecture``, ``head_count`` and ``head_count_kv`` of the model that it is for.

    Raises:
        StoreError: a file is missing or damaged, or the kind of model is not known.
    """
    config = ModelConfig(folder.object("adapter_config.json"), "adapter_config.json")
    kind = next((kind for kind in ARCHITECTURES.values() if kind.name == base["architecture"]), None)
    if kind is None:
        raise StoreError("unsupported architecture")
    if config.fields.get("use_dora"):
        raise StoreError("adapters with use_dora cannot be converted")
    conversions = [_conversion(tensor, kind, base) for tensor in read_headers(folder)]
    rank = next((min(conversion.shape) for conversion in conversions), 0)
    keys: dict[str, KeyValue] = {
        "adapter.lora.alpha": (_alpha(config, rank), FLOAT32),
        "adapter.type": ("lora", None),
        "general.architecture": (kind.name, None),
        "general.file_type": (1, None),
        "general.type": ("adapter", None),
        "general.version": ("v0.2", None),
    }
    if kind.permuted:
        keys |= {f"{kind.name}.attention.{key}": (base[key], None) for key in ("head_count", "head_count_kv")}
    return write(folder, target, keys, conversions, on_bytes, last={})


def _alpha(config: ModelConfig, rank: int) -> float:
    """Return what llama.cpp divides by the rank; mlx-lm gives the quotient itself, and rsLoRA divides by the root."""
    parameters = config.part("lora_parameters")
    alpha = parameters.real("alpha") or config.real("lora_alpha") or parameters.real("scale") * rank
    return alpha * math.sqrt(rank) if config.fields.get("use_rslora") else alpha


def _conversion(tensor: SourceTensor, kind: Architecture, base: dict[str, Any]) -> Conversion:
    end = _END.search(tensor.name)
    if not end or len(tensor.shape) != 2:
        raise StoreError(f"adapter tensor '{tensor.name}' is neither lora_A nor lora_B of a matrix")
    if tensor.dtype == FP8:
        raise StoreError(f"unknown data type: {FP8}")
    name = kind.renamed(tensor.name.removeprefix(_PREFIX)[: -len(end[0])]) + _ENDS[end[0]]
    first, second = tensor.shape
    # mlx-lm stores both matrices the other way round; the rank is the smaller side.
    turned = first > second if name.endswith("lora_a") else first < second
    shape = (second, first) if turned else (first, second)
    heads = _rotated_heads(name, base) if kind.permuted else 0
    if heads and shape[0] % (2 * heads):
        raise StoreError(f"adapter tensor '{tensor.name}' has {shape[0]} rows for {heads} heads")

    def change(rows: Floats) -> Floats:
        rows = rows.T if turned else rows
        return interleaved(shape[0] // heads)(rows) if heads else rows

    return Conversion(tensor, name, shape, change=change if turned or heads else None, whole=True)


def _rotated_heads(name: str, base: dict[str, Any]) -> int:
    if name.endswith("attn_q.weight.lora_b"):
        return int(base["head_count"])
    return int(base["head_count_kv"] or base["head_count"]) if name.endswith("attn_k.weight.lora_b") else 0
