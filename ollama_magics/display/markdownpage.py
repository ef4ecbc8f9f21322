"""Documents as Markdown text: for pages of help in front ends that read it, and for the files of ``docs/``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import singledispatchmethod

from ollama_magics.display import segments
from ollama_magics.display.segments import Document, Text, spans
from ollama_magics.display.text import joined_facts
from ollama_magics.display.text import render as plain_text
from ollama_magics.display.visible import one_line, visible

# Source: CommonMark 0.31, section 2.4: what a backslash may stand before; of it, what begins a mark inside of a line.
_MARKS = re.compile(r"([\\`*_\[\]<>|&~])")
# What begins a block, at the start of a line: a heading, a list, a rule, a setext underline.
_STARTS = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))")


def render(document: Document, *, level: int = 1) -> str:
    """Return ``document`` as Markdown that ends with a line feed; its title is a heading of ``level``."""
    parts = [part for part in (_Writer(level).block(block) for block in document.blocks) if part]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Return ``text`` as one line of Markdown that shows exactly these characters."""
    return _STARTS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", one_line(text)))


def code(text: str) -> str:
    """Return ``text`` as a code span. Source: CommonMark 0.31, section 6.1."""
    shown = one_line(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    padding = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{padding}{shown}{padding}{fence}" if shown else ""


def inline(text: Text) -> str:
    """Return styled text as Markdown on one line."""
    return "".join(_span(span.text, span.style) for span in spans(text))


def _span(text: str, style: str) -> str:
    if style == "code":
        return code(text)
    shown = _MARKS.sub(r"\\\1", one_line(text))
    return f"**{shown}**" if style in ("strong", "error", "warn", "ok") and shown.strip() == shown else shown


def fenced(lines: Sequence[str], language: str = "") -> str:
    """Return lines as a fenced code block, with a fence that is longer than any run of backticks in it."""
    text = visible("\n".join(lines))
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


class _Writer:
    def __init__(self, level: int) -> None:
        self._level = level

    @singledispatchmethod
    def block(self, block: object) -> str:
        """Return what has no form of its own as it stands in plain text."""
        return fenced(plain_text(Document((block,))).split("\n"))  # type: ignore[arg-type]

    @block.register
    def _title(self, block: segments.Title) -> str:
        facts = inline(block.facts)
        return f"{'#' * self._level} {inline(block.text)}" + (f"\n\n{facts}" if facts else "")

    @block.register
    def _paragraph(self, block: segments.Paragraph) -> str:
        text = inline(block.text)
        return _STARTS.sub(r"\1\\\2", text)

    @block.register
    def _facts(self, block: segments.Facts) -> str:
        return inline(joined_facts(block))

    @block.register
    def _log(self, block: segments.Log) -> str:
        return fenced(block.lines, block.language)

    @block.register
    def _commands(self, block: segments.Commands) -> str:
        return f"{escaped(block.label)}: {' · '.join(code(command) for command in block.commands)}"

    @block.register
    def _table(self, block: segments.Table) -> str:
        rule = ["---:" if at in block.numeric else "---" for at in range(len(block.header))]
        rows = [[escaped(name) for name in block.header], rule, *([_cell(cell) for cell in row] for row in block.rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    @block.register
    def _fold(self, block: segments.Fold) -> str:
        return "\n\n".join([inline(block.summary), *(self.block(each) for each in block.blocks)])


def _cell(text: Text) -> str:
    # A code span in a table keeps its backslash: the bar is all that has to be kept out. Source: GFM 0.29, section 4.10.
    return "".join(code(span.text).replace("|", "\\|") if span.style == "code" else _span(span.text, span.style) for span in spans(text))
