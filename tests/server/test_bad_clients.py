"""Clients that flood, dawdle, leave or talk nonsense: each gets an answer or is cut off, and the next one is served."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

PATIENCE_S = 20.0
HALF_OPEN = 200


@pytest.fixture
def connect(embedded_server: str) -> Callable[[], socket.socket]:
    """Return what opens a connection to the server."""
    where = urlsplit(embedded_server)
    return lambda: socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S)


def status_of(connection: socket.socket) -> int | None:
    """Return the status of the answer, None where the connection ended without one."""
    with contextlib.suppress(ConnectionError):
        line = connection.makefile("rb").readline()
        return int(line.split()[1]) if line else None
    return None


def assert_serves(connect: Callable[[], socket.socket]) -> None:
    with connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert connection.makefile("rb").read().endswith(b"Ollama is running")


def post(path: str, body: bytes, *headers: str) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    if not headers:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


CASES = {
    "a body that is announced and never fits": (post("/api/chat", b"{", "Content-Length: 10000000000000"), 400),
    "a length that is none": (post("/api/chat", b"{}", "Content-Length: many"), 400),
    "two lengths": (post("/api/chat", b"{}", "Content-Length: 2", "Content-Length: 3"), 400),
    "a chunk without a size": (post("/api/chat", b"zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), 400),
    "headers without end": (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", None),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    "JSON nested a hundred thousand deep": (post("/api/chat", b'{"messages":' + b"[" * 100_000), 400),
    "a text cut in the middle": (post("/api/create", b'{"model":"x","system":"half'), 400),
    "bytes that are no UTF-8": (post("/api/show", b'{"model":"\xff\xfe"}'), 400),
    "a list for an object": (post("/api/chat", b"[]"), 400),
    "no body": (post("/api/generate", b""), 400),
    "a page of another host": (post("/api/tags", b"", "Content-Length: 0", "Origin: http://evil.example"), 403),
    "a name that was rebound to this machine": (b"GET /api/tags HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 403),
    "a path out of the house": (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 307),
    "a digest out of the folder": (b"HEAD /api/blobs/..%2f..%2fx HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
}


@pytest.mark.parametrize("case", CASES)
def test_nonsense_is_refused_and_the_next_client_served(connect: Callable[[], socket.socket], case: str) -> None:
    request, status = CASES[case]
    with connect() as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        assert status_of(connection) in ((status,) if status else (None, 400, 431))
    assert_serves(connect)


def test_clients_that_never_finish_their_request_hold_nobody_up(connect: Callable[[], socket.socket]) -> None:
    with contextlib.ExitStack() as open_ones:
        for number in range(HALF_OPEN):
            connection = open_ones.enter_context(connect())
            connection.sendall(post("/api/chat", b'{"model":', f"Content-Length: {1000 + number}"))
        assert_serves(connect)
    assert_serves(connect)


def test_a_client_that_reads_nothing_holds_nobody_up(connect: Callable[[], socket.socket]) -> None:
    body = b'{"model":"tutor","prompt":"Tell me a story.","raw":true,"options":{"num_predict":2000,"temperature":30,"top_p":1,"top_k":0}}'
    with connect() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        silent.sendall(post("/api/generate", body))
        silent.recv(1)
        assert_serves(connect)
    with connect() as other:
        other.sendall(post("/api/generate", b'{"model":"tutor","prompt":"Hello","options":{"num_predict":2},"stream":false}'))
        assert status_of(other) == 200
