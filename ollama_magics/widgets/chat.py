"""The panel of a conversation: one streamed answer of a cell, or a chat that goes on below it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ollama_magics.display.cards import stats_text
from ollama_magics.display.cards.reading import named, read
from ollama_magics.display.quantities import count
from ollama_magics.widgets.panel import Panel

_SETTLING_S = 0.5
"""A rate of less time than this says nothing."""


class ChatPanel(Panel):
    """The live panel of a conversation with ``model``.

    Args:
        model: its name.
        server: what the server is called.
        version: the version of the model in this notebook, when it is known.
        composer: whether there is a field for the next message, and questions are shown.
        turns: turns that were there before, as ``display.cards.Turn``.
        clock: seconds, for the rate while an answer comes.
    """

    def __init__(
        self,
        model: str,
        server: str = "",
        *,
        version: int | None = None,
        composer: bool = False,
        turns: Sequence[Any] = (),
        clock: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        shown = [_turn(turn) for turn in turns]
        used, size = _context(turns[-1].stats) if turns else (None, None)
        state = {
            "model": named(model),
            "version": f"v{version}" if version else "",
            "server": server,
            "composer": composer,
            "context_used": used,
            "context_size": size,
            "turns": shown,
        }
        self._count = len(shown)
        self._chunks = 0
        self._clock, self._first_s = clock, 0.0
        super().__init__("chat", state, **options)

    def begin(self, question: str) -> None:
        """Show a new turn that waits for its first word."""
        turn = {"question": question, "answer": "", "thinking": "", "thought_s": None, "state": "waiting", "stats": "", "note": ""}
        self._chunks = 0
        self.set("turns", self._count, value=turn)
        self._count += 1

    def delta(self, text: str = "", thinking: str = "") -> None:
        """Add a piece of the answer, or of the thinking before it, to the last turn."""
        last = self._count - 1
        if self._chunks == 0:
            self._first_s = self._clock()
            self.set("turns", last, "state", value="streaming")
        self._chunks += 1
        self.append("turns", last, "thinking", text=thinking)
        self.append("turns", last, "answer", text=text)
        self.set("turns", last, "stats", value=self._figures())

    def _figures(self) -> str:
        """Return the figures until the server's own come: the count is of pieces, which are tokens nearly always."""
        tokens, spent = count(self._chunks, "token"), self._clock() - self._first_s
        return f"{tokens} · {(self._chunks - 1) / spent:,.0f} tokens/s" if spent >= _SETTLING_S else tokens

    def finish(self, turn: Any) -> None:
        """Show how the last turn ended; ``turn`` is a ``display.cards.Turn``."""
        last = self._count - 1
        shown = _turn(turn)
        for key in ("thought_s", "stats", "note", "state"):
            self.set("turns", last, key, value=shown[key])
        for key in ("answer", "thinking"):
            if self.state.value("turns", last, key) != shown[key]:
                self.set("turns", last, key, value=shown[key])
        used, size = _context(turn.stats)
        if used is not None:
            self.set("context_used", value=used)
            self.set("context_size", value=size)
        self.flush()

    def on_ask(self, ask: Callable[[str], None]) -> None:
        """Call ``ask`` with each message that is sent from the panel; it starts the turn and returns at once."""

        def handle(params: Any) -> bool:
            ask(str(params.get("text", "")))
            return True

        self.on_request("ask", handle)


def _turn(turn: Any) -> dict[str, Any]:
    return {
        "question": turn.question,
        "answer": turn.answer,
        "thinking": turn.thinking,
        "thought_s": turn.thought_s,
        "state": turn.state,
        "stats": stats_text(turn.stats),
        "note": "" if turn.state == "stopped" else turn.note,
    }


def _context(stats: Any) -> tuple[int | None, int | None]:
    return read(stats, "context_used"), read(stats, "context_size")
