"""The state of the tuner's panel has the shape that its view is written against."""

import json
from pathlib import Path

import pytest
from shapes import misfits

from ollama_magics.widgets import tunerstate

SAMPLE = Path(__file__).with_name("tuner_state.json")


def test_sample_of_the_view_has_the_shape():
    """The state that the view's own tests draw is one that the panel could have."""
    assert list(misfits(json.loads(SAMPLE.read_text("utf-8")), tunerstate.TunerState)) == []


@pytest.mark.parametrize(("key", "value"), [("changes", "2"), ("mode", "sometimes"), ("params", [{}]), ("words", None)])
def test_other_shapes_are_noticed(key, value):
    """A state of another shape does not fit."""
    state = json.loads(SAMPLE.read_text("utf-8"))
    state[key] = value
    assert list(misfits(state, tunerstate.TunerState))
