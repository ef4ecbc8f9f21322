"""Words that differ between two texts."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.text.worddiff import word_difference

WORDS = st.lists(st.sampled_from(["a", "bc", "the", "42", "Zürich", "日本", "don't", ",", ".", "\n", "  "]), max_size=40).map(" ".join)


def cut(text, spans):
    return [text[start:end] for start, end in spans]


def without(text, spans):
    """Return the words of a text that stand in no span, blanks apart."""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return " ".join([*kept, text[at:]]).split()


@pytest.mark.parametrize(
    ("left", "right", "gone", "new"),
    [
        ("A chain is about $40 plus labour.", "A chain is 38 €.", ["about $40 plus labour"], ["38 €"]),
        ("I do not know.", "I do not know. I only keep the shop.", [], ["I only keep the shop."]),
        ("one\ntwo", "one  two", [], []),
        ("", "new", [], ["new"]),
        ("don't", "do not", ["don't"], ["do not"]),
    ],
)
def test_examples(left, right, gone, new):
    """What went and what came are whole phrases; blanks do not count."""
    found = word_difference(left, right)
    assert (cut(left, found.left), cut(right, found.right)) == (gone, new)


@given(WORDS, WORDS)
def test_what_is_left_is_the_same(left, right):
    """Without the marked stretches both texts say the same, and stretches are in order and apart."""
    found = word_difference(left, right)
    assert "".join(without(left, found.left)) == "".join(without(right, found.right))
    for spans in (found.left, found.right):
        assert all(start < end for start, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


@given(WORDS)
def test_a_text_is_like_itself(text):
    """Nothing differs between a text and itself."""
    found = word_difference(text, text)
    assert (found.left, found.right, found.shared) == ((), (), 1.0)


@pytest.mark.parametrize("word", ["w{}", "the", "w{}{}"])
def test_time_grows_with_the_length(word):
    """Ten times the text, of words of their own or all alike, takes nowhere near a hundred times the time."""

    def spent(size):
        left = " ".join(word.format(at, "") for at in range(size))
        right = " ".join("x" if at % 7 == 3 else word.format(at, "") for at in range(size))
        began = time.process_time()
        word_difference(left, right)
        return time.process_time() - began

    spent(100)
    short = min(spent(2_000) for _ in range(3))
    assert min(spent(20_000) for _ in range(2)) < 40 * max(short, 0.002)
