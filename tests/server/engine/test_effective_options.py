"""The options of a request, and the texts for values that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.server.errors import ApiError
from ollama_magics.server.options import Options, effective
from ollama_magics.wire.options import OPTIONS


def test_each_map_changes_what_it_names():
    options = effective(2048, {"temperature": 0.5, "stop": ["a"], "num_ctx": 512.0}, {"temperature": 0, "seed": 7.0})
    assert (options.temperature, options.stop, options.num_ctx, options.seed) == (0.0, ("a",), 512, 7)
    assert effective(2048) == Options(num_ctx=2048)


def test_stop_is_replaced_as_a_whole_and_null_changes_nothing():
    assert effective(4, {"stop": ["a", "b"]}, {"stop": ["c"], "seed": None}).stop == ("c",)


def test_unknown_names_are_ignored():
    assert effective(4, {"mirostat": "x", "nosuch": []}) == Options(num_ctx=4)


def test_the_defaults_are_those_that_people_are_told():
    defaults = effective(0)
    for name, option in OPTIONS.items():
        if option.default is not None and name != "stop":
            assert getattr(defaults, name) == option.default, name


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("top_k", "5", 'option "top_k" must be of type integer'),
        ("top_k", True, 'option "top_k" must be of type integer'),
        ("main_gpu", "0", 'option "main_gpu" must be of type integer'),
        ("temperature", {}, 'option "temperature" must be of type float32'),
        ("top_p", True, 'option "top_p" must be of type float32'),
        ("use_mmap", 1.0, 'option "use_mmap" must be of type boolean'),
        ("stop", "x", 'option "stop" must be of type array'),
        ("stop", ["a", 1.0], 'option "stop" must be of an array of strings'),
    ],
)
def test_a_wrong_type_is_a_500_in_ollamas_words(name, value, text):
    with pytest.raises(ApiError) as caught:
        effective(4, {name: value})
    assert (caught.value.status, caught.value.text) == (500, text)


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers())
def test_any_number_becomes_a_whole_one_of_64_bits(number):
    found = effective(4, {"seed": number}).seed
    assert found >= -(1 << 63)
    if isinstance(number, float) and abs(number) < 2**62:
        assert found == int(number)
