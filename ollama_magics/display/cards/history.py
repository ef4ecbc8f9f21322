"""The cards of a model's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ollama_magics.display import diff
from ollama_magics.display.cards.reading import named, read, server_label
from ollama_magics.display.quantities import count, moment
from ollama_magics.display.segments import Block, Commands, Diff, Document, Facts, Fold, Paragraph, Span, Table, Text, Title

_FOLDS = 20
"""Differences that one card holds; older ones are asked for by number."""


def history_card(
    history: Any, records: Sequence[Mapping[str, Any]], diffs: Mapping[int, Sequence[str]], *, now: datetime | None = None
) -> Document:
    """Return the versions of a model, the newest first.

    Args:
        history: has ``name server on_server``.
        records: of each version ``version label created_at changed on_server``, the oldest first.
        diffs: of each version the lines that went and came.
        now: the present, with a zone; None is the clock's.
    """
    name, newest = str(read(history, "name", default="")), list(reversed(records))
    present = now or datetime.now().astimezone()
    marked = any(record["label"] for record in records)
    rows = tuple(_row(record, present, marked) for record in newest)
    header = ("Version", "When", "What changed", *(("Label",) if marked else ()), "")
    blocks: list[Block] = [Title("", named(name), f"· {count(len(records), 'version')} on {server_label(read(history, 'server'))}")]
    blocks.append(Table(header, rows))
    if read(history, "on_server") is None:
        blocks.append(Paragraph(f"{named(name)} is not on the server any more. Its versions stay here."))
    folds = tuple(_fold(record, diffs.get(record["version"], ())) for record in newest[:_FOLDS])
    blocks.append(Fold("What changed, line by line", folds, brief=True))
    last = newest[0]["version"]
    back = newest[1]["version"] if len(newest) > 1 else last
    blocks.append(Commands((f"%ollama history {name} --diff {last}", f"%ollama history {name} --restore {back}")))
    return Document(tuple(blocks), framed=True)


def _row(record: Mapping[str, Any], now: datetime, marked: bool) -> tuple[Text, ...]:
    label: tuple[Text, ...] = (_quoted(record["label"]),) if marked else ()
    standing = Span("● on the server", "ok") if record["on_server"] else ""
    return (Span(f"v{record['version']}", "strong"), moment(record["created_at"], now), str(record["changed"]), *label, standing)


def _quoted(label: str) -> str:
    return f"“{label}”" if label else ""


def _fold(record: Mapping[str, Any], lines: Sequence[str]) -> Fold:
    label = f" {_quoted(record['label'])}" if record["label"] else ""
    inside: Block = Diff(diff.from_strings(lines)) if lines else Paragraph("The text is the same.")
    return Fold((Span(f"v{record['version']}", "strong"), label), (inside,))


def difference_card(
    name: str, before: Any, after: Any, lines: Sequence[str], parameters: Sequence[tuple[str, str, str]], *, now: datetime | None = None
) -> Document:
    """Return the difference of two versions.

    Args:
        name: the model.
        before: has ``number``; None when there was no version before.
        after: has ``number created_at digest label elsewhere``.
        lines: what went and came, each line behind its sign.
        parameters: name, old and new value of those that differ; empty texts stand for "not set".
        now: the present, with a zone; None is the clock's.
    """
    old = f"v{read(before, 'number')}" if before is not None else ""
    new, label = f"v{read(after, 'number')}", str(read(after, "label", default=""))
    facts = " ".join(part for part in (new, _quoted(label), f"against {old}" if old else "the first that is known") if part)
    blocks: list[Block] = [Title("", named(name), facts)]
    blocks.append(Diff(diff.from_strings(lines)) if lines else Paragraph("The texts are the same."))
    if parameters:
        rows = tuple((Span(key, "strong"), was or "not set", Span(now_is or "not set", "strong")) for key, was, now_is in parameters)
        blocks.append(Table(("Parameter", old, new), rows))
    present = now or datetime.now().astimezone()
    made = f"{'created elsewhere' if read(after, 'elsewhere') else 'created'} {moment(read(after, 'created_at'), present)}"
    digest = str(read(after, "digest", default=""))[:12]
    blocks.append(Facts((("", made), *((("id", Span(digest, "code")),) if digest else ()))))
    return Document(tuple(blocks), framed=True)
