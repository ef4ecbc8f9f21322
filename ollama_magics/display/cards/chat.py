"""The cards of answers and conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ollama_magics.display.cards.reading import named, read, server_label
from ollama_magics.display.quantities import count, rate, seconds, short_count
from ollama_magics.display.segments import Block, Document, Fold, Markdown, Paragraph, Quote, Span, Title

State = Literal["done", "stopped", "cut", "error", "streaming"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer, as far as they came.

    Attributes:
        stats: has any of ``tokens tokens_per_s first_s prompt_tokens context_used context_size``.
        state: ``cut`` is an answer that the model did not finish (a limit), ``error`` one that broke off.
        note: the sentence that explains a state other than ``done``.
    """

    question: str
    answer: str
    thinking: str = ""
    thought_s: float | None = None
    stats: Any = field(default_factory=dict)
    state: State = "done"
    note: str = ""


def stats_text(stats: Any) -> str:
    """Return the figures under an answer; empty when there are none."""
    tokens, per_second, first = read(stats, "tokens"), read(stats, "tokens_per_s"), read(stats, "first_s")
    parts = [
        count(int(tokens), "token") if tokens is not None else "",
        rate(float(per_second)) if per_second else "",
        f"first after {seconds(float(first))}" if first is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def context_text(stats: Any) -> str:
    """Return how much of the context is used (``context 1.9k of 8.2k``); empty when it is not known."""
    used, whole = read(stats, "context_used"), read(stats, "context_size")
    if used is None:
        return ""
    room = f" of {short_count(int(whole))}" if whole else ""
    return f"context {short_count(int(used))}{room}"


def chat_card(model: str, turns: Sequence[Turn], *, version: int | None = None, server: Any = None, note: str = "") -> Document:
    """Return the transcript of a conversation."""
    used = next((context_text(turn.stats) for turn in reversed(turns) if context_text(turn.stats)), "")
    facts = [server_label(server), used]
    title = f"Chat with {named(model)}" + (f" v{version}" if version else "")
    blocks: list[Block] = [Title("", title, "".join(f"· {fact} " for fact in facts if fact).rstrip())]
    for turn in turns:
        blocks += turn_blocks(turn, model)
    if note:
        blocks.append(Paragraph(note, quiet=True))
    return Document(tuple(blocks))


def answer_card(model: str, turn: Turn, *, version: int | None = None, server: Any = None) -> Document:
    """Return one answer without its question, as below a ``%%chat`` cell that shows the question already."""
    label = server_label(server)
    title = Title("", named(model), " ".join(fact for fact in (f"v{version}" if version else "", f"· {label}" if label else "") if fact))
    return Document((title, *_answer_blocks(turn)))


def turn_blocks(turn: Turn, model: str) -> list[Block]:
    """Return the blocks of a question and its answer."""
    question: list[Block] = [Title("", "You"), Quote(turn.question)]
    return [*question, Title("", named(model)), *_answer_blocks(turn)]


def _answer_blocks(turn: Turn) -> list[Block]:
    blocks: list[Block] = []
    if turn.thinking:
        blocks.append(Fold(_thought(turn), (Quote(turn.thinking),), brief=True))
    if turn.answer.strip():
        blocks.append(Markdown(turn.answer))
    figures = " · ".join(part for part in (stats_text(turn.stats), context_text(turn.stats)) if part)
    if figures:
        blocks.append(Paragraph(figures, quiet=True))
    if turn.state in {"stopped", "cut", "error"}:
        blocks.append(_ending(turn))
    return blocks


def _thought(turn: Turn) -> str:
    return f"Thought for {seconds(turn.thought_s)}" if turn.thought_s is not None else "Thinking"


def _ending(turn: Turn) -> Block:
    words = {"stopped": "Stopped.", "cut": "The answer is not finished.", "error": "The answer is not whole."}
    text = turn.note or words[turn.state]
    if turn.state == "stopped":
        return Paragraph(text, quiet=True)
    return Paragraph([Span("!", "error" if turn.state == "error" else "warn"), f" {text}"])
