"""Trees of JSON as Python values: copies, and whether two are the same on the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return a copy of ``value`` made of dicts, lists, strings, numbers, booleans and None only.

    A number that JSON has no word for becomes None.

    Raises:
        TypeError: there is something else in it, or a key that is no string.

    >>> plain({"a": (1, 2.5)})
    {'a': [1, 2.5]}
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"a key is no string: {list(value)[:5]}")
        return {key: plain(entry) for key, entry in value.items()}
    raise TypeError(f"{type(value).__name__} is not JSON")


def same(one: Any, two: Any) -> bool:
    """Return whether two plain values are one value of JSON; in Python ``True == 1``.

    >>> same({"a": [1]}, {"a": [True]})
    False
    """
    if isinstance(one, bool) or isinstance(two, bool):
        return one is two
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(value, two[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(same(left, right) for left, right in zip(one, two, strict=True))
    return bool(one == two)
