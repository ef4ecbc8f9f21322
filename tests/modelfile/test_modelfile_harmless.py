"""Whatever a Modelfile holds, what is said about it is read and does nothing: in a terminal, in a page, in a CI's log."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_modelfile import Fuzzer, acting, faults_of
from hostile import HOSTILE
from hypothesis import given, settings
from modelfile_corpus import BYTES, TEXTS

from ollama_magics.modelfile import parse

PLACES = (
    *(
        "{}",
        "FROM {}",
        "FROM a\n{} x",
        "FROM a\nPARAMETER {} 1",
        "FROM a\nPARAMETER seed {}",
        "FROM a\nMESSAGE {} x",
        "FROM a\nTEMPLATE {}",
    ),
    *("FROM a\nREQUIRES {}", 'FROM a\nSYSTEM "{}" x', "FROM a\nPARAMETER stop {0}\nPARAMETER stop {0}x", "FROM a\nADAPTER {}"),
    *("FROM a\n# ollama-magics: ignore {}\nSYSTEM x", 'FROM a\nSYSTEM """{}'),
)


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_in_every_place_of_a_modelfile_is_only_shown(place: str) -> None:
    for text in HOSTILE:
        assert [*acting(parse(place.format(text)))] == []


@given(TEXTS | BYTES)
@settings(max_examples=60)
def test_any_text_is_only_shown(source: str | bytes) -> None:
    assert [*acting(parse(source))] == []


def test_mutated_modelfiles_get_a_verdict_and_never_an_exception(tmp_path: Path) -> None:
    """A hundred rounds of what `fuzz_modelfile.py` does for hours."""
    fuzzer = Fuzzer(7)
    for _ in range(100):
        source = fuzzer.next()
        assert (source, faults_of(source, tmp_path)) == (source, [])
        fuzzer.learn(source)
