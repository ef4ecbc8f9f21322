"""What the labextension shows about the model server that this Jupyter Server would use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ollama_magics import __version__
from ollama_magics.errors import OllamaMagicsError
from ollama_magics.services.servers import Server


def status(find: Callable[[], Server]) -> dict[str, Any]:
    """Return version of the package and either the server found or why there is none.

    Args:
        find: looks for the server without starting one.

    Returns:
        ``version`` of this package; ``server`` with ``url``, ``kind``, ``version`` and ``label``, or None;
        ``problem`` with ``code``, ``message`` and ``hint``, or None.
    """
    try:
        found = find()
    except OllamaMagicsError as error:
        problem = {"code": error.code, "message": error.message, "hint": error.hint}
        return {"version": __version__, "server": None, "problem": problem}
    server = {"url": found.url, "kind": found.kind, "version": found.version, "label": found.label}
    return {"version": __version__, "server": server, "problem": None}
