"""The state of the comparison panel, made of a comparison: every word that is shown, and nothing that is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from ollama_magics.display.cards.comparison import UNTOLD, figures_text, letter, spoken_columns, spoken_place, spoken_seeds, spoken_verdict
from ollama_magics.display.quantities import count
from ollama_magics.text.worddiff import Span, word_difference

NO_PICK = -1
SAME = -2

_LISTED = 9
"""Places in the queue that are told; one that moves changes them all."""

_ALIKE = 0.25
"""Below this share of common words marks would cover the whole answer and say nothing."""


class CellState(TypedDict):
    """One answer as it is drawn; ``marks`` are offsets in UTF-16 units of what the other answers have otherwise."""

    state: str
    answer: str
    note: str
    figures: str
    error: str
    hint: str
    marks: list[list[int]]
    differs: str
    can_pick: bool
    can_retry: bool
    can_stop: bool


class RowState(TypedDict):
    """One row; ``pick`` is the place of the best cell, `NO_PICK` or `SAME`."""

    row: int
    prompt: str
    place: str
    pick: int
    cells: list[CellState]


class HeadState(TypedDict):
    """What stands over a column; ``wins`` is empty while it has won no row."""

    name: str
    about: str
    wins: str


class JudgingState(TypedDict):
    """The row that is judged while names are hidden; ``ready`` when all its answers are there."""

    words: str
    ready: bool
    keys: bool


class CompareState(TypedDict):
    """The whole panel. ``judging`` is there only while names are hidden, and then ``rows`` holds that one row."""

    title: str
    progress: str
    running: bool
    failed: bool
    facts: str
    blind: bool
    marking: bool
    corner: list[str]
    columns: list[HeadState]
    rows: list[RowState]
    judging: JudgingState | None
    verdict: str
    said: str


def head_words(comparison: Any, cells: Sequence[Sequence[Any]], elapsed_s: float) -> dict[str, Any]:
    """Return the keys of the head: title, progress, whether something is under way or failed.

    Args:
        elapsed_s: seconds since the first cell was asked.
    """
    every = [cell for row in cells for cell in row]
    ended = sum(cell.ended for cell in every)
    failed = sum(cell.state == "error" for cell in every)
    stopped = sum(cell.state == "stopped" for cell in every)
    running = ended < len(every)
    done = f"{ended} of {len(every)} done" if running else count(sum(cell.answered for cell in every), "answer")
    parts = [done + (f", {failed} failed" if failed else "") + (f", {stopped} stopped" if stopped else "")]
    if running and elapsed_s >= 2 and ended:
        parts.append(f"{max(round(elapsed_s / ended * (len(every) - ended)), 1)} s left")
    title = f"{'Comparing' if running else 'Compared'} {spoken_columns(comparison)}"
    return {"title": title, "progress": " · ".join(parts), "running": running, "failed": bool(failed)}


def heads(comparison: Any) -> list[HeadState]:
    """Return what stands over the columns."""
    if comparison.blind:
        return [HeadState(name=letter(at), about="", wins="") for at in range(len(comparison.columns))]
    tally = comparison.tally
    return [HeadState(name=column.label, about=column.about, wins=str(tally[column.label] or "")) for column in comparison.columns]


def corner(comparison: Any) -> list[str]:
    """Return the two lines of the corner: how many prompts, and what is the same in every cell."""
    seeds = spoken_seeds(comparison.seeds)
    own = any("seed" in column.options for column in comparison.columns)
    same = seeds if own else f"{seeds} in every cell" if len(comparison.seeds) == 1 else f"{seeds}, the same in a row"
    return [count(len(comparison.prompts), "prompt"), same]


def facts(comparison: Any) -> str:
    """Return the line of the foot: the server, how many it answers at a time."""
    server = comparison.server.label if comparison.server else ""
    at_once = f"{comparison.at_once} at a time, as the server allows" if comparison.at_once else ""
    return " · ".join(part for part in (server, at_once) if part)


def row_state(comparison: Any, at: int, cells: Sequence[Any], places: dict[tuple[int, int], int]) -> RowState:
    """Return one row as it is drawn, in the order that is shown."""
    order = comparison.order(at)
    pick = comparison.picks.get(at)
    hidden = comparison.blind
    ready = all(cell.ended for cell in cells)
    shown = [_hidden(cells[column], ready) if hidden else _cell(cells[column], places) for column in order]
    judged = order.index(pick.column) if pick is not None and pick.column is not None else None
    for state, (marks, differs) in zip(shown, _differences(comparison, [cells[column] for column in order], judged), strict=True):
        if not hidden or ready:
            state["marks"], state["differs"] = marks, differs
    chosen = NO_PICK if pick is None else SAME if judged is None else judged
    return RowState(row=at, prompt=cells[0].prompt, place=spoken_place(comparison, at, len(comparison.cells)), pick=chosen, cells=shown)


def waiting_words(place: int | None) -> str:
    """Return where a cell that waits stands.

    >>> waiting_words(0), waiting_words(1), waiting_words(2), waiting_words(30), waiting_words(None)
    ('next', 'waits, 2nd in the queue', 'waits, 3rd in the queue', 'waits', 'waits')
    """
    if place is None or place >= _LISTED:
        return "waits"
    return "next" if place == 0 else f"waits, {place + 1}{ {1: 'nd', 2: 'rd'}.get(place, 'th') } in the queue"


def judged_row(comparison: Any, cells: Sequence[Sequence[Any]]) -> int | None:
    """Return the row to judge next: the first without a pick that has, or may still get, two answers; None when there is none."""
    picks = comparison.picks
    for at, row in enumerate(cells):
        if at not in picks and sum(cell.answered or not cell.ended for cell in row) >= 2:
            return at
    return None


def _cell(cell: Any, places: dict[tuple[int, int], int]) -> CellState:
    notes = {
        "waiting": waiting_words(places.get((cell.row, cell.column))),
        "asked": "thinking" if cell.thinking else "asked, no word yet",
        "streaming": "thinking" if cell.thinking and not cell.text else "",
        "stopped": "stopped",
        "cut": cell.note or "not finished",
    }
    return CellState(
        state=cell.state,
        answer=cell.text,
        note=notes.get(cell.state, ""),
        figures=figures_text(cell),
        error=cell.error,
        hint=f"{cell.hint[:1].upper()}{cell.hint[1:]}" if cell.hint else "",
        marks=[],
        differs="",
        can_pick=cell.answered,
        can_retry=cell.state in {"error", "stopped"},
        can_stop=not cell.ended,
    )


def _hidden(cell: Any, ready: bool) -> CellState:
    """Return a cell of which nothing may tell whose it is: no figures, no error, and no word before the whole row is there."""
    answered = cell.answered and ready
    note = "" if answered else "no answer" if ready else UNTOLD
    state = "done" if answered else "error" if ready else "waiting"
    return CellState(
        state=state,
        answer=cell.text if answered else "",
        note=note,
        figures="",
        error="",
        hint="",
        marks=[],
        differs="",
        can_pick=answered,
        can_retry=False,
        can_stop=False,
    )


def _differences(comparison: Any, shown: Sequence[Any], judged: int | None) -> list[tuple[list[list[int]], str]]:
    """Return marks and words for each cell: against the best one, else the first that has an answer; that one against all others."""
    answered = [at for at, cell in enumerate(shown) if cell.answered]
    if len(answered) < 2:
        return [([], "")] * len(shown)
    base = judged if judged is not None else answered[0]
    found = {at: word_difference(shown[base].text, shown[at].text) for at in answered if at != base}
    alike = [difference.left for difference in found.values() if difference.shared >= _ALIKE]
    name = letter(base) if comparison.blind else comparison.columns[shown[base].column].label
    out: list[tuple[list[list[int]], str]] = []
    for at, cell in enumerate(shown):
        if at == base:
            out.append((_utf16(cell.text, _common(alike)), ""))
        elif at not in found:
            out.append(([], ""))
        elif found[at].shared == 1:
            out.append(([], f"same words as {name}"))
        elif found[at].shared < _ALIKE:
            out.append(([], f"other words than {name} throughout"))
        else:
            out.append((_utf16(cell.text, found[at].right), ""))
    return out


def _common(stretches: Sequence[Sequence[Span]]) -> list[Span]:
    """Return what stands in a stretch of every list."""
    if not stretches:
        return []
    common = list(stretches[0])
    for others in stretches[1:]:
        met = ((max(a, c), min(b, d)) for a, b in common for c, d in others)
        common = [(start, end) for start, end in met if start < end]
    return common


def _utf16(text: str, spans: Sequence[Span]) -> list[list[int]]:
    """Return code point offsets as UTF-16 ones, which the page counts in."""
    if text.isascii():
        return [list(span) for span in spans]
    wide = [0]
    for char in text:
        wide.append(wide[-1] + (2 if ord(char) > 0xFFFF else 1))
    return [[wide[start], wide[end]] for start, end in spans]


def verdict(comparison: Any) -> str:
    """Return who is best so far, and that names were seen before they were hidden."""
    if comparison.blind:
        return "The names were seen before." if comparison.names_seen else ""
    return spoken_verdict(comparison)
