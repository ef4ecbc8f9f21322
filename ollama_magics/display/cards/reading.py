"""Reading results whose types live in layers above or beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read(source: Any, *names: str, default: Any = None) -> Any:
    """Return the first of ``names`` that ``source`` has as key or attribute with a value, else ``default``."""
    for name in names:
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        if value is not None:
            return value
    return default


def server_label(server: Any) -> str:
    """Return how a server is called: its ``label``, or the text itself; empty for None."""
    if server is None or isinstance(server, str):
        return server or ""
    return str(read(server, "label", "url", default=server))


def named(name: str) -> str:
    """Return a model's name without the tag that everybody leaves out."""
    return name.removesuffix(":latest")


def is_teaching_model(name: str, server: Any) -> bool:
    """Whether ``name`` is the small model that comes with the built-in server."""
    return named(name) == "tutor" and read(server, "kind") == "embedded"
