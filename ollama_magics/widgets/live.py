"""The output ladder: a live panel while something runs, its saved form when it has ended, plain text where there is no page.

The views here are context managers for a running magic. What a notebook holds while one is open is a line of text; at its end the
panel is replaced by static HTML and text, and its widget is closed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from ollama_magics.display.cards import Turn, chat_card
from ollama_magics.display.segments import Document, Paragraph
from ollama_magics.errors import UsageProblem
from ollama_magics.widgets import outputs
from ollama_magics.widgets.library import is_built

Rung = Literal["live", "static", "plain"]


class Token(Protocol):
    """What of a cancel token is used here."""

    def cancel(self) -> None:
        """Turn the switch."""


class Piece(Protocol):
    """A piece of an answer, as ``services.conversation.Delta``."""

    text: str
    thinking: str


def rung(shell: Any, environ: Mapping[str, str] = os.environ) -> Rung:
    """Return how ``shell`` shows things: ``live`` panels, ``static`` HTML once it is finished, or ``plain`` text.

    ``OLLAMA_MAGICS_UI`` asks for ``plain`` or ``static``; a shell without a kernel has no page to show anything but text.
    """
    wish = environ.get("OLLAMA_MAGICS_UI", "")
    if wish == "plain" or getattr(shell, "kernel", None) is None:
        return "plain"
    return "live" if wish != "static" and is_built() else "static"


class LiveView:
    """Base of what stands in a cell while work runs.

    Attributes:
        stopped: whether Cancel or Stop was pressed.
        settled: whether the saved form stands in the panel's place.
    """

    def __init__(self, panel: Any, waiting: str, publisher: Any = None) -> None:
        self.panel = panel
        self.stopped = False
        self.settled = False
        self._place = outputs.Place(publisher)
        self._waiting = waiting

    def __enter__(self) -> Self:
        self._place.show(outputs.live(self.panel.model_id, Document((Paragraph(self._waiting),))))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # An error's card is settled by whoever draws errors; without an error and without a result there is nothing to say.
        if error is None:
            self.close()

    def cancels(self, cancel: Token) -> Any:
        """Let Cancel or Stop turn ``cancel``, and return it."""

        def pressed() -> None:
            self.stopped = True
            cancel.cancel()

        self.panel.on_cancel(pressed)
        return cancel

    def settle(self, document: Document) -> None:
        """Put the saved form of ``document`` in the panel's place, on pages that came later too."""
        if not self.settled:
            self.settled = True
            forms = outputs.saved(document)
            self._place.show(forms)
            self.panel.retire(forms)

    def close(self) -> None:
        """Take the panel away; its line of text stays."""
        self.settle(Document((Paragraph(self._waiting),)))


class LiveProgress(LiveView):
    """A create or a pull in a notebook: stages, bars, log, Cancel.

    Args:
        title: for instance ``Creating mario``.
        server: what the server is called.
        publisher: where outputs go; None is the running shell's.
    """

    def __init__(self, title: str, server: str = "", *, publisher: Any = None) -> None:
        from ollama_magics.widgets.progress import ProgressPanel

        super().__init__(ProgressPanel(title, server), f"{title}{f' on {server}' if server else ''} …", publisher)

    def update(self, step: Any) -> None:
        """Show one step (``services.progress.Progress``)."""
        self.panel.update(step)

    def finish(self, document: Document) -> None:
        """Show the result in the panel's place."""
        self.panel.end()
        self.settle(document)


class LiveAnswer(LiveView):
    """One answer in a notebook, as it comes, with Stop.

    Args:
        model: who answers.
        server: what the server is called.
        question: what was asked; a cell shows it already, so it is left out of the panel.
        publisher: where outputs go; None is the running shell's.
    """

    def __init__(self, model: str, server: str = "", *, question: str = "", publisher: Any = None) -> None:
        from ollama_magics.widgets.chat import ChatPanel

        super().__init__(ChatPanel(model, server), f"Asking {model} …", publisher)
        self.panel.begin(question)

    def delta(self, piece: Piece) -> None:
        """Show one piece of the answer."""
        self.panel.delta(piece.text, piece.thinking)

    def finish(self, document: Document, answer: Any = None) -> None:
        """Show the finished answer in the panel's place."""
        if answer is not None:
            self.panel.finish(answer.turn())
        self.settle(document)


class Conversation(Protocol):
    """What a live chat talks through, as ``services.conversation.Chat``."""

    model: str

    @property
    def answers(self) -> list[Any]:
        """The answers so far."""

    def ask(self, text: str, *, on_delta: Callable[[Any], None] | None = None, cancel: Any = None) -> Any:
        """Return the answer to ``text``; one that is stopped or breaks off is left in ``answers``."""


class LiveChat:
    """A chat that goes on below a cell after the cell has ended; each turn runs in a thread of its own.

    The output holds the panel and the transcript so far: a page with the kernel shows the one, a reopened notebook the other.

    Args:
        chat: the conversation.
        new_cancel: makes the switch that stops a turn.
        server: what the server is called.
        version: the version of the model in this notebook.
        turns: turns of the conversation so far, as ``display.cards.Turn``.
        publisher: where outputs go; None is the running shell's.
    """

    def __init__(
        self,
        chat: Conversation,
        new_cancel: Callable[[], Token],
        *,
        server: str = "",
        version: int | None = None,
        turns: tuple[Turn, ...] = (),
        publisher: Any = None,
    ) -> None:
        from ollama_magics.widgets.chat import ChatPanel

        self.panel = ChatPanel(chat.model, server, version=version, composer=True, turns=turns)
        self.panel.on_ask(self.ask)
        self.panel.on_cancel(self.stop)
        self.panel.on_request("saved", lambda _: outputs.saved(self._document()), repeatable=True)
        self._chat, self._new_cancel = chat, new_cancel
        self._server, self._version = server, version
        self._turns = list(turns)
        self._place = outputs.Place(publisher)
        self._lock = threading.Lock()
        self._cancel: Token | None = None
        self.idle = threading.Event()
        self.idle.set()

    def show(self) -> None:
        """Show the panel in the running cell."""
        self._place.show(self._bundle())

    def ask(self, text: str) -> None:
        """Start the turn of ``text`` and return.

        Raises:
            UsageProblem: an answer is still coming, or there is nothing to send.
        """
        if not text.strip():
            raise UsageProblem("there is nothing to send")
        with self._lock:
            if not self.idle.is_set():
                raise UsageProblem("an answer is still coming", hint="stop it first")
            self.idle.clear()
            self._cancel = self._new_cancel()
        self.panel.begin(text)
        threading.Thread(target=self._run, args=(text, self._cancel), name="ollama-magics-chat", daemon=True).start()

    def stop(self) -> None:
        """Stop the answer that is coming, if there is one; what is written stays."""
        with self._lock:
            cancel = self._cancel
        if cancel is not None:
            cancel.cancel()

    def close(self) -> None:
        """Leave the transcript where the panel was."""
        self.stop()
        self._place.show(outputs.saved(self._document()))
        self.panel.close()

    def _run(self, text: str, cancel: Token) -> None:
        before = len(self._chat.answers)
        try:
            turn = self._chat.ask(text, on_delta=self._delta, cancel=cancel).turn()
        except Exception as exc:  # the border of the thread: nobody else would hear of it
            kept = self._chat.answers[before:]
            turn = kept[-1].turn() if kept else self._broken(text, exc)
        self._turns.append(turn)
        self.panel.finish(turn)
        self._place.show(self._bundle())
        with self._lock:
            self._cancel = None
            self.idle.set()

    def _delta(self, piece: Piece) -> None:
        self.panel.delta(piece.text, piece.thinking)

    def _broken(self, text: str, error: Exception) -> Turn:
        """Return the turn as far as it came, with the reason."""
        last = self.panel.state.value("turns")[-1]
        cancelled = getattr(error, "code", "") == "cancelled"
        message = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
        hint = getattr(error, "hint", "")
        note = f"{message[:1].upper()}{message[1:]}." + (f" {hint[:1].upper()}{hint[1:]}." if hint else "")
        return Turn(text, last["answer"], last["thinking"], state="stopped" if cancelled else "error", note="" if cancelled else note)

    def _bundle(self) -> dict[str, Any]:
        return outputs.live(self.panel.model_id, self._document())

    def _document(self) -> Document:
        return chat_card(self._chat.model, self._turns, version=self._version, server=self._server or None)
