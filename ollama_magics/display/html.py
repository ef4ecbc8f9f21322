"""Documents as static HTML, for the saved notebook.

What is saved must read well in any page, light or dark, with or without styles: no class, no id, no script, no image; inline styles
only, greys that are transparent, no colour of text or ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod

from ollama_magics.display import markdown, segments
from ollama_magics.display.markdown import CELL, GREY_EDGE, PRE, QUOTE, code, prose
from ollama_magics.display.segments import Document, Span, Text, spans
from ollama_magics.display.text import caret_cells, joined_facts
from ollama_magics.display.visible import visible

_MARKS = {"ok": "✓", "error": "✗", "warn": "⚠", "info": "ⓘ", "stop": "⊘", "run": "…", "": ""}
_TAGS = {"strong": "b", "code": "code", "ins": "ins", "del": "del", "error": "b", "ok": "b", "warn": "b"}
_QUIET = "opacity:.75"
_P = "margin:0 0 8px"
_TOP = f"{CELL};vertical-align:top"


def render(document: Document) -> str:
    """Return ``document`` as a fragment of HTML."""
    body = "\n".join(_Painter().blocks(document.blocks))
    if not document.framed:
        return body
    cell = f"border:1px solid {GREY_EDGE};padding:10px 14px;text-align:left"
    return f'<table style="border-collapse:collapse;margin:0"><tr><td style="{cell}">{body}</td></tr></table>'


class _Painter:
    def blocks(self, blocks: Sequence[segments.Block]) -> list[str]:
        return [self.block(block) for block in blocks]

    @singledispatchmethod
    def block(self, block: object) -> str:
        raise TypeError(f"no drawing for {type(block).__name__}")

    @block.register
    def _title(self, block: segments.Title) -> str:
        mark = f"{_MARKS[block.mark]} " if _MARKS[block.mark] else ""
        head = f"<b>{mark}{''.join(_span(Span(span.text, 'code' if span.style == 'code' else '')) for span in spans(block.text))}</b>"
        facts, aside = inline(block.facts), inline(block.aside)
        tail = (f" {facts}" if facts else "") + (f"{block.break_}{aside}" if aside else "")
        return f'<p style="{_P}">{head}{tail}</p>'

    @block.register
    def _paragraph(self, block: segments.Paragraph) -> str:
        return f'<p style="{_P}{";" + _QUIET if block.quiet else ""}">{inline(block.text)}</p>'

    @block.register
    def _facts(self, block: segments.Facts) -> str:
        return f'<p style="margin:0 0 4px;{_QUIET}">{inline(joined_facts(block))}</p>'

    @block.register
    def _frame(self, block: segments.CodeFrame) -> str:
        gutter = max((len(str(row.number)) for row in block.lines), default=1)
        rows: list[str] = []
        for row in block.lines:
            rows.append(f"{row.number:>{gutter}} | {_hit(row)}".rstrip())
            for note in row.notes:
                before, marked = caret_cells(row.text, note)
                says = f" {code(note.note)}" if note.note else ""
                rows.append(f"{'':>{gutter}} | {' ' * before}<b>{'^' * marked}{says}</b>")
        return f'<pre style="{PRE.replace("pre-wrap", "pre")};overflow-x:auto">' + "\n".join(rows) + "</pre>"

    @block.register
    def _diff(self, block: segments.Diff) -> str:
        rows = []
        for row in block.lines:
            sign = " " if row.sign == "@" else row.sign
            rows.append(f"{sign} {''.join(_code_span(span) for span in spans(row.text))}".rstrip())
        return f'<pre style="{PRE}">' + "\n".join(rows) + "</pre>"

    @block.register
    def _table(self, block: segments.Table) -> str:
        head = "".join(f'<th style="{_cell(at in block.numeric)}">{prose(cell)}</th>' for at, cell in enumerate(block.header))
        rows = ["<tr>" + "".join(f'<td style="{_cell(at in block.numeric)}">{inline(cell)}</td>' for at, cell in enumerate(row)) + "</tr>"
                for row in block.rows]  # fmt: skip
        header = f"<tr>{head}</tr>" if any(block.header) else ""
        return f'<table style="border-collapse:collapse;margin:0 0 8px">{header}{"".join(rows)}</table>'

    @block.register
    def _grid(self, block: segments.Grid) -> str:
        heads = "".join(f'<th style="{CELL}">{prose(name)}</th>' for name in (block.corner, *block.header))
        rows = []
        for row in block.rows:
            aside = f'<br><span style="{_QUIET}">{inline(row.aside)}</span>' if spans(row.aside) else ""
            cells = "".join(f'<td style="{_TOP}">{"".join(self.blocks(content))}</td>' for content in row.cells)
            rows.append(f'<tr><td style="{_TOP}">{inline(row.head)}{aside}</td>{cells}</tr>')
        return f'<table style="border-collapse:collapse;margin:0 0 8px"><tr>{heads}</tr>{"".join(rows)}</table>'

    @block.register
    def _quote(self, block: segments.Quote) -> str:
        return f'<blockquote style="{QUOTE}">{inline(block.text)}</blockquote>'

    @block.register
    def _markdown(self, block: segments.Markdown) -> str:
        return markdown.render(block.source)

    @block.register
    def _log(self, block: segments.Log) -> str:
        return f'<pre style="{PRE}">' + "\n".join(code(row) for row in block.lines) + "</pre>"

    @block.register
    def _commands(self, block: segments.Commands) -> str:
        shown = " · ".join(f"<code>{code(command)}</code>" for command in block.commands)
        return f'<p style="margin:0;{_QUIET}">{prose(block.label)}: {shown}</p>'

    @block.register
    def _fold(self, block: segments.Fold) -> str:
        inner = "\n".join(self.blocks(block.blocks))
        return f'<details style="{_P}"><summary>{inline(block.summary)}</summary>{inner}</details>'


def inline(text: Text) -> str:
    """Return styled text as HTML on its own, line feeds as ``<br>``."""
    return "".join(_span(span) for span in spans(text))


def _span(span: Span) -> str:
    if span.style == "code":
        return f"<code>{code(span.text)}</code>"
    words = prose(span.text).replace("\n", "<br>")
    if span.style == "dim":
        return f'<span style="{_QUIET}">{words}</span>'
    tag = _TAGS.get(span.style, "")
    return f"<{tag}>{words}</{tag}>" if tag else words


def _code_span(span: Span) -> str:
    words = code(span.text).replace("\n", " ")
    return f"<{span.style}>{words}</{span.style}>" if span.style in {"ins", "del"} else words


def _hit(row: segments.FrameLine) -> str:
    """Return a source line with the pieces that carets point at in bold."""
    text = row.text.rstrip("\r\n")
    out, done = [], 0
    for note in sorted(row.notes, key=lambda note: note.column):
        start, end = max(note.column - 1, done), min(note.column - 1 + note.length, len(text))
        if start < end:
            out += [(text[done:start], False), (text[start:end], True)]
            done = end
    pieces = [*out, (text[done:], False)]
    drawn, column = "", ""
    for piece, marked in pieces:
        # Tabs are widened with what stands before them, as in the caret line.
        grown = (column + visible(piece)).expandtabs(4)
        shown = code(grown[len(column.expandtabs(4)) :])
        drawn += f"<b>{shown}</b>" if marked and shown else shown
        column = grown
    return drawn


def _cell(right: bool) -> str:
    return CELL.replace("text-align:left", "text-align:right") if right else CELL
