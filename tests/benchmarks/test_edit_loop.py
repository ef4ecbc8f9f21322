"""From "I changed a word" to the first piece of the new model's answer; the engine's own time is taken off."""

from __future__ import annotations

import statistics
import time

import ollama_magics as om

ROUNDS = 15
LIMIT_S = 0.030
NS = 1e9


def _edit(client: om.Client, number: int) -> float:
    """Return the seconds from a changed SYSTEM to the first piece, less what the engine needed for the prompt and one token."""
    began = time.perf_counter()
    om.create("edited", f"FROM tutor\nPARAMETER temperature 0\nSYSTEM You are Mario number {number}.", client=client)
    answer = client.chat("edited", [{"role": "user", "content": "Who are you?"}], stream=True)
    next(answer)
    first = time.perf_counter()
    *_, last = answer
    engine_ns = last.prompt_eval_duration + last.eval_duration / last.eval_count
    return first - began - engine_ns / NS


def test_a_changed_word_reaches_the_first_token_within_30_ms_of_the_engines_own_time(embedded: str, record_property):
    """Creating the next version and asking it costs a person nothing that can be felt."""
    with om.Client(embedded) as client:
        _edit(client, -1)
        overheads = [_edit(client, number) for number in range(ROUNDS)]
    record_property("overhead_ms", round(1e3 * statistics.median(overheads), 1))
    assert min(overheads) > 0
    # The quickest quarter: on a shared machine the rest measures the neighbours.
    assert statistics.quantiles(overheads, n=4)[0] <= LIMIT_S
