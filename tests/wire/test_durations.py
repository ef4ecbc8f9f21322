import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.errors import UsageProblem
from ollama_magics.wire.durations import FOREVER_NS, format_ns, parse_duration, parse_go_duration

VALUES = [
    (10, 10_000_000_000),
    (0, 0),
    (0.5, 500_000_000),
    (-1, FOREVER_NS),
    ("-1s", FOREVER_NS),
    ("0", 0),
    ("-0s", 0),
    ("10m", 600_000_000_000),
    ("1h30m0.5s", 5_400_500_000_000),
    (".5s", 500_000_000),
    ("1.s", 1_000_000_000),
    ("1µs", 1_000),
    ("1μs", 1_000),
    ("+3ns", 3),
    ("9223372036854775807ns", FOREVER_NS),
    ("0.3333333333333333333h", 1_200_000_000_000),
    (1e30, FOREVER_NS),
]


@pytest.mark.parametrize(("value", "nanoseconds"), VALUES, ids=[repr(row[0]) for row in VALUES])
def test_a_keep_alive_is_read_as_ollama_reads_it(value, nanoseconds):
    assert parse_duration(value) == nanoseconds


REFUSED = [
    ("10", 'time: missing unit in duration "10"'),
    ("", 'time: invalid duration ""'),
    ("-", 'time: invalid duration "-"'),
    (".s", 'time: invalid duration ".s"'),
    ("x", 'time: invalid duration "x"'),
    ("1x", 'time: unknown unit "x" in duration "1x"'),
    ("1s2", 'time: missing unit in duration "1s2"'),
    ("3000000h", 'time: invalid duration "3000000h"'),
    ("9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'),
    ("99999999999999999999s", 'time: invalid duration "99999999999999999999s"'),
    ('1"', 'time: unknown unit "\\"" in duration "1\\""'),
    ("1é", 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'),
    (True, "Unsupported type: 'bool'"),
    ([], "Unsupported type: '[]interface {}'"),
    ({}, "Unsupported type: 'map[string]interface {}'"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[repr(row[0]) for row in REFUSED])
def test_what_is_no_duration_is_refused_in_ollamas_words(value, message):
    with pytest.raises(UsageProblem) as caught:
        parse_duration(value)
    assert caught.value.message == message


@given(st.integers(-(1 << 53), 1 << 53))
def test_a_written_duration_reads_back(nanoseconds):
    assert parse_go_duration(format_ns(nanoseconds)) == nanoseconds
