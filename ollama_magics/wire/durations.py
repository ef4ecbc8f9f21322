"""Durations as Ollama reads and writes them; every number of ours is in nanoseconds.

Source: Go time.ParseDuration and Duration.String; Ollama api/types.go, Duration.UnmarshalJSON (v0.33.0-rc2).
"""

from __future__ import annotations

import math
from typing import Any

from ollama_magics.errors import UsageProblem

FOREVER_NS = (1 << 63) - 1
"""What a negative ``keep_alive`` means: the longest duration there is, about 292 years."""

_SECOND = 1_000_000_000
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": _SECOND, "m": 60 * _SECOND, "h": 3600 * _SECOND}
_LIMIT = 1 << 63
_HINT = 'write a number of seconds, or text with a unit such as "10m"'


def parse_duration(value: str | int | float) -> int:
    """Return the nanoseconds of a ``keep_alive``: a number of seconds or a text with units; negative means for ever.

    Raises:
        UsageProblem: the value is no duration; the message is Ollama's own.

    Examples:
        >>> parse_duration(10), parse_duration("1h30m"), parse_duration("1.5s"), parse_duration(-1) == FOREVER_NS
        (10000000000, 5400000000000, 1500000000, True)
        >>> parse_duration("10")
        Traceback (most recent call last):
            ...
        ollama_magics.errors.UsageProblem: time: missing unit in duration "10"
        write a number of seconds, or text with a unit such as "10m"
    """
    if isinstance(value, str):
        nanoseconds = parse_go_duration(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        nanoseconds = _from_seconds(value)
    else:
        raise UsageProblem(f"Unsupported type: '{_go_type(value)}'", hint=_HINT)
    return FOREVER_NS if nanoseconds < 0 else nanoseconds


def parse_go_duration(text: str) -> int:
    """Return the nanoseconds that ``text`` spells, with its sign.

    Raises:
        UsageProblem: the text is no duration; the message is Go's.
    """
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    total = 0
    while True:
        nanoseconds, rest = _one_unit(rest, text)
        total += nanoseconds
        if total > _LIMIT:
            raise _invalid(text)
        if not rest:
            break
    if text[0] == "-":
        return -total
    if total == _LIMIT:
        raise _invalid(text)
    return total


def format_ns(nanoseconds: int) -> str:
    """Return the duration as Go writes it.

    Examples:
        >>> [format_ns(ns) for ns in (0, 1, 1_500, 2_000_000, 1_500_000_000, 3_661_000_000_000, -60_000_000_000)]
        ['0s', '1ns', '1.5µs', '2ms', '1.5s', '1h1m1s', '-1m0s']
    """
    sign, nanoseconds = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if nanoseconds == 0:
        return "0s"
    for unit, size in (("ns", 1_000), ("µs", 1_000_000), ("ms", _SECOND)):
        if nanoseconds < size:
            return f"{sign}{_decimal(nanoseconds, size // 1_000)}{unit}"
    minutes, nanoseconds = divmod(nanoseconds, 60 * _SECOND)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{head}{_decimal(nanoseconds, _SECOND)}s"


def _decimal(value: int, unit: int) -> str:
    whole, fraction = divmod(value, unit)
    digits = len(str(unit)) - 1
    return f"{whole}.{fraction:0{digits}d}".rstrip("0").rstrip(".") if fraction else str(whole)


def _one_unit(rest: str, text: str) -> tuple[int, str]:
    """Return the nanoseconds of the first number and unit of ``rest``, and what follows them."""
    whole, rest = _digits(rest)
    fraction = ""
    if rest[:1] == ".":
        fraction, rest = _digits(rest[1:])
    value = int(whole[:20] or "0") if len(whole.lstrip("0")) <= 19 else _LIMIT + 1
    if not (whole or fraction) or value > _LIMIT:
        raise _invalid(text)
    end = next((at for at, character in enumerate(rest) if character in ".0123456789"), len(rest))
    name, rest = rest[:end], rest[end:]
    if not name:
        raise UsageProblem(f"time: missing unit in duration {_quote(text)}", hint=_HINT)
    if name not in _UNITS:
        raise UsageProblem(f"time: unknown unit {_quote(name)} in duration {_quote(text)}", hint=_HINT)
    unit = _UNITS[name]
    if value > _LIMIT // unit:
        raise _invalid(text)
    value = value * unit + _fraction(fraction, unit)
    if value > _LIMIT:
        raise _invalid(text)
    return value, rest


def _fraction(digits: str, unit: int) -> int:
    """Return the nanoseconds of the digits after the point, by Go's float64 arithmetic; digits beyond int64 are dropped."""
    number, scale = 0, 1.0
    for digit in digits:
        if number > (_LIMIT - 1) // 10 or number * 10 + int(digit) > _LIMIT:
            break
        number, scale = number * 10 + int(digit), scale * 10
    return int(float(number) * (float(unit) / scale)) if number else 0


def _digits(text: str) -> tuple[str, str]:
    end = next((at for at, character in enumerate(text) if character not in "0123456789"), len(text))
    return text[:end], text[end:]


def _from_seconds(seconds: int | float) -> int:
    if math.isnan(seconds):
        raise _invalid("NaN")
    return int(seconds * 1e9) if abs(seconds) < FOREVER_NS / 1e9 else FOREVER_NS


def _invalid(text: str) -> UsageProblem:
    return UsageProblem(f"time: invalid duration {_quote(text)}", hint=_HINT)


def _quote(text: str) -> str:
    """Return the text in quotes, every byte of a character outside printable ASCII as ``\\x``.

    Source: Go time/format.go, quote.
    """
    pieces = []
    for character in text:
        if " " <= character < "\x80":
            pieces.append(f"\\{character}" if character in '"\\' else character)
        else:
            pieces.append("".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")))
    return f'"{"".join(pieces)}"'


def _go_type(value: Any) -> str:
    """Return how Go names the type that a JSON value decodes to."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (list, tuple)):
        return "[]interface {}"
    return "map[string]interface {}" if isinstance(value, dict) else type(value).__name__
