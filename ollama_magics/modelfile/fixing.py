"""Fixes made, as often as one mistake hides another."""

from __future__ import annotations

from collections.abc import Callable

from ollama_magics.modelfile.edit import encoded
from ollama_magics.modelfile.modelfile import Modelfile
from ollama_magics.modelfile.problems import Problem, apply_fixes

_ROUNDS = 10
"""Fixes do not fight each other; this ends it if two should."""


def fixed(file: Modelfile, wanted: Callable[[Problem], bool] = lambda problem: True) -> tuple[Modelfile, int]:
    """Return a Modelfile with every problem put right that has a certain fix, and how many fixes that took.

    Args:
        file: what to mend; it stays as it is.
        wanted: whether a problem is to be put right.

    Raises:
        UsageProblem: there is something to mend, and the Modelfile has bytes that are no character.
    """
    count = 0
    for _ in range(_ROUNDS):
        fixes = [problem.fix for problem in file.problems if problem.fix is not None and wanted(problem)]
        text = apply_fixes(file.source_text, fixes)
        if text == file.source_text:
            break
        file, count = Modelfile(encoded(file, text), first_line=file.first_line, folder=file.folder), count + len(fixes)
    return file, count
