"""The asynchronous client: the same requests, answers and errors as the synchronous one, and tasks that end at once."""

import asyncio
import inspect
import ssl
import time
from pathlib import Path

import httpx
import ollama
import pytest

from ollama_magics import errors
from ollama_magics.client.async_client import AsyncClient
from ollama_magics.client.client import Client

from .scripted_server import OK_LINES
from .test_cancel import AT_ONCE_S, PHASES
from .test_faults import DONE, FAULTS, MODES, STREAMS, TEXT, hang, hang_after_one, status
from .test_requests import CALLS, Recorder

PATIENCE_S = 5
TAGS = {"models": [{"name": "mario:latest"}]}
CERTIFICATE = Path(__file__).with_name("loopback.pem")


@pytest.fixture
def serve_async(serve):
    """Start scripted servers, and give the server and an asynchronous client of it."""

    def start(*scripts, **settings):
        server, _ = serve(*scripts, **settings)
        return server, AsyncClient(server.url, environ={})

    return start


async def everything(answer):
    """Return all records of an answer, plain or streamed."""
    return [record async for record in answer] if hasattr(answer, "__aiter__") else [await answer]


def run(client, work):
    """Return what ``work`` gives in an event loop of its own, at whose end the client is closed."""

    async def inside():
        async with client:
            return await work

    return asyncio.run(inside())


def chat(client, stream, **settings):
    """Return all records of a chat, with either client."""
    answer = client.chat("m", [{"role": "user", "content": "x"}], stream=stream, **settings)
    if isinstance(client, AsyncClient):
        return run(client, everything(answer))
    return list(answer) if stream else [answer]


def failure(client, stream, **settings):
    """Return what an error of a chat says, with either client."""
    with pytest.raises(errors.OllamaMagicsError) as caught:
        chat(client, stream, **settings)
    error = caught.value
    return type(error), error.message, error.hint, getattr(error, "partial", None), error.details


def methods(client):
    return {name: value for name, value in vars(client).items() if callable(value) and not name.startswith("_")}


def test_both_clients_have_the_same_methods():
    assert set(methods(AsyncClient)) == set(methods(Client))
    theirs = {name for name in methods(ollama.AsyncClient) if name in methods(ollama.Client)}
    assert theirs - {"web_search", "web_fetch", "systemone"} - set(dir(AsyncClient)) == set()


@pytest.mark.parametrize("name", methods(Client))
def test_a_method_takes_the_same_but_for_the_token_of_threads(name):
    ours, other = inspect.signature(getattr(AsyncClient, name)), inspect.signature(getattr(Client, name))
    assert [*ours.parameters.values()] == [value for value in other.parameters.values() if value.name != "cancel"]
    assert getattr(AsyncClient, name).__doc__ == getattr(Client, name).__doc__


@pytest.mark.parametrize("name", CALLS)
def test_both_clients_send_the_same(name):
    call = CALLS[name][0]
    wire = Recorder()
    call(Client(transport=httpx.MockTransport(wire), environ={}))

    async def send():
        async with AsyncClient(transport=httpx.MockTransport(wire), environ={}) as client:
            return await call(client)

    asyncio.run(send())
    one, other = wire.requests
    assert (one.method, one.url, one.content, one.headers) == (other.method, other.url, other.content, other.headers)


@MODES
def test_both_clients_read_the_same(serve, stream):
    server, client = serve(lambda wire: wire.lines(TEXT, DONE) if stream else wire.answer(200, DONE))
    assert chat(AsyncClient(server.url, environ={}), stream) == chat(client, stream) == ([TEXT, DONE] if stream else [DONE])


@MODES
@pytest.mark.parametrize("name", FAULTS)
def test_both_clients_tell_a_fault_in_the_same_words(serve, name, stream):
    script, kind, _ = FAULTS[name]
    server, client = serve(script)
    found = failure(AsyncClient(server.url, environ={}), stream)
    assert issubclass(found[0], kind)
    assert found == failure(client, stream)


@pytest.mark.parametrize("name", STREAMS)
def test_an_answer_that_breaks_keeps_what_came(serve, name):
    lines, rest, kind, count = STREAMS[name]

    def script(wire):
        wire.send(OK_LINES)
        for value in lines:
            wire.line(value)
        if rest == "reset":
            wire.server.hanging.wait(PATIENCE_S)
            return wire.reset()
        wire.send(rest or b"")
        wire.close()

    server, _ = serve(script)

    client, seen = AsyncClient(server.url, environ={}), []

    async def read():
        async for record in client.chat("m", stream=True):
            seen.append(record)
            server.hanging.set()

    with pytest.raises(kind) as caught:
        run(client, read())
    assert seen == caught.value.partial == [TEXT] * count


@MODES
@pytest.mark.parametrize("script", [hang, hang_after_one])
def test_silence_longer_than_the_timeout_is_told_the_same(serve, script, stream):
    server, client = serve(script)
    found = failure(AsyncClient(server.url, environ={}), stream, timeout=0.05)
    assert found[0] is errors.TimedOut
    assert found == failure(client, stream, timeout=0.05)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid"])
def test_no_server_is_told_the_same(address):
    found = failure(AsyncClient(address, environ={}), False)
    assert found[0] is errors.NoServer
    assert found == failure(Client(address, environ={}), False)


def test_a_slip_in_a_name_is_told_the_same(serve):
    missing = status(404, {"error": "model 'm' not found"})
    server, client = serve(missing, status(200, TAGS), missing, status(200, TAGS))

    twin = AsyncClient(server.url, environ={})
    with pytest.raises(errors.ModelNotFound) as caught:
        run(twin, twin.show("mairo"))
    with pytest.raises(errors.ModelNotFound) as other:
        client.show("mairo")
    assert caught.value.hint == other.value.hint == "did you mean mario?"


def test_tls_is_told_the_same(serve, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server, client = serve(lambda wire: wire.lines(TEXT, DONE), tls=context)
    found = failure(AsyncClient(server.url, environ={}), True)
    assert "is not trusted" in found[1]
    assert found == failure(client, True)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert chat(AsyncClient(server.url, environ={}), True) == [TEXT, DONE]


def test_a_request_goes_through_the_proxy(serve):
    proxy, _ = serve(status(200, TAGS))
    client = AsyncClient("http://gpu.example:8080", environ={"HTTP_PROXY": proxy.url.replace("//", "//me:pw@")})
    assert run(client, client.list()) == TAGS
    assert proxy.requests[-1].path == "http://gpu.example:8080/api/tags"
    assert proxy.requests[-1].headers["proxy-authorization"] == "Basic bWU6cHc="


@MODES
@pytest.mark.parametrize("script", PHASES, ids=lambda script: script.__name__)
def test_a_cancelled_task_lets_go_in_every_phase(serve_async, script, stream):
    server, client = serve_async(script, lambda wire: wire.lines(DONE))

    async def work():
        task = asyncio.create_task(everything(client.chat("m", stream=stream)))
        assert await asyncio.to_thread(server.hanging.wait, PATIENCE_S)
        start = time.perf_counter()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.released.wait, PATIENCE_S)
        assert time.perf_counter() - start < AT_ONCE_S
        assert await everything(client.chat("m", stream=True)) == [DONE]
        assert server.connections == 2

    run(client, work())


def test_a_timeout_of_asyncio_lets_go(serve_async):
    server, client = serve_async(hang)

    async def work():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.list()
        assert await asyncio.to_thread(server.released.wait, PATIENCE_S)

    run(client, work())


@pytest.mark.parametrize("way", ["with", "aclose"])
def test_leaving_a_stream_ends_the_request(serve_async, way):
    server, client = serve_async(hang_after_one)

    async def work():
        stream = client.chat("m", stream=True)
        if way == "with":
            async with stream:
                assert await anext(stream) == TEXT
        else:
            assert await anext(stream) == TEXT
            await stream.aclose()
        assert await asyncio.to_thread(server.released.wait, PATIENCE_S)
        assert await everything(stream) == []
        assert list(stream.received) == [TEXT]

    run(client, work())


def test_a_stream_may_be_awaited_as_the_official_clients_is(serve_async):
    server, client = serve_async(lambda wire: wire.lines(TEXT, DONE))

    async def work():
        unread = await client.chat("m", stream=True)
        await unread.aclose()
        return [record async for record in await client.chat("m", stream=True)]

    assert run(client, work()) == [TEXT, DONE]
    assert len(server.requests) == 1


def test_tasks_share_a_client_and_later_calls_its_connections(serve_async):
    server, client = serve_async(lambda wire: wire.answer(200, TAGS))

    async def work():
        assert await asyncio.gather(*(client.list() for _ in range(4))) == [TAGS] * 4
        opened = server.connections
        assert await client.list() == TAGS
        assert server.connections == opened <= 4

    run(client, work())


def test_a_client_outlives_its_event_loop(serve_async):
    server, client = serve_async(lambda wire: wire.answer(200, TAGS))
    assert asyncio.run(client.list()) == TAGS
    assert run(client, client.list()) == TAGS
    assert server.connections == 2


def test_an_end_that_is_kept_back_costs_nothing_but_the_connection(serve_async):
    def script(wire):
        wire.send(OK_LINES)
        wire.line(DONE)
        wire.hang()

    server, client = serve_async(script)
    assert chat(client, True) == [DONE]
    assert server.released.wait(PATIENCE_S)


def test_a_file_is_sent_whole_unless_it_is_there(serve_async, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 10_000)
    server, client = serve_async(status(404, b""), status(201, b""), status(200, b""))
    counts = []
    digest = run(client, client.create_blob(path, on_bytes=counts.append))
    assert server.requests[1].body == path.read_bytes()
    assert sum(counts) == path.stat().st_size
    assert run(client, client.create_blob(path)) == digest
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("scripts", "kind", "words"),
    [
        ((status(404, b""), status(400, {"error": "digest mismatch, expected"})), errors.FileProblem, "changed while it was sent"),
        ((status(404, b""), status(500, {"error": "no space left on device"})), errors.ServerFault, "no space left"),
        ((status(500, b""),), errors.ServerFault, "no reason"),
    ],
)
def test_a_file_that_cannot_be_sent_is_told_the_same(serve, tmp_path, scripts, kind, words):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    server, client = serve(*scripts, *scripts)
    twin = AsyncClient(server.url, environ={})
    with pytest.raises(kind, match=words) as caught:
        run(twin, twin.create_blob(path))
    with pytest.raises(kind) as other:
        client.create_blob(path)
    assert str(caught.value) == str(other.value)


def test_a_file_that_is_not_there_is_told(serve_async, tmp_path):
    server, client = serve_async(hang)
    with pytest.raises(errors.FileProblem, match="cannot be read"):
        run(client, client.create_blob(tmp_path / "none"))
    assert server.requests == []


def test_a_stalled_upload_is_let_go(serve, tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(64 << 20)
    server, _ = serve(status(404, b""), hang, read_bodies=False)
    client = AsyncClient(server.url, environ={})

    async def work():
        task = asyncio.create_task(client.create_blob(path))
        assert await asyncio.to_thread(server.hanging.wait, PATIENCE_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.released.wait, PATIENCE_S)

    run(client, work())
