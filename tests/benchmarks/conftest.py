"""What figures are held against: a server that costs nothing, and with it how slow the machine is at the moment."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

# Answers every request at once, so that what is measured is who asks.
SERVER = r"""
import socket, threading
ANSWER = b'{"status":"success"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"

def serve(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            piece = sock.recv(65536)
            if not piece:
                return
            data += piece
        head, _, data = data.partition(b"\r\n\r\n")
        size = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        while len(data) < size:
            data += sock.recv(65536)
        data = data[size:]
        sock.sendall(HEAD % len(ANSWER) + ANSWER)

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


BARE_S = 0.0005
"""What a bare request takes where the limits in seconds were set."""


@pytest.fixture
def answering() -> Iterator[str]:
    """Return the address of a server that answers at once."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        yield f"127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture
def slowness(answering: str) -> Iterator[Callable[[], float]]:
    """Return what tells, by one bare request, how many times as slow the machine is now as where the limits were set."""
    with httpx.Client(base_url=f"http://{answering}", trust_env=False) as client:

        def ask() -> float:
            began = time.perf_counter()
            client.get("/")
            return (time.perf_counter() - began) / BARE_S

        for _ in range(10):
            ask()
        yield ask
