"""Weights in 8-bit floats with a scale for each block: where the blocks' size and scales are.

Source: Ollama convert/reader_safetensors.go safetensorsFP8BlockSize, safetensorsFP8Scale (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ollama_magics.server.convert.config import ModelConfig
from ollama_magics.server.convert.safetensors import FP8, SourceTensor
from ollama_magics.server.errors import StoreError
from ollama_magics.text.gostrings import quote

_SETTINGS = ("quantization", "quantization_config", "compression_config")
_SCALES = ("_scale", "_scale_inv", ".scale", ".scale_inv")


def with_scales(tensors: list[SourceTensor], config: ModelConfig) -> list[SourceTensor]:
    """Return the tensors, those of 8-bit floats joined with their scales, which are no longer tensors of their own.

    Raises:
        StoreError: a scale or the size of the blocks is missing, or they do not fit; the message is Ollama's.
    """
    small = [tensor for tensor in tensors if tensor.dtype == FP8]
    if not small:
        return tensors
    by_name = {tensor.name: tensor for tensor in tensors}
    scales = {tensor.name: _scale_of(tensor, by_name) for tensor in small}
    blocks = _blocks(config)
    for tensor in small:
        if blocks is None:
            raise StoreError(f"missing fp8 block size metadata for tensor {quote(tensor.name)}")
        _check(tensor, scales[tensor.name], blocks)
    used = {scale.name for scale in scales.values()}
    joined = [replace(t, scale=scales[t.name], blocks=blocks) if t.name in scales else t for t in tensors]
    return [tensor for tensor in joined if tensor.name not in used]


def _scale_of(tensor: SourceTensor, by_name: Mapping[str, SourceTensor]) -> SourceTensor:
    found = [by_name[name] for end in _SCALES if (name := tensor.name + end) in by_name]
    if not found:
        raise StoreError(f"missing fp8 scale companion for tensor {quote(tensor.name)}")
    if len(found) > 1:
        names = f"{quote(found[0].name)} and {quote(found[1].name)}"
        raise StoreError(f"multiple fp8 scale companions for tensor {quote(tensor.name)}: {names}")
    return found[0]


def _check(tensor: SourceTensor, scale: SourceTensor, blocks: tuple[int, int]) -> None:
    if len(tensor.shape) != 2:
        raise StoreError(f"expected 2D fp8 tensor {quote(tensor.name)}, got shape {_go(tensor.shape)}")
    if scale.dtype == FP8:
        raise StoreError(f'unsupported fp8 scale dtype "{FP8}" for tensor {quote(scale.name)}')
    if len(scale.shape) != 2:
        raise StoreError(f"expected 2D fp8 scale tensor {quote(scale.name)}, got shape {_go(scale.shape)}")
    wanted = tuple(-(-size // block) for size, block in zip(tensor.shape, blocks, strict=True))
    if scale.shape != wanted:
        where = f"tensor {quote(tensor.name)} shape {_go(tensor.shape)}"
        raise StoreError(f"unexpected fp8 scale shape {_go(scale.shape)} for {where}; want {_go(wanted)}")


def _go(shape: tuple[int, ...]) -> str:
    return "[" + " ".join(map(str, shape)) + "]"


def _blocks(config: ModelConfig) -> tuple[int, int] | None:
    sizes = [size for part in (config, config.part("text_config")) for name in _SETTINGS for size in _sizes(part.part(name))]
    for size in sizes:
        if min(size) <= 0:
            raise StoreError(f"invalid fp8 block size {size[0]}x{size[1]}")
        if size != sizes[0]:
            first = f"{sizes[0][0]}x{sizes[0][1]}"
            raise StoreError(f"multiple fp8 block sizes in config.json: {first} and {size[0]}x{size[1]}")
    return sizes[0] if sizes else None


def _sizes(settings: ModelConfig) -> Iterator[tuple[int, int]]:
    method = settings.text("quant_method").lower()
    if method == "fp8":
        yield from _pair(settings, "weight_block_size")
    if method == "compressed-tensors" or settings.text("format").lower() == "float-quantized":
        groups = settings.part("config_groups")
        for name in groups.fields:
            group, weights = groups.part(name), groups.part(name).part("weights")
            floats = group.text("format").lower() == "float-quantized" and weights.text("type").lower() == "float"
            if floats and weights.whole("num_bits") == 8:
                yield from _pair(weights, "block_structure")


def _pair(settings: ModelConfig, name: str) -> Iterator[tuple[int, int]]:
    value = settings.fields.get(name)
    if isinstance(value, list) and len(value) == 2 and all(type(number) is int for number in value):
        yield value[0], value[1]
