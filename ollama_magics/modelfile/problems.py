"""What is wrong with a Modelfile, as data. How it looks is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that puts a problem right: replace the text between two offsets.

    Attributes:
        title: what it does, as a button says it.
        start: offset where the replaced text starts.
        end: offset behind it; equal to ``start`` for an insertion.
        text: what stands there afterwards.
    """

    title: str
    start: int
    end: int
    text: str

    def apply(self, source_text: str) -> str:
        """Return the text with the edit made."""
        return source_text[: self.start] + self.text + source_text[self.end :]


def apply_fixes(source_text: str, fixes: Iterable[Fix]) -> str:
    """Return the text with all these edits made at once; of two that touch the same place the first counts."""
    parts: list[str] = []
    at = 0
    for fix in sorted(fixes, key=lambda fix: (fix.start, fix.end)):
        if fix.start >= at:
            parts += [source_text[at : fix.start], fix.text]
            at = fix.end
    return "".join([*parts, source_text[at:]])


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or doubtful, and where.

    Attributes:
        code: stable, for example ``MF301``.
        name: stable words for the code, for example ``unknown-parameter``.
        severity: ``error`` if and only if a create would be refused because of it.
        message: the headline; it stands alone and names the thing.
        start: offset of the marked text in the Modelfile's ``source_text``.
        end: offset behind the marked text.
        line: line of ``start``, from 1.
        column: column of ``start`` in code points, from 1.
        end_line: line of ``end``.
        end_column: column of ``end``.
        help: what to do, or why; one or two sentences, empty when the message says it all.
        note: a few words to stand beside the marked text, for example ``did you mean temperature?``.
        fix: the edit, when one is certain.
    """

    code: str
    name: str
    severity: Severity
    message: str
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    help: str = ""
    note: str = ""
    fix: Fix | None = None

    @property
    def docs_url(self) -> str:
        """The page of its rule, relative to the root of the repository; ``ollama-magics help CODE`` prints the same."""
        return docs_url(self.code)


def docs_url(code: str) -> str:
    """Return where the page of a rule is, relative to the root of the repository."""
    return f"docs/rules/{code}.md"
