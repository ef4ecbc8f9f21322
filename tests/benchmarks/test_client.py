"""Our client against the official one, in one run against one server in a process of its own."""

import time
from statistics import median, quantiles

import ollama

from ollama_magics.client.client import Client

BATCHES = 9
ROUNDS = 60


def took(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_a_create_of_text_takes_at_most_four_fifths_of_the_official_clients_time(answering, record_property):
    request = {"from_": "tutor", "system": "You are Mario from Super Mario Bros."}
    theirs, ours = ollama.Client(answering), Client(answering, environ={})
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
