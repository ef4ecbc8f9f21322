"""Lines that a later line replaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.modelfile.edit import remove_line
from ollama_magics.modelfile.nodes import Instruction
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.wire.options import OPTIONS

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

REPLACED = Rule(
    *("MF701", "replaced-line", "warning", "A line has no effect because a later one replaces it."),
    *("FROM a\nSYSTEM one\nSYSTEM two\n", "FROM a\nSYSTEM two\n"),
)
RULES = (REPLACED,)

_LAST_WINS = frozenset({"system", "template", "renderer", "parser", "requires", "adapter"})
"""Source: Ollama parser/parser.go (CreateRequest), v0.33.0-rc2."""


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield the lines that do nothing."""
    last: dict[str, Instruction] = {}
    for node in reversed(file.instructions):
        if node.command is None or not _replaces(node.command[0]):
            continue
        name = node.command[0]
        later = last.setdefault(name, node)
        if later is not node:
            shown = name if name in OPTIONS else name.upper()
            line = file.line_number(later.start)
            end = node.argument.end if node.argument is not None else node.keyword.end
            message = f"This {shown} has no effect: line {line} has another"
            yield REPLACED.at(node.start, end, message, help="Only the last one counts.", fix=remove_line(file, node))


def _replaces(name: str) -> bool:
    return name in _LAST_WINS or (name in OPTIONS and OPTIONS[name].kind != "list")
