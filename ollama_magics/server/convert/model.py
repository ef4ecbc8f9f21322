"""A folder of safetensors files as one GGUF model, tensor by tensor.

Only the worker process imports this module.

Source: Ollama convert/convert.go ConvertModel (v0.33.0-rc2); the order of keys and tensors is that of llama-quantize.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ollama_magics.server.convert.architectures import Architecture, architecture_of, rope_factors
from ollama_magics.server.convert.config import ModelConfig
from ollama_magics.server.convert.eightbit import with_scales
from ollama_magics.server.convert.folder import Folder
from ollama_magics.server.convert.numbers import Change, Conversion, Floats, pieces
from ollama_magics.server.convert.safetensors import SourceTensor, read_headers
from ollama_magics.server.convert.vocabulary import KeyValue, vocabulary_keys
from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguftypes import STRING
from ollama_magics.server.ggufwriting import GGUFWriter, TensorEntry, entry
from ollama_magics.server.quantise.plan import NUMBER_OF_TYPE, layer_of

_LAST = {"general.quantization_version": (2, None), "general.file_type": (1, None)}
_LEFT_AWAY = ("rotary_emb.inv_freq",)
_ROPE = "rope_freqs.weight"


def convert_model(folder: Folder, target: Path, on_bytes: Callable[[int], None]) -> str:
    """Write the model of ``folder`` to ``target``; return the digest of the file.

    Args:
        on_bytes: is told how many bytes of tensors are written, after each piece.

    Raises:
        StoreError: a file is missing or damaged, or a kind of model is not known; the message is Ollama's.
    """
    config = ModelConfig(folder.object("config.json"))
    kind = architecture_of(config)
    keys = kind.all_keys(config)
    vocabulary, count = vocabulary_keys(folder, config.whole("vocab_size"))
    sources = with_scales(read_headers(folder), config)
    tensors = [tensor for tensor in sources if not tensor.name.endswith(_LEFT_AWAY)]
    conversions = [_conversion(tensor, kind, config, max(count, config.whole("vocab_size"))) for tensor in tensors]
    small = sorted(conversion.name for conversion in conversions if conversion.source.scale is not None)
    if small:
        keys |= {f"{kind.name}.source_quantization": ("hf_fp8", None), f"{kind.name}.source_fp8_tensors": (small, STRING)}
    factors = np.array(rope_factors(config) if kind.permuted else [], np.float32)
    return write(folder, target, {**vocabulary, **keys}, conversions, on_bytes, factors=factors)


def write(
    folder: Folder,
    target: Path,
    keys: dict[str, KeyValue],
    conversions: Iterable[Conversion],
    on_bytes: Callable[[int], None],
    *,
    factors: Floats | None = None,
    last: dict[str, KeyValue] | None = None,
) -> str:
    """Write keys and tensors to ``target``; return the digest of the file.

    Args:
        factors: of the rotary embedding, a tensor of its own that no file has.
        last: keys behind the sorted ones; without it those that llama-quantize puts there.
    """
    by_name: dict[str, Conversion | Floats] = {}
    for conversion in conversions:
        if conversion.name in by_name:
            raise StoreError(f"duplicate tensor name '{conversion.name}' was found for this model")
        by_name[conversion.name] = conversion
    if factors is not None and factors.size:
        by_name[_ROPE] = factors
    order = sorted(by_name.items(), key=lambda item: (layer_of(item[0], -1), item[0]))
    entries = [item.entry if isinstance(item, Conversion) else _rope_entry(item) for _, item in order]
    ordered = {**dict(sorted(keys.items())), **(_LAST if last is None else last)}
    done = 0
    with GGUFWriter(target, [entry(key, value, kind) for key, (value, kind) in ordered.items()], entries) as writer:
        for _, item in order:
            for piece in _pieces(folder, item):
                writer.write(piece.reshape(-1).data)
                done += piece.nbytes
                on_bytes(done)
            writer.end_tensor()
        return writer.digest


def _rope_entry(factors: Floats) -> TensorEntry:
    return TensorEntry(_ROPE, (factors.size,), NUMBER_OF_TYPE["F32"])


def _pieces(folder: Folder, item: Conversion | Floats) -> Iterable[np.ndarray]:
    if not isinstance(item, Conversion):
        yield item.view(np.uint8)
        return
    with folder.open(item.source.file) as file:
        yield from pieces(file, item)


def _conversion(tensor: SourceTensor, kind: Architecture, config: ModelConfig, tokens: int) -> Conversion:
    name, shape = kind.renamed(tensor.name), tensor.shape
    if kind.norms_from_zero and name.endswith("_norm.weight"):
        return Conversion(tensor, name, shape, change=_one_more)
    if kind.cut_embeddings and name == "token_embd.weight" and shape[0] > tokens > 0:
        return Conversion(tensor, name, (tokens, *shape[1:]))
    heads = _rotated_heads(name, config) if kind.permuted else 0
    if not heads:
        return Conversion(tensor, name, shape)
    if shape[0] % (2 * heads):
        raise StoreError(f"tensor '{name}' has {shape[0]} rows for {heads} heads")
    if len(shape) == 1:
        return Conversion(tensor, name, shape, change=lambda row: interleaved(shape[0] // heads)(row.T).T)
    return Conversion(tensor, name, shape, rows=shape[0] // heads, change=interleaved(shape[0] // heads))


def _rotated_heads(name: str, config: ModelConfig) -> int:
    heads = config.whole("num_attention_heads", "n_head")
    if name.endswith(("attn_q.weight", "attn_q.bias")):
        return heads
    return config.whole("num_key_value_heads") or heads if name.endswith(("attn_k.weight", "attn_k.bias")) else 0


def interleaved(head: int) -> Change:
    """Return what puts the two halves of each head's rows in turns.

    Source: Ollama convert/convert_llama.go repack; llama.cpp rotates neighbouring rows, Hugging Face those half a head apart.
    """

    def change(rows: Floats) -> Floats:
        return rows.reshape(-1, 2, head // 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)

    return change


def _one_more(norm: Floats) -> Floats:
    return norm + np.float32(1)
