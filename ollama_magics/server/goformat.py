"""Values as Go's ``fmt`` prints them with ``%v`` and ``%#v``.

Source: Go fmt and strconv (Go 1.26), for values that encoding/json decodes into ``any``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ollama_magics.text.gostrings import quote

_LARGE = 6
"""Powers of ten from here up are written with an exponent. Source: Go strconv ``%e is used if …``."""


def plain(value: Any) -> str:
    """Return ``value`` as ``%v`` prints it."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number(value)
        case Mapping():
            return f"map[{' '.join(f'{key}:{plain(item)}' for key, item in sorted(value.items()))}]"
        case list() | tuple():
            return f"[{' '.join(map(plain, value))}]"
    return str(value)


def syntax(value: Any) -> str:
    """Return ``value`` as ``%#v`` prints it: the way Go source would write it."""
    return "<nil>" if value is None else _literal(value)


def _literal(value: Any) -> str:
    match value:
        case None:
            return "interface {}(nil)"
        case str():
            return quote(value)
        case Mapping():
            items = ", ".join(f"{quote(key)}:{_literal(item)}" for key, item in sorted(value.items()))
            return f"map[string]interface {{}}{{{items}}}"
        case list() | tuple():
            return f"[]interface {{}}{{{', '.join(map(_literal, value))}}}"
    return plain(value)


def number(value: float) -> str:
    """Return a number with the fewest digits, with an exponent from 1e+06 up and below 1e-04.

    Examples:
        >>> [number(x) for x in (7.0, 0.7, 1e6, 1234567.0, 0.0001, 0.00001, 1e21)]
        ['7', '0.7', '1e+06', '1.234567e+06', '0.0001', '1e-05', '1e+21']
    """
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    power = len(text) - 1 + exponent
    minus = "-" if sign else ""
    if not any(digits):
        return f"{minus}0"
    if power < -4 or power >= _LARGE:
        return f"{minus}{text[0]}{'.' if text[1:] else ''}{text[1:]}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if power < 0:
        return f"{minus}0.{'0' * (-power - 1)}{text}"
    whole, fraction = text[: power + 1].ljust(power + 1, "0"), text[power + 1 :]
    return f"{minus}{whole}{'.' if fraction else ''}{fraction}"
