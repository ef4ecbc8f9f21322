"""The OpenAI API: it says what Ollama's own paths say, in its own form."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator

import httpx
import pytest

from ollama_magics.server.errors import ApiError
from ollama_magics.server.openai.answers import DONE, ChatForm, CompletionForm, EmbeddingForm
from ollama_magics.server.openai.requests import chat_request, completion_request, embedding_request

PATIENCE_S = 20.0
GREEDY = {"temperature": 0, "seed": 7, "max_tokens": 12}
QUESTION = [{"role": "user", "content": "Who are you?"}]
CALLING = (
    "{{ if .Tools }}{{ end }}{{ range .Messages }}{{ range .ToolCalls }}{{ .Function }}{{ end }}"
    "<|{{ .Role }}|>{{ .Content }}<|end|>{{ end }}<|assistant|>"
)
TOOLS = [{"type": "function", "function": {"name": "clock", "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}}}}]
CALL_SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"const": "clock"},
        "arguments": {"type": "object", "properties": {"zone": {"enum": ["CET"]}}, "required": ["zone"]},
    },
    "required": ["name", "arguments"],
}
METRICS = {"prompt_eval_count": 5, "eval_count": 2}
CALL = {"id": "call_1", "function": {"index": 0, "name": "clock", "arguments": {"zone": "CET"}}}


@pytest.fixture(scope="module")
def client(embedded: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=embedded, timeout=PATIENCE_S) as client:
        yield client
        client.request("DELETE", "/api/delete", json={"model": "openai-caller"})


def ask(client: httpx.Client, path: str = "chat/completions", **fields) -> dict:
    answer = client.post(f"/v1/{path}", json={"model": "tutor", **GREEDY, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(client: httpx.Client, path: str = "chat/completions", **fields) -> list[dict]:
    """Return the events of a stream, the mark of its end left out."""
    answer = client.post(f"/v1/{path}", json={"model": "tutor", **GREEDY, "stream": True, **fields})
    assert answer.headers["content-type"] == "text/event-stream"
    *lines, last, rest = answer.text.split("\n\n")
    assert (last, rest) == ("data: [DONE]", "")
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def native(client: httpx.Client, **options) -> str:
    body = {"model": "tutor", "messages": QUESTION, "stream": False, "options": {"temperature": 0, "top_p": 1, "seed": 7, **options}}
    return client.post("/api/chat", json=body).json()["message"]["content"]


def test_a_chat_says_what_ollamas_own_path_says(client):
    whole = ask(client, messages=QUESTION)
    pieces = events(client, messages=QUESTION, stream_options={"include_usage": True})
    text = native(client, num_predict=12)
    assert text
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": text}
    assert "".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces[:-1]) == text
    assert pieces[-1]["usage"] == whole["usage"]
    assert len({(piece["id"], piece["created"]) for piece in pieces}) == 1


def test_limits_reach_the_model(client):
    text = ask(client, messages=QUESTION)["choices"][0]["message"]["content"]
    stop = text.split()[2]
    cut = ask(client, messages=QUESTION, stop=[stop])["choices"][0]
    assert cut["message"]["content"] == text[: text.index(stop)]
    assert cut["finish_reason"] == "stop"
    short = ask(client, messages=QUESTION, max_tokens=2)
    assert short["usage"]["completion_tokens"] == 2
    assert short["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("stream", [False, True])
def test_probabilities_come_with_the_tokens(client, stream):
    fields = {"messages": QUESTION, "max_tokens": 3, "logprobs": True, "top_logprobs": 2}
    answers = events(client, **fields) if stream else [ask(client, **fields)]
    found = [entry for answer in answers for entry in answer["choices"][0].get("logprobs", {}).get("content", [])]
    assert len(found) == 3
    assert all(len(entry["top_logprobs"]) == 2 and entry["logprob"] <= 0 for entry in found)


def test_a_schema_holds(client):
    schema = {"type": "object", "properties": {"ok": {"enum": ["yes"]}}, "required": ["ok"]}
    answer = ask(client, messages=QUESTION, max_tokens=40, response_format={"type": "json_schema", "json_schema": {"schema": schema}})
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"ok": "yes"}


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_call_comes_as_text_of_its_arguments(client, stream):
    made = client.post("/api/create", json={"model": "openai-caller", "from": "tutor", "template": CALLING, "stream": False})
    assert made.json() == {"status": "success"}
    form = {"type": "json_schema", "json_schema": {"schema": CALL_SCHEMA}}
    fields = {"model": "openai-caller", "messages": QUESTION, "tools": TOOLS, "response_format": form, "max_tokens": 60}
    answers = events(client, **fields) if stream else [ask(client, **fields)]
    parts = [answer["choices"][0]["delta" if stream else "message"] for answer in answers]
    [call] = [call for part in parts for call in part.get("tool_calls", [])]
    assert call["function"] == {"name": "clock", "arguments": '{"zone":"CET"}'}
    assert answers[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_completion_says_the_same_whole_and_in_pieces(client):
    whole = ask(client, "completions", prompt="Who are you?")
    pieces = events(client, "completions", prompt="Who are you?", stream_options={"include_usage": True})
    assert whole["choices"][0]["text"] == "".join(piece["choices"][0]["text"] for piece in pieces[:-1])
    assert pieces[-1]["usage"] == whole["usage"]
    assert pieces[0]["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def test_a_prompt_without_text_loads_the_model_in_either_form(client):
    assert ask(client, "completions", prompt="")["choices"][0]["finish_reason"] == "load"
    assert [piece["choices"][0]["finish_reason"] for piece in events(client, "completions", prompt="")] == ["load"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("chat/completions", {"messages": QUESTION, "top_logprobs": 21}, "top_logprobs must be between 0 and 20"),
        ("chat/completions", {"messages": QUESTION, "reasoning_effort": "low"}, '"tutor" does not support thinking'),
        ("completions", {"prompt": "x", "stop": [5]}, "invalid type for 'stop' field: float64"),
        ("embeddings", {"input": []}, "invalid input"),
        ("embeddings", {"input": [1.5]}, "invalid input type"),
    ],
)
def test_an_error_has_the_form_of_the_api(client, path, body, message):
    answer = client.post(f"/v1/{path}", json={"model": "tutor", **body})
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


def test_what_is_not_offered_says_so(client):
    answer = client.post("/v1/audio/transcriptions", json={"model": "tutor"})
    assert answer.status_code == 501
    assert "is not offered by the built-in server" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "last"),
    [
        ("responses", {"max_output_tokens": 3, "input": "Hello"}, "response.completed"),
        ("messages", {"max_tokens": 3, "messages": [{"role": "user", "content": "Hello"}]}, "message_stop"),
    ],
)
def test_the_other_apis_stream_named_events(client, path, body, last):
    answer = client.post(f"/v1/{path}", json={"model": "tutor", "stream": True, **body})
    names = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    kinds = [json.loads(line.removeprefix("data: "))["type"] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert answer.headers["content-type"] == "text/event-stream"
    assert names == kinds
    assert kinds[-1] == last


def test_the_models_are_those_of_the_server(client):
    listed = [model["name"] for model in client.get("/api/tags").json()["models"]]
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == listed
    assert client.get("/v1/models/tutor").json()["owned_by"] == "library"


MESSAGES = {
    "parts": (
        [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:;base64,AA=="}}]}],
        [{"role": "user", "content": "a"}, {"role": "user", "images": ["AA=="]}],
    ),
    "a result finds the name of its call": (
        [
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "clock", "arguments": '{"zone":1}'}}]},
            {"role": "tool", "tool_call_id": "1", "content": "noon"},
        ],
        [
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "clock", "arguments": {"zone": 1}}}]},
            {"role": "tool", "content": "noon", "tool_call_id": "1", "tool_name": "clock"},
        ],
    ),
    "audio": (
        [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA=="}}]}],
        [{"role": "user", "images": ["AA=="]}],
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_become_ollamas(name):
    given, wanted = MESSAGES[name]
    made = chat_request({"model": "m", "messages": given})["messages"]
    assert [{key: value for key, value in message.items() if value} for message in made] == wanted


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "invalid message content type: <nil>"),
        ({}, "invalid message content type: map[string]interface {}"),
        (["x"], "invalid message format"),
        ([{"type": "text"}], "invalid message format"),
        ([{"type": "image_url", "image_url": "data:image/gif;base64,AA=="}], "invalid image input"),
        ([{"type": "image_url", "image_url": "data:image/png;base64,A"}], "invalid image input"),
        (
            [{"type": "image_url", "image_url": "http://x/y.png"}],
            "image URLs are not currently supported, please use base64 encoded data instead",
        ),
        ([{"type": "input_audio", "input_audio": {}}], "invalid input_audio format: missing data"),
    ],
)
def test_a_content_that_is_none_is_refused_in_gos_words(content, text):
    with pytest.raises(ApiError) as caught:
        chat_request({"messages": [{"role": "user", "content": content}]})
    assert (caught.value.status, caught.value.text) == (400, text)


@pytest.mark.parametrize("text", ["", "[]", "{", "nope"])
def test_arguments_of_a_call_are_an_object(text):
    with pytest.raises(ApiError, match="invalid tool call arguments"):
        chat_request({"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": text}}]}]})


def test_options_have_the_defaults_of_the_api():
    assert chat_request({"messages": [{"content": "x"}]})["options"] == {"temperature": 1.0, "top_p": 1.0}
    made = completion_request({"stop": "x", "top_p": 0.0, "temperature": 0.1, "logprobs": 3})
    assert made["options"] == {"stop": ["x"], "temperature": 0.1, "top_p": 1.0, "frequency_penalty": 0.0, "presence_penalty": 0.0}
    assert (made["logprobs"], made["top_logprobs"]) == (True, 3)


@pytest.mark.parametrize(("effort", "think"), [("none", False), ("minimal", "low"), ("high", "high"), ("ultra", "max")])
def test_effort_becomes_thinking(effort, think):
    given = {"messages": [{"content": "x"}]}
    assert chat_request({**given, "reasoning": {"effort": effort}})["think"] == think
    assert chat_request({**given, "reasoning_effort": effort})["think"] == think


def test_thoughts_come_apart_from_what_follows_them():
    form = ChatForm({"model": "m", "stream": True}, clock=lambda: 7.5)
    message = {"role": "assistant", "content": "Yes", "thinking": "Hm", "tool_calls": [CALL]}
    *chunks, last, end = form.events({"message": message, "done": True, "done_reason": "stop", **METRICS})
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "reasoning": "Hm"}
    assert (deltas[1]["content"], deltas[1]["tool_calls"][0]["function"]["arguments"]) == ("Yes", '{"zone":"CET"}')
    assert (last["choices"][0], end) == ({"index": 0, "delta": {}, "finish_reason": "tool_calls"}, DONE)
    assert {chunk["created"] for chunk in chunks} == {7}


def test_an_answer_without_text_opens_with_its_role():
    form = ChatForm({"model": "m", "stream": True})
    first, *_ = form.events({"message": {"role": "assistant", "content": ""}, "done": True})
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}


def test_usage_is_summed():
    whole = CompletionForm({"model": "m"}).whole({"response": "x", "done": True, "done_reason": "stop", **METRICS})
    assert whole["usage"] == {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


def test_vectors_come_as_numbers_or_packed():
    answer = {"embeddings": [[0.5, -1.0]], "prompt_eval_count": 3}
    [plain] = EmbeddingForm({"model": "m"}).whole(answer)["data"]
    [packed] = EmbeddingForm({"model": "m", "encoding_format": "BASE64"}).whole(answer)["data"]
    assert plain["embedding"] == [0.5, -1.0]
    assert struct.unpack("<2f", base64.b64decode(packed["embedding"])) == (0.5, -1.0)
    assert embedding_request({"model": "m", "input": ""})["input"] == [""]
    with pytest.raises(ApiError, match="Supported values"):
        embedding_request({"input": "x", "encoding_format": "hex"})
