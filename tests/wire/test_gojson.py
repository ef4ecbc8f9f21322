"""JSON text as Go writes it."""

from __future__ import annotations

import doctest
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.errors import UsageProblem
from ollama_magics.wire import gojson
from ollama_magics.wire.gojson import dumps


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "-0"),
        (1e16, "10000000000000000"),
        (1.5e20, "150000000000000000000"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"),
        (1e-10, "1e-10"),
        (0.000001, "0.000001"),
        (0.00012, "0.00012"),
        (-1.25e-6, "-0.00000125"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (2**63 - 1, "9223372036854775807"),
        (True, "true"),
        (None, "null"),
        ({}, "{}"),
        ([], "[]"),
        (("a", [1]), '["a",[1]]'),
        (b"\x00\xff", '"AP8="'),
        ("<a>&", '"\\u003ca\\u003e\\u0026"'),
        ("\u2028\u2029\u0085\x7f", '"\\u2028\\u2029\u0085\x7f"'),
        ('"\\/', '"\\"\\\\/"'),
        ("\b\f\n\r\t\x00\x1f", '"\\b\\f\\n\\r\\t\\u0000\\u001f"'),
        ("\ud83d!", '"\\ufffd!"'),
        ({"b": 1, "a<": {"c": []}}, '{"b":1,"a\\u003c":{"c":[]}}'),
    ],
)
def test_go_writes_it_like_this(value: Any, text: str) -> None:
    assert dumps(value) == text


@pytest.mark.parametrize(("value", "name"), [(float("nan"), "NaN"), (float("inf"), r"\+Inf"), (float("-inf"), "-Inf")])
def test_json_has_no_such_number(value: float, name: str) -> None:
    with pytest.raises(UsageProblem, match=f"^json: unsupported value: {name}$"):
        dumps({"a": [value]})


def test_a_type_that_json_has_not() -> None:
    with pytest.raises(UsageProblem, match="unsupported type: set"):
        dumps({1})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


class Whole(int):
    """A number without a point, which may have been a float that has more digits than 64 bits hold."""

    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        return float(self) == other if isinstance(other, float) else int(self) == other


@given(VALUES)
def test_it_reads_back_as_the_same(value: Any) -> None:
    text = dumps(value)
    assert json.loads(text, parse_int=Whole) == value
    assert dumps(json.loads(text, parse_int=lambda digits: -0.0 if digits == "-0" else int(digits))) == text


def test_examples_run() -> None:
    assert doctest.testmod(gojson).failed == 0
