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

# Right answers of ten that the bundled file reaches; one less is allowed, as another processor rounds in another way.
REACHED: dict[str, int] = {}


@pytest.fixture(scope="module")
def figures():
    return measured(WEIGHTS, REACHED, QUESTIONS)


@pytest.mark.parametrize("family", sorted(REACHED))
def test_a_family_is_as_good_as_it_was(figures, family):
    """No family of the fast part falls behind its figure."""
    assert figures[family].right >= REACHED[family] - 1, figures[family].wrong


def test_the_model_card_has_every_family():
    """The table is that of the evaluation command: every family, and the means of its rows."""
    card = WEIGHTS.with_name("MODEL_CARD.md").read_text("utf-8")
    rows = {name: [int(value) for value in values] for name, *values in re.findall(r"^\| ([^|*]+?) \| \d+ \| (\d+) \| (\d+) \|$", card, re.MULTILINE)}
    assert set(rows) == set(FAMILIES)
    means = [float(value) for value in re.findall(r"[\d.]+", card.split("| **mean** |")[1].splitlines()[0].split("|", 1)[1])]
    assert means == [pytest.approx(sum(row[at] for row in rows.values()) / len(rows), abs=0.5) for at in range(2)]
