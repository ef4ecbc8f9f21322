"""Dialogues as rows of tokens: packed, each blind to its neighbours, with the places that are to be learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ollama_magics.server.tutor.lessons.dialogues import dialogue, long_chat
from ollama_magics.server.tutor.lessons.draw import Draw
from ollama_magics.server.tutor.lessons.formats import FORCED
from ollama_magics.server.tutor.lessons.replies import Dialogue
from ollama_magics.server.tutor.tokenizer import BEGIN, END, PAD, ROLES, Tokenizer

_FULL = 30
"""Dialogues in a row that fit nowhere, after which a batch counts as full."""

_EMPTY = -1
"""The number of the dialogue at a place that holds none."""


@dataclass(frozen=True)
class Batch:
    """Rows of equal length.

    Args:
        ids: token ids, ``rows`` lists of ``width``.
        learnt: 1 where the token is to be predicted, else 0.
        parts: which dialogue of its row a token belongs to, -1 for none.
    """

    ids: list[list[int]]
    learnt: list[list[int]]
    parts: list[list[int]]


def encoded(tokenizer: Tokenizer, turns: Dialogue, draw: Draw | None = None) -> tuple[list[int], list[int]]:
    """Return the ids of a dialogue, and which of them are to be learnt: the answers and their ends.

    With ``draw``, a few frequent words of what is read are spelt in bytes, so that a word and its letters are known to be the same.
    """
    ids, learnt = [BEGIN], [0]
    share = 0.12 if draw and draw.chance(0.35) else 0.0
    spell = (lambda: draw.chance(share)) if draw and share else None
    for role, text in turns:
        ids.append(ROLES[role])
        learnt.append(0)
        given, _, said = text.rpartition(FORCED)
        for part, counts in ((given, False), (said, role == "assistant")):
            tokens = tokenizer.encode(part, None if role == "assistant" else spell)
            ids += tokens
            learnt += [int(counts)] * len(tokens)
        ids.append(END)
        learnt.append(int(role == "assistant"))
    return ids, learnt


def batch(tokenizer: Tokenizer, seed: int, width: int, rows: int, long_share: float) -> Batch:
    """Return the batch that belongs to a seed.

    Args:
        tokenizer: makes the ids.
        seed: same seed, same batch.
        width: tokens of a row.
        rows: number of rows.
        long_share: how often a conversation is a long one. What is longer than a row is cut.
    """
    draw = Draw(seed)

    def make() -> tuple[list[int], list[int]]:
        ids, learnt = encoded(tokenizer, long_chat(draw) if draw.chance(long_share) else dialogue(draw), draw)
        return ids[:width], learnt[:width]

    return _packed(make, width, rows)


def _packed(make: Callable[[], tuple[list[int], list[int]]], width: int, rows: int) -> Batch:
    packed = Batch([[] for _ in range(rows)], [[] for _ in range(rows)], [[] for _ in range(rows)])
    counts, misses = [0] * rows, 0
    while misses < _FULL:
        ids, learnt = make()
        fitting = next((at for at in range(rows) if len(packed.ids[at]) + len(ids) <= width), None)
        if fitting is None:
            misses += 1
            continue
        packed.ids[fitting] += ids
        packed.learnt[fitting] += learnt
        packed.parts[fitting] += [counts[fitting]] * len(ids)
        counts[fitting] += 1
    for at in range(rows):
        missing = width - len(packed.ids[at])
        packed.ids[at] += [PAD] * missing
        packed.learnt[at] += [0] * missing
        packed.parts[at] += [_EMPTY] * missing
    return packed
