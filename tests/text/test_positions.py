"""Lines and columns of offsets."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.text import positions
from ollama_magics.text.positions import LineIndex, Position

TEXTS = st.text(alphabet="ab\r\n\t \u0085\u2028é\U0001f600\ufeff", max_size=60)


@given(TEXTS)
def test_offset_and_position_are_inverse_within_lines(text: str) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        line, column = index.position(offset)
        if column <= len(index.line_text(line)) + 1:
            assert index.offset(line, column) == offset


@given(TEXTS)
def test_lines_are_those_of_the_three_line_ends(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    index = LineIndex(text)
    assert [index.line_text(number) for number in range(1, index.line_count + 1)] == lines


def test_offsets_outside_count_as_the_ends() -> None:
    index = LineIndex("ab\nc")
    assert index.position(-5) == Position(1, 1)
    assert index.position(99) == Position(2, 2)


@pytest.mark.parametrize("line", [0, 3])
def test_a_line_that_is_not_there_is_an_error(line: int) -> None:
    index = LineIndex("a\nb")
    with pytest.raises(IndexError, match=r"is not in 1\.\.2"):
        index.offset(line, 1)
    with pytest.raises(IndexError):
        index.line_text(line)


def test_a_column_behind_the_line_is_its_end() -> None:
    assert LineIndex("ab\r\ncd").offset(1, 9) == 2


def test_examples_run() -> None:
    assert doctest.testmod(positions).failed == 0
