"""Embedding vectors, from the bundled weights turned into a model of vectors."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import ollama_magics.server.tutor as tutor
from ollama_magics.server.errors import ApiError
from ollama_magics.server.routes.embed import normalized

PATIENCE_S = 20.0
KV_COUNT = slice(16, 24)
U32, STRING = 4, 8


def with_pooling(data: bytes) -> bytes:
    """Return a GGUF file with a pooling type; a filler keeps the tensors' data aligned."""

    def entry(key: bytes, kind: int, value: bytes) -> bytes:
        return struct.pack("<Q", len(key)) + key + struct.pack("<I", kind) + value

    pooling = entry(b"llama.pooling_type", U32, struct.pack("<I", 1))
    filler_size = -(len(pooling) + len(entry(b"x", STRING, struct.pack("<Q", 0)))) % 32
    added = pooling + entry(b"x", STRING, struct.pack("<Q", filler_size) + b"x" * filler_size)
    assert len(added) % 32 == 0
    count = struct.pack("<Q", struct.unpack("<Q", data[KV_COUNT])[0] + 2)
    return data[:16] + count + added + data[24:]


@pytest.fixture(scope="module")
def client(embedded: str) -> Iterator[httpx.Client]:
    """Return a client of a server that has the model ``vectors`` beside ``tutor``."""
    data = with_pooling(Path(tutor.__file__).with_name("tutor.gguf").read_bytes())
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    with httpx.Client(base_url=embedded, timeout=PATIENCE_S) as client:
        assert client.post(f"/api/blobs/{digest}", content=data).status_code in (200, 201)
        created = client.post("/api/create", json={"model": "vectors", "files": {"model.gguf": digest}, "stream": False})
        assert created.json() == {"status": "success"}
        yield client
        client.request("DELETE", "/api/delete", json={"model": "vectors"})


def embed(client: httpx.Client, **fields) -> httpx.Response:
    return client.post("/api/embed", json={"model": "vectors", **fields})


def length(vector: list[float]) -> float:
    return math.sqrt(math.fsum(value * value for value in vector))


def test_a_text_gives_a_vector_of_length_one(client):
    answer = embed(client, input="hello").json()
    [vector] = answer["embeddings"]
    assert answer["prompt_eval_count"] > 0
    assert length(vector) == pytest.approx(1, abs=1e-5)


def test_a_list_gives_the_vectors_of_its_texts_in_their_order(client):
    together = embed(client, input=["a cat", "a robot"]).json()["embeddings"]
    alone = [embed(client, input=text).json()["embeddings"][0] for text in ("a cat", "a robot")]
    assert together == [pytest.approx(vector, abs=1e-4) for vector in alone]
    assert together[0] != pytest.approx(together[1], abs=1e-3)


def test_fewer_dimensions_are_the_first_ones_at_length_one(client):
    [whole] = embed(client, input="hello").json()["embeddings"]
    [short] = embed(client, input="hello", dimensions=8).json()["embeddings"]
    assert short == pytest.approx(normalized(whole[:8]), abs=1e-5)


def test_the_older_route_gives_one_vector(client):
    [vector] = embed(client, input="hello").json()["embeddings"]
    old = client.post("/api/embeddings", json={"model": "vectors", "prompt": "hello"}).json()
    assert old == {"embedding": pytest.approx(vector, abs=1e-5)}


@pytest.mark.parametrize("given", [None, "", []])
def test_no_text_gives_no_vector(client, given):
    assert embed(client, input=given).json() == {"model": "vectors", "embeddings": []}


def test_a_long_text_is_cut_or_refused(client):
    text, options = "one two three " * 100, {"num_ctx": 64}
    assert embed(client, input=text, options=options).json()["prompt_eval_count"] <= 64
    refused = embed(client, input=text, options=options, truncate=False)
    assert (refused.status_code, refused.json()) == (400, {"error": "the input length exceeds the context length"})


def test_a_model_of_vectors_cannot_chat(client):
    refused = client.post("/api/chat", json={"model": "vectors", "messages": [{"role": "user", "content": "hi"}]})
    assert (refused.status_code, refused.json()) == (400, {"error": '"vectors" does not support chat'})


def test_a_model_that_writes_has_no_vectors(client):
    refused = embed(client, model="tutor", input="hello")
    assert refused.status_code == 501
    assert "does not support embeddings" in refused.json()["error"]


def test_numbers_that_are_none_are_an_error():
    with pytest.raises(ApiError, match="NaN or Inf"):
        normalized([1.0, math.nan])


def test_the_openai_api_gives_the_same_vectors_as_numbers_and_packed(client):
    texts = ["hello", "world"]
    wanted = embed(client, input=texts).json()
    plain = client.post("/v1/embeddings", json={"model": "vectors", "input": texts}).json()
    packed = client.post("/v1/embeddings", json={"model": "vectors", "input": texts, "encoding_format": "base64"}).json()
    assert [entry["embedding"] for entry in plain["data"]] == wanted["embeddings"]
    assert plain["usage"] == {"prompt_tokens": wanted["prompt_eval_count"], "total_tokens": wanted["prompt_eval_count"]}
    for entry, vector in zip(packed["data"], wanted["embeddings"], strict=True):
        form = f"<{len(vector)}f"
        assert base64.b64decode(entry["embedding"]) == struct.pack(form, *vector)
