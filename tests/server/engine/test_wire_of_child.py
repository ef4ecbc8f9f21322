"""What comes from a child, cut at any place, and what goes to a client, piece by piece or at once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.server.answers import ChatAnswer, GenerateAnswer
from ollama_magics.server.engine.completion import Chunk, ChunkReader, Metrics, chat_chunk, completion_chunk
from ollama_magics.server.engine.link import _split_chunks
from ollama_magics.server.errors import ApiError


def chunked(parts: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.data())
def test_chunks_are_the_same_however_the_bytes_arrive(parts, data):
    stream = chunked(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    buffer, found, ended = b"", [], False
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        buffer += stream[begin:end]
        pieces, position, ended = _split_chunks(buffer)
        found += pieces
        buffer = buffer[position:]
        if ended:
            break
    assert b"".join(found) == b"".join(parts)
    assert ended


def event(content: str, **more) -> bytes:
    return json.dumps({"content": content, "stop": False, **more}).encode()


def test_a_token_that_repeats_more_than_30_times_ends_the_answer_without_a_last_chunk():
    reader = ChunkReader(lambda item: completion_chunk(item, top=False))
    chunks = reader.feed([event("a"), *[event(" b ")] * 40])
    assert [chunk.content for chunk in chunks] == ["a", *[" b "] * 31]
    assert reader.ended


def test_an_error_in_the_stream_is_raised_with_the_engines_words():
    reader = ChunkReader(lambda item: completion_chunk(item, top=False))
    with pytest.raises(ApiError, match="no room"):
        reader.feed([b'{"error":{"code":500,"message":"no room","type":"server_error"}}'])


def test_pieces_of_tool_calls_are_put_together():
    calls: dict = {}
    deltas = [
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "get", "arguments": '{"ci'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": 'ty":"Rome"}'}}]},
    ]
    for delta in deltas:
        assert chat_chunk({"choices": [{"delta": delta, "finish_reason": None}]}, calls, top=False) is None
    last = chat_chunk({"choices": [{"delta": {}, "finish_reason": "tool_calls"}], "timings": {"predicted_n": 3}}, calls, top=False)
    assert last.tool_calls == [{"id": "c1", "function": {"index": 0, "name": "get", "arguments": {"city": "Rome"}}}]
    assert last.metrics.eval_count == 3


texts = st.text(st.characters(codec="utf-8"), max_size=20)
pieces = st.lists(st.builds(Chunk, texts, thinking=st.just("") | texts), min_size=1, max_size=6)


@pytest.mark.parametrize("kind", [GenerateAnswer, ChatAnswer])
@given(chunks=pieces)
def test_lines_put_together_are_the_whole_answer(kind, chunks):
    answer = kind('x:"1"', 0)
    chunks = [*chunks, Chunk("", done=True, done_reason="stop", metrics=Metrics(1, 2, 3, 4))]
    lines = [json.loads(line) for line in answer.lines(chunks).split("\n")[:-1]]
    whole = answer.whole(chunks)

    def said(line, key):
        return (line.get("message") or line).get(key, "") if kind is ChatAnswer else line.get("response" if key == "content" else key, "")

    assert [set(line) >= {"model", "created_at", "done"} for line in lines] == [True] * len(lines)
    for key in ("content", "thinking"):
        assert "".join(said(line, key) for line in lines) == said(whole, key)
    assert {key: whole[key] for key in ("model", "done", "done_reason", "eval_count")} == {
        "model": 'x:"1"',
        "done": True,
        "done_reason": "stop",
        "eval_count": 3,
    }
    assert list(lines[-1]) == [key for key in whole if key not in ("thinking",)] or kind is ChatAnswer


def test_empty_metrics_and_reasons_are_left_out():
    whole = GenerateAnswer("m", 0).whole([Chunk("", done=True, metrics=Metrics())])
    assert list(whole) == ["model", "created_at", "response", "done", "total_duration"]
