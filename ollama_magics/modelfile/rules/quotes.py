"""Quotes that do not do what they seem to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.nodes import COMMANDS, Fault, Instruction, Value
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.quoting import spell_like
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.modelfile.rules.spelling import comment_apart

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

AFTER_QUOTE = Rule(
    *("MF201", "text-after-closing-quote", "error", "Text behind a closing quote makes it close nothing."),
    *('FROM a\nSYSTEM """hi""" # greeting\n', 'FROM a\nSYSTEM """hi"""\n# greeting\n'),
)
UNCLOSED = Rule(
    *("MF202", "unclosed-quote", "error", "A quote is opened and no line ends with its like."),
    *('FROM a\nSYSTEM """hi\n', 'FROM a\nSYSTEM """hi"""\n'),
)
CURLY = Rule(
    *("MF203", "curly-quotes", "warning", "Curly quotes are part of the text, they quote nothing."),
    *("FROM a\nSYSTEM “hi”\n", 'FROM a\nSYSTEM "hi"\n'),
)
SWALLOWED = Rule(
    *("MF204", "swallowed-instruction", "warning", "A quoted text goes on over lines that look like instructions."),
    *('FROM a\nSYSTEM "hi\nPARAMETER stop "x"\n', 'FROM a\nSYSTEM "hi"\nPARAMETER stop "x"\n'),
)
SINGLE = Rule(
    *("MF205", "single-quotes", "warning", "Single quotes are part of the value, they quote nothing."),
    *("FROM a\nSYSTEM 'hi'\n", 'FROM a\nSYSTEM "hi"\n'),
)
COMMENT = Rule(
    *("MF206", "comment-in-value", "warning", "A # behind a value is part of the value."),
    *("FROM a # the base\n", "FROM a\n# the base\n"),
)
TOO_MANY = Rule(
    *("MF208", "too-many-quotes", "warning", "More than three quotes before or after a text; those over are part of it."),
    *('FROM a\nSYSTEM """""hi"""""\n', 'FROM a\nSYSTEM """hi"""\n'),
)
RULES = (AFTER_QUOTE, UNCLOSED, CURLY, SWALLOWED, SINGLE, COMMENT, TOO_MANY)

_CURLY = "“”„‟"
_LINES = frozenset({"from", "adapter", "draft", "renderer", "parser"})
_INSTRUCTION_LINE = re.compile(r"[\r\n][ \t]*+(" + "|".join(COMMANDS).upper() + r")[ \t]")
_TEXT_BEHIND = re.compile(r'"""[ \t]*+[^ \t\r\n"]')


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is wrong with quotes."""
    for node in file.instructions:
        value = node.value
        if value is None:
            continue
        for kind, offset in node.faults:
            if kind is Fault.UNCLOSED:
                yield _unclosed(file, node, value)
            elif kind is Fault.AFTER_QUOTE:
                yield _after_quote(file, node, value, offset)
        if node.faults:
            continue
        if value.mark:
            yield from _swallowed(file, node, value)
            yield from _too_many(file, value)
        elif value.text:
            yield from _bare(file, node, value)


def _too_many(file: Modelfile, value: Value) -> Iterator[Finding]:
    """Yield a text that begins or ends with two quotes or more; a single one is how a quoted word ends a text."""
    written = file.source_text[value.inner_start : value.inner_end]
    inner = written.strip('"')
    if value.mark != '"""' or not inner or not (written.startswith('""') or written.endswith('""')):
        return
    before, after = len(written) - len(written.lstrip('"')), len(written) - len(written.rstrip('"'))
    count = (
        f"{before} at its start and {after} at its end" if before and after else f"{before or after} at its {'start' if before else 'end'}"
    )
    spelt = spell_like(file.meant(inner), value.mark, escapes=file.escapes)
    fix = Fix("Take the extra quotes away", value.start, value.end, spelt) if spelt is not None else None
    message = "Three quotes are enough: those over are part of the text"
    yield TOO_MANY.at(value.start, value.end, message, help=f"The text has {count}.", fix=fix)


def _unclosed(file: Modelfile, node: Instruction, value: Value) -> Finding:
    line = file.line_number(value.end)
    fix = Fix(f"Close it at the end of line {line}", value.end, value.end, value.mark)
    message = f"The {value.mark} of {node.name.upper()} is never closed"
    help = f"A line must end with {value.mark}; only spaces may follow it."
    return UNCLOSED.at(value.start, value.start + len(value.mark), message, help=help, note="opened here", fix=fix)


def _after_quote(file: Modelfile, node: Instruction, value: Value, offset: int) -> Finding:
    rest = file.source_text[offset : node.end].rstrip(" \t")
    help, fix = f"Only spaces may follow a closing {value.mark} on its line.", None
    if rest.startswith("#"):
        help = f"{help} A comment needs a line of its own."
        fix = Fix("Put the comment on a line of its own", value.end, offset, "\n")
    elif value.mark == '"' and '"""' not in file.source_text[value.start : node.end]:
        end = offset + len(rest)
        fix = Fix('Put """ around the whole text', value.start, end, f'"""{file.source_text[value.start : end]}"""')
    message = f"{shortened(rest)} stands behind the closing {value.mark} of {node.name.upper()}"
    return AFTER_QUOTE.at(offset, offset + len(rest), message, help=help, note="so the text is not closed", fix=fix)


def _swallowed(file: Modelfile, node: Instruction, value: Value) -> Iterator[Finding]:
    text = file.source_text
    begin = value.inner_start
    if value.mark == '"""':
        behind = _TEXT_BEHIND.search(text, begin, value.inner_end)
        if behind is None:
            return
        begin = behind.end()
    found = _INSTRUCTION_LINE.search(text, begin, value.inner_end)
    if found:
        last = file.line_number(value.end)
        message = f"The {node.name.upper()} text goes on to line {last}, with {found[1]} in it"
        help = f'It ends where a line ends with {value.mark}. A text with quotes in it is clearer between lines of their own with """.'
        yield SWALLOWED.at(found.start(1), found.end(1), message, help=help, note="part of the text")


def _bare(file: Modelfile, node: Instruction, value: Value) -> Iterator[Finding]:
    first, last = value.text[0], value.text[-1]
    written = file.source_text[value.start : value.end]
    if first in _CURLY:
        fix = _straight(value, written) if last in _CURLY else None
        message = f"{first} is part of the value, it quotes nothing"
        yield CURLY.at(value.start, value.start + 1, message, help='Quotes are `"` or `"""`.', fix=fix)
    elif first == last == "'" and len(value.text) > 1:
        yield SINGLE.at(
            value.start,
            value.end,
            "The single quotes are part of the value",
            help='Quotes are `"` or `"""`.',
            fix=_straight(value, written),
        )
    if node.name in _LINES or (node.argument and node.argument.text == "stop" and first != "["):
        comment = comment_apart(file, value)
        if comment:
            message = f"The value is {shortened(value.text)}, with the # in it"
            yield COMMENT.at(comment.end, value.end, message, help="A comment needs a line of its own.", fix=comment)


def _straight(value: Value, written: str) -> Fix | None:
    inner = written[1:-1]
    if len(written) < 2 or '"' in inner:
        return None
    return Fix('Change to "', value.start, value.end, f'"{inner}"')
