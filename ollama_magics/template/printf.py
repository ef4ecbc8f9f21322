"""``Sprintf``: a format, read verb by verb, and the values it takes.

Source: Go 1.26 fmt/print.go (doPrintf).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ollama_magics.template.format import PLAIN, Layout, bounded, formatted, show
from ollama_magics.template.values import INVALID, Kind, Value, indirect_interface

_TOO_LARGE = 1_000_000
_FLAGS = {"-": "minus", "+": "plus", "#": "sharp", " ": "space", "0": "zero"}
_DIGITS = re.compile(r"[0-9]*")
_INDEX = re.compile(r"\[([^\]]*)\]")


def sprintf(template: str, values: Sequence[Value]) -> str:
    """Return ``template`` with its verbs replaced by the values; what does not fit is shown as Go shows it."""
    return _Run(template, values).output()


class _Run:
    """A position in the format and one in the values."""

    def __init__(self, template: str, values: Sequence[Value]) -> None:
        self._template = template
        self._values = values
        self._at = 0
        self._used = 0
        self._reordered = False
        self._good_index = True
        self._after_index = False

    def output(self) -> str:
        return bounded(self._parts())

    def _parts(self) -> Iterator[str]:
        while (percent := self._template.find("%", self._at)) >= 0:
            yield self._template[self._at : percent]
            self._at = percent + 1
            yield self._verb()
        yield self._template[self._at :]
        if not self._reordered and self._used < len(self._values):
            yield f"%!(EXTRA {', '.join(map(_extra, self._values[self._used :]))})"

    def _char(self) -> str:
        return self._template[self._at : self._at + 1]

    def _verb(self) -> str:
        self._good_index = True
        layout, notes = self._layout()
        verb = self._char()
        if not verb:
            return notes + "%!(NOVERB)"
        self._at += 1
        if verb == "%":
            return notes + "%"
        if not self._good_index:
            return f"{notes}%!{verb}(BADINDEX)"
        if self._used >= len(self._values):
            return f"{notes}%!{verb}(MISSING)"
        value = self._values[self._used]
        self._used += 1
        if verb == "v" and layout.plus:
            layout = replace(layout, plus=False, names=True)
        return notes + formatted(value, verb, layout)

    def _layout(self) -> tuple[Layout, str]:
        layout = PLAIN
        while self._char() in _FLAGS:
            layout = replace(layout, **{_FLAGS[self._char()]: True})
            self._at += 1
        self._index()
        width, notes = self._star("WIDTH") if self._char() == "*" else self._digits()
        if width is not None and width < 0:
            layout, width = replace(layout, minus=True, zero=False), -width
        precision = None
        if self._char() == "." and self._at + 1 < len(self._template):
            self._at += 1
            if self._after_index:
                self._good_index = False
            self._index()
            precision, note = self._precision()
            notes += note
        if not self._after_index:
            self._index()
        return replace(layout, width=width, precision=precision), notes

    def _precision(self) -> tuple[int | None, str]:
        if self._char() != "*":
            precision, _ = self._digits(good_after_index=True)
            return precision or 0, ""
        precision, note = self._star("PREC")
        return (None, "%!(BADPREC)") if precision is None or precision < 0 else (precision, note)

    def _star(self, what: str) -> tuple[int | None, str]:
        """Take the next value as a width or precision."""
        self._at += 1
        self._after_index = False
        value = indirect_interface(self._values[self._used]) if self._used < len(self._values) else INVALID
        self._used += self._used < len(self._values)
        if value.kind not in (Kind.INT, Kind.UINT8) or abs(value.raw) > _TOO_LARGE:
            return None, f"%!(BAD{what})"
        return value.raw, ""

    def _digits(self, *, good_after_index: bool = False) -> tuple[int | None, str]:
        match = _DIGITS.match(self._template, self._at)
        assert match is not None
        digits = match.group()
        self._at = match.end()
        if not digits:
            return None, ""
        if len(digits) > 7 or int(digits) > _TOO_LARGE:
            self._at = len(self._template)
            return None, ""
        if self._after_index and not good_after_index:
            self._good_index = False
        return int(digits), ""

    def _index(self) -> None:
        """Take an argument index such as ``[2]``."""
        self._after_index = False
        if self._char() != "[":
            return
        self._reordered = True
        match = _INDEX.match(self._template, self._at)
        digits = match.group(1) if match else ""
        self._at = match.end() if match else self._at + 1
        is_number = digits.isascii() and digits.isdigit() and len(digits) < 8 and int(digits) <= _TOO_LARGE
        self._after_index = is_number
        if is_number and 1 <= int(digits) <= len(self._values):
            self._used = int(digits) - 1
        else:
            self._good_index = False


def _extra(value: Value) -> str:
    value = indirect_interface(value)
    return f"{value.type.name}={show(value)}" if value.is_valid else "<nil>"
