"""One GGUF file written as another with other types, a piece at a time.

Only the worker process imports this module.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import GGUFInfo, Tensor, read_gguf
from ollama_magics.server.ggufwriting import ALIGNMENT, GGUFWriter, TensorEntry, entry
from ollama_magics.server.quantise.packing import Bytes, Packer, engine_routine, unpacked
from ollama_magics.server.quantise.plan import NUMBER_OF_FILE_TYPE, NUMBER_OF_TYPE, target_types
from ollama_magics.server.quantise.validity import finite

PIECE = 4 << 20
"""Numbers that are worked on at once by one thread: with 4 bytes each and their copies, some 50 MB."""

_QUANTISATION_VERSION = 2  # Source: llama.cpp ggml/include/ggml.h GGML_QNT_VERSION
_REPLACED = ("general.quantization_version", "general.file_type", "split.no", "split.count", "split.tensors.count")


def quantise(
    source: Path,
    target: Path,
    file_type: str,
    on_bytes: Callable[[int], None],
    *,
    packer: Packer | None = None,
    threads: int | None = None,
) -> str:
    """Write ``source`` to ``target`` with the types of ``file_type``; return the digest of the new file.

    Args:
        on_bytes: is told how many bytes of the source's data are done, after each piece.

    Raises:
        StoreError: the source cannot be read or holds numbers that are none.
    """
    header = read_gguf(source)
    if header.version == 1:
        raise StoreError("llama-quantize failed: GGUF version 1 is no longer supported")
    plan = target_types(header, file_type)
    packer = packer or Packer(engine_routine())
    entries = [TensorEntry(tensor.name, tensor.shape, NUMBER_OF_TYPE[name]) for tensor, name in plan]
    alignment = header.kv.get("general.alignment", ALIGNMENT)
    done, threads = 0, threads or os.cpu_count() or 1
    with source.open("rb") as file, ThreadPoolExecutor(threads) as pool:
        if file.read(4) != b"GGUF":
            raise StoreError("llama-quantize failed: the file's byte order is not this machine's")
        with GGUFWriter(target, _entries(file, header, file_type), entries, alignment) as writer:
            for tensor, name in plan:
                work = ((piece.nbytes, pool.submit(_repacked, piece, tensor, name, packer)) for piece in _pieces(file, header, tensor))
                for read, piece in _in_order(work, threads):
                    writer.write(piece.reshape(-1).data)
                    done += read
                    on_bytes(done)
                writer.end_tensor()
            return writer.digest


def _entries(file: BinaryIO, header: GGUFInfo, file_type: str) -> list[bytes]:
    """Return the source's keys as they are, then those that change. Source: llama.cpp src/llama-quant.cpp, gguf_set_val_u32."""
    entries = []
    for key, (start, end) in header.spans.items():
        if key not in _REPLACED:
            file.seek(start)
            entries.append(file.read(end - start))
    entries.append(entry("general.quantization_version", _QUANTISATION_VERSION))
    return [*entries, entry("general.file_type", NUMBER_OF_FILE_TYPE[file_type])]


def _in_order(work: Iterator[tuple[int, Future[Bytes]]], ahead: int) -> Iterator[tuple[int, Bytes]]:
    """Yield the results in order, with ``ahead`` pieces under way at a time."""
    waiting: deque[tuple[int, Future[Bytes]]] = deque()
    for item in work:
        waiting.append(item)
        if len(waiting) > ahead:
            size, future = waiting.popleft()
            yield size, future.result()
    for size, future in waiting:
        yield size, future.result()


def _pieces(file: BinaryIO, header: GGUFInfo, tensor: Tensor) -> Iterator[Bytes]:
    """Yield the tensor's data, some whole rows at a time."""
    packing = tensor.type
    width = tensor.shape[0] if tensor.shape else 1
    row = width // packing.block * packing.size
    rows = tensor.elements // width if width else 0
    file.seek(header.data_offset + tensor.offset)
    step = max(1, PIECE // max(width, 1))
    for first in range(0, rows, step):
        count = min(step, rows - first)
        yield np.frombuffer(file.read(count * row), np.uint8).reshape(count, row)


def _repacked(piece: Bytes, tensor: Tensor, name: str, packer: Packer) -> Bytes:
    have = tensor.type.name
    if not finite(piece, have):
        raise StoreError(f"llama-quantize failed: tensor '{tensor.name}' has invalid data")
    if have == name:
        return piece
    return packer.pack(unpacked(piece, have), name)
