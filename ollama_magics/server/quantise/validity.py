"""Whether the numbers of a tensor are numbers.

Source: llama.cpp ggml/src/ggml-quants.c ``ggml_validate_row_data``: plain numbers and the scales of blocks must be finite.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ollama_magics.server.gguftypes import TENSOR_TYPES

_EXPONENT = {"F16": 0x7C00, "BF16": 0x7F80}
_NO_EXPONENT = 0xFF
_ROW = {packing.name: packing.size for packing in TENSOR_TYPES.values()}

# Where in a block its scales (and least values) of 16 bits begin. IQ1_M, whose scale is strewn over the block, and NVFP4 are left out.
_SCALES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Q4_0", "Q5_0", "Q8_0", "IQ4_NL", "IQ4_XS", "IQ1_S", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "Q1_0"), (0,)),
    **dict.fromkeys(("Q4_1", "Q5_1", "Q8_1", "Q4_K", "Q5_K"), (0, 2)),
    "Q2_K": (80, 82),
    "Q3_K": (108,),
    "Q6_K": (208,),
    "TQ1_0": (52,),
    "TQ2_0": (64,),
}


def finite(piece: npt.NDArray[np.uint8], name: str) -> bool:
    """Return whether no number of the type ``name``, in whole blocks of bytes, is infinite or none at all."""
    if name == "F32":
        return bool(np.isfinite(piece.view(np.float32)).all())
    if name in _EXPONENT:
        return _all_finite(piece.view(np.uint16), _EXPONENT[name])
    if name == "MXFP4":
        return bool((piece.reshape(-1, _ROW[name])[:, 0] != _NO_EXPONENT).all())
    if name not in _SCALES:
        return True
    blocks = piece.reshape(-1, _ROW[name])
    scales = (np.ascontiguousarray(blocks[:, at : at + 2]).view(np.uint16) for at in _SCALES[name])
    return all(_all_finite(numbers, _EXPONENT["F16"]) for numbers in scales)


def _all_finite(numbers: npt.NDArray[np.uint16], exponent: int) -> bool:
    return bool(((numbers & exponent) != exponent).all())
