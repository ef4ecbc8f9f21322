"""How a comparison is shown while it runs: as a panel, as a page at its end, or as text, a row when it is whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from ollama_magics.display import text as drawing
from ollama_magics.magics.plain import PlainView

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document
    from ollama_magics.services.comparison import Comparison
    from ollama_magics.services.comparisoncells import Event


class ComparisonView(Protocol):
    """What every form of a comparison has."""

    def begin(self) -> None:
        """Show that it begins."""

    def event(self, event: Event) -> None:
        """Show what happened; called in the thread of the cell."""

    def finish(self) -> None:
        """Show how it ended."""


class PanelComparison:
    """A comparison as a panel, which follows it by itself and stays."""

    def __init__(self, comparison: Comparison, publisher: Any) -> None:
        from ollama_magics.widgets.compare import LiveComparison

        self._live = LiveComparison(comparison, publisher=publisher)

    def begin(self) -> None:
        """Put the panel into the cell."""
        self._live.show()

    def event(self, event: Event) -> None:
        """The panel listens for itself."""

    def finish(self) -> None:
        """The panel has its saved form beside it already."""


class StaticComparison:
    """A comparison on a page without panels: the whole at its end."""

    def __init__(self, comparison: Comparison, show: Callable[[Document], None]) -> None:
        self._comparison, self._show = comparison, show

    def begin(self) -> None:
        """Nothing stands there yet."""

    def event(self, event: Event) -> None:
        """Nothing is shown before the end."""

    def finish(self) -> None:
        """Show the whole."""
        self._show(self._comparison.card())


class PlainComparison(PlainView):
    """A comparison as text: a row as soon as it and those before it are whole."""

    def __init__(self, comparison: Comparison, *, color: bool, out: TextIO | None = None) -> None:
        super().__init__(color=color, out=out)
        self._comparison = comparison
        self._written = 0

    def begin(self) -> None:
        """Write what is compared."""
        from ollama_magics.display.cards.comparison import comparing_title

        self._document(comparing_title(self._comparison))

    def event(self, event: Event) -> None:
        """Write every row that is whole."""
        if event.kind != "state":
            return
        cells = self._comparison.cells
        while self._written < len(cells) and all(cell.ended for cell in cells[self._written]):
            self._row(self._written)

    def finish(self) -> None:
        """Write what is left of an early end."""
        while self._written < len(self._comparison.cells):
            self._row(self._written)

    def _row(self, at: int) -> None:
        from ollama_magics.display.cards.comparison import row_card

        self._document(row_card(self._comparison, at))
        self._written += 1

    def _document(self, document: Document) -> None:
        self.write(f"{'' if self._written == 0 else chr(10)}{drawing.render(document, color=self._color)}\n")
