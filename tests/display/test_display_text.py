"""Documents as text: wrapping, carets, colours, tables."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.display import diff, quantities, text, visible
from ollama_magics.display.segments import CaretNote, CodeFrame, Diff, DiffLine, Document, FrameLine, Paragraph, Span, Table, plain


@pytest.mark.parametrize("module", [quantities, visible], ids=lambda module: module.__name__)
def test_examples_in_docstrings_hold(module) -> None:
    assert doctest.testmod(module).failed == 0


@given(st.lists(st.text(alphabet="ab c\u4e2d\u0301"), min_size=1), st.integers(20, 60))
def test_wrapped_prose_keeps_its_words_and_its_width(parts: list[str], width: int) -> None:
    drawn = text.render(Document((Paragraph([Span(part, "strong") for part in parts]),)), width=width)
    assert drawn.split() == "".join(parts).split()
    for row in drawn.split("\n"):
        assert text.cells(row) <= width or len(row.split()) == 1


@pytest.mark.parametrize(
    ("source", "column", "length", "expected"),
    [
        ("PARAMETER x", 11, 1, "            ^"),
        ("\tx", 2, 1, "      ^"),
        ("中文x", 3, 1, "      ^"),
        ("e\u0301x", 3, 1, "   ^"),
        ("\x1bx", 2, 1, "   ^"),
        ("中", 1, 1, "  ^^"),
        ("", 1, 1, "  ^"),
        ("ab", 3, 5, "    ^"),
    ],
)
def test_carets_stand_under_the_characters_as_drawn(source: str, column: int, length: int, expected: str) -> None:
    frame = CodeFrame((FrameLine(7, source, (CaretNote(column, length),)),))
    rows = text.render(Document((frame,))).split("\n")
    assert rows[-1] == "    |" + expected[1:]


def test_colours_are_added_only_when_asked_for() -> None:
    document = Document((Paragraph(Span("bad", "error")), Diff((DiffLine("+", "x"),))))
    assert "\x1b" not in text.render(document)
    assert re.sub(r"\x1b\[\d+m", "", text.render(document, color=True)) == text.render(document)
    assert "\x1b[31mbad\x1b[0m" in text.render(document, color=True)


def test_table_columns_line_up_by_cells() -> None:
    table = Table(("Name", "Size"), (("中文", "1"), ("a", "22")), frozenset({1}))
    assert text.render(Document((table,))).split("\n") == ["Name  Size", "中文     1", "a       22"]


@given(st.lists(st.text(alphabet="ab \n"), max_size=6), st.lists(st.text(alphabet="ab \n"), max_size=6))
def test_diff_holds_both_sides(before: list[str], after: list[str]) -> None:
    lines = diff.line_diff(before, after, context=10)
    if before != after:
        assert [plain(line.text) for line in lines if line.sign in "- "] == before
        assert [plain(line.text) for line in lines if line.sign in "+ "] == after


def test_new_line_follows_the_line_it_stands_for() -> None:
    before = ["PARAMETER temperature 0", "PARAMETER top_p 0.9", "SYSTEM You answer in haiku."]
    after = ["PARAMETER temperature 1", "SYSTEM You answer in verse.", "TEMPLATE {{ .Prompt }}"]
    assert [f"{line.sign} {plain(line.text)}" for line in diff.line_diff(before, after)] == [
        "- PARAMETER temperature 0",
        "+ PARAMETER temperature 1",
        "- PARAMETER top_p 0.9",
        "- SYSTEM You answer in haiku.",
        "+ SYSTEM You answer in verse.",
        "+ TEMPLATE {{ .Prompt }}",
    ]


def test_changed_phrase_is_one_mark() -> None:
    gone, came = diff.from_strings(["- Answer in one sentence.", "+ Answer in two sentences at most."])
    assert [span for span in gone.text if isinstance(span, Span) and span.style] == [Span("one sentence", "del")]
    assert [span for span in came.text if isinstance(span, Span) and span.style] == [Span("two sentences at most", "ins")]


def test_unlike_lines_carry_no_word_marks() -> None:
    lines = diff.from_strings(["- FROM llama3.2", "+ SYSTEM You are kind"])
    assert [plain(line.text) for line in lines] == ["FROM llama3.2", "SYSTEM You are kind"]
    assert all(isinstance(line.text, str) for line in lines)
