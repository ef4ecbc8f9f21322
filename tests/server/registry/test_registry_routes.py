"""This server as a registry: another one pulls from it and pushes to it, and nobody does what was not allowed."""

from __future__ import annotations

import hashlib
import http.client
import json

import pytest

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry import Transfers
from ollama_magics.server.registry.incoming import Incoming
from ollama_magics.server.store import Layer, Manifest, Store
from ollama_magics.wire.names import parse_name

DATA = b"some weights " * 1000
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


@pytest.fixture
def theirs(tmp_path):
    """The store behind the registry, with ``me/m`` in it."""
    store = Store(tmp_path / "theirs")
    put(store, parse_name("me/m"))
    return store


def put(store, name):
    blob, config = store.blobs.put(DATA)[0], store.blobs.put(b"{}\n")[0]
    store.write_manifest(name, Manifest(Layer("config", config, 3), (Layer("model", blob, len(DATA)),)))


@pytest.fixture
def ask(theirs, serve_store):
    """Return what asks a registry that may be written to and returns status, headers and body."""
    port = serve_store(theirs, registry="write")

    def run(method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        connection.close()
        return answer

    run.port = port
    return run


def begin(ask):
    """Open an upload and return the path of its session."""
    status, headers, _ = ask("POST", "/v2/me/m/blobs/uploads/")
    assert status == 202
    return headers["location"].partition(f":{ask.port}")[2]


def test_models_go_from_server_to_server(theirs, ask, tmp_path):
    """What was pulled is the same manifest with the same digest; pushed under another name it is again."""
    ours = Store(tmp_path / "ours")
    transfers = Transfers(ours, environ={}, home=tmp_path)
    name, other = parse_name(f"127.0.0.1:{ask.port}/me/m"), parse_name(f"127.0.0.1:{ask.port}/library/new")
    assert list(transfers.pull(name, insecure=True))[-1] == {"status": "success"}
    assert ours.manifest(name).digest == theirs.manifest(parse_name("me/m")).digest
    ours.copy(name, other)
    assert list(transfers.push(other, insecure=True))[-1] == {"status": "success"}
    assert theirs.manifest(parse_name("new")).digest == ours.manifest(name).digest


def test_new_layers_are_sent_in_a_session(theirs, ask, tmp_path):
    ours = Store(tmp_path / "ours")
    name = parse_name(f"127.0.0.1:{ask.port}/me/fresh")
    blob, _ = ours.blobs.put(b"fresh")
    ours.write_manifest(name, Manifest(Layer("config", ours.blobs.put(b"{}\n")[0], 3), (Layer("system", blob, 5),)))
    assert list(Transfers(ours, environ={}, home=tmp_path).push(name, insecure=True))[-1] == {"status": "success"}
    assert theirs.blobs.read(blob) == b"fresh"
    assert all(len(path.name) == len("sha256-") + 64 for path in theirs.blobs.folder.iterdir())


def test_reading_follows_the_specification(ask, theirs):
    assert ask("GET", "/v2/")[0] == 200
    status, headers, text = ask("GET", "/v2/me/m/manifests/latest")
    assert (status, headers["docker-content-digest"]) == (200, f"sha256:{hashlib.sha256(text).hexdigest()}")
    assert ask("GET", f"/v2/me/m/manifests/{headers['docker-content-digest']}")[2] == text
    assert ask("HEAD", "/v2/me/m/manifests/latest")[1]["content-length"] == str(len(text))
    assert json.loads(ask("GET", "/v2/me/m/tags/list")[2]) == {"name": "me/m", "tags": ["latest"]}
    status, headers, body = ask("HEAD", f"/v2/me/m/blobs/{DIGEST}")
    assert (status, headers["content-length"], body) == (200, str(len(DATA)), b"")
    assert ask("GET", f"/v2/me/m/blobs/{DIGEST}")[2] == DATA
    status, headers, body = ask("GET", f"/v2/me/m/blobs/{DIGEST}", Range="bytes=10-19")
    assert (status, headers["content-range"], body) == (206, f"bytes 10-19/{len(DATA)}", DATA[10:20])
    assert ask("GET", f"/v2/me/m/blobs/{DIGEST}", Range="bytes=99999-")[0] == 416


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v2/me/ghost/manifests/latest", 404, "MANIFEST_UNKNOWN"),
        (f"/v2/me/m/manifests/sha256:{'0' * 64}", 404, "MANIFEST_UNKNOWN"),
        ("/v2/me/ghost/tags/list", 404, "NAME_UNKNOWN"),
        ("/v2/a%20b/m/manifests/latest", 404, "NAME_INVALID"),
        (f"/v2/me/m/blobs/sha256:{'0' * 64}", 404, "BLOB_UNKNOWN"),
        ("/v2/me/m/blobs/sha256:..%2f..%2fmanifests", 400, "DIGEST_INVALID"),
        ("/v2/me/m/blobs/uploads/none", 404, "BLOB_UPLOAD_UNKNOWN"),
    ],
)
def test_what_is_not_there_is_told_as_the_specification_says(ask, path, status, code):
    seen, _, body = ask("GET", path)
    assert (seen, json.loads(body)["errors"][0]["code"]) == (status, code)


def test_a_piece_belongs_where_the_last_one_ended(ask, theirs):
    where = begin(ask)
    assert ask("PATCH", where, b"one", Content_Range="0-2")[0] == 202
    assert ask("PATCH", where, b"three", Content_Range="9-13")[0] == 416
    assert ask("GET", where)[1]["range"] == "0-2"
    assert ask("PATCH", where, b"two", Content_Range="3-5")[0] == 202
    digest = f"sha256:{hashlib.sha256(b'onetwo').hexdigest()}"
    assert ask("PUT", f"{where}?digest={digest}")[0] == 201
    assert theirs.blobs.read(digest) == b"onetwo"
    assert ask("GET", where)[0] == 404


def test_a_piece_that_breaks_off_is_forgotten(ask, theirs):
    where = begin(ask)
    ask("PATCH", where, b"one", Content_Range="0-2")
    broken = http.client.HTTPConnection("127.0.0.1", ask.port, timeout=5)
    broken.putrequest("PATCH", where)
    broken.putheader("Content-Length", "100")
    broken.endheaders(b"lost")
    broken.close()
    for _ in range(200):  # the server learns of the end in its own time; each question is a round trip
        if ask("GET", where)[1]["range"] == "0-2":
            break
    status, _, _ = ask("PUT", f"{where}?digest=sha256:{hashlib.sha256(b'onetwo').hexdigest()}", b"two")
    assert status == 201


def test_other_bytes_than_the_digest_says_are_forgotten(ask, theirs):
    where = begin(ask)
    before = set(theirs.blobs.folder.iterdir())
    status, _, body = ask("PUT", f"{where}?digest=sha256:{'0' * 64}", b"x")
    assert (status, json.loads(body)["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert len(set(theirs.blobs.folder.iterdir())) == len(before) - 1
    where = begin(ask)
    assert ask("DELETE", where)[0] == 204
    assert ask("GET", where)[0] == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"no manifest", "MANIFEST_INVALID"),
        (b"{}", "MANIFEST_INVALID"),
        (json.dumps({"config": {"digest": f"sha256:{'0' * 64}", "size": 1}}).encode(), "MANIFEST_BLOB_UNKNOWN"),
        (json.dumps({"config": {"digest": DIGEST, "size": 1}}).encode(), "MANIFEST_BLOB_UNKNOWN"),
        (json.dumps({"config": {"digest": "../../x", "size": 1}}).encode(), "DIGEST_INVALID"),
        (b"[" * (5 << 20), "SIZE_INVALID"),
    ],
    ids=["no JSON", "no layers", "no blob", "another size", "a path", "too large"],
)
def test_what_is_no_model_is_not_taken(ask, theirs, text, code):
    before = theirs.manifest(parse_name("me/m"))
    status, _, body = ask("PUT", "/v2/me/m/manifests/latest", text)
    assert 400 <= status < 500
    assert json.loads(body)["errors"][0]["code"] == code
    assert theirs.manifest(parse_name("me/m")) == before


def test_a_registry_is_only_read_from_unless_it_is_asked_for_more(theirs, serve_store, tmp_path):
    port = serve_store(theirs)
    ours = Store(tmp_path / "ours")
    transfers = Transfers(ours, environ={}, home=tmp_path)
    name = parse_name(f"127.0.0.1:{port}/me/m")
    assert list(transfers.pull(name, insecure=True))[-1] == {"status": "success"}
    with pytest.raises(StoreError, match=r"403: .*this registry is only read from: start it with --registry write"):
        list(transfers.push(name, insecure=True))
    off = parse_name(f"127.0.0.1:{serve_store(theirs, registry='off')}/me/m")
    with pytest.raises(StoreError, match="pull model manifest: file does not exist"):
        list(transfers.pull(off, insecure=True))


def test_sessions_that_nobody_uses_are_closed(theirs):
    now = [0.0]
    incoming = Incoming(theirs.blobs, clock=lambda: now[0])
    before = len(list(theirs.blobs.folder.iterdir()))
    names = [incoming.begin() for _ in range(64)]
    assert incoming.begin() is None
    now[0] = 4000.0
    assert incoming.begin() is not None
    assert all(incoming.find(name) is None for name in names)
    assert len(list(theirs.blobs.folder.iterdir())) == before + 1
