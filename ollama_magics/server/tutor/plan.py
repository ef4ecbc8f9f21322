"""How large the network is and what a run of training does at each of its steps; everything that needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_magics.server.tutor.lessons.dialogues import endless
from ollama_magics.server.tutor.lessons.formats import FORCED
from ollama_magics.server.tutor.packing import Batch, batch
from ollama_magics.server.tutor.tokenizer import Tokenizer, frequent_words

_WARM_UP = 60
_SEED_STEP = 1_000_003
_AT_LEAST = 40
_LONG_SHARE = 0.7


@dataclass(frozen=True)
class Shape:
    """Sizes of a network."""

    vocabulary: int
    width: int = 192
    layers: int = 6
    heads: int = 3
    inner: int = 512
    context: int = 2048
    rope_base: float = 10_000.0
    epsilon: float = 1e-5

    @property
    def head(self) -> int:
        """Numbers in a head."""
        return self.width // self.heads


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Args:
        steps: updates of the weights in all.
        seed: decides every batch and the first weights.
        tokens: token places of a batch.
        shares: parts of a batch, each with a seed of its own, so that each may be worked on by a process of its own.
        width: tokens of a row in the ordinary steps.
        long_width: tokens of a row in the long steps.
        long_every: every how many steps one is long; 0 for never.
        long_from: the step from which on some are long; what is short is learnt first.
        falling: share of the steps in which the rate falls.
        words: how many frequent words are one token.
    """

    steps: int = 3800
    seed: int = 1
    tokens: int = 8192
    shares: int = 2
    width: int = 256
    long_width: int = 1152
    long_every: int = 3
    long_from: int = 1200
    falling: float = 0.4
    words: int = 1100

    def rate(self, step: int) -> float:
        """Return the share of the full rate at a step."""
        left = (self.steps - step) / max(1.0, self.steps * self.falling)
        return max(0.0, min(1.0, (step + 1) / _WARM_UP, left))

    def batch(self, tokenizer: Tokenizer, step: int, share: int = 0) -> Batch:
        """Return one share of the batch of a step."""
        long = self.long_every > 0 and step >= self.long_from and step % self.long_every == self.long_every - 1
        width = self.long_width if long else self.width
        seed = (self.seed * _SEED_STEP + step) * self.shares + share
        return batch(tokenizer, seed, width, self.tokens // width // self.shares, _LONG_SHARE if long else 0.0)


def vocabulary(plan: Plan, counted: int = 40_000) -> list[str]:
    """Return the frequent words of so many dialogues, most frequent first."""
    lessons = endless(plan.seed + 7 * _SEED_STEP)
    texts = (text.replace(FORCED, "") for _ in range(counted) for _, text in next(lessons))
    return frequent_words(texts, at_least=_AT_LEAST, at_most=plan.words)
