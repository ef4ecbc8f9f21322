"""What has come of an answer: its rounds, its text and thinking piece by piece, and the server's figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ollama_magics.services.conversation.answer import BETWEEN_ROUNDS, Answer, Call, Delta, Round, Stats, joined
from ollama_magics.services.conversation.tools import asked_calls, left
from ollama_magics.wire.types import ChatResponse, GenerateResponse, Logprob

Chunk = ChatResponse | GenerateResponse


class Gathering:
    """The parts of one answer as they come.

    Args:
        onward: an unfinished answer that is gone on with; its parts come first.
        clock: seconds.

    Attributes:
        rounds: the parts that ended in calls of tools.
        final: the last chunk of the last request.
        apart: the next text is no continuation of the text before, and is kept apart from it.
    """

    def __init__(self, onward: Answer | None, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = 0.0
        self._first: float | None = None
        self._thought_s = onward.thought_s if onward else None
        self._text = [onward.closing] if onward else []
        self._thinking = [onward.thinking] if onward and onward.thinking else []
        self._round_thinking: list[str] = []
        self._pieces_of_thinking = (onward.thought_tokens or 0) if onward else 0
        self._thinks = False
        self._tokens = onward.stats.tokens if onward else None
        self._asked: list[Any] = []
        self._logprobs: list[Logprob] = []
        self._pieces = 0
        self.rounds = list(onward.rounds) if onward else []
        self.final: Chunk = ChatResponse()
        self.apart = False

    def begin(self) -> None:
        """Note that the question is asked now."""
        self._began = self._clock()

    def begin_request(self) -> None:
        """Note that a request is sent: the question, or the results of tools."""
        self._asked, self._pieces, self._logprobs = [], 0, []

    def end_request(self) -> tuple[Call, ...]:
        """Add the figures of a request that has ended, and return the tools that the model asked for in it."""
        if self.final.eval_count:
            self._tokens = (self._tokens or 0) + self.final.eval_count
        self._pieces = 0
        calls = asked_calls(self._asked, 1 + len(self.calls))
        if calls:
            self.rounds.append(Round("".join(self._text), "".join(self._round_thinking), calls))
            self._text, self._round_thinking = [], []
        return calls

    def take(self, chunk: Chunk) -> Delta:
        """Take a chunk and return what it adds to what was shown before."""
        now = self._clock()
        said = chunk.get("message") or {}
        text, thinking = said.get("content") or chunk.get("response") or "", said.get("thinking") or chunk.get("thinking") or ""
        self._asked += said.get("tool_calls") or []
        self._logprobs += chunk.get("logprobs") or []
        self.final = chunk
        self._pieces += bool(text or thinking)
        if self._first is None and (text or thinking):
            self._first = now - self._began
        if text and self._thinks:
            self._thought_s, self._thinks = self._thought_s or now - self._began, False
        return Delta(self._take_text(text), self._take_thinking(thinking))

    def _take_text(self, text: str) -> str:
        """Take a piece of text: that of a new round, or of a new answer, stands apart."""
        if not text:
            return ""
        opens_round = not any(self._text) and any(part.text for part in self.rounds)
        if self.apart:
            self.apart = False
            text = BETWEEN_ROUNDS + text
        self._text.append(text)
        return BETWEEN_ROUNDS + text if opens_round else text

    def _take_thinking(self, thinking: str) -> str:
        if not thinking:
            return ""
        self._pieces_of_thinking += 1
        self._thinks = True
        shown = BETWEEN_ROUNDS + thinking if self._thinking and not self._round_thinking else thinking
        self._round_thinking.append(thinking)
        self._thinking.append(shown)
        return shown

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of tools so far."""
        return tuple(call for part in self.rounds for call in part.calls)

    @property
    def counted(self) -> int:
        """Tokens so far: the server's count of requests that have ended, and the pieces of the running one, which nearly always are."""
        return (self._tokens or 0) + self._pieces

    def put(self, call: Call) -> None:
        """Bring a call of the last round up to date."""
        last = self.rounds[-1]
        self.rounds[-1] = replace(last, calls=tuple(call if old.id == call.id else old for old in last.calls))

    def leave_calls(self) -> None:
        """Say of calls that are not through that they were stopped."""
        self.rounds = [replace(part, calls=tuple(map(left, part.calls))) for part in self.rounds]

    def parts(self) -> dict[str, Any]:
        """Return the fields of `Answer` that are gathered, but for the figures."""
        return {
            "text": joined([*(part.text for part in self.rounds), "".join(self._text)]),
            "thinking": "".join(self._thinking),
            "thought_s": self._thought_s,
            "thought_tokens": self._pieces_of_thinking or None,
            "done_reason": self.final.done_reason or "",
            "final": self.final,
            "rounds": tuple(self.rounds),
            "logprobs": tuple(self._logprobs),
        }

    def stats(self, *, ended: bool, context_size: int | None) -> Stats:
        """Return the figures so far; ``ended`` says that the server's own are whole."""
        final = self.final
        tokens, prompt, spent = final.eval_count, final.prompt_eval_count, final.eval_duration
        return Stats(
            tokens=self._tokens if ended else self.counted or None,
            tokens_per_s=tokens * 1e9 / spent if tokens and spent else None,
            prompt_tokens=prompt,
            first_s=self._first,
            total_s=self._clock() - self._began,
            load_s=final.load_duration / 1e9 if final.load_duration else None,
            context_used=(prompt or 0) + (tokens or 0) if ended and (prompt or tokens) else None,
            context_size=context_size,
        )
