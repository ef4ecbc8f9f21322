"""What a learner turns shows: temperature, seed, stop and the rest each have a visible effect on the bundled model."""

from __future__ import annotations

from pathlib import Path

import pytest

import ollama_magics.server.tutor as tutor
from ollama_magics.server.tutor.evaluation.asking import answers
from ollama_magics.server.tutor.evaluation.cases import PLAIN_FACTS, Case

WEIGHTS = Path(tutor.__file__).with_name("tutor.gguf")
STORY = [("user", "Tell me a story about a robot.")]
COUNT = 30


def case(turns, **options):
    return Case(list(turns), bool, options=options)


@pytest.fixture(scope="module")
def told():
    """Every answer of this module, asked in one go."""
    asked = {
        "greedy": [case(STORY)] * 2,
        "warm": [case(STORY, temperature=0.8, seed=seed) for seed in range(COUNT)],
        "hot": [case(STORY, temperature=1.5, seed=seed) for seed in range(COUNT)],
        "same seed": [case(STORY, temperature=0.8, seed=7)] * 3,
        "stop": [case(STORY, stop=["."])],
        "num_predict": [case(STORY, num_predict=6)],
        "top_k": [case(STORY, temperature=1.5, top_k=1, seed=seed) for seed in range(3)],
        "min_p": [case(STORY, temperature=1.5, min_p=1.0, seed=seed) for seed in range(3)],
        "penalty": [case([("user", "Say moon 5 times.")], repeat_penalty=2.0), case([("user", "Say moon 5 times.")])],
        "facts": [case([("user", asked)], temperature=0.8, seed=seed) for asked, _ in PLAIN_FACTS for seed in range(2)],
    }
    given = iter(answers(WEIGHTS, [one for group in asked.values() for one in group]))
    return {name: [next(given) for _ in group] for name, group in asked.items()}


def test_temperature_0_has_one_story(told):
    """Greedy answers are the same every time."""
    assert len(set(told["greedy"])) == 1


def test_temperature_makes_stories_differ(told):
    """At the default temperature nearly every story is another one."""
    assert len(set(told["warm"])) >= 25
    assert len(set(told["hot"])) >= len(set(told["warm"])) - 2


def test_facts_hold_at_the_default_temperature(told):
    """What it knows it knows at 0.8 as well."""
    wanted = [value for _, value in PLAIN_FACTS for _ in range(2)]
    right = [value.lower() in answer.lower() for value, answer in zip(wanted, told["facts"], strict=True)]
    assert sum(right) >= 0.95 * len(right)


def test_a_seed_repeats(told):
    """The same seed gives the same story."""
    assert len(set(told["same seed"])) == 1


def test_stop_and_num_predict_cut(told):
    """A stop word ends the answer before it, a limit after so many tokens."""
    (whole, _), (stopped,), (short,) = told["greedy"], told["stop"], told["num_predict"]
    assert stopped == whole.split(".")[0]
    assert whole.startswith(short)
    assert 0 < len(short) < len(whole)


def test_top_k_and_min_p_tame_a_hot_model(told):
    """With one candidate left, a high temperature changes nothing."""
    assert set(told["top_k"]) == set(told["min_p"]) == set(told["greedy"])


def test_a_penalty_ends_repetition(told):
    """What repeats on purpose is the first thing that the penalty spoils."""
    penalised, plain = told["penalty"]
    assert plain.lower().count("moon") > penalised.lower().count("moon")
