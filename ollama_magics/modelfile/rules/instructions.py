"""Lines that are not the instructions they should be, and instructions that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from ollama_magics.modelfile.naming import character_name, shortened
from ollama_magics.modelfile.nodes import COMMANDS, Fault, Instruction, Value
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule
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
_NO_INSTRUCTION = frozenset({Fault.UNKNOWN_KEYWORD, Fault.KEYWORD_CHARACTER, Fault.KEYWORD_END})
_ALL = ", ".join(name.upper() for name in COMMANDS[:-1]) + f" and {COMMANDS[-1].upper()}"


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is wrong with the instructions themselves."""
    before: Instruction | None = None
    for head, run in _groups(file.instructions):
        if run and head.value is not None:
            yield _unquoted(file, head, head.value, run)
        yield from _single(file, head, run, before)
        before = head
    if _lacks_from(file):
        yield NO_FROM.at(0, 0, "There is no FROM line", help="FROM names the model to build on, for example `FROM llama3.2`.")


def _groups(instructions: Iterable[Instruction]) -> Iterator[tuple[Instruction, list[Instruction]]]:
    """Yield each instruction with the lines behind it that are no instructions and read like the rest of its value."""
    head: Instruction | None = None
    run: list[Instruction] = []
    for node in instructions:
        if head is not None and len(run) < _reach(head) and _continues(node, head):
            run.append(node)
            continue
        if head is not None:
            yield head, run
        head, run = node, []
    if head is not None:
        yield head, run


def _reach(head: Instruction) -> float:
    """Return how many lines may belong to the value of an instruction although Ollama ends it before them."""
    without = bool(head.name) and head.value is None and head.faults[0].kind is Fault.KEYWORD_END
    if head.name not in _TEXTS:
        return 1 if without else 0
    bare = head.value is not None and not head.value.mark and not head.faults
    return float("inf") if without or bare else 0


def _continues(node: Instruction, head: Instruction) -> bool:
    if not node.faults or node.name or node.faults[0].kind not in _NO_INSTRUCTION:
        return False
    looks_like_keyword = node.keyword.text.isupper() or not head.keyword.text.isupper()
    return not (looks_like_keyword and _near(node.keyword.text))


def _single(file: Modelfile, node: Instruction, run: list[Instruction], before: Instruction | None) -> Iterator[Finding]:
    for kind, offset in node.faults:
        if kind in _NO_INSTRUCTION and not node.name:
            yield _unknown(file, node, before)
        elif kind is Fault.KEYWORD_END:
            yield _no_value(file, node, run)
        elif kind is Fault.KEYWORD_CHARACTER:
            yield _character(file, node, offset)
    if node.command == ("model", "") and node.name == "from":
        message = "FROM without a name means the folder of the Modelfile"
        yield EMPTY_FROM.at(node.start, node.end, message, help="Write `FROM .` if that is meant.")


def _unknown(file: Modelfile, node: Instruction, before: Instruction | None) -> Finding:
    word = _first_word(node)
    end = node.start + len(word)
    near = _near(node.keyword.text if len(node.keyword.text) > 1 else word)
    message = f"There is no instruction {shortened(word)}"
    if near:
        fix = Fix(f"Change to {near}", node.start, end, near + ("" if file.source_text[end : end + 1] in (" ", "\t") else " "))
        return UNKNOWN.at(node.start, end, message, note=f"did you mean {near}?", fix=fix)
    help = f"The instructions are {_ALL}."
    if word.upper() == "EMBED":
        help = "Ollama has removed it."
    if not word[0].isalpha():
        message = f"A line cannot start with {character_name(word[0])}"
        help = "A comment starts with `#`, an instruction with its name."
    if before is not None and before.value is not None and before.value.mark:
        line = file.line_number(before.value.end)
        help = f"The {before.name.upper()} text before it ended on line {line}: {before.value.mark} at the end of a line closes it."
    return UNKNOWN.at(node.start, end, message, help=help)


def _first_word(node: Instruction) -> str:
    words = node.text.split(None, 1)
    return words[0] if words and node.text.startswith(words[0]) else node.text[:1]


def _no_value(file: Modelfile, node: Instruction, run: list[Instruction]) -> Finding:
    is_text = node.name in _TEXTS
    help = 'Its text can start on the next line only after """ on this one.' if is_text else "The value stands on the same line."
    fix = None
    if len(run) == 1 and "#" not in file.source_text[node.end : run[0].start]:
        fix = Fix("Put it on the same line", node.end, run[0].start, " ")
    elif run:
        fix = _wrap(file, node, run, node.end, run[0].start)
    return NO_VALUE.at(node.start, node.end, f"{node.name.upper()} has no value", help=help, fix=fix)


def _character(file: Modelfile, node: Instruction, offset: int) -> Finding:
    name = node.name.upper()
    fix = None
    if node.value is not None and node.value.start > offset:
        fix = Fix(f"Put a space after {name}", offset, node.value.start, " ")
    message = f"{name} is followed by {character_name(file.source_text[offset])}"
    return KEYWORD_CHARACTER.at(offset, offset + 1, message, help=f"A space or a tab must follow {name}.", fix=fix)


def _unquoted(file: Modelfile, head: Instruction, value: Value, run: list[Instruction]) -> Finding:
    line = file.line_number(head.end)
    message = f"The {head.name.upper()} text ends at the end of line {line}"
    help = 'A text of several lines needs """ before and after it.'
    end = run[0].start + len(_first_word(run[0]))
    fix = _wrap(file, head, run, value.start, value.start)
    return UNQUOTED.at(run[0].start, end, message, help=help, note="read as an instruction", fix=fix)


def _wrap(file: Modelfile, head: Instruction, run: list[Instruction], start: int, text_start: int) -> Fix | None:
    """Return the edit that puts a text of several lines between quotes; None where a comment or a quote is in the way."""
    end = run[-1].end
    text = file.source_text[text_start:end]
    gaps = zip([head, *run], run, strict=False)
    if '"""' in text or any("#" in file.source_text[one.end : other.start] for one, other in gaps):
        return None
    first, last = file.line_number(text_start), file.line_number(end)
    space = " " if start < text_start else ""
    return Fix(f'Put """ around lines {first} to {last}', start, end, f'{space}"""{text}"""')


def _lacks_from(file: Modelfile) -> bool:
    if file.base is not None:
        return False
    meant = (node.name == "from" or (node.faults and not node.name and _near(node.keyword.text) == "FROM") for node in file.instructions)
    return not any(meant)


@lru_cache(maxsize=256)
def _near(word: str) -> str:
    names = nearest(word, COMMANDS, limit=1)
    return names[0].upper() if names else ""
