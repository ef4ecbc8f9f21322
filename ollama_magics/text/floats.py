"""Floats as Go reads and writes them: 32-bit values from text, and the decimals of both widths.

Source: Go strconv.ParseFloat, strconv.AppendFloat, and encoding/json floatEncoder (Go 1.26).
"""

from __future__ import annotations

import math
import re
from struct import pack, unpack

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEX = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+")
_SPECIAL = re.compile(r"[+-]?inf(?:inity)?|nan", re.ASCII | re.IGNORECASE)
_LOOSE_UNDERSCORE = re.compile(r"(?<![0-9])_|_(?![0-9])")
_LOOSE_HEX_UNDERSCORE = re.compile(r"(?<![0-9a-fA-FxX])_|_(?![0-9a-fA-F])")


def float32_of_text(text: str) -> float | None:
    """Return the 32-bit float that ``text`` names, as the shortest decimal that means it; None when Go would refuse the text.

    Examples:
        >>> float32_of_text("1_000"), float32_of_text("0x1p-2"), float32_of_text(".1"), float32_of_text("1e40"), float32_of_text("0x1")
        (1000.0, 0.25, 0.1, None, None)
    """
    if _SPECIAL.fullmatch(text):
        return float(text)
    digits = text
    if "_" in text:
        loose = _LOOSE_HEX_UNDERSCORE if text.lstrip("+-")[:2] in ("0x", "0X") else _LOOSE_UNDERSCORE
        if loose.search(text):
            return None
        digits = text.replace("_", "")
    try:
        if _DECIMAL.fullmatch(digits):
            value = float(digits)
        elif _HEX.fullmatch(digits):
            value = float.fromhex(digits)
        else:
            return None
        rounded = _round_to_float32(value, digits)
    except OverflowError:
        return None
    return None if math.isinf(rounded) else shortest_float32(rounded)


def _round_to_float32(value: float, digits: str) -> float:
    """Round ``value``, itself the 64-bit rounding of ``digits``, to 32 bits as if ``digits`` had been rounded once.

    Raises:
        OverflowError: no 32-bit float is that large.
    """
    if math.isinf(value):
        return value
    rounded: float = unpack("<f", pack("<f", value))[0]
    if rounded == value:
        return rounded
    # Rounding twice is wrong only where the first rounding landed in the very middle between two 32-bit floats.
    other = _neighbour(rounded, up=value > rounded)
    if math.isinf(other) or abs(value - rounded) != abs(other - value):
        return rounded
    exact = _compare(digits, value)
    if exact == 0:
        return rounded
    return max(rounded, other) if exact > 0 else min(rounded, other)


def _neighbour(value: float, *, up: bool) -> float:
    if value == 0:
        return math.copysign(2.0**-149, 1 if up else -1)
    bits: int = unpack("<i", pack("<f", value))[0]
    bits += 1 if up == (value > 0) else -1
    result: float = unpack("<f", pack("<i", bits))[0]
    return result


def _compare(digits: str, value: float) -> int:
    """Return the sign of the exact number ``digits`` minus ``value``."""
    from decimal import Decimal

    if "x" not in digits and "X" not in digits:
        exact, near = Decimal(digits), Decimal(value)
        return (exact > near) - (exact < near)
    mantissa, _, exponent = digits.lower().partition("p")
    whole, _, fraction = mantissa.partition(".")
    numerator, denominator = value.as_integer_ratio()
    shift = int(exponent) - 4 * len(fraction)
    left = int(whole + fraction, 16) * denominator << max(shift, 0)
    right = numerator << max(-shift, 0)
    return (left > right) - (left < right)


def shortest_float32(value: float) -> float:
    """Return the float whose digits are the fewest that still name the 32-bit float nearest to ``value``.

    Examples:
        >>> shortest_float32(0.699999988079071)
        0.7
    """
    if not math.isfinite(value) or (value == int(value) and abs(value) < 2**24):
        return value
    target = pack("<f", value)
    exact = unpack("<f", target)[0]
    for precision in range(8):
        digits = f"{exact:.{precision}e}"
        mantissa, _, exponent = digits.partition("e")
        away = int(mantissa.replace(".", "")) + (-1 if exact < 0 else 1)
        # Below a power of two the floats lie closer than above it, so the decimal farther away may be the only one that fits.
        for candidate in (float(digits), float(f"{away}e{int(exponent) - precision}")):
            if _packs_to(candidate, target):
                return candidate
    return float(f"{exact:.8e}")


def _packs_to(value: float, target: bytes) -> bool:
    try:
        return pack("<f", value) == target
    except OverflowError:
        return False


def go_float(value: float) -> str:
    """Return a finite float as Go's encoding/json writes a float64.

    Examples:
        >>> [go_float(x) for x in (1.0, -0.0, 1e20, 1e21, 1e-6, 1e-7, 0.1)]
        ['1', '-0', '100000000000000000000', '1e+21', '0.000001', '1e-7', '0.1']
    """
    text = repr(value)
    size = abs(value)
    if size and (size < 1e-6 or size >= 1e21):
        mantissa, _, exponent = text.partition("e")
        mantissa = mantissa.removesuffix(".0")
        return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"
    if "e" not in text:
        return text.removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    sign, digits = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = digits.partition(".")
    fraction = fraction if fraction != "0" else ""
    power = int(exponent)
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{whole}{fraction}"
    return f"{sign}{whole}{fraction}{'0' * (power - len(fraction))}"
