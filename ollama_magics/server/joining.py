"""A GGUF file, whole or in parts, written as llama-quantize writes it when it changes no type; the worker process does it.

Source: llama.cpp tools/gguf-split/gguf-split.cpp (how files are split), src/llama-quant.cpp (the order in which they are joined).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import GGUFInfo, Tensor, read_gguf
from ollama_magics.server.gguftypes import TENSOR_TYPES
from ollama_magics.server.ggufwriting import ALIGNMENT, GGUFWriter, TensorEntry, entry
from ollama_magics.server.quantise.plan import layer_of
from ollama_magics.server.quantise.validity import finite

PIECE = 8 << 20
"""Bytes that are copied at once."""

_QUANTISATION_VERSION = 2  # Source: llama.cpp ggml/include/ggml.h GGML_QNT_VERSION
_MOVED = ("general.quantization_version", "general.file_type")


def join(parts: Sequence[Path], target: Path, on_bytes: Callable[[int], None]) -> str:
    """Write the parts, the first one's keys and all tensors, to ``target``; return the digest of the file.

    Raises:
        StoreError: a tensor is there twice, is of an unknown type, holds what is no number, or some are missing.
    """
    headers = [_header(part) for part in parts]
    tensors = {tensor.name: (part, header, tensor) for part, header in zip(parts, headers, strict=True) for tensor in header.tensors}
    count = sum(len(header.tensors) for header in headers)
    expected = headers[0].kv.get("split.tensors.count", count)
    if len(tensors) != count or count != expected:
        raise StoreError(f"failed to validate GGUF: the parts have {len(tensors)} different tensors in {count}, expected {expected}")
    order = [tensors[name] for name in sorted(tensors, key=lambda name: (layer_of(name, -1), name))]
    entries = [TensorEntry(tensor.name, tensor.shape, tensor.kind) for _, _, tensor in order]
    done = 0
    with GGUFWriter(target, _entries(parts[0], headers[0]), entries, headers[0].kv.get("general.alignment", ALIGNMENT)) as writer:
        for part, header, tensor in order:
            done += _copy(part, header, tensor, writer)
            writer.end_tensor()
            on_bytes(done)
        return writer.digest


def _header(part: Path) -> GGUFInfo:
    header = read_gguf(part)
    with part.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise StoreError("failed to validate GGUF: the file's byte order is not this machine's")
    if header.version == 1:
        raise StoreError("failed to validate GGUF: GGUF version 1 is no longer supported")
    if strange := next((tensor for tensor in header.tensors if tensor.kind not in TENSOR_TYPES), None):
        raise StoreError(f"failed to validate GGUF: tensor '{strange.name}' has invalid ggml type {strange.kind}")
    return header


def _entries(part: Path, header: GGUFInfo) -> list[bytes]:
    """Return the keys without those about the parts, in the order in which llama-quantize writes them."""
    entries = []
    with part.open("rb") as file:
        for key, (start, end) in header.spans.items():
            if key not in _MOVED and not key.startswith("split."):
                file.seek(start)
                entries.append(file.read(end - start))
    entries.append(entry("general.quantization_version", _QUANTISATION_VERSION))
    file_type = header.kv.get("general.file_type")
    return [*entries, entry("general.file_type", file_type)] if isinstance(file_type, int) else entries


def _copy(part: Path, header: GGUFInfo, tensor: Tensor, writer: GGUFWriter) -> int:
    size = left = TensorEntry(tensor.name, tensor.shape, tensor.kind).size
    step = PIECE // tensor.type.size * tensor.type.size
    with part.open("rb") as file:
        file.seek(header.data_offset + tensor.offset)
        while left:
            piece = file.read(min(step, left))
            if len(piece) != min(step, left):
                raise StoreError("unexpected EOF")
            if not finite(np.frombuffer(piece, np.uint8), tensor.type.name):
                raise StoreError(f"failed to validate GGUF: tensor '{tensor.name}' has invalid data")
            writer.write(piece)
            left -= len(piece)
    return size
