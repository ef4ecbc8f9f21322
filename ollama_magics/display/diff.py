"""Differences between two texts, by lines and by the words in changed lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from ollama_magics.display.segments import DiffLine, Span, Style, plain

_WORD = re.compile(r"\s+|[\w.,'’-]*\w|[^\w\s]")
_SIMILAR = 0.3  # below this share of equal words, marking single words is noise: the whole line is marked
_LONGEST = 400  # words of a line that are compared; matching is quadratic


def line_diff(before: Sequence[str], after: Sequence[str], *, context: int = 0) -> tuple[DiffLine, ...]:
    """Return the lines that went and came, with the changed words marked and ``context`` kept lines around them."""
    lines: list[DiffLine] = []
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(context):
        for tag, low, high, new_low, new_high in group:
            if tag == "equal":
                lines += [DiffLine(" ", line) for line in before[low:high]]
            else:
                lines += [DiffLine("-", line) for line in before[low:high]]
                lines += [DiffLine("+", line) for line in after[new_low:new_high]]
    return mark_words(lines)


def from_strings(lines: Iterable[str | DiffLine]) -> tuple[DiffLine, ...]:
    """Return diff lines of strings that begin with their sign (``- ``, ``+ ``, ``@ `` or a blank), with the changed words marked."""
    parsed = [_parse(line) if isinstance(line, str) else line for line in lines]
    return mark_words(parsed)


def _parse(line: str) -> DiffLine:
    sign, rest = line[:1], line[2:] if line[1:2] == " " else line[1:]
    if sign == "-":
        return DiffLine("-", rest)
    if sign == "+":
        return DiffLine("+", rest)
    if sign == "@":
        return DiffLine("@", rest)
    return DiffLine(" ", rest if sign == " " else line)


def mark_words(lines: Sequence[DiffLine]) -> tuple[DiffLine, ...]:
    """Mark the words that differ, line against line, in each run of gone lines that new lines follow."""
    return tuple(marked for run in _runs(lines) for marked in _mark_run(run))


def _runs(lines: Sequence[DiffLine]) -> Iterator[list[DiffLine]]:
    """Yield runs of lines: gone lines with the new ones after them, or anything else alone."""
    run: list[DiffLine] = []
    for line in lines:
        joins = run and ((line.sign == "-" and run[-1].sign == "-") or (line.sign == "+" and run[-1].sign in "-+"))
        if run and not joins:
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _mark_run(run: list[DiffLine]) -> list[DiffLine]:
    """Return a run with each new line right after the gone line it stands for, and with their words marked."""
    gone, came = [line for line in run if line.sign == "-"], [line for line in run if line.sign == "+"]
    if not (gone and came):
        return run
    out: list[DiffLine] = []
    matcher = SequenceMatcher(None, [_subject(line) for line in gone], [_subject(line) for line in came], autojunk=False)
    for tag, low, high, new_low, new_high in matcher.get_opcodes():
        old, new = gone[low:high], came[new_low:new_high]
        pairs = [_mark_pair(*pair) for pair in zip(old, new, strict=False)]
        if tag == "equal":
            out += [line for pair in pairs for line in pair]
        else:
            out += [pair[0] for pair in pairs] + old[len(pairs) :] + [pair[1] for pair in pairs] + new[len(pairs) :]
    return out


def _subject(line: DiffLine) -> str:
    """Return what a line of a Modelfile sets: its instruction, and of a parameter the name too."""
    words = plain(line.text).split(maxsplit=2)
    return " ".join(words[:2] if words[:1] == ["PARAMETER"] else words[:1])


def _mark_pair(gone: DiffLine, came: DiffLine) -> tuple[DiffLine, DiffLine]:
    before, after = _WORD.findall(plain(gone.text)), _WORD.findall(plain(came.text))
    matcher = SequenceMatcher(None, before[:_LONGEST], after[:_LONGEST], autojunk=False)
    if len(before) > _LONGEST or len(after) > _LONGEST or matcher.ratio() < _SIMILAR:
        return gone, came
    left: list[tuple[str, Style]] = []
    right: list[tuple[str, Style]] = []
    for tag, low, high, new_low, new_high in matcher.get_opcodes():
        changed = tag != "equal"
        left.append(("".join(before[low:high]), "del" if changed else ""))
        right.append(("".join(after[new_low:new_high]), "ins" if changed else ""))
    return DiffLine("-", _joined(left)), DiffLine("+", _joined(right))


def _joined(parts: list[tuple[str, Style]]) -> tuple[Span, ...]:
    """Return the parts as spans; blanks between two changed parts count as changed, so that a changed phrase is one mark."""
    filled = [part for part in parts if part[0]]
    out: list[tuple[str, Style]] = []
    for at, (text, style) in enumerate(filled):
        between = not style and text.isspace() and 0 < at < len(filled) - 1 and filled[at - 1][1] and filled[at + 1][1]
        style = filled[at - 1][1] if between else style
        if out and out[-1][1] == style:
            out[-1] = (out[-1][0] + text, style)
        else:
            out.append((text, style))
    return tuple(Span(text, style) for text, style in out)
