"""Go's literals: how strings and numbers are read.

Source: Go 1.26 strconv (Unquote, UnquoteChar, ParseInt, ParseFloat) and text/template/parse/node.go (newNumber).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ollama_magics.template.errors import TemplateError
from ollama_magics.text.gostrings import quote

_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))")
_INT = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F_]+)|0[bB]([01_]+)|0[oO]([0-7_]+)|(0[0-7_]*)|([1-9][0-9_]*))\Z")
_FLOAT = re.compile(r"[+-]?(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9_]+)?\Z")
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F_]+\.?[0-9a-fA-F_]*|\.[0-9a-fA-F_]+)[pP][+-]?[0-9_]+\Z")
_STRAY_UNDERSCORE = re.compile(r"__|_(?![0-9a-fA-F])|(?<![0-9a-fA-FxXbBoO])_")
_INT_MIN, _INT_MAX, _UINT_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1


def unicode_name(char: str) -> str:
    """Return ``char`` as Go's verb ``%#U`` shows it: ``U+005B '['``."""
    shown = f" '{char}'" if char.isprintable() else ""
    return f"U+{ord(char):04X}{shown}"


def unquote(literal: str) -> str:
    """Return the value of a string literal.

    Bytes that form no valid UTF-8 (``"\\xff"``) become U+FFFD, as they do on the way into any JSON answer.

    Raises:
        TemplateError: ``invalid syntax``.
    """
    if literal[0] == "`":
        return literal[1:-1].replace("\r", "")
    body = literal[1:-1]
    if "\\" not in body:
        return body
    out = bytearray()
    at = 0
    while at < len(body):
        piece, at = _next_character(body, at, '"')
        out += piece
    return out.decode("utf-8", "replace")


def _next_character(body: str, at: int, mark: str) -> tuple[bytes, int]:
    """Return the bytes of the character or escape at ``at``, and the index after it."""
    if body[at] != "\\":
        end = body.find("\\", at)
        end = len(body) if end < 0 else end
        return body[at:end].encode("utf-8", "replace"), end
    match = _ESCAPE.match(body, at)
    if match is None:
        raise TemplateError("invalid syntax")
    named, byte, short, long, octal = match.groups()
    if named is not None:
        if named in "'\"" and named != mark:
            raise TemplateError("invalid syntax")
        return _ESCAPES.get(named, named).encode(), match.end()
    if byte or octal:
        value = int(byte, 16) if byte else int(octal, 8)
        if value > 0xFF:
            raise TemplateError("invalid syntax")
        return bytes([value]), match.end()
    code = int(short or long, 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise TemplateError("invalid syntax")
    return chr(code).encode(), match.end()


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric constant under all the types that can hold it; None where a type cannot."""

    integer: int | None = None
    unsigned: int | None = None
    float64: float | None = None
    complex128: complex | None = None


def read_character(literal: str) -> Number:
    """Return the value of a character constant such as ``'a'``.

    Raises:
        TemplateError: it is malformed.
    """
    body = literal[1:]
    if body.startswith("'"):
        raise TemplateError("invalid syntax")
    if body[0] == "\\":
        match = _ESCAPE.match(body)
        if match is None or match.group(1) == '"':
            raise TemplateError("invalid syntax")
        code, tail = _escape_code(match), body[match.end() :]
    else:
        code, tail = ord(body[0]), body[1:]
    if tail != "'":
        raise TemplateError(f"malformed character constant: {literal}")
    return Number(code, code, float(code))


def _escape_code(match: re.Match[str]) -> int:
    named, byte, short, long, octal = match.groups()
    if named is not None:
        return ord(_ESCAPES.get(named, named))
    code = int(octal, 8) if octal else int(byte or short or long, 16)
    if (octal and code > 0xFF) or code > 0x10FFFF or ((short or long) and 0xD800 <= code < 0xE000):
        raise TemplateError("invalid syntax")
    return code


def read_number(text: str) -> Number:
    """Return the value of a numeric constant.

    Raises:
        TemplateError: it is no number, or an integer beyond 64 bits.
    """
    if text.endswith("i"):
        imaginary = _parse_float(text[:-1])
        if imaginary is not None:
            return _simplified(complex(0, imaginary))
    value = _parse_int(text)
    signed = text[:1] in ("+", "-")
    if value is not None and (_INT_MIN <= value <= _INT_MAX or (value <= _UINT_MAX and not signed)):
        integer = value if value <= _INT_MAX else None
        unsigned = value if value >= 0 and (not signed or value == 0) else None
        return Number(integer, unsigned, float(value))
    as_float = _parse_float(text)
    if as_float is None:
        raise TemplateError(f"illegal number syntax: {quote(text)}")
    if not any(char in ".eEpP" for char in text):
        raise TemplateError(f"integer overflow: {quote(text)}")
    return _whole(as_float, None)


def read_complex(text: str) -> Number:
    """Return the value of a complex constant such as ``1+2i``.

    Raises:
        TemplateError: one of its halves is no number.
    """
    split = max(text.rfind("+"), text.rfind("-"))
    if text[split - 1] in "eEpP" and split > 1:
        split = max(text.rfind("+", 0, split), text.rfind("-", 0, split))
    real, imaginary = _parse_float(text[:split]), _parse_float(text[split:-1])
    if real is None or imaginary is None:
        raise TemplateError("syntax error scanning complex number")
    return _simplified(complex(real, imaginary))


def _simplified(value: complex) -> Number:
    return _whole(value.real, value) if value.imag == 0 else Number(complex128=value)


def _whole(value: float, as_complex: complex | None) -> Number:
    integer = unsigned = None
    if abs(value) < 2.0**64 and value == int(value):
        integer = int(value) if _INT_MIN <= value < 2.0**63 else None
        unsigned = int(value) if value >= 0 else None
    return Number(integer, unsigned, value, as_complex)


def _parse_int(text: str) -> int | None:
    match = _INT.match(text)
    if match is None or _STRAY_UNDERSCORE.search(text):
        return None
    sign, *digits = match.groups()
    for base, part in zip((16, 2, 8, 8, 10), digits, strict=True):
        if part is not None:
            plain = part.replace("_", "")
            # More digits than any 64-bit number has need no exact value.
            value = int(plain, base) if len(plain) <= 70 else 1 << 80
            return -value if sign == "-" else value
    return None


def _parse_float(text: str) -> float | None:
    if _HEX_FLOAT.match(text):
        try:
            return float.fromhex(text.replace("_", ""))
        except OverflowError:
            return None
    if not _FLOAT.match(text) or "_" in text:
        return None
    value = float(text)
    return None if value in (float("inf"), float("-inf")) else value
