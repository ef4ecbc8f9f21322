"""The names that somebody may have meant by a name that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable


def distance(left: str, right: str, limit: int) -> int:
    """Return how many single slips turn ``left`` into ``right``, at most ``limit + 1``.

    A slip is a character too many, missing, wrong, or exchanged with its neighbour (optimal string alignment distance).

    Examples:
        >>> distance("SYTSEM", "SYSTEM", 3), distance("temprature", "temperature", 3), distance("a", "wxyz", 2)
        (1, 1, 3)
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        above, before_above = row, before
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before_above[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before = above
    return min(row[-1], limit + 1)


def nearest(word: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """Return up to ``limit`` candidates that ``word`` may be a slip of, the nearest first.

    Case, and ``-`` for ``_``, count as no slip. Up to one slip in three characters is forgiven; a candidate that begins with the word
    (three characters or more) counts as one slip, a candidate that has it as one of its parts as two.

    Examples:
        >>> nearest("temprature", ["top_p", "temperature", "top_k"])
        ['temperature']
        >>> nearest("num-ctx", ["num_ctx", "num_gpu"])[0]
        'num_ctx'
        >>> nearest("stop_words", ["seed"])
        []
    """
    wanted = _folded(word)
    if not wanted or len(wanted) > 200:
        return []
    rated = {(slips, name) for name in candidates if (slips := _slips(wanted, _folded(name))) is not None}
    return [name for _, name in sorted(rated)][:limit]


def _slips(wanted: str, name: str) -> int | None:
    allowed = max(1, len(wanted) // 3)
    slips = distance(wanted, name, allowed)
    if slips <= allowed:
        return slips
    if len(wanted) < 3:
        return None
    if name.startswith(wanted):
        return 1
    return 2 if wanted in re.split("[_:/]", name) else None


def _folded(name: str) -> str:
    return name.casefold().replace("-", "_")
