"""Printing as Go's ``fmt`` does it: ``Sprint``, ``Sprintln`` and ``Sprintf``.

Source: Go 1.26 fmt/print.go and fmt/format.go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ollama_magics.template.jsontext import plain_decimal, shortest_digits
from ollama_magics.template.literals import is_printable, quote
from ollama_magics.template.values import INVALID, Kind, Value, indirect_interface

_TOO_LARGE = 1_000_000
_INTEGERS = frozenset({Kind.INT, Kind.UINT8})
_LETTERS = {"b": "b", "o": "o", "O": "o", "x": "x", "X": "X", "d": "d", "v": "d"}
_PREFIXES = {"b": "0b", "o": "0", "O": "0o", "x": "0x", "X": "0X"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The flags, the width and the precision of one verb."""

    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None

    def pad(self, text: str, *, zero: bool | None = None) -> str:
        """Return ``text`` filled to the width, which counts code points."""
        width = self.width or 0
        if self.minus:
            return text.ljust(width)
        return text.rjust(width, "0" if (self.zero if zero is None else zero) else " ")


PLAIN = Layout()


def sprint(values: Sequence[Value]) -> str:
    """Return the values as text, with a blank between two neighbours when neither is a string."""
    out: list[str] = []
    before = False
    for position, value in enumerate(values):
        is_text = value.kind is Kind.STRING
        if position and not is_text and not before:
            out.append(" ")
        out.append(show(value))
        before = is_text
    return "".join(out)


def sprintln(values: Sequence[Value]) -> str:
    """Return the values as text with blanks between them and a line feed behind."""
    return " ".join(map(show, values)) + "\n"


def show(value: Value) -> str:
    """Return one value as ``fmt.Sprint`` shows it (the verb ``%v``)."""
    return formatted(value, "v", PLAIN)


def bad_verb(value: Value, verb: str) -> str:
    """Return the text for a verb that does not fit the value: ``%!d(string=x)``."""
    if not value.is_valid:
        return f"%!{verb}(<nil>)"
    return f"%!{verb}({value.type.name}={_composite(value, 'v', PLAIN, 0, methods=False)})"


def formatted(value: Value, verb: str, layout: Layout) -> str:
    """Return one value under a verb of ``Sprintf``."""
    value = indirect_interface(value)
    if not value.is_valid:
        return layout.pad("<nil>") if verb in "vT" else f"%!{verb}(<nil>)"
    if verb == "T":
        return format_text(value.type.name, "s", layout)
    if verb == "p":
        return _address(layout) if value.kind in (Kind.POINTER, Kind.MAP, Kind.SLICE) else bad_verb(value, verb)
    return _composite(value, verb, layout, 0)


def _composite(value: Value, verb: str, layout: Layout, depth: int, *, methods: bool = True) -> str:
    method = value.type.methods.get("String") if methods and verb in "vsxXq" and not (layout.sharp and verb == "v") else None
    if method is not None:
        return format_text(method(value).raw, verb, layout)
    kind, raw = value.kind, value.raw
    if kind is Kind.STRUCT:
        fields = [value.field(each.name) for each in value.type.fields]
        return "{" + " ".join(_composite(each, verb, layout, depth + 1) for each in fields) + "}"
    if kind is Kind.MAP:
        entries = [f"{format_text(key, verb, layout)}:{_composite(item, verb, layout, depth + 1)}" for key, item in value.entries()]
        return "map[" + " ".join(entries) + "]"
    if kind is Kind.INTERFACE:
        return "<nil>" if raw is None else _composite(raw, verb, layout, depth + 1)
    if kind is Kind.SLICE:
        if value.type.inner.kind is Kind.UINT8 and verb in "sqxX":
            return format_text(bytes(raw or ()).decode("utf-8", "replace"), verb, layout)
        return "[" + " ".join(_composite(item, verb, layout, depth + 1) for item in value.items()) + "]"
    if kind is Kind.POINTER:
        return _pointer(value, verb, layout, depth)
    return _scalar(value, verb, layout)


def _pointer(value: Value, verb: str, layout: Layout, depth: int) -> str:
    if value.raw is None:
        return layout.pad("<nil>") if verb == "v" else f"%!{verb}({value.type.name}=<nil>)"
    if depth == 0 and value.raw.kind in (Kind.STRUCT, Kind.SLICE, Kind.MAP):
        return "&" + _composite(value.raw, verb, layout, depth + 1)
    return _address(layout) if verb in "vpbodxX" else bad_verb(value, verb)


def _address(layout: Layout) -> str:
    # Go prints a place in its memory here, which differs from run to run.
    return layout.pad("0xc000000000")


def _scalar(value: Value, verb: str, layout: Layout) -> str:
    kind, raw = value.kind, value.raw
    if kind is Kind.STRING and verb in "vsqxX":
        return format_text(raw, verb, layout)
    if kind is Kind.BOOL and verb in "vt":
        return layout.pad("true" if raw else "false")
    if kind in _INTEGERS and verb in "vdboOxXcqU":
        return format_integer(raw, verb, layout)
    if kind is Kind.FLOAT64 and verb in "vbgGxXfFeE":
        return format_float(raw, verb, layout)
    if kind is Kind.COMPLEX128 and verb in "vbgGxXfFeE":
        signed = replace(layout, plus=True)
        return f"({format_float(raw.real, verb, layout)}{format_float(raw.imag, verb, signed)}i)"
    return bad_verb(value, verb)


def format_text(text: str, verb: str, layout: Layout) -> str:
    """Return a text under ``%v``, ``%s``, ``%q``, ``%x`` or ``%X``; the precision counts code points (bytes for hex)."""
    if verb in "xX":
        data = text.encode("utf-8", "replace")[: layout.precision]
        digits = data.hex(" ") if layout.space else data.hex()
        if layout.sharp:
            digits = ("0x" + digits).replace(" ", " 0x") if data else ""
        return layout.pad(digits if verb == "x" else digits.upper())
    if layout.precision is not None:
        text = text[: layout.precision]
    if verb == "q":
        raw_able = layout.sharp and "`" not in text and all(is_printable(char) or char == "\t" for char in text)
        return layout.pad(f"`{text}`" if raw_able else quote(text))
    if verb in "vs":
        return layout.pad(text)
    return f"%!{verb}(string={text})"


def format_integer(number: int, verb: str, layout: Layout) -> str:
    """Return an integer under one of the verbs ``%v %d %b %o %O %x %X %c %q %U``."""
    if verb in "cqU":
        return _character(number, verb, layout)
    digits = format(abs(number), _LETTERS[verb])
    sign = "-" if number < 0 else "+" if layout.plus else " " if layout.space else ""
    prefix = _PREFIXES.get(verb, "") if layout.sharp or verb == "O" else ""
    if layout.precision is not None:
        digits = "" if layout.precision == 0 and number == 0 else digits.rjust(layout.precision, "0")
        return layout.pad(sign + prefix + digits, zero=False) if digits else " " * (layout.width or 0)
    if layout.zero and not layout.minus and layout.width is not None:
        digits = digits.rjust(layout.width - len(sign), "0")
    return layout.pad(sign + prefix + digits, zero=False)


def _character(number: int, verb: str, layout: Layout) -> str:
    char = chr(number) if 0 <= number <= 0x10FFFF and not 0xD800 <= number < 0xE000 else "\ufffd"
    if verb == "c":
        return layout.pad(char)
    if verb == "q":
        return layout.pad(quote(char, "'"))
    digits = format(number, "X").rjust(max(4, layout.precision or 0), "0")
    shown = f" '{char}'" if layout.sharp and is_printable(char) else ""
    return layout.pad(f"U+{digits}{shown}", zero=False)


def format_float(number: float, verb: str, layout: Layout) -> str:
    """Return a float under one of the verbs ``%v %g %G %e %E %f %F``."""
    if not math.isfinite(number):
        body = "NaN" if math.isnan(number) else "Inf"
        sign = "-" if number < 0 else "+" if layout.plus or (body == "Inf" and verb == "v") else " " if layout.space else ""
        return layout.pad(("+" if body == "Inf" and not sign else sign) + body, zero=False)
    negative = math.copysign(1, number) < 0
    sign = "-" if negative else "+" if layout.plus else " " if layout.space else ""
    digits = _float_digits(abs(number), verb, layout)
    if layout.zero and not layout.minus and layout.width is not None:
        digits = digits.rjust(layout.width - len(sign), "0")
    return layout.pad(sign + digits, zero=False)


def _float_digits(number: float, verb: str, layout: Layout) -> str:
    precision = layout.precision
    if verb in "eE":
        return f"{number:.{6 if precision is None else precision}{verb}}"
    if verb in "fF":
        return f"{number:.{6 if precision is None else precision}f}"
    if verb in "bxX":
        return number.hex()
    if precision is not None:
        return f"{number:{'#' if layout.sharp else ''}.{precision or 1}{'g' if verb == 'v' else verb}}"
    shown = general(number)
    return shown.upper() if verb == "G" else shown


def general(number: float) -> str:
    """Return a finite float under ``%v``: shortest digits, an exponent below 1e-4 and from 1e6."""
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    sign, digits, point = shortest_digits(number)
    exponent = point - 1
    if -4 <= exponent < 6:
        return sign + plain_decimal(digits, point)
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def sprintf(template: str, values: Sequence[Value]) -> str:
    """Return ``template`` with its verbs replaced by the values."""
    return _Printf(template, values).run()


class _Printf:
    """One run of ``Sprintf``: a position in the format and one in the values."""

    def __init__(self, template: str, values: Sequence[Value]) -> None:
        self._template = template
        self._values = values
        self._at = 0
        self._used = 0
        self._reordered = False
        self._good_index = True

    def run(self) -> str:
        out: list[str] = []
        ever_reordered = False
        while True:
            percent = self._template.find("%", self._at)
            if percent < 0:
                out.append(self._template[self._at :])
                break
            out.append(self._template[self._at : percent])
            self._at = percent + 1
            self._good_index, self._reordered = True, False
            out.append(self._verb())
            ever_reordered = ever_reordered or self._reordered
        if not ever_reordered and self._used < len(self._values):
            out.append(f"%!(EXTRA {', '.join(map(_extra, self._values[self._used :]))})")
        return "".join(out)

    def _verb(self) -> str:
        layout, notes = self._layout()
        if self._at >= len(self._template):
            return notes + "%!(NOVERB)"
        verb = self._template[self._at]
        self._at += 1
        if verb == "%":
            return notes + "%"
        if not self._good_index:
            return f"{notes}%!{verb}(BADINDEX)"
        if self._used >= len(self._values):
            return f"{notes}%!{verb}(MISSING)"
        value = self._values[self._used]
        self._used += 1
        return notes + formatted(value, verb, layout)

    def _layout(self) -> tuple[Layout, str]:
        flags: dict[str, bool] = {}
        while (char := self._template[self._at : self._at + 1]) and char in "-+# 0":
            flags[char] = True
            self._at += 1
        minus = flags.get("-", False)
        width, notes = self._number("WIDTH")
        if width is not None and width < 0:
            width, minus = -width, True
        precision = None
        if self._template[self._at : self._at + 1] == ".":
            self._at += 1
            if self._reordered:
                self._good_index = False
            precision, note = self._number("PREC")
            notes += note
            precision = 0 if precision is None and not note else precision
        if precision is not None and precision < 0:
            precision = None
        self._index()
        layout = Layout(minus, flags.get("+", False), flags.get("#", False), flags.get(" ", False), flags.get("0", False), width, precision)
        return layout, notes

    def _number(self, what: str) -> tuple[int | None, str]:
        """Read a width or precision: digits, or ``*`` for the next value."""
        self._index()
        if self._template[self._at : self._at + 1] == "*":
            self._at += 1
            return self._star(what)
        start = self._at
        while self._template[self._at : self._at + 1].isdigit() and self._template[self._at].isascii():
            self._at += 1
        digits = self._template[start : self._at]
        if not digits:
            return None, ""
        if self._reordered:
            self._good_index = False
        return (int(digits), "") if len(digits) < 8 and int(digits) <= _TOO_LARGE else (None, "")

    def _star(self, what: str) -> tuple[int | None, str]:
        value = indirect_interface(self._values[self._used]) if self._used < len(self._values) else INVALID
        self._used += self._used < len(self._values)
        self._reordered = False if self._used else self._reordered
        if value.kind not in _INTEGERS or abs(value.raw) > _TOO_LARGE or (what == "PREC" and value.raw < 0):
            return None, f"%!(BAD{what})"
        return value.raw, ""

    def _index(self) -> None:
        """Read an argument index such as ``[2]``."""
        if self._template[self._at : self._at + 1] != "[":
            return
        self._reordered = True
        end = self._template.find("]", self._at)
        digits = self._template[self._at + 1 : end] if end > 0 else ""
        self._at = end + 1 if end > 0 else self._at + 1
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0
        if 1 <= number <= len(self._values):
            self._used = number - 1
        else:
            self._good_index = False


def _extra(value: Value) -> str:
    value = indirect_interface(value)
    return f"{value.type.name}={show(value)}" if value.is_valid else "<nil>"
