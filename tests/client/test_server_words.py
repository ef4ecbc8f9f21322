"""Every error that a server's documentation and recordings know: our error, its words and one remedy, with a status and within a stream."""

import json

import httpx
import pytest

from ollama_magics.client.client import Client
from ollama_magics.client.faults import HINTS, hint_for
from ollama_magics.errors import ModelNotFound, ServerBusy, ServerFault, StreamError

D = "sha256:" + "a" * 64
NAME = "write a name as"

# What a server says: status, words, and what the remedy has in it. Source: Ollama server/, llm/, types/ (v0.33.0-rc2), by their words.
SAID = [
    (400, "model is required", "name a model"),
    (400, "invalid model name", NAME),
    (400, 'use either :local or :cloud, not both: "x:local:cloud"', "one of both"),
    (400, "file path must be relative", "relative paths"),
    (400, "invalid digest format", "64 hexadecimal digits"),
    (400, f'digest mismatch, expected "{D}", got "{D}"', "send it again"),
    (400, "--draft-quantize requires a DRAFT model", "DRAFT"),
    (400, "neither 'from' or 'files' was specified", "from_"),
    (400, "path or Modelfile are required", "update the server"),
    (400, "unknown type", ".gguf or .safetensors"),
    (400, "no files provided to convert", "GGUF"),
    (400, "supplied file was not in GGUF format", "GGUF files alone"),
    (400, "only one adapter is currently supported", "second model"),
    (400, "open adapter_config.json: no such file or directory", "adapter_config.json"),
    (400, "no base model was found", "FROM"),
    (400, "DRAFT cannot be used with remote models", "DRAFT"),
    (400, "bad remote", "remote_host"),
    (400, 'info field "context_length" must be a number', "info"),
    (400, "template error: template: :1: unclosed action", "template"),
    (500, "pull model manifest: file does not exist", "registry has no such model"),
    (500, "pull model manifest: dial tcp: lookup registry.ollama.ai: no such host", "nothing answers there"),
    (500, "max retries exceeded: EOF", "goes on where it stopped"),
    (500, "digest mismatch, file must be downloaded again: want a, got b", "pull it again"),
    (500, "this model requires MLX support, but the MLX runtime is not available", "GGUF"),
    (500, "quantization is only supported for F16, BF16 and F32 models", "F16"),
    (500, "unsupported quantization type X - supported types are F32, F16, Q4_K_S, Q4_K_M, Q8_0", "Q4_K_M"),
    (500, "draft quantization requires an unquantized draft model, got Q8_0", "draft"),
    (
        500,
        "failed to validate GGUF with llama-quantize without compatibility patches: llama-quantize failed: exit status 1",
        "another file",
    ),
    (500, "llama-quantize unavailable: not found", "llama-quantize"),
    (500, "llama-quantize failed: exit status 1", "log"),
    (500, f"open /models/blobs/{D.replace(':', '-')}: no such file or directory", "create_blob"),
    (500, "write /models/blobs/sha256-1: no space left on device", "room"),
    (500, "unexpected EOF", "cut short"),
    (500, 'tensor "token_embd.weight" offset+size (480256) exceeds file size (200000)', "cut short"),
    (500, "open config.json: no such file or directory", "config.json"),
    (500, "unknown architecture", "llama.cpp"),
    (500, 'unsupported architecture "X"', "llama.cpp"),
    (500, "unknown tokenizer format", "tokenizer"),
    (500, 'split GGUF "x" must use llama.cpp split filename pattern', "every part"),
    (400, "top_logprobs must be between 0 and 20", "0 to 20"),
    (400, '"x" does not support chat', "capable of"),
    (400, '"x" does not support thinking', "think"),
    (400, "registry.ollama.ai/library/x:latest does not support tools", "tools"),
    (400, "registry.ollama.ai/library/x:latest does not support insert", "suffix"),
    (400, "raw mode does not support template, system, or context", "raw"),
    (400, "image generation models are not currently supported", "text"),
    (400, 'time: missing unit in duration "10"', "keep_alive"),
    (400, 'time: invalid duration ""', "keep_alive"),
    (400, "Unsupported type: 'bool'", "keep_alive"),
    (500, 'invalid format: "x"; expected "json" or a valid JSON Schema object', "JSON schema"),
    (500, 'option "top_k" must be of type integer', "type"),
    (500, "llama-server process has terminated: exit status 1", "log"),
    (500, "model requires more system memory (9.0 GiB) than is available (2.0 GiB)", "num_ctx"),
    (400, "invalid input type", "list of texts"),
    (400, "the input length exceeds the context length", "truncate"),
    (501, "This server does not support embeddings. Start it with `--embeddings`", "embeds"),
    (403, "ollama cloud is disabled: remote model is unavailable", "cloud"),
    (401, "unauthorized", "signin"),
    (400, "this server cannot run this remote model", "OLLAMA_REMOTES"),
    (400, 'source "a b" is invalid', NAME),
    (400, 'name "a b" is invalid', NAME),
    (500, "unqualified name: registry.ollama.ai/library/a b:latest", NAME),
    (500, "open /models/manifests/registry.ollama.ai/me/x/latest: no such file or directory", "list"),
    (500, "push access denied", "signin"),
    (500, 'Head "https://h/v2/x": proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused', "HTTPS_PROXY"),
    (500, 'Head "https://h/v2/x": dial tcp 127.0.0.1:9: connect: connection refused', "nothing listens"),
    (500, "pull model manifest: 500: oops", "way to its registry"),
    (500, 'realm host "" does not match original host "h"', "sign in"),
    (500, "tls: first record does not look like a TLS handshake", "--insecure"),
    (403, "this registry is only read from", "--registry write"),
]


def asked(status, error, *, before=()):
    """Return a client whose server says this, after lines of progress where there are some."""
    body = b"".join(json.dumps(line).encode() + b"\n" for line in (*before, {"error": error}))
    return Client(transport=httpx.MockTransport(lambda request: httpx.Response(status, content=body)), environ={})


@pytest.mark.parametrize(("status", "error", "hint"), SAID, ids=[error[:50] for _, error, _ in SAID])
def test_words_of_a_server(status, error, hint):
    """The server's own words are the message, and the remedy is the one for them, whichever way they come."""
    with pytest.raises(ServerFault) as caught:
        asked(status, error).create("m", from_="b")
    fault = caught.value
    assert (fault.status, fault.error) == (status, error)
    assert error in fault.message or "there is no model" in fault.message
    assert hint in fault.hint
    with pytest.raises(StreamError) as streamed:
        list(asked(200, error, before=[{"status": "parsing GGUF"}]).create("m", from_="b", stream=True))
    assert (streamed.value.error, streamed.value.status_code) == (error, -1)
    assert hint in streamed.value.hint
    assert [line.status for line in streamed.value.partial] == ["parsing GGUF"]


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (404, "model 'x' not found", ModelNotFound),
        (404, 'model "x" not found, try pulling it first', ModelNotFound),
        (503, "server busy, please try again.  maximum pending requests exceeded", ServerBusy),
    ],
)
def test_errors_with_a_class_of_their_own(status, error, kind):
    """What a program wants to tell apart is a class."""
    with pytest.raises(kind) as caught:
        asked(status, error).chat("x")
    assert caught.value.error == error
    assert caught.value.hint


def test_an_engine_that_answers_in_json():
    """The JSON of the engine inside the error is unpacked."""
    words = "Multimodal data provided, but model does not support multimodal requests."
    inner = json.dumps({"error": {"code": 500, "message": words, "type": "server_error"}})
    with pytest.raises(ServerFault, match="Multimodal data provided") as caught:
        asked(400, inner).chat("x")
    assert "vision" in caught.value.hint


def test_every_remedy_is_reached():
    """No remedy stands behind one that always wins, and each is for words that a server says."""
    reached = {hint_for(error) for error in (*(error for _, error, _ in SAID), "model does not support multimodal requests")}
    assert {hint for _, hint in HINTS} - reached == set()
