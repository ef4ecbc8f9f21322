"""The rules that need a server's facts: each is found with them, and only with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fuzz_modelfile import acting
from hypothesis import given, settings
from modelfile_corpus import TEXTS

from ollama_magics.modelfile import parse
from ollama_magics.modelfile.rules import RULES, check_served, example_of
from ollama_magics.modelfile.rules.rule import Rule
from ollama_magics.modelfile.rules.served import EXAMPLES, Served

NEEDS_SERVER = [rule for rule in RULES.values() if rule.given]


def codes(text: str, facts: Served) -> list[str]:
    return [problem.code for problem in check_served(parse(text), facts)]


def messages(text: str, facts: Served) -> list[str]:
    return [problem.message for problem in check_served(parse(text), facts)]


@pytest.mark.parametrize("rule", NEEDS_SERVER, ids=lambda rule: rule.name)
class TestEachServedRule:
    def test_the_bad_example_breaks_it_under_its_facts_alone(self, rule: Rule) -> None:
        assert codes(rule.bad, EXAMPLES[rule.code]) == [rule.code]
        assert codes(rule.bad, Served("a")) == []
        assert parse(rule.bad).problems == ()

    def test_the_good_example_does_not(self, rule: Rule) -> None:
        assert codes(rule.good, EXAMPLES[rule.code]) == []
        assert parse(rule.good).problems == ()

    def test_its_page_has_an_example_and_it_stops_no_create(self, rule: Rule) -> None:
        example = example_of(rule)
        assert example is not None
        assert example.severity == rule.severity != "error"

    def test_a_comment_silences_it(self, rule: Rule) -> None:
        text = f"# ollama-magics: ignore-file {rule.code}\n{rule.bad}"
        assert codes(text, EXAMPLES[rule.code]) == []
        assert all(problem.code != "MF801" for problem in parse(text).problems)


def test_every_example_is_of_a_rule() -> None:
    assert set(EXAMPLES) == {rule.code for rule in NEEDS_SERVER}


def test_a_rendering_proves_what_a_name_only_suggests() -> None:
    """Where the server has rendered both, only they count."""
    facts = Served("a", texts={"renderer": "qwen3-coder"}, made_template="other")
    text = "FROM a\nTEMPLATE {{ .Prompt }}\n"
    assert messages(text, facts) == ["TEMPLATE is ignored: the renderer qwen3-coder wins"]
    assert codes(text, replace(facts, yours="Hello", theirs="Hello")) == []
    assert messages(text, Served("a", yours="Hello", theirs="<user>Hello")) == [
        "TEMPLATE is ignored: the template in the weights of a wins"
    ]


def test_equal_values_are_found_by_meaning_and_place() -> None:
    facts = Served("base", parameters={"temperature": 1.0, "stop": ["x", "y"], "seed": 1}, texts={"system": "hi", "template": "t"})
    text = "FROM base\nPARAMETER temperature 1.0\nPARAMETER stop x\nPARAMETER stop y\nPARAMETER seed 2\nSYSTEM hi\nTEMPLATE u\n"
    problems = check_served(parse(text), facts)
    assert [(problem.line, problem.message) for problem in problems] == [
        (2, "PARAMETER temperature 1.0 changes nothing: base has the same value"),
        (4, "PARAMETER stop changes nothing: base has the same value"),
        (6, "SYSTEM changes nothing: base has the same text"),
    ]
    assert codes("FROM base\nPARAMETER stop x\n", facts) == []


def test_messages_that_are_cut_or_inherited_are_found_once() -> None:
    text = "FROM a\nPARAMETER num_ctx 64\nMESSAGE user one\nMESSAGE assistant two\nMESSAGE user three\n"
    assert messages(text, Served("a", sent="three Hello")) == ["2 MESSAGE lines are never sent: num_ctx 64 does not hold them"]
    assert codes(text, Served("a", sent="one two three Hello")) == []
    assert codes(text, Served("a", messages=(("user", "one"), ("assistant", "two"), ("user", "three")))) == ["MF002"]


@given(TEXTS)
@settings(max_examples=40)
def test_any_text_gets_findings_that_lie_in_it(text: str) -> None:
    facts = Served("a", parameters={"seed": 1}, texts=dict.fromkeys(("system", "template", "license", "renderer"), text or "x"), context=1)
    facts = replace(
        facts,
        version=(0, 0, 1),
        chat_system=True,
        yours="",
        theirs="x",
        sent="",
        capabilities=frozenset({"y"}),
        made_capabilities=frozenset(),
    )
    file = parse(f"FROM a\n{text}")
    for problem in check_served(file, facts):
        assert 0 <= problem.start <= problem.end <= len(file.source_text)
        assert problem.message
    assert [*acting(file)] == []
