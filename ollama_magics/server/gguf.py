"""The header of a GGUF file, read without trusting it.

Nothing is allocated for a length that the file cannot hold, arrays are skipped unless they are asked for, and every way
in which a file can be broken is one error with Ollama's text.

Source: Ollama fs/ggml/gguf.go and fs/ggml/ggml.go (v0.33.0-rc2).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ollama_magics.server.errors import BadGGUF, NotGGUF
from ollama_magics.server.gguftypes import ARRAY, FILE_TYPES, FLOAT32, SCALARS, STRING, TENSOR_TYPES, UNKNOWN, UNKNOWN_FILE, TensorType
from ollama_magics.text.floats import shortest_float32
from ollama_magics.text.gostrings import quote

MAX_STRING = 16 << 20
MAX_ARRAY = 64 << 20
MAX_DIMENSIONS = 4
_CHUNK = 1 << 16
_UINT64 = (1 << 64) - 1


@dataclass(frozen=True)
class GGUFArray:
    """An array of the header.

    Attributes:
        type: number of the items' type.
        count: how many items the file has.
        values: the items, or None when they were skipped.
    """

    type: int
    count: int
    values: tuple[Any, ...] | None


@dataclass(frozen=True)
class Tensor:
    """One tensor's entry; ``shape`` has the fastest-changing dimension first, ``offset`` counts bytes from the data's start."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def type(self) -> TensorType:
        """How its numbers are packed."""
        return TENSOR_TYPES.get(self.kind, UNKNOWN)

    @property
    def elements(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class GGUFInfo:
    """What the header of a file says.

    Attributes:
        kv: keys with their values: int, bool, str, ``GGUFArray`` or float (one of 32 bits with the fewest digits that give it back).
        tensors: in the order of the file.
        data_offset: where the tensors' data begin, in bytes.
        size: of the file, in bytes.
        spans: where the entry of each key begins and ends in the file, in bytes.
    """

    version: int
    kv: dict[str, Any]
    tensors: tuple[Tensor, ...]
    data_offset: int
    size: int
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def architecture(self) -> str:
        """``general.architecture``, "unknown" without one."""
        value = self.kv.get("general.architecture")
        return value if isinstance(value, str) else "unknown"

    @property
    def kind(self) -> str:
        """``general.type`` ("model", "adapter", "projector" …), "unknown" without one."""
        value = self.kv.get("general.type")
        return value if isinstance(value, str) else "unknown"

    @property
    def chat_template(self) -> str:
        """The Jinja template of the tokenizer, "" without one."""
        value = self.kv.get("tokenizer.chat_template")
        return value if isinstance(value, str) else ""

    @property
    def parameter_count(self) -> int:
        """How many numbers all tensors have together."""
        return sum(tensor.elements for tensor in self.tensors)

    @property
    def file_type(self) -> str:
        """Name of the quantisation.

        Source: Ollama KV.FileType: 0 (F32) counts as not given.
        """
        number = self.uint("general.file_type")
        return FILE_TYPES.get(number, UNKNOWN_FILE) if number else UNKNOWN_FILE

    def value(self, key: str) -> Any:
        """Return the value of a key of the architecture (``context_length``), or of a full key, or None."""
        if not key.startswith(("tokenizer.", "general.")):
            key = f"{self.architecture}.{key}"
        return self.kv.get(key)

    def uint(self, key: str) -> int:
        """Return a whole number that ``value`` finds, 0 without one."""
        found = self.value(key)
        return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else 0

    def flag(self, key: str) -> bool:
        """Return whether ``value`` finds True."""
        return self.value(key) is True


def looks_like_gguf(head: bytes) -> bool:
    """Return whether a file that begins with ``head`` is a GGUF file, of either byte order."""
    return head[:4] in (b"GGUF", b"FUGG")


def read_gguf(path: Path, *, arrays: bool = False) -> GGUFInfo:
    """Return the header of the file, with the items of its arrays if ``arrays``.

    Raises:
        NotGGUF: the file is of another kind.
        BadGGUF: it is damaged or cut short.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(4)
        if not looks_like_gguf(head):
            raise NotGGUF
        size = path.stat().st_size
        return _Reader(file, ">" if head == b"FUGG" else "<", size, arrays).header()


class _Reader:
    """A buffered reader of one header; ``position`` is where it is in the file."""

    def __init__(self, file: BinaryIO, order: str, size: int, arrays: bool) -> None:
        self.file = file
        self.order = order
        self.size = size
        self.arrays = arrays
        self.version = 0
        self.buffer = b""
        self.start = 0
        self.base = 4

    @property
    def position(self) -> int:
        return self.base + self.start

    def header(self) -> GGUFInfo:
        self.version = self._unpack("I")
        counts = self.take(struct.calcsize("<II" if self.version == 1 else "<QQ"))
        tensor_count, kv_count = struct.unpack(self.order + ("II" if self.version == 1 else "QQ"), counts)
        kv, spans = {}, {}
        for _ in range(kv_count):
            start = self.position
            key = self._string()
            kv[key] = self._value(self._unpack("I"))
            spans[key] = start, self.position
        tensors = tuple(self._tensor() for _ in range(tensor_count))
        if sum(tensor.elements for tensor in tensors) > _UINT64:
            raise BadGGUF("parameter count overflow")
        alignment = kv.get("general.alignment", 32)
        if not isinstance(alignment, int) or isinstance(alignment, bool):
            alignment = 32
        if alignment == 0:
            raise BadGGUF("invalid GGUF alignment: 0")
        offset = self.position + -self.position % alignment
        _check_sizes(tensors, offset, self.size)
        return GGUFInfo(self.version, kv, tensors, offset, self.size, spans)

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        end = self.start + count
        if end > len(self.buffer):
            self._fill(count)
            end = count
        piece = self.buffer[self.start : end]
        self.start = end
        return piece

    def skip(self, count: int) -> None:
        """Go past the next ``count`` bytes."""
        if self.start + count <= len(self.buffer):
            self.start += count
            return
        target = self.position + count
        if target > self.size:
            raise _cut(self.size - self.position)
        self.file.seek(target)
        self.base, self.buffer, self.start = target, b"", 0

    def _fill(self, count: int) -> None:
        left = self.buffer[self.start :]
        if count > self.size - self.position:
            raise _cut(self.size - self.position)
        self.base += self.start
        self.buffer = left + self.file.read(max(_CHUNK, count - len(left)))
        self.start = 0
        if len(self.buffer) < count:
            raise _cut(len(self.buffer))

    def _unpack(self, code: str) -> Any:
        code = self.order + code
        return struct.unpack(code, self.take(struct.calcsize(code)))[0]

    def _length(self) -> int:
        length: int = self._unpack("Q")
        for limit in ((1 << 63) - 1, MAX_STRING):
            if length > limit:
                raise BadGGUF(f"GGUF string length {length} exceeds maximum {limit}")
        return length

    def _string(self) -> str:
        length = self._length()
        if self.version != 1:
            return self.take(length).decode("utf-8", "replace")
        if length == 0:
            raise BadGGUF("invalid GGUF v1 string length: 0")
        text = self.take(length)
        if text[-1:] != b"\0":
            raise BadGGUF("invalid GGUF v1 string terminator")
        return text[:-1].decode("utf-8", "replace")

    def _value(self, kind: int) -> Any:
        if kind == STRING:
            return self._string()
        if kind == ARRAY:
            return self._array()
        if kind not in SCALARS:
            raise BadGGUF(f"invalid type: {kind}")
        value = self._unpack(SCALARS[kind])
        return shortest_float32(value) if kind == FLOAT32 else value

    def _array(self) -> GGUFArray:
        kind, count = self._unpack("I"), self._unpack("Q")
        if kind != STRING and kind not in SCALARS:
            raise BadGGUF(f"invalid array type: {kind}")
        for limit in ((1 << 63) - 1, MAX_ARRAY):
            if count > limit:
                raise BadGGUF(f"GGUF array size {count} exceeds maximum {limit}")
        if kind == STRING:
            if self.arrays:
                return GGUFArray(kind, count, tuple(self._string() for _ in range(count)))
            self._skip_strings(count)
            return GGUFArray(kind, count, None)
        code = SCALARS[kind]
        size = count * struct.calcsize("<" + code)
        if not self.arrays:
            self.skip(size)
            return GGUFArray(kind, count, None)
        values: Sequence[Any] = struct.unpack(f"{self.order}{count}{code}", self.take(size))
        return GGUFArray(kind, count, tuple(map(shortest_float32, values)) if kind == FLOAT32 else tuple(values))

    def _skip_strings(self, count: int) -> None:
        """Go past texts; a vocabulary has hundreds of thousands, so those that lie in the buffer are passed in a tight loop."""
        length_at = struct.Struct(self.order + "Q").unpack_from
        while count:
            buffer, start, last = self.buffer, self.start, len(self.buffer) - 8
            while count and start <= last:
                end = start + 8 + length_at(buffer, start)[0]
                if end > last + 8:
                    break
                start = end
                count -= 1
            self.start = start
            if count:
                self.skip(self._length())
                count -= 1

    def _tensor(self) -> Tensor:
        name = self._part("name", self._string)
        dimensions = self._part("dimensions", lambda: self._unpack("I"))
        if dimensions > MAX_DIMENSIONS:
            raise BadGGUF(f"tensor {quote(name)} dimensions {dimensions} exceeds maximum {MAX_DIMENSIONS}")
        shape = tuple(self._part("shape", lambda: self._unpack("Q")) for _ in range(dimensions))
        tensor = Tensor(name, shape, self._part("kind", lambda: self._unpack("I")), self._part("offset", lambda: self._unpack("Q")))
        if tensor.elements > _UINT64:
            raise BadGGUF(f"tensor {quote(name)} elements overflow")
        return tensor

    def _part(self, what: str, read: Any) -> Any:
        try:
            return read()
        except BadGGUF as problem:
            raise BadGGUF(f"failed to read tensor {what}: {problem}") from problem


def _check_sizes(tensors: Sequence[Tensor], data_offset: int, file_size: int) -> None:
    for tensor in tensors:
        packing, row = tensor.type, tensor.shape[0] if tensor.shape else 1
        if not packing.size or row % packing.block:
            raise BadGGUF(f"tensor {quote(tensor.name)} size overflow")
        end = data_offset + tensor.offset + tensor.elements // packing.block * packing.size
        if end > _UINT64:
            raise BadGGUF(f"tensor {quote(tensor.name)} offset+size overflows")
        if end > file_size:
            raise BadGGUF(f"tensor {quote(tensor.name)} offset+size ({end}) exceeds file size ({file_size})")


def _cut(left: int) -> BadGGUF:
    """Source: Go io.ReadFull: nothing left is ``EOF``, too little is ``unexpected EOF``."""
    return BadGGUF("unexpected EOF" if left > 0 else "EOF")
