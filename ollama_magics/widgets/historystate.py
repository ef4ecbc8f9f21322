"""What the panel of a history shows, worked out from versions without a page: the timeline, a difference, parameters, answers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from ollama_magics.display.diff import mark_words
from ollama_magics.display.quantities import count, moment
from ollama_magics.display.segments import DiffLine, spans
from ollama_magics.modelfile import Modelfile, parse
from ollama_magics.services.changes import comparable, parameter_rows
from ollama_magics.services.history import History
from ollama_magics.services.versionstore import Answered, Version

FIRST_LINE = 2
"""Lines are counted as in the cell that creates the model: the magic's own line is 1."""

_CONTEXT = 2
_LONG = 2_000
"""Lines of two texts together, from which on their difference is not searched exhaustively."""

_SHOWN_LINES = 2_000
"""Lines that are drawn at most; a Modelfile of more is shown whole by ``--show``."""


class TimelineRow(TypedDict):
    """One version in the timeline; ``key`` is its number, or ``n`` and a number for one that only this notebook has."""

    key: str
    label: str
    name: str
    time: str
    words: str
    on_server: bool


class Line(TypedDict):
    """One line of a text or a difference; ``sign`` is ``@`` for a heading, pieces are texts with ``ins``, ``del`` or nothing."""

    number: int | None
    sign: str
    pieces: list[tuple[str, str]]


class ParameterRow(TypedDict):
    """A parameter in two versions; ``origin`` says where the newer value is from, ``set`` is whether the text itself sets it."""

    name: str
    old: str
    new: str
    changed: bool
    set: bool
    origin: str


class AnswerRow(TypedDict):
    """The last or the best answer to a question."""

    question: str
    answer: str
    best: bool
    more: str


class Action(TypedDict, total=False):
    """A button: ``do`` is what the view does, ``params`` go with it."""

    do: str
    label: str
    icon: str
    primary: bool
    params: dict[str, Any]


class Detail(TypedDict):
    """The right side: one version against another, or its whole text."""

    key: str
    title: str
    facts: str
    old: str
    lines: list[Line]
    cut: str
    whole: bool
    parameters: list[ParameterRow]
    answers: list[AnswerRow]
    actions: list[Action]


class Held(NamedTuple):
    """A version as a card of this notebook keeps it: where it was made and by which cell."""

    version: Version
    model: str
    server: str
    cell: int | None


def timeline(history: History | None, foreign: Mapping[str, Held], now: datetime, wanted: str = "") -> list[TimelineRow]:
    """Return the versions that have all words of ``wanted`` in them, the newest first, those that only this notebook has last."""
    rows = [_row(history, version, now) for version in reversed(history.versions)] if history else []
    rows += [_foreign_row(key, held, now) for key, held in foreign.items()]
    if not wanted.strip():
        return rows
    texts = {str(version.number): version.modelfile for version in (history or ())}
    texts |= {key: held.version.modelfile for key, held in foreign.items()}
    sought = wanted.casefold().split()
    return [row for row in rows if _has(f"{row['label']} {row['name']} {row['words']} {row['time']} {texts[row['key']]}", sought)]


def _has(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _row(history: History, version: Version, now: datetime) -> TimelineRow:
    return {
        "key": str(version.number),
        "label": f"v{version.number}",
        "name": version.label,
        "time": moment(version.created_at, now),
        "words": history.words(version.number),
        "on_server": version.number == history.on_server,
    }


def _foreign_row(key: str, held: Held, now: datetime) -> TimelineRow:
    return {
        "key": key,
        "label": f"v{held.version.number} of this notebook",
        "name": "",
        "time": moment(held.version.created_at, now),
        "words": f"made on {held.server or 'another server'}, not stored here",
        "on_server": False,
    }


def held_versions(cards: Iterable[Any]) -> list[Held]:
    """Return the versions that cards of this notebook keep; anything may stand in a notebook."""
    return [held for held in map(_read, cards) if held is not None]


def _read(card: Any) -> Held | None:
    if not isinstance(card, Mapping):
        return None
    model, server, digest, quantize, text = (card.get(key) for key in ("model", "server", "digest", "quantize", "text"))
    number, at, cell = card.get("number"), card.get("at"), card.get("cell")
    if not (isinstance(model, str) and isinstance(server, str) and isinstance(digest, str) and isinstance(quantize, str)):
        return None
    if not (isinstance(text, str) and text.strip() and isinstance(number, int) and isinstance(at, int | float) and 0 <= at < 1e11):
        return None
    made = Version(number, text, digest, at=float(at), quantize=quantize)
    return Held(made, model, server, cell if isinstance(cell, int) else None)


def foreign_versions(history: History | None, held: Iterable[Held]) -> dict[str, Held]:
    """Return the versions that only this notebook has, under keys of their own."""
    known = {version.modelfile.strip() for version in (history or ())}
    found: dict[str, Held] = {}
    for one in held:
        if one.version.modelfile.strip() not in known:
            known.add(one.version.modelfile.strip())
            found[f"n{len(found)}"] = one
    return found


def cell_of(version: Version, held: Iterable[Held]) -> int | None:
    """Return the number of the cell of this notebook that created a version."""
    cells = [one.cell for one in held if version.digest and one.version.digest == version.digest and one.version.number == version.number]
    return cells[-1] if cells else None


def facts(before: Version | None, version: Version, cell: int | None, now: datetime) -> str:
    """Return what is to be said of a version beside its number."""
    parts = [f"against {title_of(before)}" if before else "the first that is known"]
    made = "found" if version.elsewhere else "created"
    parts.append(f"{made} {moment(version.created_at, now)}" + (f" by cell [{cell}]" if cell else ""))
    if version.elsewhere:
        parts.append("made elsewhere")
    if version.digest:
        parts.append(f"id {version.digest[:12]}")
    return " · ".join(parts)


def title_of(version: Version) -> str:
    """Return ``v4``."""
    return f"v{version.number}"


def difference_lines(before: Version | None, after: Version) -> tuple[list[Line], str]:
    """Return the difference of two versions with lines around it, as numbered in the cell, and a sentence where it is cut."""
    if before is None:
        return whole_lines(after.modelfile)
    old, new = (_split(text) for text in comparable(before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) + len(new) >= _LONG)
    headings = _headings("\n".join(new))
    lines: list[Line] = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        lines += _hunk(group, old, new, headings)
        if len(lines) > _SHOWN_LINES:
            return lines[:_SHOWN_LINES], "The difference goes on. %ollama history --diff shows all of it."
    return lines, ""


def _hunk(group: Sequence[tuple[str, int, int, int, int]], old: list[str], new: list[str], headings: Mapping[int, str]) -> Iterator[Line]:
    first, at = group[0][1], group[0][3]
    heading = headings.get(at, "")
    if heading or first:
        yield {"number": None, "sign": "@", "pieces": [(heading or "⋯", "")]}
    raw: list[DiffLine] = []
    for tag, low, high, new_low, new_high in group:
        if tag == "equal":
            raw += [DiffLine(" ", line) for line in old[low:high]]
        else:
            raw += [DiffLine("-", line) for line in old[low:high]] + [DiffLine("+", line) for line in new[new_low:new_high]]
    for line in mark_words(raw):
        number = first if line.sign == "-" else at
        first += line.sign in "- "
        at += line.sign in "+ "
        yield {"number": number + FIRST_LINE, "sign": line.sign, "pieces": [(span.text, span.style) for span in spans(line.text)]}


def _headings(text: str) -> dict[int, str]:
    """Return for each line inside a text of several lines the instruction that it belongs to."""
    file = parse(text)
    inside: dict[int, str] = {}
    for node in file.instructions:
        low, high = file.lines.position(node.start).line, file.lines.position(node.end).line
        inside |= dict.fromkeys(range(low, high), node.name.upper())
    return inside


def whole_lines(text: str) -> tuple[list[Line], str]:
    """Return a text line by line, and a sentence where it is cut."""
    lines = _split(text)
    cut = f"{count(len(lines) - _SHOWN_LINES, 'further line')} are not shown. Copy as cell has them." if len(lines) > _SHOWN_LINES else ""
    made: list[Line] = [{"number": at, "sign": " ", "pieces": [(line, "")]} for at, line in enumerate(lines[:_SHOWN_LINES], FIRST_LINE)]
    return made, cut


def _split(text: str) -> list[str]:
    """Return the lines as a cell counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


def parameter_table(before: Version | None, after: Version) -> list[ParameterRow]:
    """Return the parameters of two versions, those that differ first."""
    places = _places(parse(after.modelfile, first_line=FIRST_LINE))
    base = parse(after.modelfile).base or "the base"
    rows: list[ParameterRow] = []
    for name, old, new, inherited in parameter_rows(before, after):
        origin = f"from {base}" if inherited else f"set, line {places[name]}" if name in places else "not set any more" if old else "set"
        row: ParameterRow = {
            "name": name,
            "old": old,
            "new": new,
            "changed": before is not None and old != new,
            "set": not inherited and bool(new),
            "origin": origin,
        }
        rows.append(row)
    return sorted(rows, key=lambda row: not row["changed"])


def _places(file: Modelfile) -> dict[str, int]:
    """Return the line of each parameter that a text sets, of several the last."""
    return {node.command[0]: file.line_number(node.start) for node in file.instructions if node.command is not None}


def answer_rows(answers: Sequence[Answered]) -> list[AnswerRow]:
    """Return each question once, the last asked first, with the answer that was called the best, else the last."""
    asked: dict[str, list[Answered]] = {}
    for answer in answers:
        asked.setdefault(answer.question, []).append(answer)
    newest = sorted(asked.values(), key=lambda given: given[-1].at, reverse=True)
    return [_answer(given) for given in newest]


def _answer(given: list[Answered]) -> AnswerRow:
    shown = next((answer for answer in reversed(given) if answer.best), given[-1])
    more = f"{len(given)} answers" if len(given) > 1 else ""
    return {"question": _one_line(shown.question), "answer": _one_line(shown.answer), "best": shown.best, "more": more}


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:299]}…"
