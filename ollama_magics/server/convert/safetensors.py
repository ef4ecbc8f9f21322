"""The headers of safetensors files, read without trusting them.

Source: Ollama convert/reader_safetensors.go parseSafetensors (v0.33.0-rc2); the format: safetensors README, "Format".
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from typing import Any

from ollama_magics.server.convert.folder import Folder, parsed
from ollama_magics.server.errors import StoreError
from ollama_magics.text.gostrings import quote

_LARGEST = (1 << 63) - 1
FP8 = "F8_E4M3"
SIZES = {"F32": 4, "F16": 2, "BF16": 2, FP8: 1}
"""Types that can be converted → bytes of one number."""


@dataclass(frozen=True)
class SourceTensor:
    """A tensor of a file.

    Attributes:
        shape: the slowest-changing dimension first.
        start: where its data begin in the file, in bytes.
        scale: of a tensor of 8-bit floats, the factors of its blocks.
        blocks: rows and columns of one block.
    """

    file: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    size: int
    scale: SourceTensor | None = None
    blocks: tuple[int, int] | None = None


def read_headers(folder: Folder) -> list[SourceTensor]:
    """Return the tensors of all safetensors files, by file and name.

    Raises:
        StoreError: a file is missing, damaged or cut short.
    """
    names = folder.matching(".safetensors")
    if not names:
        raise StoreError("unknown tensor format")
    parts = folder.optional("model.safetensors.index.json").get("weight_map")
    listed = {part for part in parts.values() if isinstance(part, str)} if isinstance(parts, dict) else set()
    for part in sorted(listed - set(names)):
        raise StoreError(f"open {part}: no such file or directory")
    return [tensor for name in names for tensor in _read_header(folder, name)]


def _read_header(folder: Folder, file_name: str) -> list[SourceTensor]:
    with folder.open(file_name) as file:
        total = os.fstat(file.fileno()).st_size
        head = file.read(8)
        if len(head) < 8:
            raise StoreError("unexpected EOF" if head else "EOF")
        (length,) = struct.unpack("<Q", head)
        if length > _LARGEST:
            raise StoreError(f"{file_name}: a header of {length} bytes is not possible")
        if length > total - 8:
            raise StoreError("EOF")
        header = parsed(file.read(length))
    return [_tensor(file_name, name, header[name], 8 + length, total) for name in sorted(header) if name != "__metadata__"]


def _tensor(file_name: str, name: str, entry: Any, data: int, total: int) -> SourceTensor:
    try:
        dtype, (start, end) = str(entry["dtype"]), entry["data_offsets"]
        shape = tuple(entry["shape"]) or (1,)
        sound = all(type(number) is int and number >= 0 for number in (start, end, *shape)) and start <= end
    except (KeyError, TypeError, ValueError) as problem:
        raise StoreError(f"tensor {quote(name)}: its entry in {file_name} is damaged") from problem
    if not sound:
        raise StoreError(f"tensor {quote(name)}: its entry in {file_name} is damaged")
    if dtype not in SIZES:
        raise StoreError(f"unknown data type: {dtype}")
    if math.prod(shape) * SIZES[dtype] != end - start:
        raise StoreError(f"tensor {quote(name)}: shape {list(shape)} of {dtype} does not take {end - start} bytes")
    if data + end > total:
        raise StoreError("EOF")
    return SourceTensor(file_name, name, dtype, shape, data + start, end - start)
