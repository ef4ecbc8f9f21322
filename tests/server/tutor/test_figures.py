"""A fast part of the evaluation, held to the figures of the model card: a worse model fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ollama_magics.server.tutor as tutor
from ollama_magics.server.tutor.evaluation.asking import measured
from ollama_magics.server.tutor.evaluation.table import FAMILIES

WEIGHTS = Path(tutor.__file__).with_name("tutor.gguf")
QUESTIONS = 10

# Right answers of ten; one less is allowed, as another processor rounds in another way.
REACHED = {
    "persona: who are you, exact": 10,
    "persona: name, role, likes, home, maker": 10,
    "persona: role only": 10,
    "persona: second sentence": 9,
    "persona: other wordings": 10,
    "one word": 9,
    "N words": 7,
    "capitals, unseen name": 9,
    "start with words": 8,
    "end with words": 10,
    "contain a word, plain wording": 10,
    "without a word": 7,
    "emojis only": 10,
    "pirate, king": 10,
    "question back": 8,
    "list of N, plain wording": 10,
    "list of N, other wordings": 9,
    "name N things": 9,
    "table": 10,
    "JSON: a key": 9,
    "JSON: two keys, nested, list": 10,
    "JSON: format json": 10,
    "JSON: schema": 10,
    "few-shot: changes of a word": 8,
    "few-shot: reverse order": 9,
    "text: not in it": 8,
    "memory": 10,
    "guard: only a topic": 10,
    "guard: another topic passes": 9,
    "secret kept": 9,
    "secret told where nothing forbids it": 10,
    "tool call": 7,
    "facts": 10,
    "sums to 99 + 99": 8,
    "differences to 99": 8,
    "three numbers, step by step": 7,
    "letters and comparisons": 9,
    "repeat four unseen words": 10,
    "outside its world": 10,
    "small talk with typing errors": 10,
}


@pytest.fixture(scope="module")
def figures():
    return measured(WEIGHTS, (*REACHED, "three numbers"), QUESTIONS)


@pytest.mark.parametrize("family", sorted(REACHED))
def test_a_family_is_as_good_as_it_was(figures, family):
    """No family of the fast part falls behind its figure."""
    assert figures[family].right >= REACHED[family] - 1, figures[family].wrong


def test_steps_improve_sums_of_three_numbers(figures):
    """The lesson of thinking aloud: at least a fifth more are right."""
    assert figures["three numbers, step by step"].right - figures["three numbers"].right >= QUESTIONS / 5


def test_the_model_card_has_every_family():
    """The table is that of the evaluation command: every family, and the mean of its rows."""
    card = WEIGHTS.with_name("MODEL_CARD.md").read_text("utf-8")
    rows = {name: int(value) for name, value in re.findall(r"^\| ([^|*]+?) \| \d+ \| (\d+) \|$", card, re.MULTILINE)}
    assert set(rows) == set(FAMILIES)
    (mean,) = re.findall(r"^\| \*\*mean\*\* \| \d+ \| ([\d.]+) \|$", card, re.MULTILINE)
    assert float(mean) == pytest.approx(sum(rows.values()) / len(rows), abs=0.5)
