"""PARAMETER lines."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.edit import remove_line
from ollama_magics.modelfile.naming import character_name, shortened
from ollama_magics.modelfile.nodes import STORED, Fault, Instruction, Value, Word
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.quoting import spell
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.modelfile.rules.spelling import comment_apart
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.options import DEPRECATED, FORMER, OPTIONS, Option, format_parameter

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

UNKNOWN = Rule(
    *("MF301", "unknown-parameter", "error", "There is no parameter of that name."),
    *("FROM a\nPARAMETER temprature 1\n", "FROM a\nPARAMETER temperature 1\n"),
)
WRONG_TYPE = Rule(
    *("MF302", "wrong-parameter-value", "error", "The value is not of the kind that the parameter takes."),
    *("FROM a\nPARAMETER num_ctx 4k\n", "FROM a\nPARAMETER num_ctx 4096\n"),
)
DEPRECATED_NAME = Rule(
    *("MF303", "deprecated-parameter", "warning", "Ollama ignores the parameter."),
    *("FROM a\nPARAMETER mirostat 1\n", "FROM a\n"),
)
EQUALS = Rule(
    *("MF304", "equals-sign", "error", "A parameter and its value are separated by a space, not by =."),
    *("FROM a\nPARAMETER temperature=1\n", "FROM a\nPARAMETER temperature 1\n"),
)
EXTRA_SPACE = Rule(
    *("MF305", "space-before-parameter", "error", "A second space after PARAMETER makes the name of the parameter empty."),
    *("FROM a\nPARAMETER  temperature 1\n", "FROM a\nPARAMETER temperature 1\n"),
)
NAME_CHARACTER = Rule(
    *("MF306", "character-in-parameter", "error", "The name of a parameter has letters, digits and _ only."),
    *("FROM a\nPARAMETER num-ctx 4096\n", "FROM a\nPARAMETER num_ctx 4096\n"),
)
NO_VALUE = Rule(
    *("MF307", "parameter-without-value", "error", "A parameter has no name or no value."),
    *("FROM a\nPARAMETER temperature\n", "FROM a\nPARAMETER temperature 1\n"),
)
BACKSLASH = Rule(
    *("MF308", "backslash-in-stop", "warning", "A backslash and a letter are two characters; there are no escapes."),
    *("FROM a\nPARAMETER stop \\n\n", 'FROM a\nPARAMETER stop """\n"""\n'),
)
ACTS_AS = Rule(
    *("MF309", "parameter-as-instruction", "warning", "A parameter named like an instruction acts as that instruction."),
    *("FROM a\nPARAMETER system hi\n", "FROM a\nSYSTEM hi\n"),
)
LIST = Rule(
    *("MF310", "list-in-stop", "warning", "A stop in brackets is one text with the brackets in it; each text has a line of its own."),
    *('FROM a\nPARAMETER stop ["x", "y"]\n', "FROM a\nPARAMETER stop x\nPARAMETER stop y\n"),
)
RULES = (UNKNOWN, WRONG_TYPE, DEPRECATED_NAME, EQUALS, EXTRA_SPACE, NAME_CHARACTER, NO_VALUE, BACKSLASH, ACTS_AS, LIST)

_ELSEWHERE = {
    **dict.fromkeys(("max_tokens", "max_new_tokens", "n_predict", "max_length", "max_completion_tokens"), "num_predict"),
    **dict.fromkeys(("n_ctx", "context_length", "ctx_size", "context", "max_context"), "num_ctx"),
    **dict.fromkeys(("repetition_penalty", "rep_pen"), "repeat_penalty"),
    **dict.fromkeys(("stop_sequences", "stop_words", "stop_strings"), "stop"),
    **dict.fromkeys(("n_gpu_layers", "gpu_layers", "ngl"), "num_gpu"),
    **dict.fromkeys(("threads", "n_threads"), "num_thread"),
    **dict.fromkeys(("random_seed", "rng_seed"), "seed"),
}
"""Names that other programs have for the same thing."""

_TAKES = {"float": "a number", "int": "a whole number", "bool": "true or false"}
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,_'][0-9]{3})+")
_GROUPS = re.compile(r"[,_']")
_ESCAPES = {"\\n": ("\n", "an n", "a line end"), "\\t": ("\t", "a t", "a tab")}


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is wrong with PARAMETER lines."""
    last = {node.argument.text: node for node in file.instructions if node.name == "parameter" and node.argument and node.command}
    for node in file.instructions:
        if node.name != "parameter" or node.argument is None:
            continue
        for kind, offset in node.faults:
            if kind is Fault.NAME_CHARACTER:
                yield _name_character(file, node, node.argument, offset)
            elif kind is Fault.NAME_END:
                yield _no_value(node, node.argument)
        if node.command is not None and node.value is not None:
            yield from _accepted(file, node, node.argument, node.value, last[node.argument.text] is node)


def _accepted(file: Modelfile, node: Instruction, name: Word, value: Value, is_last: bool) -> Iterator[Finding]:
    """Yield what is wrong with a line that the parser accepts; the create may refuse it all the same."""
    if not name.text:
        yield _extra_space(node, value)
    elif name.text in STORED:
        yield _acts_as(node, name, value)
    elif name.text in DEPRECATED:
        fix, help = remove_line(file, node), f"Ollama warns and leaves it out; it had an effect before version {FORMER[name.text].until}."
        yield DEPRECATED_NAME.at(name.start, name.end, f"{name.text} is deprecated", help=help, fix=fix)
    elif name.text not in OPTIONS:
        yield _unknown(file, node, name)
    else:
        yield from _value(file, node, OPTIONS[name.text], value, is_last)


def _value(file: Modelfile, node: Instruction, option: Option, value: Value, is_last: bool) -> Iterator[Finding]:
    try:
        typed = format_parameter(option.name, [value.text])
    except UsageProblem:
        yield _wrong(file, node, option, value)
        return
    if isinstance(typed, float) and not math.isfinite(typed) and is_last:
        message = f"{option.name} {value.text} cannot be sent: JSON has no such number"
        yield WRONG_TYPE.at(value.start, value.end, message, help=f"{option.meaning} For example {option.example}.")
    if option.kind == "list":
        yield from _list(node, option, value)
        yield from _escapes(file, value)


def _wrong(file: Modelfile, node: Instruction, option: Option, value: Value) -> Finding:
    if not value.text:
        return NO_VALUE.at(
            node.start, node.end, f"{option.name} has no value", help=f"For example `PARAMETER {option.name} {option.example}`."
        )
    if value.text.startswith("=") and node.argument:
        rest = file.source_text[value.start : value.end].lstrip("= \t")
        space = Fix("Change to a space", node.argument.end, value.end - len(rest), " ")
        return EQUALS.at(value.start, value.start + 1, f"No = between {option.name} and its value", fix=space)
    message = f"{option.name} takes {_TAKES[option.kind]}, not {shortened(value.text)}"
    fix = _comment_fix(file, option, value) or _better(option, value)
    return WRONG_TYPE.at(value.start, value.end, message, help=option.meaning, note=f"for example {option.example}", fix=fix)


def _comment_fix(file: Modelfile, option: Option, value: Value) -> Fix | None:
    fix = comment_apart(file, value)
    return fix if fix and _is_fine(option, file.source_text[value.start : fix.start].strip()) else None


def _better(option: Option, value: Value) -> Fix | None:
    text = value.text.strip(" \t'\"")
    meant = text
    if option.kind == "bool":
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(text.lower(), text.lower())
    elif option.kind == "int":
        meant = _whole(_GROUPS.sub("", text) if _GROUPED.fullmatch(text) else text)
    elif text.count(",") == 1 and "." not in text:
        meant = text.replace(",", ".")
    return Fix(f"Change to {meant}", value.start, value.end, meant) if meant and _is_fine(option, meant) else None


def _whole(text: str) -> str:
    whole, _, rest = text.partition(".")
    if not rest.strip("0"):
        text = whole
    kilo = text[:-1] if text[-1:] in ("k", "K") else ""
    return str(int(kilo) * 1024) if kilo.isascii() and kilo.isdigit() and len(kilo) < 10 else text


def _is_fine(option: Option, text: str) -> bool:
    try:
        format_parameter(option.name, [text])
    except UsageProblem:
        return False
    return True


def _unknown(file: Modelfile, node: Instruction, name: Word) -> Finding:
    message = f"There is no parameter {shortened(name.text)}"
    if name.text in FORMER:
        help = f"Ollama has removed it in version {FORMER[name.text].until}."
        return UNKNOWN.at(name.start, name.end, message, help=help, fix=remove_line(file, node))
    near = [_ELSEWHERE[name.text.lower()]] if name.text.lower() in _ELSEWHERE else nearest(name.text, OPTIONS)
    if not near:
        return UNKNOWN.at(name.start, name.end, message, help=f"The parameters are {', '.join(sorted(OPTIONS))}.")
    fix = Fix(f"Change to {near[0]}", name.start, name.end, near[0])
    note = f"did you mean {' or '.join(near)}?"
    return UNKNOWN.at(name.start, name.end, message, help=OPTIONS[near[0]].meaning, note=note, fix=fix)


def _name_character(file: Modelfile, node: Instruction, name: Word, offset: int) -> Finding:
    character = file.source_text[offset]
    end = node.value.start if node.value is not None else name.end
    if character == "=":
        space = Fix("Change to a space", name.end, end, " ")
        return EQUALS.at(
            offset, offset + 1, f"No = between {shortened(name.text)} and its value", help="A space separates them.", fix=space
        )
    near = nearest(name.text, OPTIONS, limit=1)
    gap = "" if file.source_text[name.end : end].strip(" \t") == "" and end > name.end else " "
    tail = name.end if not gap else end
    fix = Fix(f"Change to {near[0]}", name.start, tail, near[0] + gap) if near else None
    note = f"did you mean {near[0]}?" if near else ""
    message = f"The name of a parameter cannot have {character_name(character)}"
    return NAME_CHARACTER.at(name.start, max(name.end, offset + 1), message, help="It has letters, digits and _ only.", note=note, fix=fix)


def _no_value(node: Instruction, name: Word) -> Finding:
    option = OPTIONS.get(name.text)
    example = f"`PARAMETER {option.name} {option.example}`" if option else "`PARAMETER temperature 0.7`"
    message = f"{name.text} has no value" if name.text else "PARAMETER has no name"
    return NO_VALUE.at(node.start, node.end, message, help=f"For example {example}.")


def _extra_space(node: Instruction, value: Value) -> Finding:
    if not value.text:
        return NO_VALUE.at(node.start, node.end, "PARAMETER has no name", help="For example `PARAMETER temperature 0.7`.")
    fix = Fix("Remove the extra space", node.keyword.end + 1, value.start, "")
    help = "Exactly one space or tab separates PARAMETER from the name."
    return EXTRA_SPACE.at(node.keyword.end + 1, value.start, "More than one space after PARAMETER", help=help, fix=fix)


def _acts_as(node: Instruction, name: Word, value: Value) -> Finding:
    meant = "FROM" if name.text == "model" else name.text.upper()
    fix = None if name.text == "message" else Fix(f"Change to {meant}", node.keyword.start, name.end, meant)
    return ACTS_AS.at(name.start, name.end, f"PARAMETER {name.text} acts as {meant}", fix=fix)


def _list(node: Instruction, option: Option, value: Value) -> Iterator[Finding]:
    if value.mark or not value.text.startswith("[") or not value.text.endswith("]"):
        return
    try:
        texts = json.loads(value.text)
    except (ValueError, RecursionError):
        return
    if texts and all(isinstance(text, str) for text in texts):
        spelt = [spell(text) for text in texts]
        lines = "\n".join(f"{node.keyword.text} {option.name} {text}" for text in spelt)
        fix = None if None in spelt else Fix("Give each text a line", node.keyword.start, value.end, lines)
        yield LIST.at(value.start, value.end, "The brackets are part of the text", help="Each text has a line of its own.", fix=fix)


def _escapes(file: Modelfile, value: Value) -> Iterator[Finding]:
    for escape, (character, letter, words) in _ESCAPES.items():
        at = file.source_text.find(escape, value.inner_start, value.inner_end)
        if at >= 0:
            text = file.source_text[value.inner_start : value.inner_end].replace(escape, character)
            fix = None if '"""' in text else Fix(f"Make it {words}", value.start, value.end, f'"""{text}"""')
            message = f"{escape} is a backslash and {letter}, not {words}"
            yield BACKSLASH.at(at, at + 2, message, help="There are no escapes; the character itself stands between quotes.", fix=fix)
