"""Where the magics show things: a notebook's page, or lines of text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import Cancelled, ModelfileProblem, ModelNotFound, NoServer, OllamaMagicsError, ServerFault, StreamError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ollama_magics.display.segments import Document
    from ollama_magics.magics.compareviews import ComparisonView
    from ollama_magics.magics.plain import PlainChat, PlainProgress
    from ollama_magics.magics.views import PageView
    from ollama_magics.services.comparison import Comparison
    from ollama_magics.services.conversation import Chat
    from ollama_magics.services.creation import Creation
    from ollama_magics.services.history import History
    from ollama_magics.services.servers import Server
    from ollama_magics.services.tuning.tuner import Tuner
    from ollama_magics.services.versionstore import Version
    from ollama_magics.widgets.livetuner import LiveTuner


QUIET_S = 0.3
"""A run shorter than this shows only its result."""


class Screen:
    """The output of one shell.

    Args:
        shell: the IPython shell; one with a kernel has a front end that can show HTML.
        environ: ``OLLAMA_MAGICS_UI=plain`` asks for text everywhere, ``static`` for pages without live panels.

    Attributes:
        first_line: the number of a Modelfile's first line in the cell that runs, for its problems.
        quiet_s: seconds that a create may take before its stages are shown.
    """

    def __init__(self, shell: InteractiveShell, environ: Mapping[str, str]) -> None:
        self._shell, self._environ = shell, environ
        self._view: PageView | None = None
        self._drawn: OllamaMagicsError | None = None
        self._below: dict[str, list[Callable[[], None]]] = {}
        self.first_line = 1
        self.quiet_s = QUIET_S

    @property
    def rich(self) -> bool:
        """Whether there is a front end that shows HTML."""
        return getattr(self._shell, "kernel", None) is not None and self._environ.get("OLLAMA_MAGICS_UI") != "plain"

    @property
    def color(self) -> bool:
        """Whether text may carry terminal colours."""
        if "NO_COLOR" in self._environ or self._environ.get("OLLAMA_MAGICS_UI") == "plain":
            return False
        return sys.stdout.isatty()

    def document(self, document: Document) -> None:
        """Show ``document``."""
        if not self.rich:
            from ollama_magics.display import text

            print(text.render(document, color=self.color))
            return
        from ollama_magics.widgets import outputs

        outputs.show(outputs.saved(document))

    def progress(self, title: str, server: Server) -> PageView | PlainProgress:
        """Return what shows a create or a pull while it runs."""
        from ollama_magics.magics.plain import PlainProgress

        if not self.rich:
            return PlainProgress(f"{title} on {server.label}", color=self.color, quiet_s=self.quiet_s)

        def open_panel() -> Any:
            from ollama_magics.widgets.live import LiveProgress

            return LiveProgress(title, server.label)

        return self._page(open_panel, after_s=self.quiet_s)

    def chat(self, chat: Chat, server: str) -> PageView | PlainChat:
        """Return what shows the next answer of a conversation while it comes."""
        from ollama_magics.magics.plain import PlainChat
        from ollama_magics.magics.views import ANSWER_AFTER_S

        if not self.rich:
            return PlainChat(color=self.color)

        def open_panel() -> Any:
            from ollama_magics.widgets.livechat import LiveAnswer

            return LiveAnswer(chat, server)

        # A call of a tool asks at the panel, which has to be there before it.
        view = self._page(open_panel, after_s=0.0 if chat.tools else ANSWER_AFTER_S)
        view.tick()
        return view

    def comparison(self, comparison: Comparison) -> ComparisonView:
        """Return what shows a comparison while it runs, and when it has ended."""
        from ollama_magics.magics import compareviews

        if not self.rich:
            return compareviews.PlainComparison(comparison, color=self.color)
        from ollama_magics.widgets import live

        if live.rung(self._shell, self._environ) != "live":
            return compareviews.StaticComparison(comparison, self.document)
        return compareviews.PanelComparison(comparison, self._shell.display_pub)

    def history(
        self, read: Callable[[], History], make: Callable[[Version], Creation], found: History | None, name: str, **facts: Any
    ) -> bool:
        """Open the panel of a history, where there are live panels; return whether it was opened.

        Args:
            read: asks for the versions again.
            make: creates the model from a version.
            found: the versions as they are.
            facts: further arguments of `widgets.history.HistoryPanel`.
        """
        if not self.rich:
            return False
        from ollama_magics.widgets import live

        if live.rung(self._shell, self._environ) != "live":
            return False
        from ollama_magics.widgets.history import HistoryPanel, LiveHistory

        opened = LiveHistory(lambda keep: HistoryPanel(name, read, make, found, on_change=keep, **facts), publisher=self._shell.display_pub)
        opened.show()
        self._stands_below(opened.panel.close)
        return True

    def conversation(self, chat: Chat, server: str, create: Callable[[str], int | None] | None) -> bool:
        """Open a chat that goes on below the cell, where there are live panels; return whether it was opened.

        Args:
            create: creates the model from the text of its cell and returns its version; None where nothing is created from here.
        """
        if not self.rich:
            return False
        from ollama_magics.widgets import live

        if live.rung(self._shell, self._environ) != "live":
            return False
        from ollama_magics.widgets.livechat import LiveChat

        opened = LiveChat(chat, server=server, create=create, publisher=self._shell.display_pub)
        opened.show()
        self._stands_below(opened.leave)
        return True

    def let_go(self, cell: str) -> None:
        """Let go of the panels below a cell that runs again: its output is gone, and nobody would see what they show.

        Args:
            cell: as `cell_of` names it.
        """
        for leave in self._below.pop(cell, ()):
            leave()

    def _stands_below(self, leave: Callable[[], None]) -> None:
        """Note how to let go of a panel that the cell shows, or that a button below the cell opens."""
        cell = cell_of(self._shell)
        if cell:
            self._below.setdefault(cell, []).append(leave)

    def tuner(self, tuner: Tuner, *, on_each_change: bool = False, cell: str | None = None) -> LiveTuner | None:
        """Open the panel of a tuner below the cell, where there are live panels; None elsewhere.

        Args:
            on_each_change: store every settled change as a version.
            cell: the Modelfile in the cell that runs.
        """
        if not self.rich:
            return None
        from ollama_magics.widgets import live

        if live.rung(self._shell, self._environ) != "live":
            return None
        from ollama_magics.widgets.livetuner import LiveTuner

        panel = LiveTuner(tuner, on_each_change=on_each_change, publisher=self._shell.display_pub)
        if cell is not None:
            panel.cell.read(cell)
        panel.show()
        self._stands_below(panel.close)
        return panel

    def _page(self, open_panel: Callable[[], Any], *, after_s: float) -> PageView:
        from ollama_magics.magics.views import PageView

        def opened() -> Any:
            # Loading the widgets takes longer than most creates: whoever is done sooner never pays for it.
            from ollama_magics.widgets import live

            return open_panel() if live.rung(self._shell, self._environ) == "live" else None

        self._view = PageView(opened, self.document, after_s=after_s)
        return self._view

    def drawn(self, error: OllamaMagicsError) -> OllamaMagicsError:
        """Return ``error``, noted as one that the output shows already: only its first line follows."""
        self._drawn = error
        return error

    def failure(self, error: OllamaMagicsError) -> None:
        """Show ``error`` as its card; what IPython prints for it afterwards is one line on a page, and the card itself in a terminal.

        Source: IPython, ``InteractiveShell.showtraceback`` takes the lines of an exception's ``_render_traceback_``.
        """
        from ollama_magics.display import text

        card = failure_card(error, first_line=self.first_line)
        if self.rich:
            from ollama_magics.magics.pagedata import failure_page, with_page

            card = with_page(card, failure_page(error, card, self._shell))
        lines = text.render(card, color=self.color).split("\n")
        if error is self._drawn:
            lines = lines[:1]
        elif self.rich:
            view, self._view = self._view, None
            if view is None or view.settled:
                self.document(card)
            else:
                view.settle(card)
            lines = [f"{type(error).__name__}: {lines[0]}"]
        shown = ["\n".join(lines)]  # in one piece, as `OllamaMagicsError` says
        error._render_traceback_ = lambda: shown  # type: ignore[method-assign]  # this one error is drawn already
        self._drawn = None


def cell_of(shell: Any) -> str:
    """Return what the page calls the cell that runs, or the one whose button is answered; empty where it does not tell.

    Source: JupyterLab 4 and VS Code send it as ``cellId`` in the metadata of ``execute_request``; our page sends it with a button too.
    """
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return str(((parent or {}).get("metadata") or {}).get("cellId") or "")


def failure_card(error: OllamaMagicsError, *, first_line: int = 1) -> Document:
    """Return the card of ``error``: the one made for its kind where its details allow it."""
    from ollama_magics.display import cards

    facts = error.details
    name, version = str(facts.get("name", "")), facts.get("version")
    modelfile = facts.get("modelfile")
    if isinstance(error, ModelfileProblem) and modelfile is not None:
        return cards.problems_card(modelfile, name, version=version, exists=facts.get("exists"), first_line=first_line)
    if isinstance(error, ModelNotFound) and "base" in facts:
        base: dict[str, Any] = {"near": facts.get("near", ()), "error": error.error, "version": version, "name": name}
        return cards.unknown_base_card(str(facts.get("base", "")), **base)
    if isinstance(error, ServerFault | StreamError) and error.error and "base" in facts:
        return cards.server_error_card(name, error.error, server=facts.get("server"), hint=error.hint, version=version)
    if isinstance(error, Cancelled) and "while" in facts:
        elapsed = facts.get("elapsed_s")
        return cards.cancelled_card(name, while_=facts["while"], version=version, exists=facts.get("exists"), elapsed_s=elapsed)
    if isinstance(error, NoServer) and not error.hint:
        return cards.no_server_card()
    return cards.error_card(error)
