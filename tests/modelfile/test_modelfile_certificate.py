"""A model as a Modelfile: exact in every field, or the field and the character that are lost, and a request that loses nothing."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelfile_corpus import PIECES, TEXTS, records
from test_modelfile_write import shown

from ollama_magics import Modelfile
from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import escapes, parse
from ollama_magics.modelfile.certificate import certify
from ollama_magics.modelfile.escapes import NOTICE
from ollama_magics.modelfile.quoting import spell
from ollama_magics.modelfile.request import create_request

VALUES = st.lists(st.sampled_from([*PIECES, '"""', "\n", "\\u{41}", "\\u{5C}", "\\", "{A0}"]), max_size=8).map("".join)
WHOLE = VALUES.filter(lambda text: text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text))


@given(WHOLE)
def test_any_text_of_whole_characters_survives_with_escapes(text: str) -> None:
    file = parse(f"{NOTICE}\nFROM a\nSYSTEM {spell(text, escapes=True)}\nLICENSE x\n")
    assert file.commands == (("model", "a"), ("system", text), ("license", "x"))


@given(TEXTS, WHOLE)
def test_letting_escapes_count_changes_no_value(before: str, value: str) -> None:
    file = parse(before)
    commands = file.commands
    try:
        file.allow_escapes()
    except UsageProblem:
        return
    assert file.commands == commands
    if file.verdict.error is None and value:
        file.system = value
        assert (file.system, parse(file.text).system) == (value, value)


def test_escapes_count_only_under_the_comment() -> None:
    text = "FROM a\nSYSTEM a\\u{A0}b \\n\nMESSAGE user \\u{1F600}\n"
    assert parse(text).system == "a\\u{A0}b \\n"
    file = parse(f"# ollama-magics: Escapes\n{text}")
    assert file.system == "a\u00a0b \\n"
    assert file.messages == [{"role": "user", "content": "\U0001f600"}]
    assert dict(file.verdict.commands)["system"] == "a\\u{A0}b \\n"  # Ollama's verdict stays Ollama's


def test_what_escapes_mean_is_what_is_sent(tmp_path: Any) -> None:
    file = parse("FROM a\nPARAMETER stop x\n")
    with pytest.raises(UsageProblem, match="no Modelfile can hold"):
        file.system = "a\u00a0b"
    file.allow_escapes()
    file.system = 'a\u00a0b """\nc'
    assert file.text == f'{NOTICE}\nFROM a\nPARAMETER stop x\nSYSTEM """a\\u{{A0}}b \\u{{22}}""\nc"""\n'
    assert create_request(file, tmp_path)["system"] == 'a\u00a0b """\nc'
    assert [problem.code for problem in file.problems] == ["MF505"]


def test_a_lost_character_is_offered_as_an_escape_where_escapes_count() -> None:
    text = "FROM a\nSYSTEM \U0001f468\u200d\U0001f469\n"
    assert parse(text).problems[0].fix is None
    problem = parse(f"# ollama-magics: escapes\n{text}").problems[0]
    assert (problem.code, problem.fix and problem.fix.text) == ("MF501", "\\u{200D}")


def test_recorded_models_are_certified() -> None:
    """Every answer of a real server is either exact or says what is lost; with escapes no character is."""
    inexact = 0
    for show in records("shown"):
        certificate = certify(Modelfile.from_show(show), show)
        inexact += not certificate.exact
        assert certificate.exact == (not certificate.losses)
        kept = certify(Modelfile.from_show(show, escapes=True), show)
        assert not any("drops" in loss.why for loss in kept.losses)
        assert kept.request == certificate.request
        assert kept.request.get("system", "") == show.get("system", "")
        assert kept.request.get("messages", []) == show.get("messages", [])
    assert 0 < inexact < len(records("shown")) // 4


def test_the_exact_character_is_named() -> None:
    show = shown(system="one\ntwo\u00a0three", parameters='seed 1.234567e+06\nstop "a"\nstop "b"')
    certificate = certify(Modelfile.from_show(show), show)
    assert str(certificate) == (
        "not exact, 3 of 4 fields equal; SYSTEM: Ollama's parser drops no-break space (U+00A0) in line 2, column 4 of the value"
    )
    assert certificate.request == {
        "from": "llama3.2:latest",
        "system": "one\ntwo\u00a0three",
        "parameters": {"seed": 1234567, "stop": ["a", "b"]},
    }
    with_escapes = Modelfile.from_show(show, escapes=True)
    assert str(certify(with_escapes, show)).startswith("exact: read again by ollama-magics, all 4 fields are equal (FROM, SYSTEM, ")


@pytest.mark.parametrize(
    ("fields", "loss", "why"),
    [
        ({"parameters": "mirostat 1"}, "PARAMETER mirostat", "Ollama leaves a deprecated parameter out"),
        ({"parameters": "nosuch 1"}, "PARAMETER nosuch", "no Modelfile can say it"),
        ({"system": 'x"""\ny'}, "SYSTEM", '""" at a line end would close it'),
        ({"messages": [{"role": "tool", "content": "x"}, {"role": "user", "content": "y"}]}, "MESSAGE 1", "a Modelfile has no role tool"),
        ({"messages": [{"role": "user", "content": "y", "images": ["AA=="]}]}, "MESSAGE 1", "a Modelfile cannot hold its images"),
    ],
)
def test_what_is_lost_is_said(fields: dict[str, Any], loss: str, why: str) -> None:
    show = shown(**fields)
    assert [(one.field, one.why) for one in certify(Modelfile.from_show(show), show).losses] == [(loss, why)]


def test_another_text_is_not_certified() -> None:
    """The certificate compares; it does not believe its own writer."""
    show = shown(system="hi")
    assert [str(loss.field) for loss in certify(parse("FROM llama3.2:latest\nSYSTEM ho\nTEMPLATE x\n"), show).losses] == [
        "SYSTEM",
        "TEMPLATE",
    ]
    assert not certify(parse("SYSTEM hi"), show).exact


def test_examples_run() -> None:
    assert not doctest.testmod(escapes).failed
