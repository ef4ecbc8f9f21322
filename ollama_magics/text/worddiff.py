"""Which words of two texts differ, in time that grows with their length and not with its square."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

Span = tuple[int, int]
"""Where a piece begins and ends, as offsets in code points."""

_WORD = re.compile(r"\w+(?:[.,'’-]\w+)*|[^\w\s]")
_EXHAUSTIVE = 40_000
"""Pairs of words up to which a stretch without a word of its own is searched word against word."""
_DEPTH = 12


@dataclass(frozen=True)
class WordDifference:
    """What two texts do not share.

    Attributes:
        left: the stretches of the first text that the second lacks, in order.
        right: the stretches of the second text that the first lacks.
        shared: the share of words that both have, from 0 to 1; 1 for two texts with the same words.
    """

    left: tuple[Span, ...]
    right: tuple[Span, ...]
    shared: float


def word_difference(left: str, right: str) -> WordDifference:
    """Return which words of two texts differ; blanks and line breaks between words do not count.

    Words that both texts have once are matched first (patience), what is left between them in the same way.

    Examples:
        >>> found = word_difference("A chain is 40 dollars.", "A new chain is 38 €.")
        >>> found.left, found.right
        (((11, 21),), ((2, 5), (15, 19)))
    """
    a, b = list(_WORD.finditer(left)), list(_WORD.finditer(right))
    kept_a, kept_b = bytearray(len(a)), bytearray(len(b))
    for i, j in _pairs([word[0] for word in a], [word[0] for word in b]):
        kept_a[i] = kept_b[j] = 1
    words = len(a) + len(b)
    return WordDifference(_stretches(a, kept_a), _stretches(b, kept_b), 2 * sum(kept_a) / words if words else 1.0)


def _stretches(words: Sequence[re.Match[str]], kept: bytearray) -> tuple[Span, ...]:
    """Return the runs of words that are not kept, the blanks between them included."""
    spans: list[Span] = []
    for at, word in enumerate(words):
        if kept[at]:
            continue
        if spans and at and not kept[at - 1]:
            spans[-1] = (spans[-1][0], word.end())
        else:
            spans.append((word.start(), word.end()))
    return tuple(spans)


def _pairs(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of equal words, increasing in both texts."""
    todo = [(0, len(a), 0, len(b), 0)]
    while todo:
        low_a, high_a, low_b, high_b, depth = todo.pop()
        while low_a < high_a and low_b < high_b and a[low_a] == b[low_b]:
            yield low_a, low_b
            low_a, low_b = low_a + 1, low_b + 1
        while low_a < high_a and low_b < high_b and a[high_a - 1] == b[high_b - 1]:
            high_a, high_b = high_a - 1, high_b - 1
            yield high_a, high_b
        if low_a == high_a or low_b == high_b:
            continue
        anchors = _anchors(a, b, low_a, high_a, low_b, high_b) if depth < _DEPTH else []
        if anchors:
            yield from anchors
            bounds = [(low_a - 1, low_b - 1), *anchors, (high_a, high_b)]
            todo += [(i + 1, k, j + 1, m, depth + 1) for (i, j), (k, m) in pairwise(bounds)]
        elif (high_a - low_a) * (high_b - low_b) <= _EXHAUSTIVE:
            matcher = SequenceMatcher(None, a[low_a:high_a], b[low_b:high_b], autojunk=False)
            for i, j, size in matcher.get_matching_blocks():
                yield from ((low_a + i + step, low_b + j + step) for step in range(size))


def _anchors(a: Sequence[str], b: Sequence[str], low_a: int, high_a: int, low_b: int, high_b: int) -> list[tuple[int, int]]:
    """Return the places of words that both stretches have once: the longest series of them that increases in both."""
    once_a, once_b = Counter(a[low_a:high_a]), Counter(b[low_b:high_b])
    place_b = {b[j]: j for j in range(low_b, high_b) if once_b[b[j]] == 1}
    pairs = [(i, place_b[a[i]]) for i in range(low_a, high_a) if once_a[a[i]] == 1 and a[i] in place_b]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        last[length : length + 1] = [at]
    series: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        series.append(pairs[at])
        at = before[at]
    return series[::-1]
