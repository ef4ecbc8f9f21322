"""How much of the raw engine's speed arrives at a client of the built-in server. Ratios within one run."""

from __future__ import annotations

import json
import math
import socket
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import ollama_magics.server.tutor as tutor

LIMIT = 0.95
PAIRS = 40
DOUBT = 0.001
SEEDS = 3
TOKENS = 600
PROMPT = "<|user|>Tell me a story.<|end|><|assistant|>"
SAMPLING = {"temperature": 30.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
PATIENCE_S = 60.0

RAW = """
import json, sys, time
import xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.n_ctx = 1024
parameters.n_batch = parameters.n_ubatch = 512
parameters.ctx_shift = True
parameters.verbosity = -1
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(parameters)
for line in sys.stdin:
    count = 0
    def heard(piece):
        global count
        count += 1
    began = time.perf_counter()
    server.handle_completions(json.loads(line), heard)
    print(json.dumps([count, time.perf_counter() - began]), flush=True)
"""


@pytest.fixture
def raw():
    """Return a function that lets the engine write in a process of its own, without a server: (pieces, seconds)."""
    weights = str(Path(tutor.__file__).with_name("tutor.gguf"))
    with subprocess.Popen([sys.executable, "-c", RAW, weights], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(seed: int) -> tuple[int, float]:
            request = {"prompt": PROMPT, "max_tokens": TOKENS, "stream": True, "seed": seed, **SAMPLING, "repeat_penalty": 1.0}
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            return tuple(json.loads(process.stdout.readline()))

        yield ask
        process.kill()


def served(url: str, seed: int) -> tuple[int, float]:
    """Let the server write the same, line by line: (pieces, seconds)."""
    options = {**SAMPLING, "seed": seed, "num_predict": TOKENS, "num_ctx": 1024}
    body = json.dumps({"model": "tutor", "prompt": PROMPT, "raw": True, "options": options}).encode()
    where = urlsplit(url)
    began = time.perf_counter()
    with socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S) as connection:
        connection.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        seen = bytearray()
        while b'"done":true' not in seen[-2000:]:
            part = connection.recv(1 << 16)
            assert part, bytes(seen)
            seen += part
    return seen.count(b'"done":false'), time.perf_counter() - began


def long_answers(url: str) -> list[int]:
    """Return seeds with which the model goes on for long."""
    seeds = (seed for seed in range(1, 100) if served(url, seed)[0] > TOKENS // 2)
    return [next(seeds) for _ in range(SEEDS)]


def slower_beyond_doubt(ratios: list[float], limit: float) -> bool:
    """Tell whether a median below the limit is no accident: a coin would so seldom show so few pairs above it (sign test)."""
    above = sum(ratio >= limit for ratio in ratios)
    return sum(math.comb(len(ratios), count) for count in range(above + 1)) / 2 ** len(ratios) < DOUBT


def test_one_stream_keeps_95_percent_of_the_raw_engine(embedded: str, raw, record_property):
    """Runs in pairs, one straight after the other, so that both see the same machine; what disturbs one of them is outvoted."""
    httpx.post(f"{embedded}/api/generate", json={"model": "tutor", "options": {"num_ctx": 1024}}, timeout=PATIENCE_S)
    seeds = long_answers(embedded)
    ratios = []
    for turn in range(PAIRS):
        asked = [raw, partial(served, embedded)]
        first = turn % 2
        speed = {who: count / seconds for who in (first, 1 - first) for count, seconds in [asked[who](seeds[turn % SEEDS])]}
        ratios.append(speed[1] / speed[0])
    median = statistics.median(ratios)
    record_property("served_of_raw", round(median, 3))
    print(f"served/raw {median:.3f} in {PAIRS} pairs, {sum(ratio >= LIMIT for ratio in ratios)} of them at least {LIMIT}")
    assert not slower_beyond_doubt(ratios, LIMIT)


def test_a_short_answer_costs_little_over_the_engines_own_time(embedded: str, record_property):
    """A real Ollama with the same file adds about one millisecond."""
    question = {"model": "tutor", "messages": [{"role": "user", "content": "Hello"}], "stream": False, "options": {"temperature": 0}}
    added = []
    with httpx.Client(base_url=embedded, timeout=PATIENCE_S) as client:
        client.post("/api/chat", json=question)
        for _ in range(40):
            began = time.perf_counter_ns()
            answer = client.post("/api/chat", json=question).json()
            added.append((time.perf_counter_ns() - began - answer["prompt_eval_duration"] - answer["eval_duration"]) / 1e6)
    least = statistics.quantiles(added, n=4)[0]
    record_property("added_ms", round(least, 2))
    assert least <= 6
