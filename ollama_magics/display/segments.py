"""The blocks that every result is made of; drawn by ``display.text`` and ``display.html``.

The blocks hold data only, so that the terminal, the saved notebook and the tests say the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Style = Literal["", "strong", "code", "ins", "del", "dim", "error", "ok", "warn"]
Mark = Literal["ok", "error", "warn", "info", "stop", "run", ""]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters with one style."""

    text: str
    style: Style = ""


Text: TypeAlias = str | Span | Sequence["str | Span"]


def spans(text: Text) -> tuple[Span, ...]:
    """Return ``text`` as spans; plain strings get no style, empty ones are left out."""
    parts: Sequence[str | Span] = (text,) if isinstance(text, str | Span) else text
    wrapped = (Span(part) if isinstance(part, str) else part for part in parts)
    return tuple(span for span in wrapped if span.text)


def plain(text: Text) -> str:
    """Return the characters of ``text`` without styles."""
    return "".join(span.text for span in spans(text))


_QUOTED = re.compile(r"`([^`\n]+)`")


def with_code(text: str) -> tuple[Span, ...]:
    """Return ``text`` with what stands between backticks as code, as messages of errors and rules write it."""
    parts = _QUOTED.split(text)
    return tuple(Span(part, "code" if at % 2 else "") for at, part in enumerate(parts) if part)


@dataclass(frozen=True, slots=True)
class Title:
    """The first line of a card: what it is, in bold, then facts, then an aside at the end.

    ``break_`` stands between the facts and the aside: ``", "`` goes on with the sentence, ``". "`` starts another one.
    """

    mark: Mark
    text: Text
    facts: Text = ""
    aside: Text = ""
    break_: str = ", "


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of prose. ``apart`` puts an empty line before it in plain text."""

    text: Text
    quiet: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class CaretNote:
    """Carets under a piece of a line. ``column`` is 1-based in code points, ``length`` is in code points, at least 1."""

    column: int
    length: int
    note: str = ""
    style: Style = "error"


@dataclass(frozen=True, slots=True)
class FrameLine:
    """A source line with its 1-based number, and the carets to draw under it."""

    number: int
    text: str
    notes: tuple[CaretNote, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """Lines of source with line numbers."""

    lines: tuple[FrameLine, ...]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference: ``-`` gone, ``+`` new, blank kept, ``@`` says where. ``del`` and ``ins`` spans mark the words."""

    sign: Literal["-", "+", " ", "@"]
    text: Text


@dataclass(frozen=True, slots=True)
class Diff:
    """Lines that went and came."""

    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Short facts on one line; a pair is a label, which may be empty, and a value."""

    pairs: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header. ``numeric`` holds the 0-based columns that are set flush right."""

    header: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row of a `Grid`: its head, an aside to it, and blocks for each column."""

    head: Text
    aside: Text
    cells: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Long texts beside each other. Plain text has no room for that: there a row's cells stand below each other."""

    corner: str
    header: tuple[str, ...]
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a person said, or another's words at length."""

    text: Text


@dataclass(frozen=True, slots=True)
class Markdown:
    """What a model wrote: Markdown that nobody vouches for."""

    source: str


@dataclass(frozen=True, slots=True)
class Log:
    """Lines exactly as they were, in code type. ``language`` is what a Markdown fence calls it."""

    lines: tuple[str, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Commands:
    """What can be typed next."""

    commands: tuple[str, ...]
    label: str = "Next"


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that stand behind a summary. ``brief`` leaves them out of plain text, where nothing can be opened."""

    summary: Text
    blocks: tuple[Block, ...]
    brief: bool = False


Block: TypeAlias = Title | Paragraph | CodeFrame | Diff | Facts | Table | Grid | Quote | Markdown | Log | Commands | Fold


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks in reading order. ``framed`` puts a line around them where there are lines.

    ``page`` is plain data for our JupyterLab extension, which draws buttons from it; what is written says the same without.
    """

    blocks: tuple[Block, ...]
    framed: bool = field(default=False)
    page: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
