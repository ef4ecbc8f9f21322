"""The numbers of a safetensors tensor, read some rows at a time, changed and packed for GGUF.

Only the worker process imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ollama_magics.server.convert.safetensors import FP8, SIZES, SourceTensor
from ollama_magics.server.errors import StoreError
from ollama_magics.server.ggufwriting import TensorEntry
from ollama_magics.server.quantise.plan import NUMBER_OF_TYPE

Floats = npt.NDArray[np.float32]
Bits = npt.NDArray[np.uint32] | npt.NDArray[np.uint16]
Change = Callable[[Floats], Floats]
"""What is done to some whole rows, a matrix of 32-bit floats."""

PIECE = 4 << 20
"""Numbers that are worked on at once."""

_ALWAYS_F32 = (".ffn_gate_inp.weight", ".bias")


def _eight_bit_floats() -> Floats:
    """Return the value of each byte. Source: Micikevicius et al., FP8 Formats for Deep Learning (2022), E4M3: bias 7, no infinities."""
    codes = np.arange(256)
    exponent, fraction = codes >> 3 & 15, codes & 7
    sizes = np.where(exponent == 0, fraction * 2.0**-9, (8 + fraction) * 2.0 ** (exponent - 10.0))
    sizes[codes & 127 == 127] = np.nan
    return np.where(codes < 128, sizes, -sizes).astype(np.float32)


_EIGHT_BIT = _eight_bit_floats()


@dataclass(frozen=True)
class Conversion:
    """A tensor on its way.

    Attributes:
        name: in the GGUF file.
        shape: of what is written, the slowest-changing dimension first; it may have fewer rows than the source.
        rows: how many rows ``change`` needs together.
        change: None leaves the numbers as they are.
        whole: whether ``change`` needs all of the tensor at once.
    """

    source: SourceTensor
    name: str
    shape: tuple[int, ...]
    rows: int = 1
    change: Change | None = None
    whole: bool = False

    @property
    def type_name(self) -> str:
        """How the numbers are packed. Source: Ollama convert/reader.go tensorBase.Kind, safetensor.Kind."""
        if len(self.shape) == 1 or self.name.endswith(_ALWAYS_F32):
            return "F32"
        return "BF16" if self.source.dtype in ("BF16", FP8) else "F16"

    @property
    def entry(self) -> TensorEntry:
        """What the header of the GGUF file says of it."""
        return TensorEntry(self.name, self.shape[::-1], NUMBER_OF_TYPE[self.type_name])


def pieces(file: BinaryIO, conversion: Conversion) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the tensor's data as the GGUF file has them.

    Raises:
        StoreError: a number is too large for the type, or none at all; or the file ends too soon.
    """
    source, first = conversion.source, conversion.shape if not conversion.whole else conversion.source.shape
    rows, width = (first[0], int(np.prod(first[1:]))) if len(first) > 1 else (1, first[0])
    step = rows if conversion.whole else max(1, PIECE // max(width, 1) // conversion.rows) * conversion.rows
    scale = _scales(file, source)
    file.seek(source.start)
    for start in range(0, rows, step):
        count = min(step, rows - start)
        data = file.read(count * width * SIZES[source.dtype])
        if len(data) < count * width * SIZES[source.dtype]:
            raise StoreError("EOF")
        floats = None if scale is None else _scaled(data, (count, width), start, scale, source)
        yield _packed(data, (count, width), conversion, floats)


def _scales(file: BinaryIO, source: SourceTensor) -> Floats | None:
    if source.scale is None:
        return None
    file.seek(source.scale.start)
    data = file.read(source.scale.size)
    if len(data) < source.scale.size:
        raise StoreError("EOF")
    return _unpacked(data, source.scale.dtype).reshape(source.scale.shape)


def _scaled(data: bytes, shape: tuple[int, int], start: int, scale: Floats, source: SourceTensor) -> Floats:
    """Return 8-bit floats of some rows, each times the factor of its block."""
    assert source.blocks
    rows, columns = ((np.arange(size) + first) // block for size, first, block in zip(shape, (start, 0), source.blocks, strict=True))
    floats: Floats = _EIGHT_BIT[np.frombuffer(data, np.uint8)].reshape(shape) * scale[rows][:, columns]
    return floats


def _packed(data: bytes, shape: tuple[int, int], conversion: Conversion, floats: Floats | None) -> npt.NDArray[np.uint8]:
    have, wanted = conversion.source.dtype, conversion.type_name
    if have == wanted and conversion.change is None:
        bits = np.frombuffer(data, np.uint32) if have == "F32" else np.frombuffer(data, np.uint16)
        _check(bits, have, conversion.name)
        return np.frombuffer(data, np.uint8)
    floats = _unpacked(data, have).reshape(shape) if floats is None else floats
    if conversion.change is not None:
        floats = np.ascontiguousarray(conversion.change(floats))
    packed = _pack(floats, wanted)
    _check(packed, wanted, conversion.name)
    return packed.reshape(-1).view(np.uint8)


def _unpacked(data: bytes, dtype: str) -> Floats:
    if dtype == "BF16":
        return (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(data, np.float32 if dtype == "F32" else np.float16).astype(np.float32)


def _pack(floats: Floats, type_name: str) -> Bits:
    """Return the bits of the numbers in another type, rounded to the nearest, ties to even."""
    if type_name == "F32":
        return floats.view(np.uint32)
    if type_name == "F16":
        with np.errstate(over="ignore"):
            return floats.astype(np.float16).view(np.uint16)
    bits = floats.view(np.uint32)
    rounded = (bits.astype(np.uint64) + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return rounded.astype(np.uint16)


def _check(bits: Bits, type_name: str, name: str) -> None:
    exponent = {"F32": 0x7F800000, "F16": 0x7C00, "BF16": 0x7F80}[type_name]
    if ((bits & exponent) == exponent).any():
        raise StoreError(f"failed to validate GGUF: tensor '{name}' has invalid data")
