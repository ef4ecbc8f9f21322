"""Modelfiles from disk or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from ollama_magics.errors import FileProblem


def read_modelfile(name: str, hint: str = "") -> tuple[bytes, Path]:
    """Return the bytes of the Modelfile ``name`` (``-`` is standard input) and the folder its paths are relative to.

    Args:
        name: the path.
        hint: what to do where it cannot be read.

    Raises:
        FileProblem: it cannot be read.
    """
    if name == "-":
        return sys.stdin.buffer.read(), Path.cwd()
    path = Path(name)
    try:
        return path.read_bytes(), path.resolve().parent
    except OSError as exc:
        raise FileProblem(f"cannot read the Modelfile {name}: {exc.strerror or exc}", hint=hint) from exc
