"""GGUF files written from front to back, hashed on the way.

Source: llama.cpp ggml/include/gguf.h (the format), Ollama fs/ggml/gguf.go WriteGGUF.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ollama_magics.server.gguftypes import ARRAY, FLOAT32, SCALARS, STRING, TENSOR_TYPES

ALIGNMENT = 32
UINT32, INT32, BOOL = 4, 5, 7

Scalar = bool | int | float | str


@dataclass(frozen=True)
class TensorEntry:
    """A tensor to be written; ``shape`` has the fastest-changing dimension first, ``kind`` is the number of its type."""

    name: str
    shape: tuple[int, ...]
    kind: int

    @property
    def size(self) -> int:
        """How many bytes its data take."""
        packing = TENSOR_TYPES[self.kind]
        count = 1
        for dimension in self.shape:
            count *= dimension
        return count // packing.block * packing.size


def entry(key: str, value: Scalar | Sequence[Scalar], kind: int | None = None) -> bytes:
    """Return a key and its value as the file has them.

    Args:
        kind: number of the value's type (of the items, for a sequence); without it bool, unsigned and float32 are taken.
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        kind = _kind(value) if kind is None else kind
        return _text(key) + struct.pack("<I", kind) + _packed(kind, [value])
    kind = _kind(value[0] if value else 0) if kind is None else kind
    return _text(key) + struct.pack("<IIQ", ARRAY, kind, len(value)) + _packed(kind, value)


def _kind(value: Scalar) -> int:
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, str):
        return STRING
    return UINT32 if isinstance(value, int) else FLOAT32


def _packed(kind: int, values: Iterable[Scalar]) -> bytes:
    if kind == STRING:
        return b"".join(_text(str(value)) for value in values)
    items = list(values)
    return struct.pack(f"<{len(items)}{SCALARS[kind]}", *items)


def _text(value: str) -> bytes:
    try:
        data = value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON can have it
        data = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return struct.pack("<Q", len(data)) + data


class GGUFWriter:
    """A new file: its header at once, then the data of each tensor in order, in pieces of any size."""

    def __init__(self, path: Path, entries: Sequence[bytes], tensors: Sequence[TensorEntry], alignment: int = ALIGNMENT) -> None:
        self._hash = hashlib.sha256()
        self._alignment = alignment
        self._file = path.open("wb", buffering=1 << 20)
        self._written = 0
        head = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(entries)), *entries]
        offset = 0
        for tensor in tensors:
            shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
            head.append(_text(tensor.name) + shape + struct.pack("<IQ", tensor.kind, offset))
            offset += tensor.size + -tensor.size % alignment
        self.write(b"".join(head))
        self.end_tensor()

    @property
    def digest(self) -> str:
        """``sha256:`` and the hexadecimal digest of what was written so far."""
        return f"sha256:{self._hash.hexdigest()}"

    def write(self, data: bytes | memoryview) -> None:
        """Add a piece of the present tensor's data; a view must be one of bytes in one dimension."""
        self._hash.update(data)
        self._file.write(data)
        self._written += len(data)

    def end_tensor(self) -> None:
        """Fill up to where the next tensor begins."""
        self.write(bytes(-self._written % self._alignment))

    def __enter__(self) -> GGUFWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self._file.close()
