"""Edits that several rules offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_magics.modelfile.problems import Fix

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile
    from ollama_magics.modelfile.nodes import Value


def comment_apart(file: Modelfile, value: Value) -> Fix | None:
    """Return the edit that puts a comment behind a value on a line of its own; None when there is none."""
    written = file.source_text[value.start : value.end]
    before, hash_, _ = written.partition(" #")
    if value.mark or not hash_ or not before.strip():
        return None
    at = value.start + len(before)
    gap = at - (len(before) - len(before.rstrip(" \t")))
    return Fix("Put the comment on a line of its own", gap, at + 1, "\n")
