"""Completion of magics and of the Modelfiles in their cells, by the kernel: every front end has it, with no extension of its own.

Source: IPython, ``IPython.core.completer`` (matcher API version 2, since 8.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ollama_magics.magics.completion.choices import Choice, Found
from ollama_magics.magics.completion.lines import in_line
from ollama_magics.magics.completion.modelfiles import in_modelfile

if TYPE_CHECKING:
    from ollama_magics.magics.session import Session

__all__ = ["Choice", "Found", "NobodyElse", "candidates", "complete"]


class NobodyElse(list[Any]):
    """Completions that are all there are, also when there is none: a name of Python is no answer in a Modelfile.

    Source: IPython, ``Completer._complete`` lets a matcher silence the others when ``len()`` of its completions is not 0.
    """

    def __len__(self) -> int:
        return max(1, super().__len__())


def complete(session: Session, context: Any) -> dict[str, Any]:
    """Return what completes the text before the cursor, in IPython's form; empty outside of our magics."""
    from IPython.core.completer import SimpleCompletion

    found = candidates(session, context.full_text, context.cursor_line, context.text_until_cursor)
    if found is None:
        return {"completions": []}
    return {
        "completions": NobodyElse(SimpleCompletion(choice.text, type=choice.about or found.kind) for choice in found.choices),
        "matched_fragment": found.fragment,
        "suppress": True,
        "ordered": True,
    }


def candidates(session: Session, cell: str, cursor_line: int, before: str) -> Found | None:
    """Return the completions at a place, or None when the place is not ours.

    Args:
        cell: the whole cell.
        cursor_line: 0-based line of the cursor in it.
        before: the cursor's line up to the cursor.
    """
    lines = cell.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if cursor_line > first and lines[first].startswith("%%"):
        if lines[first].split()[0] != "%%modelfile":
            return None
        body = "\n".join([*lines[first + 1 : cursor_line], before])
        return in_modelfile(session, body)
    return in_line(session, before)
