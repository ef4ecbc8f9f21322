"""Three Modelfiles are brought together by lines: base, ours and the cell's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.services.tuning.merging import merge

BASE = "# shop\nFROM a\nPARAMETER temperature 0.8\nPARAMETER num_ctx 8192\nSYSTEM x\n"

LINES = st.lists(st.sampled_from("abcd"), max_size=8)


def text(lines):
    return "".join(f"{line}\n" for line in lines)


def test_edits_of_neighbouring_lines_are_both_kept():
    """A line that was changed here and the next one, changed in the cell, do not clash."""
    merged = merge(BASE, BASE.replace("0.8", "0.6"), BASE.replace("8192", "4096"))
    assert merged.text == BASE.replace("0.8", "0.6").replace("8192", "4096")
    assert [(place.line, place.theirs, place.clashes) for place in merged.theirs] == [(4, ("PARAMETER num_ctx 4096",), False)]


def test_line_added_among_changed_ones_is_kept():
    """Lines of which others were added in between are still told apart by what they set."""
    ours = BASE.replace("0.8", "0.6").replace("8192", "4096\nPARAMETER top_p 1").replace("SYSTEM x", "SYSTEM y")
    merged = merge(BASE, ours, BASE.replace("SYSTEM", "PARAMETER top_k 3\nSYSTEM"))
    assert merged.text == ours.replace("PARAMETER top_p 1\n", "PARAMETER top_k 3\nPARAMETER top_p 1\n")


def test_same_line_keeps_ours_and_says_so():
    """A line that both changed is as it is here, and is told as a clash."""
    merged = merge(BASE, BASE.replace("0.8", "0.6"), BASE.replace("0.8", "0.5"))
    assert merged.text == BASE.replace("0.8", "0.6")
    assert [place.clashes for place in merged.theirs] == [True]


def test_lines_added_at_one_place_are_both_kept():
    """Of lines that both added at one place none is lost."""
    merged = merge(BASE, BASE + "STOP\n", BASE + "MORE\n")
    assert merged.text == f"{BASE}MORE\nSTOP\n"


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (BASE.replace("\n", "\r\n"), BASE.replace("0.8", "0.6").replace("\n", "\r\n")),
        (BASE.removesuffix("\n"), BASE.replace("0.8", "0.6").removesuffix("\n")),
    ],
    ids=["CRLF", "no end"],
)
def test_line_ends_are_those_of_the_cell(theirs, expected):
    """Line ends and the end of the text are no edit."""
    merged = merge(BASE, BASE.replace("0.8", "0.6"), theirs)
    assert (merged.text, merged.theirs) == (expected, [])


@given(LINES, LINES)
def test_edits_of_one_side_are_that_side(base, side):
    """Where only one side, or both alike, changed something, the merge is that side."""
    base, side = text(base), text(side)
    assert merge(base, side, base).text == side
    assert merge(base, base, side).text == side
    assert merge(base, side, side).text == side


@given(LINES, LINES, LINES)
def test_merge_without_clash_has_no_favourite(base, ours, theirs):
    """Without a clash it does not matter who is who."""
    base, ours, theirs = text(base), text(ours), text(theirs)
    merged = merge(base, ours, theirs)
    if not any(place.clashes for place in merged.places):
        assert merged.text == merge(base, theirs, ours).text
