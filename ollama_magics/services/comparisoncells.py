"""One cell of a comparison, and what happens to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Answer, Delta
    from ollama_magics.wire.types import Format, KeepAlive, Think

State = Literal["waiting", "asked", "streaming", "done", "cut", "stopped", "error"]

ENDED: frozenset[str] = frozenset({"done", "cut", "stopped", "error"})
ANSWERED: frozenset[str] = frozenset({"done", "cut"})

AT_ONCE = 4
"""How many cells are asked at a time at most where nobody says."""


@dataclass(frozen=True)
class Cell:
    """One prompt, asked of one column.

    Attributes:
        row: 0-based row: a prompt with a seed.
        column: 0-based column.
        state: ``waiting`` in our queue; ``asked``, no word yet; ``streaming``; ``done``; ``cut`` by a limit; ``stopped`` by the person;
            ``error``.
        text: the answer as far as it came.
        thinking: what the model thought first.
        note: one sentence on an answer that is ``cut``.
        error: what went wrong, one sentence.
        hint: its remedy.
        seconds: how long the server worked on it, by its own clock, loading and waiting left out; by ours where it gave no time.
        first_s: seconds from our question to the first word.
        tokens: tokens of the answer.
        tokens_per_s: by the server's clock.
        prompt_tokens: tokens it read.
        attempt: 1, and one more for each time it was asked again.
    """

    row: int
    column: int
    prompt: str
    seed: int
    state: State = "waiting"
    text: str = ""
    thinking: str = ""
    note: str = ""
    error: str = ""
    hint: str = ""
    seconds: float | None = None
    first_s: float | None = None
    tokens: int | None = None
    tokens_per_s: float | None = None
    prompt_tokens: int | None = None
    attempt: int = 1

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    @property
    def answered(self) -> bool:
        """Whether it has an answer that can be judged."""
        return self.state in ANSWERED


@dataclass(frozen=True)
class Pick:
    """The judgement on a row: the column that is best, None when none is better; and whether the names were hidden."""

    column: int | None
    blind: bool = False


@dataclass(frozen=True)
class Event:
    """What happened to a cell, or (without one) to the comparison.

    Attributes:
        kind: ``state``, ``piece`` (more words), ``pick`` or ``blind``.
        row: of the cell; -1 for the whole comparison.
        text: new words of the answer, thinking left out.
        at: how many characters of the answer stand before them.
    """

    kind: Literal["state", "piece", "pick", "blind"]
    row: int = -1
    column: int = -1
    text: str = ""
    at: int = 0


class Pieces:
    """The words of a cell while they come; joining them for each new one would be quadratic."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.thinking: list[str] = []
        self.length = 0

    def add(self, delta: Delta) -> int:
        """Take more words; return how many characters of the answer stand before them."""
        at = self.length
        self.text.append(delta.text)
        self.thinking.append(delta.thinking)
        self.length += len(delta.text)
        return at


@dataclass(frozen=True)
class Setting:
    """What is the same in every request.

    Attributes:
        format: ``"json"`` or a JSON schema.
        think: whether a thinking model thinks.
        keep_alive: how long models stay loaded.
        parallel: how many cells are asked at a time at most.
    """

    format: Format | None = None
    think: Think | None = None
    keep_alive: KeepAlive | None = None
    parallel: int = AT_ONCE


def figures(answer: Answer) -> dict[str, Any]:
    """Return what a cell keeps of an answer's figures."""
    stats, final = answer.stats, answer.final
    spent = (final.get("prompt_eval_duration") or 0) + (final.get("eval_duration") or 0)
    return {
        "seconds": spent / 1e9 if spent else stats.total_s,
        "first_s": stats.first_s,
        "tokens": stats.tokens,
        "tokens_per_s": stats.tokens_per_s,
        "prompt_tokens": stats.prompt_tokens,
    }
