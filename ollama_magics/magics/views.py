"""What stands in a cell while its work runs, on a page: a live panel once the work has lasted, else only the result.

The same three calls drive every view: `update` or `delta` for what is reported, `tick` while nothing is, `finish` for the result.
Views as text are in ``magics.plain``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.display.segments import Document
    from ollama_magics.services.conversation import Delta
    from ollama_magics.services.progress import Progress

ANSWER_AFTER_S = 0.1


class PageView:
    """A view on a page: opens a panel of ``ollama_magics.widgets.live`` when the work has lasted ``after_s`` seconds.

    Args:
        open_panel: makes the panel, or returns None where there are none; then only the result is shown.
        show: shows a document in the cell.
        after_s: seconds before the panel is opened.
        clock: seconds.
    """

    def __init__(
        self,
        open_panel: Callable[[], Any],
        show: Callable[[Document], None],
        *,
        after_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_panel: Callable[[], Any] | None = open_panel
        self._show, self._after_s, self._clock = show, after_s, clock
        self._began = clock()
        self._panel: Any = None
        self._cancel: CancelToken | None = None
        self._held: list[Any] = []
        self.settled = False

    @property
    def stopped(self) -> bool:
        """Whether Cancel or Stop was pressed."""
        return self._panel is not None and bool(self._panel.stopped)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # The card of an error takes the panel's place; whoever draws the error settles it.
        if error is None and not self.settled and self._panel is not None:
            self._panel.close()

    def cancels(self, cancel: CancelToken) -> CancelToken:
        """Return ``cancel``, which the panel's button turns."""
        self._cancel = cancel
        if self._panel is not None:
            self._panel.cancels(cancel)
        return cancel

    def update(self, step: Progress) -> None:
        """Show one step of a create."""
        self._take(step, "update")

    def delta(self, piece: Delta) -> None:
        """Show one piece of an answer."""
        self._take(piece, "delta")

    def tick(self) -> None:
        """Open the panel if it is time."""
        if self._panel is None and self._open_panel is not None and self._clock() - self._began >= self._after_s:
            open_panel, self._open_panel = self._open_panel, None
            self._panel = open_panel()
            if self._panel is None:
                self._held.clear()
                return
            self._panel.__enter__()
            if self._cancel is not None:
                self._panel.cancels(self._cancel)
            for name, item in self._held:
                getattr(self._panel, name)(item)
            self._held.clear()

    def finish(self, document: Document, answer: Any = None) -> None:
        """Show the result, in the panel's place if there is one."""
        self.settled = True
        if self._panel is None:
            self._show(document)
        elif answer is None:
            self._panel.finish(document)
        else:
            self._panel.finish(document, answer)

    def settle(self, document: Document) -> None:
        """Show the card of an error, in the panel's place if there is one."""
        self.settled = True
        if self._panel is None:
            self._show(document)
        else:
            self._panel.settle(document)

    def _take(self, item: Any, name: str) -> None:
        self.tick()
        if self._panel is not None:
            getattr(self._panel, name)(item)
        elif self._open_panel is not None:
            self._held.append((name, item))
