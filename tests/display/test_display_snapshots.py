"""Every card as text and as HTML; ``RECORD_SNAPSHOTS=1`` writes the files anew, and a person reads the difference."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from display_samples import documents

from ollama_magics.display import html, text

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize("name", sorted(documents()))
def test_card_is_drawn_as_recorded(name: str, form: str) -> None:
    document = documents()[name]
    drawn = text.render(document, width=80) if form == "txt" else html.render(document)
    file = SNAPSHOTS / f"{name}.{form}"
    if os.environ.get("RECORD_SNAPSHOTS") == "1":
        file.write_text(drawn + "\n", encoding="utf-8", newline="\n")
    assert drawn + "\n" == file.read_text(encoding="utf-8")


def test_every_snapshot_belongs_to_a_card() -> None:
    assert {file.stem for file in SNAPSHOTS.iterdir()} == set(documents())
