"""What the teaching model learns from: the same on every run, right, and without a word of the evaluation."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from ollama_magics.server.tutor.evaluation.table import FAMILIES, questions
from ollama_magics.server.tutor.lessons import draw as chance
from ollama_magics.server.tutor.lessons import examples, formats, guards, heldout, lexicon, personas, reading, styles, sums
from ollama_magics.server.tutor.lessons.dialogues import STYLES, endless, long_chat, styled
from ollama_magics.server.tutor.lessons.draw import Draw, Wordings
from ollama_magics.server.tutor.lessons.facts import city_pair
from ollama_magics.server.tutor.lessons.replies import Reply

ALL_WORDINGS = {
    f"{module.__name__.rsplit('.', 1)[-1]}.{name}": value
    for module in (formats, guards, personas, reading, styles, sums)
    for name, value in vars(module).items()
    if isinstance(value, Wordings)
}
FACT = Reply("The capital of France is Paris.", "Paris", "countries")
FRUITS = Reply("Apple, banana and orange.", "apple", "words", ("apple", "banana", "orange", "pear", "grape", "lemon", "cherry"))


@pytest.fixture(scope="module")
def lessons():
    draw = Draw(7)
    return [*islice(endless(11), 3000), *(long_chat(draw) for _ in range(60))]


def test_same_seed_same_lessons():
    """A seed decides every dialogue."""
    assert list(islice(endless(3), 50)) == list(islice(endless(3), 50)) != list(islice(endless(4), 50))


def test_no_lesson_has_a_word_of_the_evaluation(lessons):
    """Names, roles, places, words, topics and tools of the evaluation are never learnt."""
    assert [text for turns in lessons for _, text in turns if heldout.has_held_word(text)] == []


def test_the_evaluation_draws_its_own_words():
    """Every source of words gives the evaluation words that the lessons never have."""
    draw = Draw(1, held=True)
    for make in (draw.word, draw.name, draw.role, draw.place, draw.thing, draw.token, lambda: draw.phrase(1, 4)):
        assert all(heldout.has_held_word(make()) for _ in range(60))


def test_everyday_words_of_the_lexicon_are_not_held(lessons):
    """No table of the lessons holds a word of the evaluation, so that drawing one needs no luck."""
    tables = (lexicon.EVERYDAY, lexicon.NAMES, lexicon.ROLES, lexicon.ADJECTIVES, lexicon.PLACES, lexicon.THINGS, lexicon.NOUNS)
    assert [word for table in tables for word in table if heldout.has_held_word(word)] == []


@pytest.mark.parametrize("name", sorted(ALL_WORDINGS))
def test_held_wordings_are_never_learnt(name):
    """What the evaluation says in a new way, no lesson says so."""
    ways = ALL_WORDINGS[name]
    lesson, test = Draw(1), Draw(1, held=True)
    learnt = {lesson.say(ways) for _ in range(300)}
    expanded = {test.say(form) for form in ways.held for _ in range(20)}
    assert learnt
    assert not learnt & expanded


def test_pairs_of_city_and_country_are_divided():
    """A pair that is asked in the evaluation is in no lesson."""
    lesson, test = Draw(1), Draw(1, held=True)
    learnt = {city_pair(lesson)[:2] for _ in range(4000)}
    assert not learnt & {city_pair(test)[:2] for _ in range(400)}


def test_dialogues_are_whole(lessons):
    """Roles are known, nothing is empty, the last word is the model's."""
    for turns in lessons:
        assert turns[-1][0] == "assistant"
        assert {role for role, _ in turns} <= {"system", "user", "assistant", "tool"}
        assert all(text for _, text in turns)
        assert not any(re.search(r"<[a-z]\w?>", text) for role, text in turns if role == "system")


def test_sums_are_right(lessons):
    """Every sum that a lesson gives is right."""
    signs = {"plus": int.__add__, "minus": int.__sub__, "times": int.__mul__}
    found = [
        sum_
        for turns in lessons
        for role, text in turns
        if role == "assistant"
        for sum_ in re.findall(r"(\d+) (plus|minus|times) (\d+) is (-?\d+)", text)
    ]
    assert len(found) > 300
    assert [found_ for found_ in found if signs[found_[1]](int(found_[0]), int(found_[2])) != int(found_[3])] == []


def test_lists_have_one_order():
    """Each member of a kind is followed by the next one, from wherever a list starts."""
    draw = Draw(5)
    for kind, items in lexicon.KINDS.items():
        for _ in range(20):
            members = formats.members(draw, kind, 4)
            at = items.index(members[0])
            assert members == (items[at:] + items[:at])[:4]


@pytest.mark.parametrize("name", sorted(STYLES))
def test_every_style_changes_an_answer(name):
    """A style says something and gives an answer, for a fact and for a list."""
    draw = Draw(2)
    for _ in range(20):
        style = STYLES[name](draw)
        assert style.text
        assert styled(FACT, [style])
        assert styled(FRUITS, [style])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("capitals", "THE CAPITAL OF FRANCE IS PARIS."), ("one word", "Paris."), ("lower case", "the capital of france is paris.")],
)
def test_styles_do_what_they_say(name, wanted):
    """Some styles in full."""
    assert styled(FACT, [STYLES[name](Draw(1))]) == wanted


def test_a_list_has_as_many_items_as_its_instruction_says():
    """The number in the instruction is the number of lines."""
    draw = Draw(3)
    for _ in range(50):
        style = formats.list_of(draw)
        count = next(at for at, word in enumerate(styles.NUMBERS) if at > 1 and re.search(rf"\b({word}|{at})\b", style.text.lower()))
        assert len(styled(FRUITS, [style]).splitlines()) == count


def test_few_shot_changes_are_the_same_for_every_word():
    """An example shows what is done to the question."""
    done = examples.change(Draw(9))
    assert done("one") == done("one")


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_questions_of_a_family_are_the_same_every_time(family):
    """Two models are asked the same, and no family depends on another."""
    first, again = questions(family, 5), questions(family, 5)
    assert [case.turns for case in first] == [case.turns for case in again]
    assert all(case.turns[-1][0] == "user" for case in first)
    assert not any(case.passes("") for case in first)


def test_capital_and_article():
    """The two small words of every sentence."""
    assert chance.capital("old Tom") == "Old Tom"
    assert [chance.article(word) for word in ("owl", "king")] == ["an owl", "a king"]
