"""One place in a cell's output that changes: first a live panel, at the end its saved form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from ollama_magics.display import html, text
from ollama_magics.display.segments import Document, Paragraph

PANEL_TYPE = "application/vnd.ollama-magics.panel+json"
"""Drawn by our JupyterLab extension: the live panel while its model is there, else the HTML of the same output, with the buttons that
its data asks for."""

WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"


def saved(document: Document) -> dict[str, Any]:
    """Return the forms of ``document`` that are kept in a notebook."""
    forms = {"text/plain": text.render(document), "text/html": html.render(document)}
    return {**forms, PANEL_TYPE: dict(document.page)} if document.page is not None else forms


def live(model_id: str, document: Document, *, lost: Document | None = None) -> dict[str, Any]:
    """Return an output that is the panel ``model_id`` where a front end can show it, and ``document`` where it is read later.

    Args:
        model_id: the model of the panel.
        document: what is read without the panel.
        lost: what takes its place when the kernel goes while the panel is on the page, where that is not ``document``.

    Source: ipywidgets 8, ``DOMWidget._repr_mimebundle_``.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {PANEL_TYPE: {"lost": saved(lost)} if lost else {}, **saved(document), WIDGET_TYPE: view}


_redirected: ContextVar[Any] = ContextVar("ollama_magics_publisher", default=None)


@contextmanager
def into(publisher: Any) -> Iterator[None]:
    """Let ``publisher`` take what this thread shows meanwhile, and what panels that it opens show later, in place of the cell."""
    before = _redirected.set(publisher)
    try:
        yield
    finally:
        _redirected.reset(before)


def running(model_id: str, waiting: str) -> dict[str, Any]:
    """Return an output that is the panel of work under way: one line where it is read later, and word of it when the kernel goes first."""
    line = Paragraph(waiting)
    return live(model_id, Document((line,)), lost=Document((line, Paragraph("The kernel ended before this was done."))))


def show(bundle: Mapping[str, Any]) -> None:
    """Show ``bundle`` once and for all."""
    (_redirected.get() or _shell_publisher()).publish(data=dict(bundle), metadata={}, transient={}, update=False)


class Place:
    """An output that can be replaced, from any thread and after its cell has ended.

    Args:
        publisher: has ``publish(data, metadata, transient=, update=)``, as IPython's display publisher.
    """

    def __init__(self, publisher: Any = None) -> None:
        self._publisher = _redirected.get() or publisher
        self._id = f"ollama-magics-{uuid4().hex}"
        self._shown = False

    def show(self, bundle: Mapping[str, Any]) -> None:
        """Show ``bundle``, in the place of what was shown before."""
        publisher = self._publisher or _shell_publisher()
        publisher.publish(data=dict(bundle), metadata={}, transient={"display_id": self._id}, update=self._shown)
        self._shown = True


def _shell_publisher() -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    return InteractiveShell.instance().display_pub
