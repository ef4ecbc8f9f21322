"""Clients that go away: the server stops for them, and the next answer always comes."""

from __future__ import annotations

import json
import os
import random
import socket
from collections import Counter
from urllib.parse import urlsplit

import httpx
import pytest

CANCELS = int(os.environ.get("MAGICS_TEST_CANCELS", "60"))
STORY = [{"role": "user", "content": "Tell me a story about a robot."}]
PATIENCE_S = 20.0


@pytest.fixture
def client(embedded: str):
    with httpx.Client(base_url=embedded, timeout=PATIENCE_S) as client:
        yield client


def leave_after(url: str, lines: int, *, reset: bool, **fields) -> None:
    """Ask for a long answer and close the connection after ``lines`` lines of it."""
    where = urlsplit(url)
    body = json.dumps({"model": "tutor", "messages": STORY, "options": {"num_predict": 5000, "seed": lines}, **fields}).encode()
    with socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S) as connection:
        connection.sendall(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        seen = b""
        while seen.count(b'"created_at"') < lines and b'"done":true' not in seen:
            part = connection.recv(4096)
            assert part, seen
            seen += part
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def loaded(client: httpx.Client) -> Counter[str]:
    """Return how many runners each model file has."""
    return Counter(model["digest"] for model in client.get("/api/ps").json()["models"])


def test_the_next_answer_comes_after_every_cancel(embedded: str, client: httpx.Client):
    chance = random.Random(11)
    client.post("/api/generate", json={"model": "tutor"})
    before = loaded(client)
    for number in range(CANCELS):
        lines = chance.randrange(0, 60)
        leave_after(embedded, lines, reset=number % 3 == 0, **({} if lines else {"stream": False}))
        answer = client.post("/api/chat", json={"model": "tutor", "messages": STORY, "stream": False, "options": {"num_predict": 3}})
        assert answer.json()["done"], f"after cancel {number}"
    # The same runner to the end, and no second one; what an earlier test has left loaded is none of this one's business.
    assert loaded(client) <= before


def test_a_client_that_leaves_while_others_wait_does_not_hold_them_up(embedded: str, client: httpx.Client):
    """One slot: a request that waits for it and goes away leaves the queue."""
    for lines in (0, 3):
        leave_after(embedded, lines, reset=False, options={"num_predict": 5000, "temperature": 2})
    answer = client.post("/api/generate", json={"model": "tutor", "prompt": "Hello", "stream": False})
    assert answer.json()["done_reason"] == "stop"


def test_a_client_that_leaves_during_a_load_leaves_a_usable_model(embedded: str, client: httpx.Client):
    for number in range(5):
        client.post("/api/generate", json={"model": "tutor", "keep_alive": 0})
        leave_after(embedded, 0, reset=number % 2 == 0)
    assert client.post("/api/generate", json={"model": "tutor", "prompt": "Hello", "stream": False}).json()["done"]
