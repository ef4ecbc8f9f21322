"""The card of a model that was tuned: what is stored, and what was tried and never stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ollama_magics.display.cards.reading import named, server_label
from ollama_magics.display.quantities import count
from ollama_magics.display.segments import Block, Document, Paragraph, Span, Table, Text, Title


def tuner_card(
    name: str, version: str, rows: Sequence[tuple[str, str, str]], *, server: Any = None, below: Sequence[Block] = ()
) -> Document:
    """Return what was tuned.

    Args:
        name: the model.
        version: the stored one, for instance ``v3``.
        rows: name, stored value and tried value of each place; the last is empty where nothing is tried.
        server: the server that holds the model.
        below: further blocks, for instance the conversation.
    """
    where = server_label(server)
    tried = sum(1 for row in rows if row[2])
    title = Title("", f"Tuned {named(name)} {version}", f"· {where}" if where else "")
    if not rows:
        return Document((title, Paragraph("It sets no parameter, and nothing is tried."), *below), framed=True)
    header = ("Parameter", version, *(("tried, not stored",) if tried else ()))
    table = Table(header, tuple(_row(row, with_tried=bool(tried)) for row in rows))
    end = [Paragraph(f"{count(tried, 'change')} not stored.", quiet=True)] if tried else []
    return Document((title, table, *end, *below), framed=True)


def _row(row: tuple[str, str, str], *, with_tried: bool) -> tuple[Text, ...]:
    name, stored, tried = row
    return (name, stored, *((Span(tried, "strong") if tried else "",) if with_tried else ()))
