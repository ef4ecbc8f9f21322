"""The answer of a model with a Go template, taken apart: thinking, words, tool calls."""

from __future__ import annotations

import random

import pytest

from ollama_magics.server.engine.completion import Chunk
from ollama_magics.server.prompt import PromptView, ToolCallParser
from ollama_magics.server.splitting import AnswerSplitter, chat_splitter
from ollama_magics.template import parse

THINKING = "{{ range .Messages }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}{{ end }}"
CALLS = "{{ range .Messages }}{{ if .ToolCalls }}TAG{{ range .ToolCalls }}{{ .Function }}{{ end }}{{ end }}{{ end }}{{ .Tools }}"
TOOLS = [{"function": {"name": "now"}}]
CALL = '{"name": "now", "arguments": {"zone": "CET"}}'


def parts(template: str, pieces: list[Chunk], *, tools=(), think=None) -> list[tuple]:
    splitter = chat_splitter(PromptView(template_text=template), "prompt", think, tools)
    fed = [splitter.feed(piece) for piece in pieces]
    return [(part.thinking, part.content, [call["function"] for call in part.tool_calls], part.done) for part in fed if part is not None]


def test_without_thinking_and_tools_chunks_pass_as_they_are():
    chunk = Chunk("<think>a</think>b")
    assert chat_splitter(PromptView(template_text=THINKING), "", False, ()).feed(chunk) is chunk


def test_thinking_is_told_apart_and_its_last_chunk_always_comes():
    pieces = [Chunk("<thi"), Chunk("nk>why"), Chunk("</think>"), Chunk("so"), Chunk("", done=True)]
    assert parts(THINKING, pieces, think=True) == [("why", "", [], False), ("", "so", [], False), ("", "", [], True)]


def test_a_call_comes_alone_with_an_id_of_its_own():
    parser = ToolCallParser(parse(CALLS.replace("TAG", "<call>")), TOOLS)
    splitter = AnswerSplitter(None, parser, random.Random(1))
    found = [splitter.feed(Chunk(piece)) for piece in ("well <ca", "ll>" + CALL[:20], CALL[20:])]
    assert [part and part.content for part in found] == ["well ", None, ""]
    [call] = found[2].tool_calls
    assert call == {"id": call["id"], "function": {"index": 0, "name": "now", "arguments": {"zone": "CET"}}}
    assert call["id"].startswith("call_")
    assert len(call["id"]) == 13


def test_text_that_only_looked_like_a_call_comes_at_the_end():
    pieces = [Chunk('{"a": '), Chunk("", done=True)]
    assert parts(CALLS.replace("TAG", ""), pieces, tools=TOOLS) == [("", '{"a": ', [], True)]


def test_probabilities_are_sent_while_text_is_held_back():
    splitter = chat_splitter(PromptView(template_text=CALLS.replace("TAG", "")), "", None, TOOLS)
    part = splitter.feed(Chunk('{"na', logprobs=[{"token": "x"}]))
    assert (part.content, part.logprobs) == ("", [{"token": "x"}])


@pytest.mark.parametrize(
    ("tag", "preserved"),
    [
        ("", ()),
        ("[", ()),
        ("[TOOL_CALLS] [", ("[TOOL_CALLS]",)),
        ("<tool_call>", ("<tool_call>",)),
        ("<odd", ("<odd",)),
        ("Call:", ("Call:",)),
    ],
)
def test_the_special_token_of_calls_is_kept(tag, preserved):
    splitter = chat_splitter(PromptView(template_text=CALLS.replace("TAG", tag)), "", None, TOOLS)
    assert splitter.preserved == preserved
    assert chat_splitter(PromptView(template_text=CALLS.replace("TAG", tag)), "", None, ()).preserved == ()
