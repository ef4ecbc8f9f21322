"""Numbers unpacked to 32-bit floats and packed again, by numpy and by the engine's own routines.

Only the worker process imports this module: it brings numpy, gguf and the engine's library.
"""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt

from ollama_magics.server.errors import StoreError
from ollama_magics.server.quantise.plan import NUMBER_OF_TYPE

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_BY_NUMPY = ("BF16", "Q8_0", "Q5_0", "Q5_1")
_SUFFIXES = (".so", ".pyd", ".dylib")


class NoRoutine(StoreError):
    """The engine's library of this installation does not let us call its routine."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"llama-quantize unavailable: the engine library of this installation has no routine for {name} that can be called; "
            "F32, F16, BF16 and Q8_0 work without it"
        )


def unpacked(data: Bytes, type_name: str) -> Floats:
    """Return packed numbers as 32-bit floats, in one row for each row of ``data``."""
    kind = gguf.GGMLQuantizationType(NUMBER_OF_TYPE[type_name])
    floats: Floats = gguf.quants.dequantize(data, kind).astype(np.float32, copy=False)
    return floats


class Packer:
    """Packs rows of 32-bit floats, with the engine's ``routine`` or without one.

    Notes:
        The engine's routine is called without the interpreter's lock, so threads run side by side.
    """

    def __init__(self, routine: Any = None) -> None:
        self._routine = routine

    def pack(self, rows: Floats, type_name: str) -> Bytes:
        """Return the rows, each packed into a row of bytes.

        Raises:
            NoRoutine: only the engine's library knows the type, and it cannot be called.
        """
        if type_name == "F32":
            return rows.view(np.uint8)
        if type_name == "F16":
            with np.errstate(over="ignore"):
                return rows.astype(np.float16).view(np.uint8)
        if self._routine is not None:
            return self._by_engine(rows, type_name)
        if type_name not in _BY_NUMPY:
            raise NoRoutine(type_name)
        packed: Bytes = gguf.quants.quantize(rows, gguf.GGMLQuantizationType(NUMBER_OF_TYPE[type_name]))
        return packed

    def _by_engine(self, rows: Floats, type_name: str) -> Bytes:
        kind = gguf.GGMLQuantizationType(NUMBER_OF_TYPE[type_name])
        block, size = gguf.GGML_QUANT_SIZES[kind]
        rows = np.ascontiguousarray(rows, np.float32)
        packed = np.empty((rows.shape[0], rows.shape[1] // block * size), np.uint8)
        written = self._routine(int(kind), rows.ctypes.data, packed.ctypes.data, 0, rows.shape[0], rows.shape[1], None)
        if written != packed.nbytes:
            raise StoreError(f"llama-quantize failed: {written} bytes of {packed.nbytes} were written")
        return packed


def engine_routine() -> Any:
    """Return the engine's ``ggml_quantize_chunk``, or None where its library does not show it (Windows).

    Source: llama.cpp ggml/include/ggml.h.
    """
    spec = importlib.util.find_spec("xllamacpp")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).iterdir()):
            if path.suffix not in _SUFFIXES:
                continue
            try:
                routine = ctypes.CDLL(str(path)).ggml_quantize_chunk
            except (OSError, AttributeError):
                continue
            routine.restype = ctypes.c_size_t
            numbers = [ctypes.c_int64] * 3
            routine.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, *numbers, ctypes.c_void_p]
            return routine
    return None
