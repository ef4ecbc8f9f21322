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
    "persona: role only": 10,
    "one word": 9,
    "capitals, unseen name": 7,
    "start with words": 8,
    "end with words": 10,
    "contain a word, plain wording": 10,
    "pirate, king": 10,
    "two styles": 9,
    "JSON: a key": 10,
    "JSON: format json": 10,
    "JSON: schema": 10,
    "few-shot: sentiment": 10,
    "text: in it": 10,
    "guard: only a topic": 8,
    "guard: another topic passes": 10,
    "secret told where nothing forbids it": 10,
    "sums to 99 + 99": 10,
    "letters and comparisons": 7,
    "repeat four unseen words": 7,
    "outside its world": 9,
    "small talk with typing errors": 9,
}


@pytest.fixture(scope="module")
def figures():
    return measured(WEIGHTS, REACHED, QUESTIONS)


@pytest.mark.parametrize("family", sorted(REACHED))
def test_a_family_is_as_good_as_it_was(figures, family):
    """No family of the fast part falls behind its figure."""
    assert figures[family].right >= REACHED[family] - 1, figures[family].wrong


def test_the_model_card_has_every_family():
    """The table is that of the evaluation command: every family, and the mean of its rows."""
    card = WEIGHTS.with_name("MODEL_CARD.md").read_text("utf-8")
    rows = {name: int(value) for name, value in re.findall(r"^\| ([^|*]+?) \| \d+ \| (\d+) \|$", card, re.MULTILINE)}
    assert set(rows) == set(FAMILIES)
    (mean,) = re.findall(r"^\| \*\*mean\*\* \| \d+ \| ([\d.]+) \|$", card, re.MULTILINE)
    assert float(mean) == pytest.approx(sum(rows.values()) / len(rows), abs=0.5)
