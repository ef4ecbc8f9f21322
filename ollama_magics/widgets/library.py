"""The views' code, held by one model a kernel and loaded once a page.

anywidget sends a widget's module with every instance; a panel of ours carries half a kilobyte that fetches this model's ``code``.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

import ipywidgets
import traitlets

from ollama_magics.errors import FileProblem

STATIC = Path(__file__).parent / "static"


class Library(ipywidgets.Widget):  # type: ignore[misc]
    """The model that holds the module of the views. It has no view of its own."""

    code = traitlets.Bytes(help="The module's text, gzipped: it goes to every page that opens the notebook.").tag(sync=True)
    version = traitlets.Unicode(help="SHA-256 of the module: a page loads each version once.").tag(sync=True)

    def __repr__(self) -> str:
        return "<Library>"


def read_static(name: str) -> str:
    """Return a built file of the front end.

    Raises:
        FileProblem: the front end has not been built.
    """
    try:
        return (STATIC / name).read_text("utf-8")
    except OSError as exc:
        raise FileProblem("the views of the panels are not built", hint="install the package again, or run `jlpm build:prod`") from exc


def is_built() -> bool:
    """Return whether there are views to show."""
    return (STATIC / "library.js").is_file() and (STATIC / "panel.js").is_file()


@cache
def library() -> Library:
    """Return this kernel's library, opened on first use."""
    code = read_static("library.js").encode()
    return Library(code=gzip.compress(code, mtime=0), version=hashlib.sha256(code).hexdigest())
