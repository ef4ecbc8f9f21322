"""Telling a model's thinking from its answer while the text arrives.

Source: Ollama thinking/parser.go (v0.33.0-rc2).
"""

from __future__ import annotations

from enum import Enum, auto

from ollama_magics.server.prompt.view import PromptView, Think, think_level


class _State(Enum):
    BEFORE = auto()
    OPENED = auto()
    THINKING = auto()
    CLOSED = auto()
    ANSWER = auto()


class ThinkingSplitter:
    """Splits a text that may begin with a thinking trace between two tags.

    White space around the trace is dropped. A text that begins with something else than the opening tag is all answer.
    """

    def __init__(self, opening: str, closing: str) -> None:
        self._opening = opening
        self._closing = closing
        self._state = _State.BEFORE
        self._held = ""

    def feed(self, text: str) -> tuple[str, str]:
        """Take the next piece and return what is certain by now: thinking and answer."""
        self._held += text
        thinking: list[str] = []
        answer: list[str] = []
        more = True
        while more:
            trace, rest, more = self._step()
            thinking.append(trace)
            answer.append(rest)
        return "".join(thinking), "".join(answer)

    def _step(self) -> tuple[str, str, bool]:
        if self._state is _State.BEFORE:
            return self._look_for_opening()
        if self._state is _State.THINKING:
            return self._look_for_closing()
        held, self._held = self._held, ""
        if self._state is _State.ANSWER:
            return "", held, False
        trimmed = held.lstrip()
        if self._state is _State.CLOSED:
            self._state = _State.ANSWER if trimmed else _State.CLOSED
            return "", trimmed, False
        if not trimmed:
            return "", "", False
        self._state, self._held = _State.THINKING, trimmed
        return "", "", True

    def _look_for_opening(self) -> tuple[str, str, bool]:
        trimmed = self._held.lstrip()
        if trimmed.startswith(self._opening):
            self._held = trimmed[len(self._opening) :].lstrip()
            self._state = _State.THINKING if self._held else _State.OPENED
            return "", "", True
        if self._opening.startswith(trimmed):
            return "", "", False
        held, self._held = self._held, ""
        self._state = _State.ANSWER
        return "", held, False

    def _look_for_closing(self) -> tuple[str, str, bool]:
        trace, found, rest = self._held.partition(self._closing)
        if found:
            rest = rest.lstrip()
            self._held = ""
            self._state = _State.ANSWER if rest else _State.CLOSED
            return trace, rest, False
        keep = overlap(self._held, self._closing)
        trace, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return trace, "", False


def overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of ``text`` may be the beginning of ``tag``."""
    longest = min(len(text), len(tag))
    return next((size for size in range(longest, 0, -1) if text.endswith(tag[:size])), 0)


def start_thinking(view: PromptView, prompt: str, think: Think) -> ThinkingSplitter | None:
    """Return a splitter for the answer to ``prompt``, or None when the model's template has no tags or thinking is off.

    A prompt that ends with the opening tag has begun the trace already.
    """
    opening, closing = view.template.thinking_tags()
    if not (think_level(think)[0] and opening and closing):
        return None
    splitter = ThinkingSplitter(opening, closing)
    if prompt.strip().endswith(opening):
        splitter.feed(opening)
    return splitter
