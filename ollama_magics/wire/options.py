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
        since: the first release that has it.
        effect: one sentence: what a larger, a smaller or another value does.
    """

    name: str
    kind: Kind
    default: OptionValue | None
    load_time: bool
    meaning: str
    usual: tuple[float, float] | None
    example: str
    since: str
    effect: str


_ALL = (
    Option(
        *("num_ctx", "int", None, True),
        "How many tokens the model can see at once: prompt, conversation and answer.",
        *((256, 1048576), "8192", "0.0.3"),
        "More keeps longer conversations whole and takes more memory; what is beyond it is cut at the beginning.",
    ),
    Option(
        *("num_batch", "int", 512, True),
        "How many tokens of the prompt are read in one step.",
        *((1, 2048), "512", "0.0.3"),
        "More reads long prompts faster and takes more memory; the answer is the same.",
    ),
    Option(
        *("num_gpu", "int", -1, True),
        "How many layers run on the graphics card; -1 is automatic, 0 is the processor alone.",
        *((-1, 256), "-1", "0.0.3"),
        "Fewer layers leave memory of the graphics card free and make answers slower.",
    ),
    Option(
        *("main_gpu", "int", None, True),
        "The number of the one graphics card to use; splitting over several is off then.",
        *((0, 15), "0", "0.0.1"),
        "It decides which card's memory fills; the answer is the same.",
    ),
    Option(
        *("use_mmap", "bool", None, True),
        "Whether the weights are read from the file as needed instead of loaded whole.",
        *(None, "true", "0.0.3"),
        "With it loading starts sooner and memory can be shared; without it nothing is read from the disk later on.",
    ),
    Option(
        *("num_thread", "int", 0, True),
        "How many processor threads compute; 0 is automatic.",
        *((0, 256), "8", "0.0.3"),
        "About the number of real cores is fastest; more than that slows answers down.",
    ),
    Option(
        *("draft_num_predict", "int", 4, True),
        "How many tokens the draft model guesses ahead in each step.",
        *((0, 64), "4", "0.30.0"),
        "More is faster where the draft model guesses well, slower where it does not; the answer is the same.",
    ),
    Option(
        *("num_keep", "int", 4, False),
        "How many tokens of the beginning stay when the context is full and shifts.",
        *((-1, 1048576), "4", "0.0.13"),
        "More keeps the beginning, such as the system text, for longer; less leaves room for what was said last.",
    ),
    Option(
        *("seed", "int", -1, False),
        "The start of the random numbers; the same seed gives the same answer, -1 a new one each time.",
        *(None, "42", "0.0.1"),
        "A fixed number makes answers repeatable as long as prompt, options and server stay the same.",
    ),
    Option(
        *("num_predict", "int", -1, False),
        "The most tokens of an answer; -1 has no limit of its own.",
        *((-1, 1048576), "256", "0.0.18"),
        "Less cuts long answers off in mid-sentence; it does not make the model say things shorter.",
    ),
    Option(
        *("top_k", "int", 40, False),
        "Only the k likeliest tokens are candidates; 0 has no limit.",
        *((0, 200), "40", "0.0.1"),
        "Less makes answers safer and more alike, more lets rare words in.",
    ),
    Option(
        *("top_p", "float", 0.9, False),
        "Only the likeliest tokens that together reach this probability are candidates.",
        *((0, 1), "0.9", "0.0.1"),
        "Less makes answers safer and more alike, 1 lets every token in.",
    ),
    Option(
        *("min_p", "float", 0.0, False),
        "Tokens below this share of the likeliest token's probability are left out.",
        *((0, 1), "0.05", "0.3.1"),
        "More drops unlikely tokens where the model is sure and keeps choice where it is not.",
    ),
    Option(
        *("typical_p", "float", 1.0, False),
        "Keeps tokens whose surprise is typical for the place; 1 is off.",
        *((0, 1), "1", "0.0.1"),
        "Less drops tokens that are too surprising and those that are too expected.",
    ),
    Option(
        *("repeat_last_n", "int", 64, False),
        "How far back repetition counts, in tokens; 0 is off, -1 the whole context.",
        *((-1, 1048576), "64", "0.0.3"),
        "More lets the penalties of repetition reach further back; without a penalty it does nothing.",
    ),
    Option(
        *("temperature", "float", 0.8, False),
        "How freely the next token is chosen; 0 always takes the likeliest.",
        *((0, 2), "0.7", "0.0.3"),
        "More makes answers varied, and wrong ones likelier; 0 gives the same answer each time.",
    ),
    Option(
        *("repeat_penalty", "float", 1.0, False),
        "How much tokens that just appeared are held back; 1 is off.",
        *((0.5, 2), "1.1", "0.0.3"),
        "More breaks loops, and spoils lists, code and names that have to repeat.",
    ),
    Option(
        *("presence_penalty", "float", 0.0, False),
        "Holds back tokens that have appeared at all; 0 is off.",
        *((-2, 2), "0", "0.0.3"),
        "More pushes towards new words and subjects, less than 0 towards the same ones.",
    ),
    Option(
        *("frequency_penalty", "float", 0.0, False),
        "Holds back tokens the more, the more often they have appeared; 0 is off.",
        *((-2, 2), "0", "0.0.3"),
        "More holds back a word each time it is said again, less than 0 favours it.",
    ),
    Option(
        *("stop", "list", None, False),
        "The answer ends before this text; several lines give several texts.",
        *(None, '"User:"', "0.0.13"),
        "The text itself is not part of the answer; a text that occurs in good answers cuts them short.",
    ),
)

OPTIONS: Mapping[str, Option] = MappingProxyType({option.name: option for option in _ALL})
"""Every option that Ollama knows, by name: load-time ones first, then run-time ones, in the order of the server's own structs."""

SOURCE = "Ollama api/types.go (Options, Runner, DefaultOptions) and parser/parser.go (deprecatedParameters), v0.0.1 to v0.33.0-rc2"
"""Where the facts about options are from, for pages that show them."""


@dataclass(frozen=True, slots=True)
class FormerOption:
    """An option that Ollama had and has no more.

    Attributes:
        name: as in PARAMETER.
        since: the first release that had it.
        until: the first release without it.
        deprecated: a create warns about it and leaves it out, whatever its value; else it refuses it.
    """

    name: str
    since: str
    until: str
    deprecated: bool


_FORMER = (
    FormerOption("penalize_newline", "0.0.13", "0.5.5", True),
    FormerOption("low_vram", "0.0.1", "0.7.0", True),
    FormerOption("f16_kv", "0.0.3", "0.7.0", True),
    FormerOption("logits_all", "0.0.3", "0.7.0", True),
    FormerOption("vocab_only", "0.0.1", "0.7.0", True),
    FormerOption("use_mlock", "0.0.3", "0.7.0", True),
    FormerOption("mirostat", "0.0.1", "0.7.0", True),
    FormerOption("mirostat_tau", "0.0.3", "0.7.0", True),
    FormerOption("mirostat_eta", "0.0.3", "0.7.0", True),
    FormerOption("tfs_z", "0.0.1", "0.5.2", False),
    FormerOption("numa", "0.0.1", "0.3.4", False),
    FormerOption("num_gqa", "0.0.13", "0.1.35", False),
    FormerOption("rope_frequency_base", "0.0.14", "0.1.35", False),
    FormerOption("rope_frequency_scale", "0.0.14", "0.1.35", False),
    FormerOption("embedding_only", "0.0.3", "0.1.28", False),
)

FORMER: Mapping[str, FormerOption] = MappingProxyType({option.name: option for option in _FORMER})
"""Options of older versions, by name."""

DEPRECATED: frozenset[str] = frozenset(option.name for option in _FORMER if option.deprecated)
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
