"""Our client against the official one, in one run against one server in a process of its own."""

import subprocess
import sys
import time
from statistics import median, quantiles

import ollama
import pytest

from ollama_magics.client.client import Client

BATCHES = 9
ROUNDS = 60

# Answers every request at once, so that what is measured is the client.
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


@pytest.fixture
def server():
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        yield f"127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


def took(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_a_create_of_text_takes_at_most_four_fifths_of_the_official_clients_time(server, record_property):
    request = {"from_": "tutor", "system": "You are Mario from Super Mario Bros."}
    theirs, ours = ollama.Client(server), Client(server, environ={})
    calls = (lambda: theirs.create("mario", **request), lambda: ours.create("mario", **request))
    for call in calls:
        for _ in range(20):
            call()
    # Taken in turns, so that whatever else the machine does hits both alike; the fastest fifth of a batch is the client's own time.
    batches = [[[took(call) for call in calls] for _ in range(ROUNDS)] for _ in range(BATCHES)]
    figures = [tuple(quantiles(times, n=5)[0] for times in zip(*batch, strict=True)) for batch in batches]
    record_property("official_us", round(median(their_s for their_s, _ in figures) * 1e6))
    record_property("ours_us", round(median(our_s for _, our_s in figures) * 1e6))
    assert median(our_s / their_s for their_s, our_s in figures) <= 0.8, figures
