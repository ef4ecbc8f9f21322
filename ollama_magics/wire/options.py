"""The options of a model: what each means, and how a Modelfile's PARAMETER text becomes the value that is sent.

Source: Ollama api/types.go (Options, Runner, DefaultOptions, FormatParams) and parser/parser.go (deprecatedParameters), v0.33.0-rc2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ollama_magics.errors import UsageProblem
from ollama_magics.text.floats import float32_of_text

Kind = Literal["float", "int", "bool", "list"]
OptionValue = float | int | bool | list[str]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a model.

    Attributes:
        name: as in PARAMETER, ``parameters`` and ``options``.
        kind: type of its value; ``list`` is a list of strings that repeated PARAMETER lines add to.
        default: what the server uses when nobody sets it; None when it decides by itself.
        load_time: changing it loads the model again.
        meaning: one sentence.
        usual: the range that makes sense, both ends included; None when there is none. The server checks no range.
        example: a value to show.
    """

    name: str
    kind: Kind
    default: OptionValue | None
    load_time: bool
    meaning: str
    usual: tuple[float, float] | None
    example: str


_ALL = (
    Option(
        "num_ctx", "int", None, True, "How many tokens the model can see at once: prompt, conversation and answer.", (256, 1048576), "8192"
    ),
    Option("num_batch", "int", 512, True, "How many tokens of the prompt are read in one step.", (1, 2048), "512"),
    Option(
        "num_gpu", "int", -1, True, "How many layers run on the graphics card; -1 is automatic, 0 is the processor alone.", (-1, 256), "-1"
    ),
    Option("main_gpu", "int", None, True, "The number of the one graphics card to use; splitting over several is off then.", (0, 15), "0"),
    Option("use_mmap", "bool", None, True, "Whether the weights are read from the file as needed instead of loaded whole.", None, "true"),
    Option("num_thread", "int", 0, True, "How many processor threads compute; 0 is automatic.", (0, 256), "8"),
    Option("draft_num_predict", "int", 4, True, "How many tokens the draft model guesses ahead in each step.", (0, 64), "4"),
    Option("num_keep", "int", 4, False, "How many tokens of the beginning stay when the context is full and shifts.", (-1, 1048576), "4"),
    Option(
        "seed",
        "int",
        -1,
        False,
        "The start of the random numbers; the same seed gives the same answer, -1 a new one each time.",
        None,
        "42",
    ),
    Option("num_predict", "int", -1, False, "The most tokens of an answer; -1 has no limit of its own.", (-1, 1048576), "256"),
    Option("top_k", "int", 40, False, "Only the k likeliest tokens are candidates; 0 has no limit.", (0, 200), "40"),
    Option("top_p", "float", 0.9, False, "Only the likeliest tokens that together reach this probability are candidates.", (0, 1), "0.9"),
    Option("min_p", "float", 0.0, False, "Tokens below this share of the likeliest token's probability are left out.", (0, 1), "0.05"),
    Option("typical_p", "float", 1.0, False, "Keeps tokens whose surprise is typical for the place; 1 is off.", (0, 1), "1"),
    Option(
        "repeat_last_n", "int", 64, False, "How far back repetition counts, in tokens; 0 is off, -1 the whole context.", (-1, 1048576), "64"
    ),
    Option("temperature", "float", 0.8, False, "How freely the next token is chosen; 0 always takes the likeliest.", (0, 2), "0.7"),
    Option("repeat_penalty", "float", 1.0, False, "How much tokens that just appeared are held back; 1 is off.", (0.5, 2), "1.1"),
    Option("presence_penalty", "float", 0.0, False, "Holds back tokens that have appeared at all; 0 is off.", (-2, 2), "0"),
    Option(
        "frequency_penalty", "float", 0.0, False, "Holds back tokens the more, the more often they have appeared; 0 is off.", (-2, 2), "0"
    ),
    Option("stop", "list", None, False, "The answer ends before this text; several lines give several texts.", None, '"User:"'),
)

OPTIONS: Mapping[str, Option] = MappingProxyType({option.name: option for option in _ALL})
"""Every option that Ollama knows, by name: load-time ones first, then run-time ones, in the order of the server's own structs."""

DEPRECATED: frozenset[str] = frozenset(
    ["penalize_newline", "low_vram", "f16_kv", "logits_all", "vocab_only", "use_mlock", "mirostat", "mirostat_tau", "mirostat_eta"]
)
"""Parameter names that a create warns about and leaves out, whatever their value."""

_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
_INT = re.compile(r"([+-]?)0*([0-9]{1,19})")


def format_parameter(name: str, texts: Sequence[str]) -> OptionValue:
    """Return the value of a parameter from the text of its lines, typed as Ollama's client sends it.

    All texts count for an option of kind ``list``, else the first one does. A float has the digits of the shortest decimal that is the
    same 32-bit float.

    Raises:
        UsageProblem: with Ollama's own words: ``unknown parameter 'x'`` or ``invalid int value [1.5]``.

    Examples:
        >>> format_parameter("temperature", ["0.70000001"]), format_parameter("seed", ["+5"]), format_parameter("use_mmap", ["T"])
        (0.7, 5, True)
    """
    option = OPTIONS.get(name)
    if option is None:
        raise UsageProblem(f"unknown parameter '{name}'")
    value: OptionValue | None
    if option.kind == "list":
        value = list(texts)
    elif option.kind == "int":
        value = _int64(texts[0])
    elif option.kind == "bool":
        value = _BOOLS.get(texts[0])
    else:
        value = float32_of_text(texts[0])
    if value is None:
        raise UsageProblem(f"invalid {option.kind} value [{' '.join(texts)}]")
    return value


def _int64(text: str) -> int | None:
    match = _INT.fullmatch(text)
    if match is None:
        return None
    value = -int(match[2]) if match[1] == "-" else int(match[2])
    return value if -(2**63) <= value < 2**63 else None
