"""One place in a cell's output that changes: first a live panel, at the end its saved form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ollama_magics.display import html, text
from ollama_magics.display.segments import Document

PANEL_TYPE = "application/vnd.ollama-magics.panel+json"
"""Drawn by our JupyterLab extension: the live panel while its model is there, else the HTML of the same output."""

WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"


def saved(document: Document) -> dict[str, Any]:
    """Return the forms of ``document`` that are kept in a notebook."""
    return {"text/plain": text.render(document), "text/html": html.render(document)}


def live(model_id: str, document: Document) -> dict[str, Any]:
    """Return an output that is the panel ``model_id`` where a front end can show it, and ``document`` where it is read later.

    Source: ipywidgets 8, ``DOMWidget._repr_mimebundle_``.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {**saved(document), WIDGET_TYPE: view, PANEL_TYPE: {}}


class Place:
    """An output that can be replaced, from any thread and after its cell has ended.

    Args:
        publisher: has ``publish(data, metadata, transient=, update=)``, as IPython's display publisher.
    """

    def __init__(self, publisher: Any = None) -> None:
        self._publisher = publisher
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
