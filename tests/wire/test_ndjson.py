import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.errors import StreamGarbled
from ollama_magics.wire.ndjson import NDJSONDecoder

TEXT = st.text(st.sampled_from('a{}[]":,\\ \r\n\t\x00\x0b\x0c\x1c\x85\u2028\u2029é😀\ufeff'), max_size=12)
OBJECTS = st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=3), max_size=6)


def encode(objects, ensure_ascii):
    return b"".join(json.dumps(item, ensure_ascii=ensure_ascii).encode() + b"\n" for item in objects)


def decode(pieces, **settings):
    """Return what the pieces give and the text of the error they end in."""
    decoder, found = NDJSONDecoder(**settings), []
    try:
        for piece in pieces:
            found += decoder.feed(piece)
        return found + decoder.flush(), None
    except StreamGarbled as garbled:
        return found + garbled.partial, garbled.message


def cut(data, cuts):
    edges = [0, *sorted(at % (len(data) + 1) for at in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(OBJECTS, st.booleans(), st.lists(st.integers(0, 10_000), max_size=20))
def test_however_the_bytes_are_cut_the_objects_are_the_same(objects, ensure_ascii, cuts):
    data = encode(objects, ensure_ascii)
    assert decode(cut(data, cuts)) == (objects, None)
    assert decode(cut(data.rstrip(b"\n"), cuts)) == (objects, None)


@given(st.binary(max_size=60) | TEXT.map(str.encode), st.lists(st.integers(0, 100), max_size=8), st.integers(1, 40))
def test_however_any_bytes_are_cut_the_outcome_is_the_same(data, cuts, longest):
    assert decode(cut(data, cuts), max_line_bytes=longest) == decode([data], max_line_bytes=longest)


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029", "\x7f"])
def test_a_line_ends_at_the_byte_and_nowhere_else(character):
    assert NDJSONDecoder().feed(f'{{"a": "x{character}y"}}\n'.encode()) == [{"a": f"x{character}y"}]


def test_blank_lines_and_carriage_returns_are_passed_over():
    assert NDJSONDecoder().feed(b'\n \r\n{"a":1}\r\n\n') == [{"a": 1}]


@pytest.mark.parametrize(
    "line",
    [b"<html>", b'{"a"', b"5", b"null", b"[]", b'"x"', b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"],
    ids=lambda line: repr(line[:9]),
)
def test_a_line_that_is_no_object_is_garbled_and_keeps_what_came_before_it(line):
    with pytest.raises(StreamGarbled) as caught:
        NDJSONDecoder().feed(b'{"a":1}\n' + line + b"\n")
    assert caught.value.partial == [{"a": 1}]
    assert caught.value.message.startswith("line 2 of the stream is ")
    assert len(caught.value.message) < 300


def test_a_flood_without_a_line_end_is_refused():
    decoder = NDJSONDecoder(max_line_bytes=10)
    with pytest.raises(StreamGarbled):
        decoder.feed(b"x" * 11)


def test_bytes_that_are_not_utf8_are_shown_as_replaced():
    assert NDJSONDecoder().feed(b'{"a":"\xff"}\n') == [{"a": "\ufffd"}]
