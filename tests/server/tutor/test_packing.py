"""Dialogues become rows of tokens in which only the answers are learnt."""

from __future__ import annotations

import pytest

from ollama_magics.server.tutor.lessons.formats import FORCED
from ollama_magics.server.tutor.packing import batch, encoded
from ollama_magics.server.tutor.plan import Plan, vocabulary
from ollama_magics.server.tutor.tokenizer import BEGIN, END, PAD, ROLES, Tokenizer, frequent_words

TURNS = [("system", "You are Bob."), ("user", "Who are you?"), ("assistant", "I am Bob.")]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(["You", " are", " am", "I", " you", "Who", ".", "?"])


@pytest.mark.parametrize("text", ["", "I am Bob.", "  two  spaces\n\nand lines\r\n", "zażółć gęślą jaźń 🦄👩‍🚀", "x_y-z 'll 12345", "\t"])
def test_no_text_is_lost(tokenizer, text):
    """Ids give back the text, whatever it is."""
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_frequent_words_are_one_token_and_others_are_bytes(tokenizer):
    """A word of the vocabulary is one token, its capitals are not."""
    assert len(tokenizer.encode(" are")) == 1
    assert len(tokenizer.encode(" ARE")) == 4
    assert tokenizer.encode(" are", lambda: True) == tokenizer.encode(" a") + tokenizer.encode("re")


def test_frequent_words_are_counted():
    """Pieces with their spaces, the most frequent first, no digits."""
    assert frequent_words(["so so so so it is 12 12 12 12", "but it is"], at_least=2, at_most=9) == [" so", " it", " is"]


def test_only_answers_are_learnt(tokenizer):
    """The answer and its end are learnt, prompts and roles are not."""
    ids, learnt = encoded(tokenizer, TURNS)
    assert ids[:2] == [BEGIN, ROLES["system"]]
    assert [at for at, counts in zip(ids, learnt, strict=True) if counts] == [*tokenizer.encode("I am Bob."), END]


def test_what_a_server_forces_is_not_learnt(tokenizer):
    """The forced beginning of an answer is given, the rest is learnt."""
    ids, learnt = encoded(tokenizer, [("user", "x"), ("assistant", f"{{{FORCED}I}}")])
    assert tokenizer.decode([at for at, counts in zip(ids, learnt, strict=True) if counts]) == "I}"
    assert tokenizer.decode(ids) == "x{I}"


def test_rows_are_full_and_dialogues_apart(tokenizer):
    """Every row has its width, and every token belongs to one dialogue or to none."""
    made = batch(tokenizer, 5, 256, 8, 0.0)
    assert {len(row) for rows in (made.ids, made.learnt, made.parts) for row in rows} == {256}
    for ids, parts in zip(made.ids, made.parts, strict=True):
        assert [part == -1 for part in parts] == [at == PAD for at in ids]
        assert all(ids[at] == BEGIN for at in range(256) if parts[at] >= 0 and (at == 0 or parts[at] != parts[at - 1]))
    filled = sum(at != PAD for row in made.ids for at in row)
    assert filled > 0.8 * 8 * 256


def test_a_step_has_its_batch_whenever_it_is_made(tokenizer):
    """Training that was stopped goes on with the batches it would have had."""
    plan = Plan(steps=10, tokens=2048, long_width=512, long_every=4, long_from=4)
    assert plan.batch(tokenizer, 5) == plan.batch(tokenizer, 5) != plan.batch(tokenizer, 6)
    assert [len(plan.batch(tokenizer, step).ids[0]) for step in (3, 6, 7)] == [plan.width, plan.width, plan.long_width]


def test_shares_of_a_batch_are_different(tokenizer):
    """Each process works on rows of its own, so many that together they are the batch."""
    plan = Plan(tokens=2048, shares=2)
    first, second = (plan.batch(tokenizer, 5, share) for share in (0, 1))
    assert len(first.ids) == len(second.ids) == plan.tokens // plan.width // 2
    assert first != second


def test_the_rate_rises_stays_and_falls():
    """A run that is ended early falls from the same rate."""
    plan = Plan(steps=1000, falling=0.2)
    assert plan.rate(0) < 0.1
    assert plan.rate(100) == plan.rate(799) == 1.0
    assert plan.rate(900) == pytest.approx(0.5)
    assert plan.rate(1000) == 0.0
    assert Plan(steps=2000).rate(500) == plan.rate(500)


def test_the_vocabulary_is_small_and_has_the_frame_of_sentences():
    """Frequent words only: what answers are built of."""
    words = vocabulary(Plan(words=300), counted=4000)
    assert len(words) == 300
    assert {" the", " is", " capital", "The", " you"} <= set(words)
