"""The protocol without a wire: whatever the bytes, and however they are cut, the same records and the same error."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.client import protocol
from ollama_magics.client.protocol import ReplyDecoder
from ollama_magics.errors import OllamaMagicsError, StreamFault

LINES = st.sampled_from(
    [
        {"status": "pulling manifest"},
        {"status": "success"},
        {"error": "boom"},
        {"error": ""},
        {"message": {"content": "a\x85\u2028"}, "done": False},
        {"message": {"content": ""}, "done": True},
        {"_debug_info": {"rendered_template": ""}},
    ]
).map(lambda value: json.dumps(value, ensure_ascii=False).encode() + b"\n")
BODIES = st.lists(LINES | st.sampled_from([b"\n", b"nope\n", b"{", b"<html>", b"5\n", b"\xff\n"]), max_size=6).map(b"".join)
ENDPOINTS = st.sampled_from([protocol.CHAT, protocol.CREATE, protocol.SHOW, protocol.DELETE])
STATUSES = st.sampled_from([200, 200, 200, 201, 301, 400, 404, 500, 503])
KINDS = st.sampled_from(["application/x-ndjson", "application/json; charset=utf-8", "text/html", "text/plain", ""])


def outcome(pieces, endpoint, status, kind, lines):
    """Return the records and what the error says, if there is one."""
    streamed = lines and endpoint.finished is not None
    decoder = ReplyDecoder(protocol.call(endpoint, model="m"), status, {"content-type": kind}, server="s", lines=streamed)
    found = []
    try:
        for piece in pieces:
            found += decoder.feed(piece)
        return found + decoder.finish(), None
    except StreamFault as fault:
        return found + fault.partial, (type(fault), fault.message)
    except OllamaMagicsError as error:
        return found, (type(error), error.message)


@given(BODIES, st.lists(st.integers(0, 500), max_size=8), ENDPOINTS, STATUSES, KINDS, st.booleans())
def test_an_answer_means_the_same_however_it_is_cut(body, cuts, endpoint, status, kind, lines):
    edges = [0, *sorted(at % (len(body) + 1) for at in cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(edges)]
    assert outcome(pieces, endpoint, status, kind, lines) == outcome([body], endpoint, status, kind, lines)


@given(st.binary(max_size=200), ENDPOINTS, st.integers(200, 599), KINDS, st.booleans())
def test_any_bytes_are_records_or_one_of_our_errors(body, endpoint, status, kind, lines):
    found, error = outcome([body], endpoint, status, kind, lines)
    assert found or error
