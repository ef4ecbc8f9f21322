"""Anthropic's messages and OpenAI's responses: what becomes of a request, and how an answer is told, whole and piece by piece."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ollama_magics.server import anthropic
from ollama_magics.server.decode import decode
from ollama_magics.server.errors import ApiError
from ollama_magics.server.openai import responses

PIXEL = "aGk="
CALL = {"id": "call_1", "function": {"index": 0, "name": "clock", "arguments": {"zone": "UTC"}}}
METRICS = {"prompt_eval_count": 8, "eval_count": 6}


def line(content: str = "", *, thinking: str = "", calls: tuple[Any, ...] = (), reason: str = "") -> dict[str, Any]:
    """Return one line of ``/api/chat``; the last one has a reason."""
    message = {
        "role": "assistant",
        "content": content,
        **({"thinking": thinking} if thinking else {}),
        **({"tool_calls": calls} if calls else {}),
    }
    return {"model": "m", "message": message, "done": bool(reason), **({"done_reason": reason, **METRICS} if reason else {})}


def asked(module: Any, **fields: Any) -> dict[str, Any]:
    return module.chat_request(decode(json.dumps({"model": "m", **fields}).encode(), module.REQUEST))


def messages_of(*content: Any) -> list[dict[str, Any]]:
    return asked(anthropic, max_tokens=9, messages=[{"role": "user", "content": part} for part in content])["messages"]


def test_a_request_of_anthropic() -> None:
    tool = {"name": "clock", "description": "the time", "input_schema": {"type": "object"}}
    request = asked(
        anthropic,
        max_tokens=9,
        system=[{"type": "text", "text": "Be "}, {"type": "text", "text": "short."}],
        messages=[{"role": "user", "content": "hi"}],
        top_k=3,
        stop_sequences=["x"],
        tools=[tool],
        thinking={"type": "enabled", "budget_tokens": 100},
    )
    assert request["messages"] == [{"role": "system", "content": "Be short."}, {"role": "user", "content": "hi"}]
    assert request["options"] == {"top_k": 3, "num_predict": 9, "stop": ["x"]}
    assert request["tools"] == [
        {"type": "function", "function": {"name": "clock", "description": "the time", "parameters": {"type": "object"}}}
    ]
    assert request["think"] is True


def test_blocks_of_anthropic() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    use = {"type": "tool_use", "id": "t1", "name": "clock", "input": {"zone": "UTC"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "noon"}]}
    assert messages_of([{"type": "text", "text": "What?"}, image]) == [{"role": "user", "content": "What?", "images": [PIXEL]}]
    assert messages_of([{"type": "thinking", "thinking": "hm"}, use]) == [
        {
            "role": "user",
            "content": "",
            "thinking": "hm",
            "tool_calls": [{"id": "t1", "function": {"name": "clock", "arguments": {"zone": "UTC"}}}],
        }
    ]
    assert messages_of([result, {"type": "text", "text": "and?"}]) == [
        {"role": "tool", "content": "noon", "tool_call_id": "t1"},
        {"role": "user", "content": "and?"},
    ]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "max_tokens is required and must be positive"),
        ({"max_tokens": 1}, "messages is required"),
        ({"max_tokens": 1, "messages": [{"role": "user", "content": 5}]}, "content must be a text or a list of blocks"),
        ({"max_tokens": 1, "messages": [{"role": "user", "content": ["x"]}]}, "a content block must be an object"),
        ({"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "video"}]}]}, "unsupported content block type: video"),
        (
            {"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url"}}]}]},
            "invalid image source type: url",
        ),
        ({"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "tool_use"}]}]}, "missing required 'id' or 'name'"),
    ],
)
def test_what_anthropics_api_refuses(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(ApiError) as caught:
        asked(anthropic, **fields)
    assert (caught.value.status, text in caught.value.text) == (400, True)


def test_a_message_of_anthropic_whole_and_in_pieces() -> None:
    form = anthropic.MessagesForm({"model": "m", "stream": True})
    whole = form.whole(line("noon", thinking="hm", calls=(CALL,), reason="stop"))
    assert [block["type"] for block in whole["content"]] == ["thinking", "text", "tool_use"]
    assert (whole["stop_reason"], whole["usage"]) == ("tool_use", {"input_tokens": 8, "output_tokens": 6})
    told = [
        event for one in (line(thinking="h"), line(thinking="m"), line("no"), line("on", reason="length")) for event in form.events(one)
    ]
    kinds = [event["type"].removeprefix("content_block_") for event in told]
    assert kinds == ["message_start", "start", "delta", "delta", "stop", "start", "delta", "delta", "stop", "message_delta", "message_stop"]
    assert [event["index"] for event in told if "index" in event] == [0] * 4 + [1] * 4
    assert told[-2]["delta"] == {"stop_reason": "max_tokens"}
    assert form.text(told[-1]) == 'event: message_stop\ndata: {"type":"message_stop"}\n\n'


def test_a_request_of_responses() -> None:
    request = asked(
        responses,
        instructions="Be short.",
        input=[
            {"role": "developer", "content": [{"type": "input_text", "text": "Hear "}, {"type": "input_text", "text": "me."}]},
            {"role": "user", "content": [{"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"}]},
            {"type": "reasoning", "encrypted_content": "hm"},
            {"type": "function_call", "call_id": "c1", "name": "clock", "arguments": '{"zone": "UTC"}'},
            {"type": "function_call_output", "call_id": "c1", "output": "noon"},
            {"type": "message", "role": "assistant", "content": "It is noon."},
        ],
        max_output_tokens=7,
        text={"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
        reasoning={"effort": "low"},
    )
    call = {"id": "c1", "function": {"name": "clock", "arguments": {"zone": "UTC"}}}
    assert request["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "system", "content": "Hear me."},
        {"role": "user", "content": "", "images": [PIXEL]},
        {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [call]},
        {"role": "tool", "content": "noon", "tool_call_id": "c1"},
        {"role": "assistant", "content": "It is noon."},
    ]
    assert (request["options"]["num_predict"], request["format"], request["think"]) == (7, {"type": "object"}, "low")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"previous_response_id": "resp_1", "input": "x"}, "previous_response_id is not supported"),
        ({}, "input must be a text or a list of items"),
        ({"input": [5]}, "an item must be an object"),
        ({"input": [{"type": "computer_call"}]}, "unknown input item type: computer_call"),
        ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "unknown content type: input_file"),
        ({"input": [{"type": "function_call", "arguments": "["}]}, "failed to parse function call arguments"),
        ({"input": "x", "reasoning": {"effort": "much"}}, 'invalid reasoning value: "much"'),
    ],
)
def test_what_responses_refuses(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(ApiError) as caught:
        asked(responses, **fields)
    assert (caught.value.status, text in caught.value.text) == (400, True)


def test_a_response_in_pieces_ends_as_the_whole_one_is() -> None:
    form = responses.ResponsesForm({"model": "m", "stream": True}, clock=lambda: 5.0)
    lines = (line(thinking="hm"), line("no"), line("on"), line(calls=(CALL,), reason="stop"))
    told = [event for one in lines for event in form.events(one)]
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert [event["type"] for event in told if event["type"].startswith("response.output_item")] == [
        *("response.output_item.added", "response.output_item.done") * 3
    ]
    final = told[-1]["response"]
    assert [item["type"] for item in final["output"]] == ["reasoning", "message", "function_call"]
    assert final["output"][1]["content"][0]["text"] == "noon"
    assert final["output"][2]["arguments"] == '{"zone":"UTC"}'
    assert (final["status"], final["completed_at"], final["usage"]["total_tokens"]) == ("completed", 5, 14)
    added = {event["item"]["id"]: event["output_index"] for event in told if event["type"] == "response.output_item.added"}
    assert list(added.values()) == [0, 1, 2]
    assert all(added[event["item_id"]] == event["output_index"] for event in told if "item_id" in event)
