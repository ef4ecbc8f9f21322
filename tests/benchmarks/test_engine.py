"""How much of the raw engine's speed arrives at a client of the built-in server. Ratios within one run."""

from __future__ import annotations

import itertools
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
NOISE = 3
SEEDS = 3
TOKENS = 600
PROMPT = "<|user|>Tell me a story.<|end|><|assistant|>"
SAMPLING = {"temperature": 30.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
PATIENCE_S = 60.0
BATCHES = 5
ADDED_MS = 6

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


def enough_above(pairs: int, doubt: float) -> int:
    """Return how many of the pairs must reach the limit; a coin that is fair shows fewer less often than ``doubt`` (sign test)."""
    chances = itertools.accumulate(math.comb(pairs, count) / 2**pairs for count in range(pairs + 1))
    return next(count for count, chance in enumerate(chances) if chance >= doubt)


def test_one_stream_keeps_95_percent_of_the_raw_engine(embedded: str, raw, slowness, record_property):
    """Runs in pairs, one straight after the other, so that both see the same machine; what disturbs one of them is outvoted.

    A median below the limit has to be no accident. Pairs are made until no further one can change what all of them would say.
    Where processes wait their turn for a processor, the one more that a server needs waits too: the limit is lower by how slow that is.
    """
    httpx.post(f"{embedded}/api/generate", json={"model": "tutor", "options": {"num_ctx": 1024}}, timeout=PATIENCE_S)
    seeds = long_answers(embedded)
    ratios, above, enough = [], 0, enough_above(PAIRS, DOUBT)
    for turn in range(PAIRS):
        asked = [raw, partial(served, embedded)]
        first = turn % 2
        speed = {who: count / seconds for who in (first, 1 - first) for count, seconds in [asked[who](seeds[turn % SEEDS])]}
        ratios.append(speed[1] / speed[0])
        slow = statistics.median(slowness() for _ in range(5))
        above += ratios[-1] >= LIMIT / max(1, slow / NOISE)
        if above >= enough or above + PAIRS - len(ratios) < enough:
            break
    median = statistics.median(ratios)
    record_property("served_of_raw", round(median, 3))
    print(f"served/raw {median:.3f} in {len(ratios)} pairs, {above} of them above the limit, machine {slow:.1f} times as slow")
    assert above >= enough


def test_a_short_answer_costs_little_over_the_engines_own_time(embedded: str, slowness, record_property):
    """A real Ollama with the same file adds about one millisecond."""
    question = {"model": "tutor", "messages": [{"role": "user", "content": "Hello"}], "stream": False, "options": {"temperature": 0}}

    def beside_the_engine() -> float:
        began = time.perf_counter_ns()
        answer = client.post("/api/chat", json=question).json()
        return (time.perf_counter_ns() - began - answer["prompt_eval_duration"] - answer["eval_duration"]) / 1e6

    with httpx.Client(base_url=embedded, timeout=PATIENCE_S) as client:
        client.post("/api/chat", json=question)
        for _ in range(BATCHES):
            pairs = [(beside_the_engine(), slowness()) for _ in range(40)]
            added, slow = (statistics.quantiles(figures, n=4)[0] for figures in zip(*pairs, strict=True))
            limit = ADDED_MS * max(1, slow)
            if added <= limit:
                break
    record_property("added_ms", round(added, 2))
    print(f"added {added:.2f} ms, on a machine {slow:.2f} times as slow")
    assert added <= limit
