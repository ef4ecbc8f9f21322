"""The cards of answers and conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ollama_magics.display.cards.reading import named, read, server_label
from ollama_magics.display.quantities import count, rate, seconds, short_count
from ollama_magics.display.segments import Block, Document, Fold, Log, Markdown, Paragraph, Quote, Span, Title

State = Literal["done", "stopped", "cut", "error", "streaming"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer, as far as they came.

    Attributes:
        stats: has any of ``tokens tokens_per_s first_s prompt_tokens context_used context_size``.
        state: ``cut`` is an answer that the model did not finish (a limit), ``error`` one that broke off.
        note: the sentence that explains a state other than ``done``.
        error: the server's own words for it.
        thought_tokens: tokens of the thinking.
        images: names of the pictures of the question.
        calls: calls of tools; each has ``name arguments_text state result``.
        made_by: version and seed in words.
        outdated: how the model has moved on since.
        branch: which of how many answers this is.
        others: the other answers, each under who made it.
        cut: what of the conversation was not sent; has ``messages turns tokens examples``.
    """

    question: str
    answer: str
    thinking: str = ""
    thought_s: float | None = None
    stats: Any = field(default_factory=dict)
    state: State = "done"
    note: str = ""
    error: str = ""
    thought_tokens: int | None = None
    images: tuple[str, ...] = ()
    calls: tuple[Any, ...] = ()
    made_by: str = ""
    outdated: str = ""
    branch: tuple[int, int] = (1, 1)
    others: tuple[tuple[str, str], ...] = ()
    cut: Any = None


RESULT_KEPT = 2000
"""Characters of the result of a tool above which it is not kept in a notebook."""


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


def cut_text(cut: Any) -> str:
    """Return the sentence on what was not sent; empty when everything was.

    >>> cut_text({"messages": 2, "tokens": 412})
    '2 messages above (about 412 tokens) no longer fit and were not sent'
    >>> cut_text({"messages": 1, "tokens": 40, "examples": 4})
    '4 examples of the model and 1 message above (about 40 tokens) no longer fit and were not sent'
    """
    if cut is None:
        return ""
    examples, messages = int(read(cut, "examples", default=0)), int(read(cut, "messages", default=0))
    parts = [count(examples, "example") + " of the model" if examples else "", count(messages, "message") + " above" if messages else ""]
    verb = "was" if examples + messages == 1 else "were"
    fit = "fits" if examples + messages == 1 else "fit"
    tokens = count(int(read(cut, "tokens", default=0)), "token")
    return f"{' and '.join(part for part in parts if part)} (about {tokens}) no longer {fit} and {verb} not sent"


def thought_text(thought_s: float | None, tokens: int | None) -> str:
    """Return how long a model thought, for instance ``Thought for 1.8 s · 74 tokens``."""
    head = f"Thought for {seconds(thought_s)}" if thought_s is not None else "Thought"
    return f"{head} · {count(tokens, 'token')}" if tokens else head


def chat_card(
    model: str, turns: Sequence[Turn], *, version: int | None = None, server: Any = None, note: str = "", keep_thinking: bool = False
) -> Document:
    """Return the transcript of a conversation; what a model thought is left out unless it is to be kept."""
    used = next((context_text(turn.stats) for turn in reversed(turns) if context_text(turn.stats)), "")
    facts = [server_label(server), used]
    title = f"Chat with {named(model)}" + (f" v{version}" if version else "")
    blocks: list[Block] = [Title("", title, "".join(f"· {fact} " for fact in facts if fact).rstrip())]
    cut = next((turn.cut for turn in reversed(turns) if turn.state != "error"), None)
    for at, turn in enumerate(turns):
        if cut is not None and at == int(read(cut, "turns", default=0)):
            blocks.append(_warning(cut_text(cut)))
        blocks += turn_blocks(turn, model, keep_thinking=keep_thinking)
    if note:
        blocks.append(Paragraph(note, quiet=True))
    return Document(tuple(blocks))


def answer_card(model: str, turn: Turn, *, version: int | None = None, server: Any = None, keep_thinking: bool = False) -> Document:
    """Return one answer without its question, as below a ``%%chat`` cell that shows the question already."""
    label = server_label(server)
    title = Title("", named(model), " ".join(fact for fact in (f"v{version}" if version else "", f"· {label}" if label else "") if fact))
    cut = [_warning(cut_text(turn.cut))] if turn.cut is not None else []
    return Document((title, *cut, *_answer_blocks(turn, keep_thinking)))


def turn_blocks(turn: Turn, model: str, *, keep_thinking: bool = False) -> list[Block]:
    """Return the blocks of a question and its answer."""
    asked: list[Block] = [Title("", "You"), Quote(turn.question)]
    if turn.images:
        asked.append(Paragraph(f"with {', '.join(turn.images)}", quiet=True))
    index, whole = turn.branch
    facts = [turn.outdated or turn.made_by, f"answer {index} of {whole}" if whole > 1 else ""]
    return [
        *asked,
        Title("", named(model), ", ".join(fact for fact in facts if fact)),
        *_answer_blocks(turn, keep_thinking),
        *_others(turn),
    ]


def _answer_blocks(turn: Turn, keep_thinking: bool) -> list[Block]:
    blocks: list[Block] = []
    if turn.thinking and keep_thinking:
        blocks.append(Fold(thought_text(turn.thought_s, turn.thought_tokens), (Quote(turn.thinking),), brief=True))
    elif turn.thinking:
        blocks.append(Paragraph(thought_text(turn.thought_s, turn.thought_tokens), quiet=True))
    blocks += [_call(call) for call in turn.calls]
    if turn.answer.strip():
        blocks.append(Markdown(turn.answer))
    figures = " · ".join(part for part in (stats_text(turn.stats), context_text(turn.stats)) if part)
    if figures:
        blocks.append(Paragraph(figures, quiet=True))
    if turn.state in {"stopped", "cut", "error"}:
        blocks += _ending(turn)
    elif turn.note:
        blocks.append(_warning(turn.note))
    return blocks


def _call(call: Any) -> Block:
    """Return a call of a tool with its result, as far as that is kept."""
    asked = Span(f"{read(call, 'name', default='')}({read(call, 'arguments_text', default='')})", "code")
    state, result = read(call, "state", default=""), str(read(call, "result", default=""))
    if state == "refused":
        return Paragraph([asked, " refused"])
    if state in {"asks", "running"}:
        return Paragraph([asked, " was not run"])
    if len(result) > RESULT_KEPT:
        shown: list[str | Span] = [f"a result of {count(len(result), 'character')}, not kept"]
    else:
        shown = [Span(result, "code")]
    return Paragraph([asked, " failed: " if state == "failed" else " → ", *shown])


def _others(turn: Turn) -> list[Block]:
    """Return the answers that are not open, behind a fold."""
    if not turn.others:
        return []
    blocks: list[Block] = []
    for made_by, text in turn.others:
        blocks += [Paragraph(made_by, quiet=True)] if made_by else []
        blocks.append(Quote(text))
    words = "1 other answer" if len(turn.others) == 1 else f"{len(turn.others)} other answers"
    return [Fold(words, tuple(blocks), brief=True)]


def _ending(turn: Turn) -> list[Block]:
    words = {"stopped": "Stopped.", "cut": "The answer is not finished.", "error": "The answer is not whole."}
    text = turn.note or words[turn.state]
    if turn.state == "stopped":
        return [Paragraph(text, quiet=True)]
    said: list[Block] = [Paragraph([Span("!", "error" if turn.state == "error" else "warn"), f" {text}"])]
    if turn.error and turn.error not in text:
        said.append(Log(tuple(turn.error.splitlines())))
    return said


def _warning(text: str) -> Block:
    return Paragraph([Span("!", "warn"), f" {text}"])
