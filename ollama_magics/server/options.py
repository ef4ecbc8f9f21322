"""The options of one request: defaults, then the model's parameters, then the request's ``options``.

Source: Ollama api/types.go (``Options``, ``DefaultOptions``, ``FromMap``), server/routes.go ``modelOptions`` (v0.33.0-rc2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ollama_magics.server.errors import ApiError
from ollama_magics.text.gostrings import quote

MINIMUM_CONTEXT = 4
"""Source: Ollama server/sched.go ``getRunner``."""


@dataclass(frozen=True)
class Options:
    """How a model is loaded and how its answer is sampled; names and meanings are Ollama's."""

    num_ctx: int = 0
    num_batch: int = 512
    num_gpu: int = -1
    main_gpu: int | None = None
    use_mmap: bool | None = None
    num_thread: int = 0
    draft_num_predict: int = 4
    num_keep: int = 4
    seed: int = -1
    num_predict: int = -1
    top_k: int = 40
    top_p: float = 0.9
    min_p: float = 0.0
    typical_p: float = 1.0
    repeat_last_n: int = 64
    temperature: float = 0.8
    repeat_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    stop: tuple[str, ...] = field(default_factory=tuple)


_TYPES = {entry.name: str(entry.type) for entry in fields(Options)}


def effective(default_context: int, *maps: Mapping[str, Any]) -> Options:
    """Return the defaults changed by each of ``maps`` in turn.

    Args:
        default_context: ``num_ctx`` where nobody sets it, tokens.
        maps: the model's parameters, then the request's options, as JSON values.

    Raises:
        ApiError: 500, a value of a wrong type, in Go's words. Unknown names are ignored.
    """
    options = Options(num_ctx=default_context)
    for values in maps:
        known = {name: _typed(name, value) for name, value in values.items() if name in _TYPES and value is not None}
        options = replace(options, **known)
    return options


def _typed(name: str, value: Any) -> Any:
    """Return ``value`` as the type of the option, whole numbers cut off towards zero."""
    go_type = _TYPES[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if go_type.startswith("int"):
        return _whole(value) if number else _refuse(name, "integer")
    if go_type == "float":
        return float(value) if number else _refuse(name, "float32")
    if go_type.startswith("bool"):
        return value if isinstance(value, bool) else _refuse(name, "boolean")
    if not isinstance(value, list):
        return _refuse(name, "array")
    if not all(isinstance(item, str) for item in value):
        return _refuse(name, "an array of strings")
    return tuple(value)


def _whole(value: float) -> int:
    """Source: Go's conversion of float64 to int64 on amd64: what does not fit becomes the least number."""
    if math.isnan(value) or not -(1 << 63) <= value < 1 << 63:
        return -(1 << 63)
    return int(value)


def _refuse(name: str, wanted: str) -> Any:
    kind = wanted if wanted.startswith("an ") else f"type {wanted}"
    raise ApiError(500, f"option {quote(name)} must be of {kind}")
