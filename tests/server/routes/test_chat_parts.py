"""Thinking and tool calls of a model with a Go template, told apart by the server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

PATIENCE_S = 20.0
TURNS = "<|{{ .Role }}|>{{ .Content }}<|end|>{{ end }}<|assistant|>"
THINKING = "{{ range .Messages }}{{ if .Thinking }}OPEN{{ .Thinking }}CLOSE{{ end }}" + TURNS
CALLING = "{{ if .Tools }}{{ end }}{{ range .Messages }}{{ if .ToolCalls }}{{ range .ToolCalls }}{{ .Function }}{{ end }}{{ end }}" + TURNS
TOOLS = [{"type": "function", "function": {"name": "clock", "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}}}}]
CALL_SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"const": "clock"},
        "arguments": {"type": "object", "properties": {"zone": {"enum": ["CET"]}}, "required": ["zone"]},
    },
    "required": ["name", "arguments"],
}
QUESTION = [{"role": "user", "content": "Who are you?"}]


@pytest.fixture(scope="module")
def client(embedded: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=embedded, timeout=PATIENCE_S) as client:
        yield client
        for name in ("plain", "thinker", "caller"):
            client.request("DELETE", "/api/delete", json={"model": name})


def create(client: httpx.Client, name: str, template: str) -> None:
    made = client.post("/api/create", json={"model": name, "from": "tutor", "template": template, "stream": False})
    assert made.json() == {"status": "success"}


def chat(client: httpx.Client, model: str, **fields) -> list[dict]:
    """Return the objects of one answer; greedy, so that the same prompt always says the same."""
    body = {"model": model, "messages": QUESTION, "options": {"temperature": 0, "num_predict": 60}, **fields}
    answer = client.post("/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture(scope="module")
def words(client: httpx.Client) -> list[str]:
    """Return the words of what the model says to the question, at least four of them."""
    create(client, "plain", "{{ range .Messages }}" + TURNS)
    [answer] = chat(client, "plain", stream=False)
    words = answer["message"]["content"].split()
    assert len(words) >= 4, answer
    return words


@pytest.fixture(scope="module")
def thinker(client: httpx.Client, words: list[str]) -> str:
    """Return the name of a model whose tags are the first and the third word of its answer."""
    create(client, "thinker", THINKING.replace("OPEN", words[0]).replace("CLOSE", words[2]))
    return "thinker"


def test_what_stands_between_the_tags_is_thinking(client, thinker, words):
    [answer] = chat(client, thinker, stream=False)
    assert answer["message"]["thinking"].strip() == words[1]
    assert answer["message"]["content"].split() == words[3:]


def test_a_stream_says_the_same(client, thinker, words):
    lines = chat(client, thinker)
    assert "".join(line["message"].get("thinking", "") for line in lines).strip() == words[1]
    assert "".join(line["message"]["content"] for line in lines).split() == words[3:]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]


def test_without_thinking_the_tags_are_text(client, thinker, words):
    [answer] = chat(client, thinker, think=False, stream=False)
    assert answer["message"]["content"].split() == words


def test_a_format_holds_for_the_answer_after_the_thinking(client, thinker, words):
    schema = {"type": "object", "properties": {"ok": {"enum": ["yes"]}}, "required": ["ok"]}
    lines = chat(client, thinker, format=schema)
    assert "".join(line["message"].get("thinking", "") for line in lines).strip() == words[1]
    assert json.loads("".join(line["message"]["content"] for line in lines)) == {"ok": "yes"}
    assert sum(line["done"] for line in lines) == 1


@pytest.mark.parametrize("stream", [True, False])
def test_a_tool_call_is_told_apart_from_text(client, stream):
    create(client, "caller", CALLING)
    lines = chat(client, "caller", tools=TOOLS, format=CALL_SCHEMA, stream=stream)
    calls = [call for line in lines for call in line["message"].get("tool_calls", [])]
    assert [call["function"] for call in calls] == [{"index": 0, "name": "clock", "arguments": {"zone": "CET"}}]
    assert "".join(line["message"]["content"] for line in lines) == ""
    assert calls[0]["id"].startswith("call_")
