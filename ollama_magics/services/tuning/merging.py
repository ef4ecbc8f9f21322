"""Writing a tuned Modelfile back into a cell that may have changed meanwhile: a merge of three texts by lines."""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ollama_magics.modelfile.nodes import COMMANDS

_LONG = 2_000
"""Lines of two texts together, from which on their difference is not searched exhaustively."""


_INSTRUCTIONS = frozenset(command.upper() for command in COMMANDS)

Lines = tuple[str, ...]


class Change(NamedTuple):
    """What one side made of the lines from ``low`` to before ``high``."""

    low: int
    high: int
    lines: Lines


@dataclass(frozen=True)
class Place:
    """A run of lines of the text that both sides started from, and what each side made of it.

    Attributes:
        line: number of the first line in their text, from 1.
        base: the lines as both read them.
        ours: the lines here.
        theirs: the lines in the cell.
    """

    line: int
    base: Lines
    ours: Lines
    theirs: Lines

    @property
    def clashes(self) -> bool:
        """Whether both sides changed it, each in its own way."""
        return self.ours != self.theirs and self.base not in (self.ours, self.theirs)

    @property
    def merged(self) -> Lines:
        """Both changes: what both added at one place, one after the other; of what both changed, ours."""
        if self.clashes and not self.base:
            return self.theirs + self.ours
        return self.theirs if self.ours == self.base else self.ours


@dataclass(frozen=True)
class Merge:
    """Three texts brought together.

    Attributes:
        text: with the changes of both sides; where both changed the same lines, with ours; where both added some, with both.
        places: those that ours or theirs changed, in order.
    """

    text: str
    places: tuple[Place, ...]

    @property
    def theirs(self) -> list[Place]:
        """The places that the cell has changed and we have not made the same."""
        return [place for place in self.places if place.theirs not in (place.base, place.ours)]


def merge(base: str, ours: str, theirs: str) -> Merge:
    """Return the changes from ``base`` to ``ours`` made in ``theirs``.

    Line ends and the end of the text stay as they are in ``theirs``.

    Examples:
        >>> merged = merge("FROM a\\nPARAMETER seed 1\\n", "FROM a\\nPARAMETER seed 2\\n", "# mine\\nFROM a\\nPARAMETER seed 1\\n")
        >>> merged.text, len(merged.theirs)
        ('# mine\\nFROM a\\nPARAMETER seed 2\\n', 1)
    """
    sides = _lines(base), _lines(ours), _lines(theirs)
    lines: list[str] = []
    places: list[Place] = []
    line = 1
    for part in _regions(*sides):
        place = Place(line, *part)
        line += len(place.theirs)
        if place.ours != place.base or place.theirs != place.base:
            places.append(place)
        lines += place.merged
    return Merge(_joined(lines, theirs), tuple(places))


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _joined(lines: Sequence[str], like: str) -> str:
    line_end = "\r\n" if "\r\n" in like else "\n"
    return line_end.join(lines) + (line_end if lines and (like.endswith("\n") or not like) else "")


def _regions(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[tuple[Lines, Lines, Lines]]:
    """Yield base, ours and theirs in pieces that together are the whole texts; changes that do not overlap are pieces of their own."""
    sides = [deque(_changes(base, ours)), deque(_changes(base, theirs))]
    at = 0
    while sides[0] or sides[1]:
        group: list[list[Change]] = [[], []]
        first = min((side for side in sides if side), key=lambda side: (side[0].low, side[0].high))
        low, high = first[0].low, first[0].high
        growing = True
        while growing:
            growing = False
            for side, taken in zip(sides, group, strict=True):
                while side and ((side is first and not any(group)) or _overlap(side[0], low, high)):
                    taken.append(side.popleft())
                    high = max(high, taken[-1].high)
                    growing = True
        if low > at:
            kept = tuple(base[at:low])
            yield kept, kept, kept
        yield tuple(base[low:high]), _made(base, low, high, group[0]), _made(base, low, high, group[1])
        at = high
    rest = tuple(base[at:])
    yield rest, rest, rest


def _overlap(change: Change, low: int, high: int) -> bool:
    """Whether a change touches the lines from ``low`` to before ``high``; two insertions at one place touch, neighbours do not."""
    if change.low == change.high or low == high:
        return (change.low == low and change.high == high) or low < change.low < high
    return change.low < high and change.high > low


def _made(base: list[str], low: int, high: int, changes: list[Change]) -> Lines:
    lines: list[str] = []
    for change in changes:
        lines += [*base[low : change.low], *change.lines]
        low = change.high
    return tuple(lines + base[low:high])


def _changes(before: list[str], after: list[str]) -> Iterator[Change]:
    """Yield the changes between two texts, as small as can be: a line for the line that it stands for."""
    low = left = 0
    for a, b, size in [*matching(before, after), (len(before), len(after), 0)]:
        yield from _apart(before[low:a], after[left:b], low)
        low, left = a + size, b + size


def _apart(gone: list[str], came: list[str], at: int) -> Iterator[Change]:
    """Yield a change of several lines as changes of lines that set the same thing, and of what stands between them."""
    pairs = [(n, n, 1) for n in range(len(gone))] if len(gone) == len(came) else []
    if not pairs and gone and came and len(gone) + len(came) <= _LONG:
        matcher = difflib.SequenceMatcher(None, [*map(subject, gone)], [*map(subject, came)], autojunk=False)
        pairs = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks()]
    low = left = 0
    for a, b, size in [*pairs, (len(gone), len(came), 0)]:
        if a > low or b > left:
            yield Change(at + low, at + a, tuple(came[left:b]))
        yield from (Change(at + a + n, at + a + n + 1, (came[b + n],)) for n in range(size))
        low, left = a + size, b + size


def subject(line: str) -> str:
    """Return what a line of a Modelfile sets: its instruction, and of a parameter the name too; of other lines the line itself.

    Examples:
        >>> subject("parameter top_k 5"), subject("SYSTEM hello"), subject("  hello, world")
        ('PARAMETER top_k', 'SYSTEM', '  hello, world')
    """
    words = line.split(maxsplit=2)
    if not words or words[0].upper() not in _INSTRUCTIONS:
        return line
    return " ".join([words[0].upper(), *(words[1:2] if words[0].upper() in ("PARAMETER", "MESSAGE") else ())])


def matching(before: list[str], after: list[str]) -> Iterator[tuple[int, int, int]]:
    """Yield the starts and the length of runs of items that both have, in order.

    What is the same at both ends is found first: a change of one word in a long text costs no search.
    """
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    if start:
        yield 0, 0, start
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > _LONG)
    for a, b, size in matcher.get_matching_blocks():
        if size:
            yield a + start, b + start, size
    if end:
        yield len(before) - end, len(after) - end, end
