"""An upload whose connection breaks off asks again, in threads and in event loops alike."""

import asyncio
import hashlib

import pytest

from ollama_magics.client.async_client import AsyncClient
from ollama_magics.client.transfer import upload
from ollama_magics.errors import ServerFault, StreamCut

CONTENT = b"weights" * 100_000
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(CONTENT)
    return path


def missing(wire):
    wire.send(b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n")


def hang_up(wire):
    """Close the connection without a word."""
    wire.close()


def took(wire):
    wire.answer(201, b"")


def present(wire):
    wire.answer(200, b"")


@pytest.fixture(params=["threads", "event loop"])
def deliver(request, path):
    """Return what delivers the file and returns the counts of bytes."""

    def run(server, client):
        counts = []
        if request.param == "threads":
            upload(client, path, DIGEST, counts.append)
        else:

            async def go():
                async with AsyncClient(client.url) as twin:
                    await twin.create_blob(path, on_bytes=counts.append)

            asyncio.run(go())
        return counts

    return run


def methods(server):
    return [request.method for request in server.requests]


def test_a_connection_that_breaks_off_is_asked_again_and_the_file_sent_again(serve, deliver):
    server, client = serve(missing, hang_up, missing, took)
    counts = deliver(server, client)
    assert methods(server) == ["HEAD", "POST", "HEAD", "POST"]
    assert sum(counts) == len(CONTENT)


def test_what_arrived_all_the_same_is_not_sent_again(serve, deliver):
    server, client = serve(missing, hang_up, present)
    deliver(server, client)
    assert methods(server) == ["HEAD", "POST", "HEAD"]


def test_a_server_that_keeps_hanging_up_is_given_up(serve, deliver):
    server, client = serve(missing, hang_up, missing, hang_up, missing, hang_up)
    with pytest.raises(StreamCut, match="hung up"):
        deliver(server, client)
    assert methods(server) == ["HEAD", "POST"] * 3


def test_a_server_that_refuses_is_not_asked_again(serve, deliver):
    server, client = serve(missing, lambda wire: wire.answer(507, {"error": "no space left on device"}))
    with pytest.raises(ServerFault, match="no space left"):
        deliver(server, client)
    assert methods(server) == ["HEAD", "POST"]
