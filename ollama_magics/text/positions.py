"""Offsets of a text as lines and columns, and back.

An offset is a 0-based index into a ``str``. Lines and columns start at 1; a column counts code points. CRLF, LF and CR each end a line,
and belong to the line that they end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\r|\n")


class Position(NamedTuple):
    """A place in a text as people name it: line and column, both from 1, the column in code points."""

    line: int
    column: int


class LineIndex:
    """Where each line of one text starts.

    Examples:
        >>> index = LineIndex("FROM a\\r\\nSYSTEM b\\n")
        >>> index.position(8)
        Position(line=2, column=1)
        >>> index.offset(2, 8), index.line_text(2), index.line_count
        (15, 'SYSTEM b', 3)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    @property
    def line_count(self) -> int:
        """The number of lines; a line end at the very end of the text is followed by an empty line."""
        return len(self._starts)

    def position(self, offset: int) -> Position:
        """Return the position of ``offset``; offsets outside the text count as its start or end."""
        offset = min(max(offset, 0), len(self._text))
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position.

        A column behind the end of its line means the place before the line end, as editors do it.

        Raises:
            IndexError: there is no such line.
        """
        if not 1 <= line <= len(self._starts):
            raise IndexError(f"line {line} is not in 1..{len(self._starts)}")
        start = self._starts[line - 1]
        return start + min(max(column - 1, 0), len(self.line_text(line)))

    def line_text(self, line: int) -> str:
        """Return a line without its line end.

        Raises:
            IndexError: there is no such line.
        """
        if not 1 <= line <= len(self._starts):
            raise IndexError(f"line {line} is not in 1..{len(self._starts)}")
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        text = self._text[self._starts[line - 1] : end]
        if text.endswith("\r\n"):
            return text[:-2]
        return text[:-1] if text.endswith(("\r", "\n")) else text
