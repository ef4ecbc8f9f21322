"""Texts and decimals as Go writes them."""

from __future__ import annotations

import doctest
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.template.literals import unquote
from ollama_magics.text import floats, gostrings


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_digits_name_the_same_32_bit_float_and_no_shorter_ones_do(value: float) -> None:
    short = floats.shortest_float32(value)
    assert floats.float32_of_text(floats.go_float(short)) == short
    assert floats.float32_of_text(repr(value)) == short
    assert len(floats.go_float(short)) <= len(floats.go_float(value))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_go_digits_mean_the_same_number(value: float) -> None:
    assert float(floats.go_float(value)) == value
    assert isinstance(json.loads(floats.go_float(value)), (int, float))


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ('say "hi"', '"say \\"hi\\""'),
        ("it's", '"it\'s"'),
        ("a\\b\n\t\x00\x7f", '"a\\\\b\\n\\t\\x00\\x7f"'),
        ("\x85\u2028\U000e0001", '"\\u0085\\u2028\\U000e0001"'),
        ("é 日 😀", '"é 日 😀"'),
    ],
)
def test_quoting(text: str, literal: str) -> None:
    assert gostrings.quote(text) == literal


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_quoted_reads_back(text: str) -> None:
    assert unquote(gostrings.quote(text)) == text


def test_examples_run() -> None:
    for module in (floats, gostrings):
        assert doctest.testmod(module).failed == 0
