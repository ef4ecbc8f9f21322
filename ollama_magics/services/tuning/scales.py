"""The control of each option: where its slider begins and ends, and what special values mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ollama_magics.wire.options import OPTIONS

Kind = Literal["float", "int", "bool", "list", "seed", "text"]

OFTEN = ("temperature", "num_ctx", "seed", "stop", "top_p", "repeat_penalty", "top_k", "min_p")
"""The options that people turn most, in the order they are shown; the others follow in the order of their table."""

_LARGEST_CONTEXT = 131_072
_SMALL_CONTEXT = 2048


@dataclass(frozen=True)
class Scale:
    """How an option is turned.

    Attributes:
        kind: which control.
        way: how the slider's way maps to values; None where there is no slider.
        low: its left end.
        high: its right end.
        step: of one arrow key; of ``log2`` in doublings.
        marks: the values that are marked below it.
        ends: words below its two halves.
        special: what values mean that are no amount.
    """

    kind: Kind
    way: Literal["linear", "log2"] | None = None
    low: float = 0
    high: float = 0
    step: float = 1
    marks: tuple[float, ...] = ()
    ends: tuple[str, str] = ("", "")
    special: Mapping[float, str] | None = None

    def ticks(self) -> list[tuple[float, str]]:
        """Return value and label of each mark."""
        return [(mark, short_number(mark)) for mark in self.marks]


_SCALES: Mapping[str, Scale] = {
    "temperature": Scale("float", "linear", 0, 2, 0.05, (0, 1, 2), ("same words", "surprising"), {0: "always the likeliest"}),
    "num_ctx": Scale("int", "log2", _SMALL_CONTEXT, _LARGEST_CONTEXT, 0.5, (2048, 8192, 32_768, 131_072)),
    "seed": Scale("seed", special={-1: "a new one each time"}),
    "stop": Scale("list"),
    "top_p": Scale("float", "linear", 0, 1, 0.01, (0, 0.5, 1), special={1: "all tokens"}),
    "repeat_penalty": Scale("float", "linear", 0.5, 2, 0.05, (0.5, 1, 2), special={1: "off"}),
    "top_k": Scale("int", "linear", 0, 100, 1, (0, 50, 100), special={0: "no limit"}),
    "min_p": Scale("float", "linear", 0, 1, 0.01, (0, 0.5, 1), special={0: "off"}),
    "typical_p": Scale("float", "linear", 0, 1, 0.01, (0, 0.5, 1), special={1: "off"}),
    "presence_penalty": Scale("float", "linear", -2, 2, 0.1, (-2, 0, 2), special={0: "off"}),
    "frequency_penalty": Scale("float", "linear", -2, 2, 0.1, (-2, 0, 2), special={0: "off"}),
    "num_predict": Scale("int", "log2", 16, 8192, 0.5, (16, 128, 1024, 8192), special={-1: "no limit of its own"}),
    "repeat_last_n": Scale("int", "log2", 8, 4096, 0.5, (8, 64, 512, 4096), special={0: "off", -1: "the whole context"}),
    "num_keep": Scale("int", "log2", 4, 4096, 0.5, (4, 64, 1024), special={-1: "all of the prompt"}),
    "num_batch": Scale("int", "log2", 32, 2048, 1, (32, 256, 2048)),
    "num_gpu": Scale("int", special={-1: "automatic", 0: "the processor alone"}),
    "num_thread": Scale("int", special={0: "automatic"}),
    "draft_num_predict": Scale("int", "linear", 0, 16, 1, (0, 4, 16)),
    "use_mmap": Scale("bool"),
}


def scale_of(name: str, trained_context: int | None = None) -> Scale:
    """Return how an option is turned; ``num_ctx`` ends where the weights were trained to.

    Examples:
        >>> scale_of("num_ctx", 1024).ticks()
        [(64, '64'), (256, '256'), (1024, '1k')]
    """
    scale = _SCALES.get(name) or Scale(OPTIONS[name].kind if name in OPTIONS else "text")
    if name != "num_ctx" or trained_context is None:
        return scale
    if trained_context >= 2 * _SMALL_CONTEXT:
        marks = tuple(mark for mark in scale.marks if mark < trained_context)
        return replace(scale, high=trained_context, marks=(*marks, trained_context))
    low = max(trained_context // 16, 4)
    return replace(scale, low=low, high=trained_context, marks=(low, trained_context // 4, trained_context))


def ordered_names(others: Mapping[str, object]) -> list[str]:
    """Return the names of all options in the order they are shown, and then those of ``others`` that are none."""
    known = [*OFTEN, *(name for name in reversed(list(OPTIONS)) if name not in OFTEN)]
    return [*known, *sorted(name for name in others if name not in OPTIONS)]


def short_number(value: float) -> str:
    """Return a number as a scale shows it.

    Examples:
        >>> [short_number(value) for value in (0.5, 100, 1024, 131072, 40_960)]
        ['0.5', '100', '1k', '128k', '40k']
    """
    if value >= 1024 and value % 1024 == 0:
        return f"{value / 1024:g}k"
    return f"{value:g}"
