"""The card of a comparison, and its answers as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ollama_magics.display.cards.reading import named, server_label
from ollama_magics.display.quantities import count, rate, seconds
from ollama_magics.display.segments import Block, Document, Grid, GridRow, Markdown, Paragraph, Span, Title
from ollama_magics.display.visible import visible

HIDDEN = "names are hidden"
UNTOLD = "waits until the whole row is there"


def letter(at: int) -> str:
    """Return what a column is called while names are hidden.

    >>> letter(0), letter(11)
    ('A', 'L')
    """
    return chr(ord("A") + at)


def comparison_card(comparison: Any) -> Document:
    """Return a comparison (``services.comparison.Comparison``) as a grid: prompts down, columns across, the best in words.

    While names are hidden its columns are A, B and so on, each row in the order in which it is shown, without figures.
    """
    rows = comparison.cells
    answered = sum(cell.answered for row in rows for cell in row)
    whole = sum(len(row) for row in rows)
    facts = [
        spoken_seeds(comparison.seeds),
        server_label(comparison.server),
        f"{count(answered)} of {count(whole)} answered" if answered < whole else count(whole, "answer"),
        HIDDEN if comparison.blind else "",
    ]
    title = Title("", spoken_title(comparison), "".join(f"· {fact} " for fact in facts if fact).rstrip())
    blocks: list[Block] = [title]
    verdict = spoken_verdict(comparison)
    if verdict:
        blocks.append(Paragraph(verdict))
    blocks.append(Grid("Prompt", names(comparison), tuple(_row(comparison, at) for at in range(len(rows)))))
    return Document(tuple(blocks))


def comparing_title(comparison: Any) -> Document:
    """Return the line over a comparison that begins."""
    facts = [spoken_seeds(comparison.seeds), server_label(comparison.server), HIDDEN if comparison.blind else ""]
    title = spoken_title(comparison).replace("Compared", "Comparing", 1)
    return Document((Title("", title, "".join(f"· {fact} " for fact in facts if fact).rstrip()),))


def row_card(comparison: Any, at: int) -> Document:
    """Return one row of a comparison."""
    return Document((Grid("Prompt", names(comparison), (_row(comparison, at),)),))


def names(comparison: Any) -> tuple[str, ...]:
    """Return what stands over the columns."""
    if comparison.blind:
        return tuple(letter(at) for at in range(len(comparison.columns)))
    return tuple(f"{column.label} ({column.about})" if column.about else column.label for column in comparison.columns)


def spoken_title(comparison: Any) -> str:
    """Return what was compared, in words: ``Compared 2 versions of mario on 3 prompts``."""
    prompts = count(len(comparison.prompts), "prompt")
    return f"Compared {spoken_columns(comparison)} on {prompts}"


def spoken_columns(comparison: Any) -> str:
    """Return what the columns are: ``3 models``, ``2 versions of mario``, ``3 settings of mario``."""
    columns = comparison.columns
    if comparison.blind:
        return f"{len(columns)} columns"
    models = {column.model for column in columns}
    versions = {(column.model, column.version) for column in columns}
    if len(models) == len(columns):
        return f"{len(columns)} models"
    if len(models) > 1:
        return f"{len(columns)} columns"
    kind = "versions" if len(versions) == len(columns) else "settings"
    return f"{len(columns)} {kind} of {named(columns[0].model)}"


def spoken_seeds(seeds: Sequence[int]) -> str:
    """Return the seeds of the rows in words."""
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"


def spoken_place(comparison: Any, at: int, places: int) -> str:
    """Return where a row stands: ``1 of 3``, with its seed where there are several."""
    seed = f", seed {comparison.seeds[at % len(comparison.seeds)]}" if len(comparison.seeds) > 1 else ""
    return f"{at + 1} of {places}{seed}"


def spoken_verdict(comparison: Any) -> str:
    """Return who won how often; empty while nothing is picked, or nothing may be told."""
    picks = comparison.picks
    if not picks or comparison.blind:
        return ""
    tally = sorted(comparison.tally.items(), key=lambda item: -item[1])
    wins = [f"{label} in {count(number, 'row')}" for label, number in tally if number]
    same = sum(pick.column is None for pick in picks.values())
    blind = sum(pick.blind for pick in picks.values())
    parts = ["Best: " + ", ".join(wins)] if wins else []
    parts += [f"same in {count(same, 'row')}"] if same else []
    parts += [f"picked blind in {blind} of {len(picks)}"] if blind else []
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def figures_text(cell: Any) -> str:
    """Return the figures of a cell: time, tokens, rate; empty where there are none."""
    parts = [
        seconds(cell.seconds) if cell.seconds is not None else "",
        count(cell.tokens, "token") if cell.tokens is not None else "",
        rate(cell.tokens_per_s) if cell.tokens_per_s else "",
    ]
    return " · ".join(part for part in parts if part)


_ENDINGS = {"stopped": "stopped", "cut": "not finished", "waiting": "not asked", "asked": "no word yet", "streaming": "not finished yet"}


def ending_text(cell: Any, *, hidden: bool = False) -> str:
    """Return the words on a cell that has no whole answer; with names hidden no reason is told."""
    if hidden:
        return "" if cell.answered else "no answer"
    if cell.state == "error":
        return f"failed: {cell.error[:1].lower()}{cell.error[1:]}"
    return _ENDINGS.get(cell.state, "")


def _row(comparison: Any, at: int) -> GridRow:
    row = comparison.cells[at]
    place = spoken_place(comparison, at, len(comparison.cells))
    return GridRow(row[0].prompt, place, _cells(comparison, at, row, comparison.picks.get(at)))


def _cells(comparison: Any, at: int, row: Sequence[Any], pick: Any) -> tuple[tuple[Block, ...], ...]:
    if _untold(comparison, row):
        return tuple((Paragraph(UNTOLD, quiet=True),) for _ in row)
    return tuple(tuple(_cell(row[column], pick, hidden=comparison.blind)) for column in comparison.order(at))


def _untold(comparison: Any, row: Sequence[Any]) -> bool:
    """Whether nothing of a row may be told yet: with names hidden, who is first would tell who is fast."""
    return comparison.blind and not all(cell.ended for cell in row)


def _cell(cell: Any, pick: Any, *, hidden: bool) -> list[Block]:
    blocks: list[Block] = []
    if pick is not None and pick.column == cell.column:
        blocks.append(Paragraph(Span("★ best", "strong")))
    elif pick is not None and pick.column is None and cell.answered:
        blocks.append(Paragraph("same", quiet=True))
    whole = cell.answered or not hidden
    if cell.text.strip() and whole:
        blocks.append(Markdown(cell.text))
    ending = ending_text(cell, hidden=hidden)
    if ending:
        blocks.append(Paragraph(ending, quiet=cell.state != "error"))
    figures = "" if hidden else figures_text(cell)
    if figures:
        blocks.append(Paragraph(figures, quiet=True))
    return blocks


def markdown_table(comparison: Any) -> str:
    """Return the answers as a table of Markdown: one line a row, text as it was written, nothing of it acting as markup of the table."""
    picks = comparison.picks
    lines = [_line(["Prompt", *map(_escaped, names(comparison))]), _line(["---"] * (1 + len(comparison.columns)))]
    for at, row in enumerate(comparison.cells):
        shown = [UNTOLD] * len(row)
        if not _untold(comparison, row):
            shown = [_answer(row[column], picks.get(at), hidden=comparison.blind) for column in comparison.order(at)]
        lines.append(_line([_escaped(row[0].prompt), *shown]))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _answer(cell: Any, pick: Any, *, hidden: bool) -> str:
    best = "★ " if pick is not None and pick.column == cell.column else ""
    ending = ending_text(cell, hidden=hidden)
    text = _escaped(cell.text) if cell.answered or not hidden else ""
    return " ".join(part for part in (best + text, f"*{_escaped(ending)}*" if ending else "") if part)


def _escaped(text: str) -> str:
    plain = visible(text).strip().replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return plain.replace("\n", "<br>")
