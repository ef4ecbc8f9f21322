"""Values of parameters that are allowed and yet unlikely to be meant.

Source: Ollama api/types.go (Options), sample/samplers.go (temperature 0 takes the likeliest token), server/images.go and cmd (show prints
numbers of 1,000,000 and more with an exponent, which PARAMETER does not take back), v0.33.0-rc2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.edit import remove_line
from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.nodes import Instruction, Value
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.wire.options import OPTIONS, Option, format_parameter

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

UNUSUAL = Rule(
    *("MF311", "unusual-value", "warning", "A parameter is outside the range that makes sense."),
    *("FROM a\nPARAMETER temperature 20\n", "FROM a\nPARAMETER temperature 2\n"),
)
WITHOUT_CHANCE = Rule(
    *("MF312", "no-effect-at-temperature-0", "info", "At temperature 0 nothing is left to choose from."),
    *("FROM a\nPARAMETER temperature 0\nPARAMETER top_p 0.5\n", "FROM a\nPARAMETER temperature 0\n"),
)
MORE_THAN_CONTEXT = Rule(
    *("MF313", "more-than-context", "warning", "A number of tokens is larger than the context they are in."),
    *("FROM a\nPARAMETER num_ctx 2048\nPARAMETER num_predict 4096\n", "FROM a\nPARAMETER num_ctx 8192\nPARAMETER num_predict 4096\n"),
)
LARGE = Rule(
    *("MF314", "million-or-more", "info", "`ollama show --modelfile` writes numbers from 1000000 on so that they are refused."),
    *("FROM a\nPARAMETER seed 1234567\n", "FROM a\nPARAMETER seed 123456\n"),
)
STOPPED_BEFORE = Rule(
    *("MF315", "stop-behind-stop", "info", "A stop text begins with another one, which ends the answer before it."),
    *("FROM a\nPARAMETER stop User\nPARAMETER stop User:\n", "FROM a\nPARAMETER stop User\n"),
)
PIECE_OF_MARKER = Rule(
    *("MF316", "stop-in-template", "info", "A stop is a piece of a marker of the TEMPLATE, not the whole marker."),
    *("FROM a\nPARAMETER stop <|\nTEMPLATE <|user|>{{ .Prompt }}\n", "FROM a\nPARAMETER stop <|user|>\nTEMPLATE <|user|>{{ .Prompt }}\n"),
)
RULES = (UNUSUAL, WITHOUT_CHANCE, MORE_THAN_CONTEXT, LARGE, STOPPED_BEFORE, PIECE_OF_MARKER)

_CHOICE = ("top_k", "top_p", "min_p", "typical_p")
_OF_CONTEXT = ("num_predict", "num_keep", "repeat_last_n")
_EXPONENT_FROM = 1_000_000
_MARKER = re.compile(r"<\|[^|<>\s]{1,40}\|>|\[/?[A-Z_]{2,20}\]|</?[a-z_]{2,20}>")
_LONGEST_STOP = 200
"""Longer ones are not compared: every beginning of a text is looked up."""


class _Set(NamedTuple):
    """The line that sets a parameter, and the number."""

    option: Option
    node: Instruction
    value: Value
    number: float


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is doubtful about the numbers that count, each alone and together."""
    found = _numbers(file)
    for one in found.values():
        yield from _alone(one)
    temperature, context = found.get("temperature"), found.get("num_ctx")
    if temperature is not None and temperature.number == 0:
        for one in (found[name] for name in _CHOICE if name in found):
            message = f"{one.option.name} has no effect: temperature is 0 in line {file.line_number(temperature.node.start)}"
            help = "The likeliest token is always taken, and there is no choice to narrow."
            yield WITHOUT_CHANCE.at(one.node.start, one.value.end, message, help=help)
    if context is not None and context.number > 0:
        for one in (found[name] for name in _OF_CONTEXT if name in found):
            if one.number > context.number:
                message = f"{one.option.name} {one.value.text} is more than num_ctx, {context.value.text}"
                yield MORE_THAN_CONTEXT.at(one.value.start, one.value.end, message, help=one.option.meaning)
    yield from _stops(file)
    yield from _pieces(file)


def _numbers(file: Modelfile) -> Mapping[str, _Set]:
    found: dict[str, _Set] = {}
    for node in file.instructions:
        option = OPTIONS.get(node.command[0]) if node.command is not None and node.name == "parameter" else None
        if option is None or node.value is None or option.kind not in ("float", "int"):
            continue
        try:
            number = format_parameter(option.name, [node.value.text])
        except UsageProblem:
            continue
        if isinstance(number, float | int):
            found[option.name] = _Set(option, node, node.value, number)
    return found


def _alone(one: _Set) -> Iterator[Finding]:
    option, number = one.option, one.number
    if option.usual is not None and not option.usual[0] <= number <= option.usual[1] and abs(number) < float("inf"):
        low, high = option.usual
        message = f"{option.name} {one.value.text} is unusual: {low:.10g} to {high:.10g} makes sense"
        yield UNUSUAL.at(one.value.start, one.value.end, message, help=option.meaning)
    elif option.kind == "int" and abs(number) >= _EXPONENT_FROM:
        message = f"`ollama show --modelfile` writes {one.value.text} with an exponent"
        help = "A create refuses that text; `%modelfile` writes the number whole."
        yield LARGE.at(one.value.start, one.value.end, message, help=help)


def _stops(file: Modelfile) -> Iterator[Finding]:
    """Yield the stop texts that another one makes needless; of two that are the same, the later."""
    stops = ((node, node.value) for node in file.instructions if node.command and node.command[0] == "stop" and node.value)
    lines = [(node, value) for node, value in stops if len(value.text) <= _LONGEST_STOP]
    shorter: dict[str, Instruction] = {}
    for node, value in sorted(lines, key=lambda line: (len(line[1].text), line[0].start)):
        text = value.text
        first = next((shorter[text[:size]] for size in range(1, len(text) + 1) if text[:size] in shorter), None)
        if first is None:
            shorter[text] = node
            continue
        message = f"{shortened(text)} is never reached: the stop in line {file.line_number(first.start)} ends the answer"
        yield STOPPED_BEFORE.at(node.start, value.end, message, help="It begins with the same text.", fix=remove_line(file, node))


def _pieces(file: Modelfile) -> Iterator[Finding]:
    """Yield the stop texts that end an answer at every text that shares a piece with a marker such as ``<|user|>``."""
    stops = [(node, node.value) for node in file.instructions if node.command and node.command[0] == "stop" and node.value]
    if not stops or not file.template:
        return
    markers = dict.fromkeys(_MARKER.findall(file.template))
    for node, value in stops:
        marker = next((marker for marker in markers if value.text in marker and value.text != marker), None) if value.text.strip() else None
        if marker is not None:
            message = f"The stop {shortened(value.text)} is a piece of {shortened(marker)}, a marker of the TEMPLATE"
            help = "It ends the answer at every text that has the piece; most likely the whole marker is meant."
            yield PIECE_OF_MARKER.at(node.start, value.end, message, help=help)
