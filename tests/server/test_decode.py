"""Request bodies are read as Go's encoding/json reads them; the recorded texts are in the contract suite."""

from __future__ import annotations

import pytest

from ollama_magics.server import requests
from ollama_magics.server.decode import decode
from ollama_magics.server.errors import ApiError


def refusal(body: bytes) -> str:
    with pytest.raises(ApiError) as caught:
        decode(body, requests.SHOW)
    assert caught.value.status == 400
    return caught.value.text


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"model":"a","SYSTEM":"s","zzz":[1]}', {"model": "a", "system": "s"}),
        (b' {"model":"a"}{"model":"b"}', {"model": "a"}),
        (b'{"model":"a","Model":"b"}', {"model": "b"}),
        (b'{"model":null,"verbose":true}', {"verbose": True}),
        (b"null", {}),
        (b'{"options":{"seed":1,"x":[1.5,null,{"y":2}]}}', {"options": {"seed": 1.0, "x": [1.5, None, {"y": 2.0}]}}),
        (b'{"model":"\\ud800x"}', {"model": "\ufffdx"}),
        (b'{"model":"\\ud83d\\ude00"}', {"model": "😀"}),
    ],
)
def test_reads(body: bytes, fields: dict[str, object]) -> None:
    """Names match in any case, the last one wins, null is absent, what follows is ignored, numbers of any are floats."""
    assert decode(body, requests.SHOW) == fields


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "missing request body"),
        (b" \n", "missing request body"),
        (b'{"model": "x"', "unexpected EOF"),
        (b'{"model": "x\x01"}', "invalid character '\\x01' in string literal"),
        (b'{"model": tru}', "invalid character '}' in literal true (expecting 'e')"),
        (b'{"model": 01}', "invalid character '1' after object key:value pair"),
        (b'{"model": 1.}', "invalid character '}' after decimal point in numeric literal"),
        (b'{"model": 1e}', "invalid character '}' in exponent of numeric literal"),
        (b'{"model" "x"}', "invalid character '\"' after object key"),
        (b'["a" 1]', "invalid character '1' after array element"),
        (b'{"a": "\\q"}', "invalid character 'q' in string escape code"),
        (b'{"a": "\\u12g4"}', "invalid character 'g' in \\u hexadecimal character escape"),
        (b"5x", "invalid character 'x' after top-level value"),
        (b"[" * 20_000, "exceeded max depth"),
        (b'{"model": Infinity}', "invalid character 'I' looking for beginning of value"),
        (b'{"model": 5, "system": 6}', "json: cannot unmarshal number into Go struct field ShowRequest.model of type string"),
        (b'{"options": {"a": 1e999}}', "json: cannot unmarshal number 1e999 into Go struct field ShowRequest.options of type float64"),
    ],
)
def test_refuses(body: bytes, text: str) -> None:
    """The error of a body that cannot be read is Go's."""
    assert refusal(body) == text


def test_depth_costs_no_stack() -> None:
    """A body nested as deep as Go allows, and broken at its end, gets its own error."""
    assert refusal(b"[" * 9_999 + b"}") == "invalid character '}' looking for beginning of value"


def test_message_errors_name_the_whole_path() -> None:
    """A mistake inside a message is named under the field of the request."""
    with pytest.raises(ApiError) as caught:
        decode(b'{"messages":[{"role":"user","content":["a"]}]}', requests.CHAT)
    assert caught.value.text == "json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string"


def test_keep_alive_is_nanoseconds() -> None:
    """Durations are numbers of seconds or texts with units."""
    assert decode(b'{"keep_alive":"1m"}', requests.CHAT) == {"keep_alive": 60_000_000_000}
    assert decode(b'{"keep_alive":1.5}', requests.CHAT) == {"keep_alive": 1_500_000_000}
