"""A cancelled request is let go at once, whatever it waits for, and its connection is never used again."""

import signal
import socket
import sys
import threading
import time

import pytest

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.client import Client
from ollama_magics.errors import Cancelled

from .conftest import Outcome
from .scripted_server import OK_LINES

TEXT = {"message": {"content": "hi"}, "done": False}
DONE = {"message": {"content": ""}, "done": True}
AT_ONCE_S = 0.1


def hang(wire):
    wire.hang()


def hang_in_headers(wire):
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: app")
    wire.hang()


def hang_before_first_line(wire):
    wire.send(OK_LINES)
    wire.hang()


def hang_after_one(wire):
    wire.send(OK_LINES)
    wire.line(TEXT)
    wire.hang()


def hang_in_line(wire):
    wire.send(OK_LINES)
    wire.chunk(b'{"message":')
    wire.hang()


def end_without_length(wire):
    wire.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n{"done":true')
    wire.hang()


PHASES = [hang, hang_in_headers, hang_before_first_line, hang_after_one, hang_in_line, end_without_length]


def let_go_in_time(outcome, cancel, server):
    """Cancel, and assert that the call and the server are free within the time."""
    start = time.perf_counter()
    cancel()
    outcome.join(5)
    took = time.perf_counter() - start
    assert server.released.wait(5)
    assert time.perf_counter() - start < AT_ONCE_S, f"the server was let go after {time.perf_counter() - start:.3f} s"
    assert took < AT_ONCE_S, f"the call returned after {took:.3f} s"
    assert isinstance(outcome.error, Cancelled)
    assert "was cancelled" in outcome.error.message


@pytest.mark.parametrize("by", ["token", "stream"])
@pytest.mark.parametrize("script", PHASES, ids=lambda script: script.__name__)
def test_a_streamed_request_is_let_go_in_every_phase(serve, script, by):
    server, client = serve(script, lambda wire: wire.lines(DONE))
    token = CancelToken()
    stream = client.chat("m", stream=True, cancel=token)
    outcome = Outcome(lambda: list(stream))
    assert server.hanging.wait(5)
    let_go_in_time(outcome, token.cancel if by == "token" else stream.cancel, server)
    assert list(client.chat("m", stream=True)) == [DONE]
    assert server.connections == 2


@pytest.mark.parametrize("script", PHASES, ids=lambda script: script.__name__)
def test_a_plain_request_is_let_go_in_every_phase(serve, script):
    server, client = serve(script)
    token = CancelToken()
    outcome = Outcome(lambda: client.chat("m", cancel=token))
    assert server.hanging.wait(5)
    let_go_in_time(outcome, token.cancel, server)


def test_an_upload_is_let_go_while_the_server_takes_nothing(serve, tmp_path):
    path = tmp_path / "big.gguf"
    with path.open("wb") as file:
        file.truncate(256 << 20)
    stalled = threading.Event()
    cancelled = threading.Event()

    def stall(wire):
        stalled.set()
        cancelled.wait(5)  # reads nothing, so that the client's send blocks
        wire.hang()

    server, client = serve(lambda wire: wire.answer(404, b""), stall, read_bodies=False)
    token = CancelToken()
    from ollama_magics.client.transfer import upload

    outcome = Outcome(lambda: upload(client, path, "sha256:" + "0" * 64, cancel=token))
    assert stalled.wait(5)
    start = time.perf_counter()
    token.cancel()
    outcome.join(5)
    assert time.perf_counter() - start < AT_ONCE_S
    cancelled.set()
    assert server.released.wait(5)
    assert isinstance(outcome.error, Cancelled)


def test_hashing_is_let_go(tmp_path):
    from ollama_magics.client.transfer import hash_file

    path = tmp_path / "file"
    path.write_bytes(b"x" * (3 << 20))
    token, pieces = CancelToken(), []
    with pytest.raises(Cancelled):
        hash_file(path, on_bytes=lambda count: (pieces.append(count), token.cancel()), cancel=token)
    assert pieces == [1 << 20]


def test_looking_a_name_up_is_let_go(monkeypatch):
    asked, answer = threading.Event(), threading.Event()
    real = socket.getaddrinfo

    def slow(host, *args, flags=0, **more):
        if flags == socket.AI_NUMERICHOST:
            return real(host, *args, flags=flags, **more)
        asked.set()
        answer.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    token = CancelToken()
    outcome = Outcome(lambda: Client("slow.example", environ={}).chat("m", cancel=token))
    assert asked.wait(5)
    start = time.perf_counter()
    token.cancel()
    outcome.join(5)
    answer.set()
    assert time.perf_counter() - start < AT_ONCE_S
    assert isinstance(outcome.error, Cancelled)


def test_connecting_is_let_go(monkeypatch):
    """No system lets a test make connecting slow in the same way, so the socket says "in progress" and never gets there."""
    connecting = threading.Event()

    class Connecting(socket.socket):
        def connect_ex(self, address):
            connecting.set()
            return 0

    class Never:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def register(self, *_):
            pass

        def select(self, timeout):
            threading.Event().wait(timeout)
            return []

    monkeypatch.setattr(socket, "socket", Connecting)
    monkeypatch.setattr("selectors.DefaultSelector", Never)
    token = CancelToken()
    outcome = Outcome(lambda: Client("127.0.0.1:9", environ={}).chat("m", cancel=token))
    assert connecting.wait(5)
    start = time.perf_counter()
    token.cancel()
    outcome.join(5)
    assert time.perf_counter() - start < AT_ONCE_S
    assert isinstance(outcome.error, Cancelled)


def test_a_token_turned_before_the_call_sends_nothing(serve):
    server, client = serve(lambda wire: wire.lines(DONE))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        client.chat("m", cancel=token)
    with pytest.raises(Cancelled):
        next(client.chat("m", stream=True, cancel=token))
    assert server.requests == []


def test_a_token_turned_after_the_answer_does_nothing(serve):
    server, client = serve(lambda wire: wire.lines(DONE))
    token = CancelToken()
    stream = client.chat("m", stream=True, cancel=token)
    assert list(stream) == [DONE]
    token.cancel()
    stream.cancel()
    assert list(client.chat("m", stream=True)) == [DONE]
    assert server.connections == 1


def test_a_late_cancel_leaves_the_next_request_on_the_same_connection_alone(serve):
    server, client = serve(lambda wire: wire.lines(DONE), hang_after_one)
    first = client.chat("m", stream=True)
    assert list(first) == [DONE]
    second = client.chat("m", stream=True)
    assert next(second) == TEXT
    first.cancel()
    outcome = Outcome(lambda: next(second))
    outcome.join(0.2)
    assert outcome.is_alive()
    assert server.connections == 1
    second.cancel()
    outcome.join(5)
    assert isinstance(outcome.error, Cancelled)


def test_leaving_a_with_block_ends_the_request(serve):
    server, client = serve(hang_after_one)
    with client.chat("m", stream=True) as stream:
        assert next(stream) == TEXT
    assert server.released.wait(5)
    assert list(stream) == []


def test_closing_from_another_thread_ends_the_request(serve):
    server, client = serve(hang_after_one)
    stream = client.chat("m", stream=True)
    outcome = Outcome(lambda: list(stream))
    assert server.hanging.wait(5)
    let_go_in_time(outcome, stream.close, server)


def test_one_token_ends_many_calls(serve):
    server, client = serve(hang)
    token = CancelToken()
    outcomes = [Outcome(lambda: client.list(cancel=token)) for _ in range(8)]
    assert server.hanging.wait(5)
    token.cancel()
    for outcome in outcomes:
        outcome.join(5)
    assert [type(outcome.error) for outcome in outcomes] == [Cancelled] * 8


@pytest.mark.skipif(sys.platform == "win32", reason="a program cannot interrupt itself there without its console")
def test_an_interrupt_leaves_a_client_that_works(serve):
    """What Jupyter's stop button does: KeyboardInterrupt in the main thread while it waits."""
    server, client = serve(hang, lambda wire: wire.answer(200, {"models": []}))

    def interrupt():
        server.hanging.wait(5)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        client.list()
    assert server.released.wait(5)
    assert client.list().models == []


def test_callbacks_run_once_each_even_when_one_fails():
    token, ran = CancelToken(), []
    token.on_cancel(lambda: 1 / 0)
    token.on_cancel(lambda: ran.append("kept"))
    token.on_cancel(lambda: ran.append("taken back"))()
    with pytest.raises(ZeroDivisionError):
        token.cancel()
    token.cancel()
    token.on_cancel(lambda: ran.append("late"))
    assert ran == ["kept", "late"]
    assert token.wait(0)
    assert "cancelled=True" in repr(token)
    with pytest.raises(Cancelled, match="stopped"):
        token.raise_if_cancelled("stopped")
