"""The routes of the store over real connections, in this process."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ollama_magics.server.store import Store
from ollama_magics.server.tutor import restore

PATIENCE_S = 5.0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "models")
    restore(store)
    return store


@pytest.fixture
def port(store: Store, serve_store: Callable[[Store], int]) -> int:
    """Return the port of a server without an engine."""
    return serve_store(store)


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    connection.request(method, path, body if isinstance(body, bytes) else None if body is None else json.dumps(body))
    response = connection.getresponse()
    return response.status, response.read()


def uploads(store: Store) -> list[Path]:
    return [path for path in store.blobs.folder.iterdir() if len(path.name) != len("sha256-") + 64]


def test_a_connection_goes_on_after_a_blob_that_was_there(connection: http.client.HTTPConnection, store: Store) -> None:
    """The early answer to an upload of a known blob leaves the connection usable."""
    data = bytes(300_000)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert ask(connection, "POST", f"/api/blobs/{digest}", data)[0] == 201
    assert ask(connection, "POST", f"/api/blobs/{digest}", data) == (200, b"")
    assert ask(connection, "GET", "/api/version")[0] == 200
    assert store.blobs.read(digest) == data


def test_who_sends_a_known_blob_all_the_same_gets_the_answer(port: int, store: Store) -> None:
    """The answer comes before the content, and a client that sends everything first is not cut off. The CLI asks so for each file."""
    digest, _ = store.blobs.put(b"known")
    head = f"POST /api/blobs/{digest} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {32 << 20}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as early:
        early.sendall(head)
        assert early.recv(65536).startswith(b"HTTP/1.1 200 OK")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as late:
        late.sendall(head)
        for _ in range(32):
            late.sendall(bytes(1 << 20))
        assert late.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert store.blobs.read(digest) == b"known"


def test_an_upload_that_breaks_off_is_forgotten(port: int, store: Store, connection: http.client.HTTPConnection) -> None:
    """Half an upload leaves no file, and no blob of that name."""
    digest = "sha256:" + "0" * 64
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as broken:
        broken.sendall(f"POST /api/blobs/{digest} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n".encode() + b"x" * 100_000)
        waited = threading.Event()
        for _ in range(100):
            if uploads(store):
                break
            waited.wait(0.02)
        assert uploads(store)
    for _ in range(100):
        if not uploads(store):
            break
        waited.wait(0.02)
    assert uploads(store) == []
    assert ask(connection, "HEAD", f"/api/blobs/{digest}")[0] == 404


@pytest.mark.parametrize(
    "damage",
    [b"GGUF", b"GGUF\x03\0\0\0" + b"\xff" * 16, b"GGUF\x03\0\0\0" + b"\0" * 7, b"FUGG" + bytes(40), b"GGUF\x01\0\0\0" + b"\xff" * 99],
)
def test_a_damaged_file_is_an_answer(connection: http.client.HTTPConnection, damage: bytes) -> None:
    """A file that is not whole is refused with a reason, and the server goes on."""
    digest = f"sha256:{hashlib.sha256(damage).hexdigest()}"
    ask(connection, "POST", f"/api/blobs/{digest}", damage)
    status, body = ask(connection, "POST", "/api/create", {"model": "bad", "files": {"m.gguf": digest}, "stream": False})
    assert (status, bool(json.loads(body)["error"])) == (500, True)
    assert ask(connection, "GET", "/api/tags")[0] == 200


def test_a_model_whose_file_was_damaged_later_can_be_listed_and_deleted(connection: http.client.HTTPConnection, store: Store) -> None:
    """The list and the deletion of a model do not depend on its file."""
    model = store.find("tutor")
    assert model is not None
    assert model.model_path is not None
    model.model_path.write_bytes(b"GGUF")
    status, body = ask(connection, "GET", "/api/tags")
    assert [entry["name"] for entry in json.loads(body)["models"]] == ["tutor:latest"]
    assert ask(connection, "POST", "/api/show", {"model": "tutor"})[0] == 500
    assert ask(connection, "DELETE", "/api/delete", {"model": "tutor"})[0] == 200
    assert status == 200


def test_the_bundled_model_comes_back(connection: http.client.HTTPConnection, store: Store) -> None:
    """Pull brings ``tutor`` back without a network."""
    ask(connection, "DELETE", "/api/delete", {"model": "tutor"})
    assert store.names() == []
    lines = [json.loads(line) for line in ask(connection, "POST", "/api/pull", {"model": "tutor"})[1].splitlines()]
    assert [line["status"].split()[0] for line in lines[:2]] == ["pulling", "pulling"]
    assert lines[-1] == {"status": "success"}
    assert store.find("tutor") is not None


def test_creating_from_the_bundled_model_brings_it_back(connection: http.client.HTTPConnection) -> None:
    """An implicit pull ends with a success of its own; the last line is what counts."""
    ask(connection, "DELETE", "/api/delete", {"model": "tutor"})
    body = ask(connection, "POST", "/api/create", {"model": "m", "from": "tutor", "system": "s"})[1]
    statuses = [json.loads(line)["status"] for line in body.splitlines()]
    assert (statuses[0], statuses.count("success"), statuses[-1]) == ("pulling manifest", 2, "success")


def test_a_folder_that_cannot_be_written_is_told(connection: http.client.HTTPConnection, store: Store) -> None:
    """An error of the file system is status 500 with its reason."""
    store.blobs.folder.rename(store.root / "gone")
    store.blobs.folder.write_bytes(b"a file in its place")
    status, body = ask(connection, "POST", "/api/create", {"model": "m", "from": "tutor", "system": "s", "stream": False})
    assert status == 500
    assert "not a directory" in json.loads(body)["error"].lower()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
def test_an_upload_that_finds_the_disk_full_is_told_and_leaves_nothing(port: int, store: Store) -> None:
    """The operating system lets no file grow beyond the limit."""
    import resource

    before, files = resource.getrlimit(resource.RLIMIT_FSIZE), sorted(store.blobs.folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as client:
            head = f"POST /api/blobs/sha256:{'0' * 64} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\nConnection: close\r\n\r\n"
            client.sendall(head.encode() + bytes(400_000))
            answer = client.makefile("rb").read().decode()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert answer.startswith("HTTP/1.1 500 ")
    assert answer.endswith('{"error":"file too large"}')
    assert sorted(store.blobs.folder.iterdir()) == files
