"""Lines that are not the instructions they should be, and instructions that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from ollama_magics.modelfile.nodes import COMMANDS, Comment, Fault, Instruction
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.modelfile.rules.spelling import character_name, shortened
from ollama_magics.text.suggest import nearest

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

UNKNOWN = Rule(
    *("MF101", "unknown-instruction", "error", "A line starts with a word that is no instruction."),
    *("FROM a\nSYTEM hi\n", "FROM a\nSYSTEM hi\n"),
)
UNQUOTED = Rule(
    *("MF102", "unquoted-text", "error", 'A text without quotes goes on in the next line; it needs """ around it.'),
    *("FROM a\nSYSTEM You are Pip.\nAnswer briefly.\n", 'FROM a\nSYSTEM """You are Pip.\nAnswer briefly."""\n'),
)
NO_VALUE = Rule(
    *("MF103", "no-value", "error", "An instruction has nothing behind its name."),
    *("FROM a\nSYSTEM\n", "FROM a\nSYSTEM hi\n"),
)
NO_FROM = Rule(
    *("MF104", "no-from", "error", "No line says which model to build on."),
    *("SYSTEM hi\n", "FROM a\nSYSTEM hi\n"),
)
KEYWORD_CHARACTER = Rule(
    *("MF105", "character-after-instruction", "error", "Something else than a space or a tab follows the name of an instruction."),
    *("FROM: a\n", "FROM a\n"),
)
EMPTY_FROM = Rule(
    *("MF106", "empty-from", "warning", "A FROM without a name means the folder of the Modelfile."),
    *("FROM \n", "FROM .\n"),
)
RULES = (UNKNOWN, UNQUOTED, NO_VALUE, NO_FROM, KEYWORD_CHARACTER, EMPTY_FROM)

_TEXTS = frozenset({"system", "template", "license", "message"})
_ALL = ", ".join(name.upper() for name in COMMANDS[:-1]) + f" and {COMMANDS[-1].upper()}"


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is wrong with the instructions themselves."""
    run: list[Instruction] = []
    head: Instruction | None = None
    for node in file.instructions:
        if head is not None and _continues(node, head):
            run.append(node)
            continue
        if head is not None and run:
            yield _unquoted(file, head, run)
        run, head = [], node if _may_go_on(node) else None
        yield from _single(file, node)
    if head is not None and run:
        yield _unquoted(file, head, run)
    if _lacks_from(file):
        yield NO_FROM.at(0, 0, "There is no FROM line", help="FROM names the model to build on, for example `FROM llama3.2`.")


def _single(file: Modelfile, node: Instruction) -> Iterator[Finding]:
    for kind, offset in node.faults:
        if kind is Fault.UNKNOWN_KEYWORD or (kind in (Fault.KEYWORD_CHARACTER, Fault.KEYWORD_END) and not node.name):
            yield _unknown(file, node)
        elif kind is Fault.KEYWORD_END:
            yield _no_value(file, node)
        elif kind is Fault.KEYWORD_CHARACTER:
            yield _character(file, node, offset)
    if node.command == ("model", "") and node.name == "from":
        yield EMPTY_FROM.at(
            node.start, node.end, "FROM without a name means the folder of the Modelfile", help="Write `FROM .` if that is meant."
        )


def _unknown(file: Modelfile, node: Instruction) -> Finding:
    line = node.text.split(None, 1)
    word = line[0] if line else node.text
    end = node.start + len(word)
    near = _near(node.keyword.text if len(node.keyword.text) > 1 else word)
    if near:
        fix = Fix(f"Change to {near}", node.start, end, near + ("" if file.source_text[end : end + 1] in (" ", "\t") else " "))
        return UNKNOWN.at(node.start, end, f"There is no instruction {shortened(word)}", note=f"did you mean {near}?", fix=fix)
    if word[0].isalpha():
        return UNKNOWN.at(node.start, end, f"There is no instruction {shortened(word)}", help=f"The instructions are {_ALL}.")
    before = (
        [other for other in file.instructions if other.end <= node.start and other.value and other.value.mark] if word[0] == '"' else []
    )
    help = "A comment starts with `#`, an instruction with its name."
    if before and before[-1].value:
        line_number = file.lines.position(before[-1].end).line
        help = f"The text before it ended on line {line_number}: {before[-1].value.mark} at the end of a line closes it."
    return UNKNOWN.at(node.start, end, f"A line cannot start with {character_name(word[0])}", help=help)


def _no_value(file: Modelfile, node: Instruction) -> Finding:
    name = node.name.upper()
    help = (
        'Its text can start on the next line only after """ on this one.' if node.name in _TEXTS else "The value stands on the same line."
    )
    return NO_VALUE.at(node.start, node.end, f"{name} has no value", help=help)


def _character(file: Modelfile, node: Instruction, offset: int) -> Finding:
    character = file.source_text[offset]
    name = node.name.upper()
    fix = None
    if node.value is not None and node.value.start > offset:
        fix = Fix(f"Put a space after {name}", offset, node.value.start, " ")
    message = f"{name} is followed by {character_name(character)}"
    return KEYWORD_CHARACTER.at(offset, offset + 1, message, help=f"A space or a tab must follow {name}.", fix=fix)


def _may_go_on(node: Instruction) -> bool:
    return node.name in _TEXTS and node.value is not None and not node.value.mark and not node.faults


def _continues(node: Instruction, head: Instruction) -> bool:
    """Whether a line that is no instruction reads like the next line of the text before it."""
    if not node.faults or node.name or node.faults[0].kind not in (Fault.UNKNOWN_KEYWORD, Fault.KEYWORD_CHARACTER, Fault.KEYWORD_END):
        return False
    looks_like_keyword = node.keyword.text.isupper() or not head.keyword.text.isupper()
    return not (looks_like_keyword and _near(node.keyword.text))


def _unquoted(file: Modelfile, head: Instruction, run: list[Instruction]) -> Finding:
    value = head.value
    assert value is not None  # _may_go_on saw it
    first, last = file.lines.position(head.start).line, file.lines.position(run[-1].end).line
    text = file.source_text[value.start : run[-1].end]
    comments = any(isinstance(node, Comment) and value.start <= node.start < run[-1].end for node in file.nodes) if "#" in text else False
    fix = None if '"""' in text or comments else Fix(f'Put """ around lines {first} to {last}', value.start, run[-1].end, f'"""{text}"""')
    line = file.lines.position(head.end).line
    end = run[0].start + len((run[0].text.split(None, 1) or [run[0].text])[0])
    message = f"The {head.name.upper()} text ends at the end of line {line}"
    help = 'A text of several lines needs """ before and after it.'
    return UNQUOTED.at(run[0].start, end, message, help=help, note="read as an instruction", fix=fix)


def _lacks_from(file: Modelfile) -> bool:
    if file.base is not None:
        return False
    return not any(
        node.name == "from" or (node.faults and not node.name and _near(node.keyword.text) == "FROM") for node in file.instructions
    )


@lru_cache(maxsize=256)
def _near(word: str) -> str:
    names = nearest(word, COMMANDS, limit=1)
    return names[0].upper() if names else ""
