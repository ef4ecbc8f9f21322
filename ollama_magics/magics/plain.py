"""Progress and answers as lines of text, for a terminal and for ``OLLAMA_MAGICS_UI=plain``."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from ollama_magics.display import text as drawing
from ollama_magics.display.quantities import of_total, seconds, size
from ollama_magics.display.segments import Document
from ollama_magics.display.visible import visible

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.services.conversation import Delta
    from ollama_magics.services.progress import Progress

_REDRAW_S = 0.1


class PlainView:
    """Base of what is shown as text while work runs: the interrupt key is its Cancel button."""

    stopped = False

    def __init__(self, *, color: bool, out: TextIO | None = None) -> None:
        self._color = color
        self._out = out or sys.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the line that is being written, if there is one."""

    def cancels(self, cancel: CancelToken) -> CancelToken:
        """Return ``cancel``; text has no button."""
        return cancel

    def tick(self) -> None:
        """Nothing was reported for a while."""

    def write(self, text: str) -> None:
        """Write ``text`` as it is."""
        self._out.write(text)
        self._out.flush()


class PlainProgress(PlainView):
    """Stages of a create, a line each once it is done; on a terminal the running one is redrawn in place."""

    def __init__(self, title: str, *, color: bool, quiet_s: float, out: TextIO | None = None) -> None:
        super().__init__(color=color, out=out)
        self._title, self._quiet_s = title, quiet_s
        self._stage: Progress | None = None
        self._since = 0.0
        self._drawn = 0.0
        self._headed = False
        self._live = False

    def update(self, step: Progress) -> None:
        """Show one step."""
        old = self._stage
        if old is not None and (old.stage, old.subject) != (step.stage, step.subject):
            self._done(old, step.elapsed_s)
            self._since = step.elapsed_s
        self._stage = step
        if self._out.isatty() and step.elapsed_s > self._quiet_s and step.elapsed_s - self._drawn >= _REDRAW_S:
            self._head()
            self._drawn, self._live = step.elapsed_s, True
            self.write(f"\r\x1b[K      {visible(step.words)}  {_bytes(step)}")

    def finish(self, document: Document) -> None:
        """Show the result."""
        self.close()
        self.write(drawing.render(document, color=self._color) + "\n")

    def close(self) -> None:
        """Take the running line away."""
        if self._live:
            self.write("\r\x1b[K")
            self._live = False

    def _head(self) -> None:
        if not self._headed:
            self._headed = True
            self.write(f"{self._title}\n")

    def _done(self, step: Progress, now: float) -> None:
        if now <= self._quiet_s:
            return
        self._head()
        self.close()
        self.write(f"  ok  {visible(f'{step.stage} {step.subject}'):<24} {seconds(now - self._since):>8}  {_bytes(step)}".rstrip() + "\n")


def _bytes(step: Progress) -> str:
    if step.amount is None:
        return ""
    completed, total = step.amount
    done, whole = of_total(completed, total)
    if completed >= total:
        return whole
    pace = f", {size(step.rate)}/s" if step.rate else ""
    left = f", {seconds(max(step.left_s, 1.0))} left" if step.left_s is not None else ""
    return f"{done} of {whole}{pace}{left}"


class PlainChat(PlainView):
    """An answer as it comes; what the model thinks first is dim, or left out where there are no colours."""

    def __init__(self, *, color: bool, out: TextIO | None = None) -> None:
        super().__init__(color=color, out=out)
        self._open = False
        self._thinking = False
        self._shown = 0

    def delta(self, piece: Delta) -> None:
        """Show one piece of the answer."""
        if piece.thinking and self._color:
            self.write(f"\x1b[2m{visible(piece.thinking)}\x1b[0m")
            self._thinking = self._open = True
        if piece.text:
            if self._thinking:
                self.write("\n\n")
                self._thinking = False
            self._shown += len(piece.text)
            self.write(visible(piece.text))
            self._open = not piece.text.endswith("\n")

    def finish(self, document: Document, answer: Any) -> None:
        """Show the figures below the answer, and the sentence on an end that was not whole."""
        from ollama_magics.display.cards import context_text, cut_text, stats_text
        from ollama_magics.services.conversation import Delta

        # An interrupt can fall between the arrival of a piece and its way to the screen.
        self.delta(Delta(answer.text[self._shown :]))
        self.close()
        figures = ", ".join(part for part in (stats_text(answer.stats).replace(" · ", ", "), context_text(answer.stats)) if part)
        if figures:
            self.write(self._dim(figures) + "\n")
        for call in answer.calls:
            self.write(self._dim(f"{visible(str(call))} {call.state}") + "\n")
        for note in (answer.note, cut_text(answer.cut)):
            if note:
                self.write(f"! {visible(note)}\n")

    def close(self) -> None:
        """End the line of the answer."""
        if self._open:
            self.write("\n")
            self._open = False

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self._color else text
