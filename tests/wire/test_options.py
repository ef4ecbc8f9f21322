"""Options: the table, and typed values from PARAMETER texts."""

from __future__ import annotations

import doctest
import re

import pytest

from ollama_magics.errors import UsageProblem
from ollama_magics.wire import options
from ollama_magics.wire.options import DEPRECATED, FORMER, OPTIONS, format_parameter


def test_the_table_has_the_twenty_options() -> None:
    assert len(OPTIONS) == 20
    assert [name for name, option in OPTIONS.items() if option.load_time] == [
        *("num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict")
    ]
    assert not DEPRECATED & set(OPTIONS)


def test_options_of_older_versions() -> None:
    assert not set(FORMER) & set(OPTIONS)
    for option in FORMER.values():
        since, until = ([int(part) for part in version.split(".")] for version in (option.since, option.until))
        assert since < until
    assert {name for name, option in FORMER.items() if option.deprecated} == DEPRECATED


@pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda option: option.name)
def test_each_option_is_described(option: options.Option) -> None:
    assert option.meaning.endswith(".")
    assert option.meaning.isprintable()
    assert option.effect.endswith(".")
    assert option.effect.isprintable()
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", option.since)
    if option.usual and option.default is not None:
        assert option.usual[0] <= option.default <= option.usual[1]
    assert format_parameter(option.name, [option.example.strip('"')]) is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".5", 0.5),
        ("1.", 1.0),
        ("1e-3", 0.001),
        ("0x1p-2", 0.25),
        ("0X_Ap0", 10.0),
        ("1_000", 1000.0),
        ("0.1", 0.1),
        ("0.70000001", 0.7),
        ("16777217", 16777216.0),
        ("3.4028235e38", 3.4028235e38),
        ("1e-46", 0.0),
        ("7.0064923216240854e-46", 1e-45),  # half of the smallest 32-bit float goes to the even neighbour 0, the least above it does not
        ("-Inf", float("-inf")),
    ],
)
def test_floats_are_rounded_once_to_32_bits(text: str, value: float) -> None:
    assert format_parameter("temperature", [text]) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # 1 + 2**-24 is the middle between 1 and the next 32-bit float; the digits behind it vanish in 64 bits.
        ("1.000000059604644775390625", 1.0),
        ("1.0000000596046447753906250000000000000000001", 1.0000001),
        ("1.00000017881393432617187499999999999999999999", 1.0000001),
        ("1.000000178813934326171875", 1.0000002),
        ("-1.0000000596046447753906250000000000000000001", -1.0000001),
        ("0x1.0000010000000000000000001p0", 1.0000001),
        ("0x1.000001p0", 1.0),
        ("0x1000001p-24", 1.0),
    ],
)
def test_the_middle_between_two_floats_is_decided_by_all_digits(text: str, value: float) -> None:
    assert format_parameter("top_p", [text]) == value


@pytest.mark.parametrize(
    "text",
    ["", ".", "+", "0x1", "1__0", "_1", "1_", "1_e5", "1e_5", "1e", "e5", "1,5", "-nan", "+-1", "１", "1 ", "1e40", "0x1p_2", "1e999"],
)
def test_what_go_refuses_is_refused_in_its_words(text: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        format_parameter("min_p", [text])
    assert str(caught.value) == f"invalid float value [{text}]"


@pytest.mark.parametrize(("text", "value"), [("+5", 5), ("-0", 0), ("007", 7), ("9223372036854775807", 2**63 - 1), ("0" * 5000 + "1", 1)])
def test_integers(text: str, value: int) -> None:
    assert format_parameter("seed", [text]) == value


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "0x10", "1_000", "9223372036854775808", "-9223372036854775809", "५", "5\n", "9" * 5000])
def test_not_integers(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"^invalid int value \["):
        format_parameter("num_ctx", [text])


def test_all_texts_of_stop_count_and_the_first_of_the_others() -> None:
    assert format_parameter("stop", ["a", "b"]) == ["a", "b"]
    assert format_parameter("top_k", ["1", "2"]) == 1
    with pytest.raises(UsageProblem, match=r"invalid bool value \[yes no\]"):
        format_parameter("use_mmap", ["yes", "no"])


@pytest.mark.parametrize("name", ["Temperature", "num_gqa", "", "mirostat"])
def test_other_names_are_unknown(name: str) -> None:
    with pytest.raises(UsageProblem, match=f"^unknown parameter '{name}'$"):
        format_parameter(name, ["1"])


def test_examples_run() -> None:
    assert doctest.testmod(options).failed == 0
