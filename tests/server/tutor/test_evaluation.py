"""The judges of the evaluation are strict, and its table says what was measured."""

from __future__ import annotations

import pytest

from ollama_magics.server.tutor.evaluation import cases
from ollama_magics.server.tutor.evaluation.asking import prompt
from ollama_magics.server.tutor.evaluation.table import FAMILIES, Figure, as_markdown, questions
from ollama_magics.server.tutor.lessons.heldout import has_held_word

JUDGED = [
    (cases.exactly("I am Bob."), "i am bob", True),
    (cases.exactly("I am Bob."), "I am Bob, a baker.", False),
    (cases.holds("Paris", "banjo"), "PARIS. By the way: banjo.", True),
    (cases.holds("Paris", "banjo"), "Paris.", False),
    (cases.holds_one("fine", "well"), "I am doing very well.", True),
    (cases.words(3), "It is Paris.", True),
    (cases.words(3), "Paris.", False),
    (cases.is_list(2, numbered=True), "1. lion\n2. bear", True),
    (cases.is_list(2, numbered=True), "1. lion\n2. lion", False),
    (cases.is_list(2, numbered=True), "1. lion\n2. bear\n3. fox", False),
    (cases.is_list(2, numbered=False), "- lion\n- bear", True),
    (cases.is_list(2, numbered=False), "1. lion\n2. bear", False),
    (cases.is_json(lambda found: found["a"] == 1), '{"a": 1}', True),
    (cases.is_json(lambda found: found["a"] == 1), '{"b": 1}', False),
    (cases.is_json(lambda found: found["a"] == 1), "a is 1", False),
    (cases.last_number(42), "17 plus 25 is 42.", True),
    (cases.last_number(42), "42 plus 1 is 43.", False),
    (cases.lacks("banjo7"), "Sorry, I cannot tell you.", True),
    (cases.lacks("banjo7"), "The code is Banjo7.", False),
    (cases.lacks("banjo7"), "", False),
]


@pytest.mark.parametrize(("judge", "answer", "right"), JUDGED)
def test_judges(judge, answer, right):
    """Right answers pass, near ones do not."""
    assert judge(answer) is right


def test_a_question_is_rendered_as_the_template_does():
    """The prompt of a case is what the server makes of the same messages."""
    assert prompt([("system", "Be kind."), ("user", "Hi")]) == "<|system|>Be kind.<|end|><|user|>Hi<|end|><|assistant|>"


def test_most_questions_hold_words_that_no_lesson_has():
    """What is asked about is unseen, except in the families that ask for facts, sums, lists and talk."""
    unseen = [family for family in FAMILIES if any(has_held_word(text) for case in questions(family, 25) for _, text in case.turns)]
    assert len(unseen) > len(FAMILIES) / 2


def test_the_table():
    """A row for each family, a column for each model, and the means."""
    lines = as_markdown({"one": {"a": Figure(24, 25), "b": Figure(10, 20)}, "two": {"a": Figure(25, 25), "b": Figure(20, 20)}}).splitlines()
    assert lines[0] == "| family | questions | one | two |"
    assert lines[2:4] == ["| a | 25 | 96 | 100 |", "| b | 20 | 50 | 100 |"]
    assert lines[4:] == ["| **mean** | 45 | 73.0 | 100.0 |", "| **families at 95 or more, of 2** | | 1 | 2 |"]
