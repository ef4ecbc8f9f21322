"""Documents as plain text, for terminals, logs and the ``text/plain`` of every output."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatchmethod

from ollama_magics.display import segments
from ollama_magics.display.segments import Document, Span, Style, Text, spans
from ollama_magics.display.visible import one_line, visible

# Source: ECMA-48 8.3.117 (SGR): 1 bold, 2 faint, 31 red, 32 green, 33 yellow, 0 resets.
_SGR: dict[Style, str] = {"strong": "1", "dim": "2", "error": "31", "del": "31", "ok": "32", "ins": "32", "warn": "33"}
_TITLE_STYLE: dict[str, Style] = {"error": "error", "warn": "warn"}


def render(document: Document, *, width: int = 80, color: bool = False) -> str:
    """Return ``document`` as lines of text without a line feed at the end.

    Args:
        document: what to draw.
        width: cells of a line; prose is wrapped to it, code and tables are not.
        color: whether to add terminal colours.
    """
    return "\n".join(_Painter(max(width, 20), color).blocks(document.blocks))


def line(text: Text, *, color: bool = False) -> str:
    """Return styled text on one line."""
    return _Painter(80, color).inline(text)


def cells(text: str) -> int:
    """Return how many terminal cells ``text`` takes.

    Source: Unicode Standard Annex 11: wide and full-width characters take two cells, combining marks none.
    """
    if text.isascii():
        return len(text)
    return sum(_cells_of(char) for char in text)


def _cells_of(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class _Painter:
    def __init__(self, width: int, color: bool) -> None:
        self.width = width
        self.color = color

    def styled(self, text: str, style: Style) -> str:
        code = _SGR.get(style, "") if self.color else ""
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text

    def inline(self, text: Text, style: Style = "") -> str:
        return "".join(self.styled(one_line(span.text), span.style or style) for span in spans(text))

    def wrapped(self, text: Text, indent: str = "", style: Style = "") -> list[str]:
        lines = []
        for paragraph in _split_lines(spans(text)):
            lines += [indent + self.inline(row, style) for row in _wrap(paragraph, self.width - len(indent))]
        return lines

    def blocks(self, blocks: Sequence[segments.Block], indent: str = "") -> list[str]:
        inner = _Painter(self.width - len(indent), self.color) if indent else self
        return [indent + row if row else "" for block in blocks for row in inner.block(block)]

    @singledispatchmethod
    def block(self, block: object) -> list[str]:
        raise TypeError(f"no drawing for {type(block).__name__}")

    @block.register
    def _title(self, block: segments.Title) -> list[str]:
        style = _TITLE_STYLE.get(block.mark, "strong")
        head = [Span(span.text, style if span.style in {"", "code"} else span.style) for span in _quoted(block.text)]
        facts, aside = spans(block.facts), spans(block.aside)
        tail = [Span(" "), *facts] if facts else []
        if aside:
            tail += [Span(block.break_), *aside]
        return self.wrapped([*head, *tail])

    @block.register
    def _paragraph(self, block: segments.Paragraph) -> list[str]:
        return [*([""] if block.apart else []), *self.wrapped(_quoted(block.text), style="dim" if block.quiet else "")]

    @block.register
    def _facts(self, block: segments.Facts) -> list[str]:
        return self.wrapped(joined_facts(block), style="dim")

    @block.register
    def _frame(self, block: segments.CodeFrame) -> list[str]:
        gutter = max((len(str(row.number)) for row in block.lines), default=1)
        rows: list[str] = []
        for row in block.lines:
            source = visible(row.text.rstrip("\r\n")).expandtabs(4)
            rows.append(f"{row.number:>{gutter}} | {source}".rstrip())
            rows += [f"{'':>{gutter}} | {self.carets(row.text, note)}" for note in row.notes]
        return ["  " + row for row in rows]

    def carets(self, source: str, note: segments.CaretNote) -> str:
        before, marked = caret_cells(source, note)
        says = f" {one_line(note.note)}" if note.note else ""
        return " " * before + self.styled("^" * marked, note.style) + says

    @block.register
    def _diff(self, block: segments.Diff) -> list[str]:
        rows = []
        for row in block.lines:
            whole: Style = {"-": "del", "+": "ins", "@": "dim"}.get(row.sign, "")  # type: ignore[assignment]
            sign = " " if row.sign == "@" else row.sign
            text = one_line(segments.plain(row.text))
            rows.append("  " + self.styled(f"{sign} {text}".rstrip(), whole))
        return rows

    @block.register
    def _table(self, block: segments.Table) -> list[str]:
        plain_rows = [tuple(one_line(segments.plain(cell)) for cell in row) for row in block.rows]
        widths = [max(cells(row[at]) for row in [block.header, *plain_rows]) for at in range(len(block.header))]
        head = "  ".join(_padded(cell, widths[at], at in block.numeric) for at, cell in enumerate(block.header))
        rows = [self.styled(head.rstrip(), "dim")] if any(block.header) else []
        for row in plain_rows:
            rows.append("  ".join(_padded(cell, widths[at], at in block.numeric) for at, cell in enumerate(row)).rstrip())
        return rows

    @block.register
    def _grid(self, block: segments.Grid) -> list[str]:
        rows: list[str] = []
        for row in block.rows:
            aside = spans(row.aside)
            first, *others = self.wrapped([*([*aside, Span("  ")] if aside else []), *spans(row.head)], style="strong")
            rows += ["", first, *(f"  {other}" for other in others)]
            for name, content in zip(block.header, row.cells, strict=True):
                rows.append(f"  {self.inline(Span(name, 'strong'))}")
                for part in content:
                    # An answer brings its own indent.
                    rows += self.blocks((part,), "  " if isinstance(part, segments.Markdown) else "    ")
        return rows[1:]

    @block.register
    def _quote(self, block: segments.Quote) -> list[str]:
        return self.wrapped(block.text, "  ")

    @block.register
    def _markdown(self, block: segments.Markdown) -> list[str]:
        fenced, rows = False, []
        for row in visible(block.source).expandtabs(4).strip("\n").split("\n"):
            fence = row.lstrip().startswith(("```", "~~~"))
            fenced ^= fence
            as_it_is = fence or fenced or row.startswith(("    ", "|"))
            rows += ["  " + row] if as_it_is else self.wrapped(row, "  ")
        return [row.rstrip() for row in rows]

    @block.register
    def _log(self, block: segments.Log) -> list[str]:
        return ["  " + row for entry in block.lines for row in visible(entry).expandtabs(4).split("\n")]

    @block.register
    def _commands(self, block: segments.Commands) -> list[str]:
        return [self.styled(f"{block.label}: {' · '.join(map(one_line, block.commands))}", "dim")]

    @block.register
    def _fold(self, block: segments.Fold) -> list[str]:
        if block.brief:
            return ["  " + self.inline([Span("("), *spans(block.summary), Span(")")], "dim")]
        return [self.inline([*spans(block.summary), Span(":")]), *self.blocks(block.blocks, "  ")]


def joined_facts(block: segments.Facts) -> list[Span]:
    """Return the facts as one run of text with middle dots between them."""
    run: list[Span] = []
    for label, value in block.pairs:
        run += [Span(" · ")] if run else []
        run += [Span(f"{label} ")] if label else []
        run += spans(value)
    return run


def caret_cells(source: str, note: segments.CaretNote) -> tuple[int, int]:
    """Return how many cells stand before the carets and how many carets there are; tabs and wide characters count as drawn."""
    start, end = note.column - 1, note.column - 1 + max(note.length, 1)
    before = cells(visible(source[:start]).expandtabs(4))
    through = cells(visible(source[:end]).expandtabs(4))
    return before, max(through - before, 1)


def _quoted(text: Text) -> list[Span]:
    """Return spans with code between backticks, which is how plain text shows it."""
    return [Span(f"`{span.text}`", span.style) if span.style == "code" else span for span in spans(text)]


def _padded(text: str, width: int, right: bool) -> str:
    gap = " " * max(width - cells(text), 0)
    return gap + text if right else text + gap


def _split_lines(run: Iterable[Span]) -> Iterator[list[Span]]:
    row: list[Span] = []
    for span in run:
        first, *others = visible(span.text).split("\n")
        row.append(Span(first, span.style))
        for other in others:
            yield row
            row = [Span(other, span.style)]
    yield row


def _wrap(row: list[Span], width: int) -> Iterator[list[Span]]:
    """Yield the lines of one paragraph, broken at blanks; a word longer than the line stays whole, so that it can be copied."""
    out: list[Span] = []
    used = 0
    for word in _words(row):
        length = sum(cells(span.text) for span in word)
        if used + length > width and all(any(span.text.strip() for span in part) for part in (out, word)):
            yield _without_end_blank(out)
            out, used = [], 0
            word = _without_start_blank(word)
            length = sum(cells(span.text) for span in word)
        out += word
        used += length
    yield _without_end_blank(out)


def _words(row: list[Span]) -> Iterator[list[Span]]:
    """Yield words, each with the blanks before it; a word in which the style changes is several spans."""
    word: list[Span] = []
    for span in row:
        for piece in re.findall(r"\s+|\S+", span.text):
            if piece.isspace() and any(part.text.strip() for part in word):
                yield word
                word = []
            word.append(Span(piece, span.style))
    yield word


def _without_start_blank(word: list[Span]) -> list[Span]:
    return [span for at, span in enumerate(word) if not all(other.text.isspace() for other in word[: at + 1])]


def _without_end_blank(out: list[Span]) -> list[Span]:
    while out and not out[-1].text.strip():
        out = out[:-1]
    return [*out[:-1], Span(out[-1].text.rstrip(), out[-1].style)] if out else out
