"""What a rule is: data about it, and findings made with it."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_magics.modelfile.problems import Fix, Severity, docs_url


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong with a Modelfile.

    Attributes:
        code: ``MF`` and a number; the hundreds are the family. Never given to another rule.
        name: the same in words.
        severity: ``error`` if and only if a create would be refused.
        summary: one sentence, for lists of rules.
        bad: a Modelfile that breaks the rule.
        good: the same put right.
        files: names that are in the folder of the bad example; such a rule needs to know the folder of a Modelfile.
        given: what only a server knows and the bad example needs, in words; such a rule is looked for where a server is asked.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    bad: str
    good: str
    files: tuple[str, ...] = ()
    given: str = ""

    @property
    def always_checked(self) -> bool:
        """Whether it is looked for in every Modelfile, whatever is known besides its text."""
        return not self.files and not self.given

    @property
    def needs_folder(self) -> bool:
        """Whether it is looked for only where the folder of the Modelfile is known."""
        return bool(self.files)

    @property
    def docs_url(self) -> str:
        """Its page, relative to the root of the repository."""
        return docs_url(self.code)

    def at(self, start: int, end: int, message: str, *, help: str = "", note: str = "", fix: Fix | None = None) -> Finding:
        """Return a finding of this rule for the text from ``start`` to ``end``."""
        return Finding(self, start, end, message, help, note, fix)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule broken at a place, before lines and columns are known; fields as in `Problem`."""

    rule: Rule
    start: int
    end: int
    message: str
    help: str
    note: str
    fix: Fix | None
