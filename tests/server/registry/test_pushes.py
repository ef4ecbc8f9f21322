"""Pushes to a registry that refuses, breaks off and moves things about."""

from __future__ import annotations

import hashlib
import threading

import httpx
import pytest

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry import partial
from ollama_magics.server.store import Layer, Manifest
from ollama_magics.wire.names import parse_name

from .conftest import NAME
from .fake_registry import HOME, digest

WEIGHTS = bytes(reversed(range(256))) * 300


@pytest.fixture
def model(store):
    """Put a model under the name and return its manifest."""
    weights, config = (Layer(kind, store.blobs.put(data)[0], len(data)) for kind, data in (("model", WEIGHTS), ("config", b"{}\n")))
    store.write_manifest(NAME, Manifest(config, (weights,)))
    return store.manifest(NAME)


@pytest.fixture
def push(transfers):
    """Return what pushes a model and returns its statuses, the words of an error as the last."""

    def run(name=NAME):
        said = []
        try:
            for line in transfers.push(name, insecure=True):
                said += [line["status"]] if line else []
        except (StoreError, OSError) as problem:
            said.append(f"error: {problem}")
        return list(dict.fromkeys(said))

    return run


def test_the_statuses_are_ollamas_and_the_manifest_arrives_as_it_is(push, model, registry, store):
    pushing = [f"pushing {layer.digest[7:19]}" for layer in model.parts()]
    assert push() == ["retrieving manifest", *pushing, "pushing manifest", "success"]
    assert registry.manifests["latest"] == store.manifest_path(NAME).read_bytes()
    assert registry.blobs[digest(WEIGHTS)] == WEIGHTS


def test_what_the_registry_has_is_not_sent_again(push, model, registry):
    push()
    before = len(registry.asked)
    assert push()[-1] == "success"
    assert registry.methods()[before:] == ["HEAD", "HEAD", "PUT"]


def test_parts_follow_one_another_and_are_summed_up(push, model, registry, monkeypatch):
    """Source: Ollama server/upload.go: the sum of the whole is the sum over those of its parts, with their number behind it."""
    monkeypatch.setattr(partial, "_SMALLEST", 50_000)
    assert push()[-1] == "success"
    sent = [request for request in registry.asked if request.method == "PATCH"][:2]
    assert [request.headers["content-range"] for request in sent] == ["0-49999", "50000-76799"]
    sums = b"".join(hashlib.md5(part).digest() for part in (WEIGHTS[:50_000], WEIGHTS[50_000:]))
    closing = next(request for request in registry.asked if request.method == "PUT")
    assert closing.url.params["etag"] == f"{hashlib.md5(sums).hexdigest()}-2"


def test_a_layer_of_another_model_there_is_taken_over(push, model, registry, store):
    layer = Layer("model", digest(WEIGHTS), len(WEIGHTS), origin="me/base:latest")
    store.write_manifest(NAME, Manifest(model.config, (layer,)))
    registry.lies["POST .*uploads"] = lambda request: httpx.Response(201) if "mount" in request.url.params else None
    assert push()[-1] == "success"
    opened = next(request for request in registry.asked if request.method == "POST")
    assert dict(opened.url.params) == {"mount": digest(WEIGHTS), "from": "me/base"}


def test_a_part_that_breaks_off_is_sent_again(push, model, registry):
    breaks = iter([True])

    def broken(request):
        if next(breaks, False):
            raise httpx.WriteError("broken pipe")

    registry.lies["PATCH"] = broken
    assert push()[-1] == "success"
    assert registry.blobs[digest(WEIGHTS)] == WEIGHTS


def test_storage_beside_the_registry_takes_parts_without_a_token(push, model, registry):
    stored = []
    where = {"location": "http://storage.example/part?signature=x", "docker-upload-location": f"http://{HOME}/v2/me/m/blobs/uploads/s"}
    registry.lies = {
        "PATCH": lambda request: httpx.Response(307, headers=where),
        "PUT /part": lambda request: stored.append((request.read(), dict(request.headers))) or httpx.Response(200),
    }
    assert push()[-1] == "success"
    assert [data for data, _ in stored] == [WEIGHTS, b"{}\n"]
    assert all("authorization" not in headers for _, headers in stored)


@pytest.mark.parametrize(
    ("request_of", "answer", "words"),
    [
        ("HEAD", httpx.Response(500, content=b"oh"), "500: "),
        ("POST", httpx.Response(403, content=b"no"), "403: no"),
        ("POST", httpx.Response(202), "gave no address to go on at"),
        ("POST", httpx.Response(202, headers={"location": "http://evil.example/x"}), "moves the upload to another host, evil.example"),
        ("PATCH", httpx.Response(507, content=b"full"), "max retries exceeded: 507: full"),
        ("PATCH", httpx.Response(416, content=b"range"), "416: range"),
        ("PUT .*uploads", httpx.Response(400, content=b"digest mismatch"), "400: digest mismatch"),
        ("PUT .*manifests", httpx.Response(400, content=b"manifest"), "400: manifest"),
        ("PUT .*manifests", httpx.Response(401), f'realm host "" does not match original host "{HOME}"'),
    ],
)
def test_a_registry_that_refuses_keeps_what_it_had(push, model, registry, request_of, answer, words):
    before = dict(registry.manifests)
    registry.lies[request_of] = lambda request: httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    assert words in push()[-1]
    assert registry.manifests == before


def test_a_model_that_is_not_here_is_told(push, store):
    missing = f"error: open {store.manifest_path(NAME)}: no such file or directory"
    assert push() == ["retrieving manifest", "couldn't retrieve manifest", missing]
    said = push(parse_name("a b"))
    assert said[-1] == "error: unqualified name: registry.ollama.ai/library/a b:latest"


def test_a_push_that_is_left_sends_no_more(transfers, model, registry):
    """The registry hangs in the middle of a part; who leaves does not wait for it."""
    inside, released = threading.Event(), threading.Event()

    def hanging(request):
        inside.set()
        released.wait(5)

    registry.lies["PATCH"] = hanging
    lines = transfers.push(NAME, insecure=True)
    for line in lines:
        if line.get("status", "").startswith("pushing") and inside.wait(5):
            break
    lines.close()
    released.set()
    assert "latest" in registry.manifests
    assert digest(WEIGHTS) not in registry.blobs
