"""The output ladder: a live panel while something runs, its saved form when it has ended, plain text where there is no page.

The views here are context managers for a running magic. What a notebook holds while one is open is a line of text; at its end the
panel is replaced by static HTML and text, and its widget is closed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from ollama_magics.display.segments import Document, Paragraph
from ollama_magics.widgets import outputs
from ollama_magics.widgets.library import is_built

Rung = Literal["live", "static", "plain"]


class Token(Protocol):
    """What of a cancel token is used here."""

    def cancel(self) -> None:
        """Turn the switch."""


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
        self._place.show(outputs.running(self.panel.model_id, self._waiting))
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
