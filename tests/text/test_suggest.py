"""Names that are near a misspelt one."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.text import suggest
from ollama_magics.text.suggest import distance, nearest

NAMES = ["num_ctx", "num_predict", "num_gpu", "temperature", "top_k", "top_p", "stop", "seed", "llama3.2:latest", "library/mario:latest"]


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("temprature", "temperature"),
        ("temp", "temperature"),
        ("TEMPERATURE", "temperature"),
        ("num-ctx", "num_ctx"),
        ("predict", "num_predict"),
        ("stpo", "stop"),
        ("topk", "top_k"),
        ("llama3.1:latest", "llama3.2:latest"),
        ("mario", "library/mario:latest"),
    ],
)
def test_a_slip_finds_its_name(word: str, first: str) -> None:
    assert nearest(word, NAMES)[0] == first


@pytest.mark.parametrize("word", ["", "zzz", "qwertyuiop", "x" * 10_000])
def test_nothing_near_is_nothing(word: str) -> None:
    assert nearest(word, NAMES) == []


def test_no_more_than_asked_for() -> None:
    assert len(nearest("num", NAMES, limit=2)) == 2


@given(st.text("abc_", max_size=8), st.text("abc_", max_size=8))
def test_distance_is_symmetric_and_zero_only_for_equals(left: str, right: str) -> None:
    assert distance(left, right, 9) == distance(right, left, 9)
    assert (distance(left, right, 9) == 0) == (left == right)


def test_examples_run() -> None:
    assert doctest.testmod(suggest).failed == 0
