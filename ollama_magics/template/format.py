"""Values as Go's ``fmt`` prints them: ``Sprint``, ``Sprintln`` and the single verb.

Source: Go 1.26 fmt/print.go and fmt/format.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ollama_magics.template.errors import TemplateError
from ollama_magics.template.values import STRING, Kind, Value, indirect_interface
from ollama_magics.text.gostrings import quote

MAX_TEXT = 64 * 1024 * 1024
"""Characters of the longest text that one function may make; Go has no such limit."""

_INTEGERS = frozenset({Kind.INT, Kind.UINT8})
_LETTERS = {"b": "b", "o": "o", "O": "o", "x": "x", "X": "X", "d": "d", "v": "d"}
_PREFIXES = {"b": "0b", "o": "0", "O": "0o", "x": "0x", "X": "0X"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The flags, the width and the precision of one verb; ``names`` shows the fields of structs with their names."""

    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None
    names: bool = False

    def pad(self, text: str, *, zero: bool | None = None) -> str:
        """Return ``text`` filled to the width, which counts code points."""
        width = self.width or 0
        if self.minus:
            return text.ljust(width)
        return text.rjust(width, "0" if (self.zero if zero is None else zero) else " ")


PLAIN = Layout()


def bounded(parts: Iterable[str]) -> str:
    """Return the parts joined; a template cannot make a text longer than ``MAX_TEXT`` characters.

    Raises:
        TemplateError: it tries to.
    """
    out: list[str] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_TEXT:
            raise TemplateError(f"exceeded the limit of {MAX_TEXT} characters")
        out.append(part)
    return "".join(out)


def sprint(values: Sequence[Value]) -> str:
    """Return the values as text, with a blank between two neighbours when neither is a string."""

    def parts() -> Iterator[str]:
        glued = True
        for value in values:
            is_text = value.kind is Kind.STRING
            if not is_text and not glued:
                yield " "
            yield show(value)
            glued = is_text

    return bounded(parts())


def sprintln(values: Sequence[Value]) -> str:
    """Return the values as text with blanks between them and a line feed behind."""
    return bounded(part for value in values for part in (show(value), " "))[:-1] + "\n"


def show(value: Value) -> str:
    """Return one value as ``fmt.Sprint`` shows it (the verb ``%v``)."""
    return formatted(value, "v", PLAIN)


def formatted(value: Value, verb: str, layout: Layout) -> str:
    """Return one value under a verb of ``Sprintf``."""
    value = indirect_interface(value)
    if not value.is_valid:
        return layout.pad("<nil>") if verb in "vT" else f"%!{verb}(<nil>)"
    if verb == "T":
        return format_text(value.type.name, "s", layout)
    if verb == "p":
        return _address(layout) if value.kind in (Kind.POINTER, Kind.MAP, Kind.SLICE) else bad_verb(value, verb, layout)
    return _composite(value, verb, layout, 0)


def bad_verb(value: Value, verb: str, layout: Layout = PLAIN) -> str:
    """Return the text for a verb that does not fit the value: ``%!d(string=x)``."""
    return f"%!{verb}({value.type.name}={_composite(value, 'v', layout, 0, methods=False)})"


def _composite(value: Value, verb: str, layout: Layout, depth: int, *, methods: bool = True) -> str:
    method = value.type.methods.get("String") if methods and verb in "vsxXq" else None
    if method is not None:
        return format_text(method(value).raw, verb, layout)

    def inner(each: Value) -> str:
        return _composite(each, verb, layout, depth + 1, methods=methods)

    kind, raw = value.kind, value.raw
    if kind is Kind.STRUCT:
        names = [f"{each.name}:" if layout.names else "" for each in value.type.fields]
        return "{" + " ".join(name + inner(value.field(each.name)) for name, each in zip(names, value.type.fields, strict=True)) + "}"
    if kind is Kind.MAP:
        return "map[" + " ".join(f"{inner(Value(STRING, key))}:{inner(item)}" for key, item in value.entries()) + "]"
    if kind is Kind.INTERFACE:
        return "<nil>" if raw is None else inner(raw)
    if kind is Kind.SLICE:
        if value.type.inner.kind is Kind.UINT8 and verb in "sqxX":
            return format_text(bytes(raw or ()).decode("utf-8", "replace"), verb, layout)
        return "[" + " ".join(map(inner, value.items())) + "]"
    if kind is Kind.POINTER:
        return _pointer(value, verb, layout, depth, methods=methods)
    return _scalar(value, verb, layout)


def _pointer(value: Value, verb: str, layout: Layout, depth: int, *, methods: bool) -> str:
    if value.raw is None:
        return layout.pad("<nil>") if verb == "v" else f"%!{verb}({value.type.name}=<nil>)"
    if depth == 0 and value.raw.kind in (Kind.STRUCT, Kind.SLICE, Kind.MAP):
        return "&" + _composite(value.raw, verb, layout, depth + 1, methods=methods)
    return _address(layout) if verb in "vpbodxX" else bad_verb(value, verb, layout)


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
    return bad_verb(value, verb, layout)


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
        raw_able = layout.sharp and "`" not in text and all(char.isprintable() or char == "\t" for char in text)
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
    digits = format(number % (1 << 64), "X").rjust(max(4, layout.precision or 0), "0")
    shown = f" '{char}'" if layout.sharp and char.isprintable() else ""
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
        return _binary_exponent(number, verb)
    if precision is None and not layout.sharp:
        shown = general(number)
        return shown.upper() if verb == "G" else shown
    return f"{number:{'#' if layout.sharp else ''}.{6 if precision is None else precision or 1}{'g' if verb == 'v' else verb}}"


def _binary_exponent(number: float, verb: str) -> str:
    mantissa, _, exponent = number.hex().partition("p")
    if verb == "b":
        whole, _, fraction = mantissa.removeprefix("0x").partition(".")
        if number == 0:
            return "0p-1074"
        return f"{int(whole + fraction.ljust(13, '0'), 16)}p{int(exponent) - 52:+d}"
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    shown = f"{mantissa if number else '0x0'}p{'-' if int(exponent) < 0 else '+'}{abs(int(exponent)):02d}"
    return shown.upper() if verb == "X" else shown


def _shortest_digits(number: float) -> tuple[str, str, int]:
    """Return sign, shortest exact digits and the place of the decimal point after the first of them."""
    mantissa, _, exponent = repr(number).partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return sign, digits.rstrip("0") or "0", point


def _plain_decimal(digits: str, point: int) -> str:
    """Return digits with the decimal point after ``point`` of them, filled with noughts."""
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def general(number: float) -> str:
    """Return a finite float under ``%v``: shortest digits, an exponent below 1e-4 and from 1e6."""
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    sign, digits, point = _shortest_digits(number)
    exponent = point - 1
    if -4 <= exponent < 6:
        return sign + _plain_decimal(digits, point)
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
