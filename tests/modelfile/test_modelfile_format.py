"""Layout, fixes and comments that ignore: none of them changes what Ollama reads, but for what a fix says."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from modelfile_corpus import BYTES, TEXTS, records, sources

from ollama_magics.errors import ModelfileProblem, UsageProblem
from ollama_magics.modelfile import format as layout
from ollama_magics.modelfile import parse
from ollama_magics.modelfile.fixing import fixed
from ollama_magics.modelfile.format import formatted
from ollama_magics.modelfile.rules import RULES

UGLY = """\


# Mario
# in two lines

system \t\"""  You are Mario.
  \"""  \r
  # hot
  parameter   temperature  1
 from tutor
PARAMETER stop "\r"
PARAMETER stop \n\n\n
message user hi
# the end"""

NEAT = """\
# Mario
# in two lines

SYSTEM \"""  You are Mario.
  \"""
# hot
PARAMETER  temperature  1
FROM tutor
PARAMETER stop "\r"
PARAMETER stop \n
MESSAGE user hi
# the end
"""


def test_one_layout() -> None:
    ugly = UGLY.replace("parameter   temperature", "parameter temperature")
    neat = NEAT.replace("PARAMETER  temperature  1", "PARAMETER temperature 1")
    assert formatted(parse(ugly)) == neat
    assert formatted(parse(neat)) == neat
    assert formatted(parse(neat), final_line_end=False) == neat[:-1]
    assert formatted(parse("\ufefffrom a\r\n\r\n\r\nsystem b")) == "\ufeffFROM a\r\n\r\nSYSTEM b\r\n"


def test_one_order() -> None:
    text = "# head\n\nSYSTEM x\n# why 2\nPARAMETER seed 2\nPARAMETER seed 1\n\n# base\n\nFROM a\nLICENSE y\n# tail\n"
    assert formatted(parse(text), sort=True) == (
        "# head\n\n# base\n\nFROM a\n# why 2\nPARAMETER seed 2\nPARAMETER seed 1\n\nSYSTEM x\nLICENSE y\n# tail\n"
    )


def _keeps(source: str | bytes) -> None:
    file = parse(source)
    if file.verdict.error is not None:
        with pytest.raises(ModelfileProblem, match="mistakes"):
            formatted(file)
        return
    text = formatted(file)
    after = parse(text)
    assert after.verdict == file.verdict
    assert formatted(after) == text
    in_order = parse(formatted(file, sort=True))
    assert sorted(in_order.commands) == sorted(file.commands)
    for name in {name for name, _ in file.commands}:
        assert in_order.values_of(name) == file.values_of(name)


@pytest.mark.parametrize("name", ["cases", "random"])
def test_recorded_modelfiles_keep_their_values(name: str) -> None:
    for record in records(name)[::3]:
        _keeps(sources(record)[0])


@given(TEXTS | BYTES)
def test_any_modelfile_keeps_its_values(source: str | bytes) -> None:
    _keeps(source)


def test_examples_run() -> None:
    assert doctest.testmod(layout) == (0, 2)


@given(TEXTS | BYTES)
def test_fixes_come_to_an_end(source: str | bytes) -> None:
    file = parse(source)
    try:
        after, _ = fixed(file)
    except UsageProblem:
        assert isinstance(source, bytes)
        return
    assert type(after.text) is type(source)
    assert after.text == file.text or len(after.source_text) != len(file.source_text) or after.source_text != file.source_text


def test_one_fix_after_the_other() -> None:
    file, count = fixed(parse("FROM=a\nPARAMETER temprature=0,5\nSYSTEM “hi”\n"))
    assert file.text == 'FROM a\nPARAMETER temperature 0.5\nSYSTEM "hi"\n'
    assert count >= 3
    only, count = fixed(parse("FROM=a\nSYSTEM “hi”\n"), lambda problem: problem.severity == "error")
    assert (only.text, count) == ("FROM a\nSYSTEM “hi”\n", 1)


LOST = "SYSTEM a\u00a0b\n"


@pytest.mark.parametrize(
    "comment",
    [
        "# ollama-magics: ignore MF501",
        "#ollama-magics:ignore mf501, MF203 -- ours",
        "# ollama-magics: ignore dropped-characters",
        "# ollama-magics: ignore",
    ],
)
def test_a_comment_ignores_a_rule_for_the_next_instruction(comment: str) -> None:
    file = parse(f"FROM a\n{comment}\n# why\n\n{LOST}{LOST}")
    lines = [problem.line for problem in file.problems if problem.code == "MF501"]
    assert lines == [6]
    assert file.verdict == parse(f"FROM a\n{LOST}{LOST}").verdict


def test_a_comment_ignores_a_rule_in_all_the_file() -> None:
    assert [problem.code for problem in parse(f"FROM a\n{LOST}{LOST}# ollama-magics: ignore-file MF501 MF701").problems] == []


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("ignore MF501", "Nothing here breaks MF501 dropped-characters"),
        ("ignore MF5001", "There is no rule `MF5001`"),
        ("ignore unknown-parametre", "There is no rule `unknown-parametre`"),
        ("ignore MF301", "MF301 unknown-parameter is an error"),
        ("ignore", "There is nothing to ignore here"),
        ("ignore-file MF501", "Nothing here breaks"),
    ],
)
def test_a_comment_that_ignores_nothing_is_told(comment: str, words: str) -> None:
    file = parse(f"FROM a\n# ollama-magics: {comment}\nPARAMETER temprature 1\n")
    assert [problem.code for problem in file.problems] == ["MF801", "MF301"]
    assert words in file.problems[0].message
    assert not file.ok


def test_every_warning_can_be_ignored() -> None:
    for rule in RULES.values():
        if rule.severity != "error" and rule.code != "MF801" and not rule.needs_folder:
            assert [p.code for p in parse(f"# ollama-magics: ignore-file {rule.code}\n{rule.bad}").problems] == [], rule


@pytest.mark.parametrize(
    "text", ['\n\rFROM\t"\rFROM\t"""', '\nADAPTER """a\rb"""\nFROM ./m.gguf\r', 'FROM "a\r\nb"', 'system "a\rb"\r\nfrom c\r\n', "from a"]
)
def test_line_ends_in_values_are_not_those_between_lines(text: str) -> None:
    """Formatting again changes nothing; the line end is the first one between instructions."""
    once = formatted(parse(text))
    assert formatted(parse(once)) == once
