"""Pictures from the notebook, and conversations as files, by their options."""

import json

import pytest

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.chat import picture_of
from ollama_magics.magics.session import Session

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 8


class Figure:
    """Drawn by a formatter of the shell only, as matplotlib's figures are."""


class Drawn:
    def _repr_png_(self):
        return PNG


def test_a_picture_of_the_notebook(cells, tmp_path):
    """A file, a variable, the output of a cell; what no formatter draws says so."""
    shell, session = cells.shell, Session(cells.shell)
    (tmp_path / "a.png").write_bytes(PNG)
    drawn = Drawn()
    shell.user_ns.update(picture=drawn, figure=Figure(), number=3, _oh={7: drawn})
    formatter = shell.display_formatter.formatters["image/png"]
    formatter.enabled = True
    formatter.for_type(Figure, lambda figure: PNG)
    try:
        assert picture_of(session, str(tmp_path / "a.png")) == str(tmp_path / "a.png")
        assert picture_of(session, "picture") is drawn
        assert picture_of(session, "Out[7]") is drawn
        assert picture_of(session, "figure") == PNG
        with pytest.raises(UsageProblem, match="number is a int, which is not drawn"):
            picture_of(session, "number")
        assert picture_of(session, "missing.png") == "missing.png"
    finally:
        formatter.pop(Figure)


def test_export(on_embedded, tmp_path):
    """``--export`` prints a form of the conversation, or writes it into a file."""
    on_embedded.ok("%%modelfile bowser\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are Bowser.\n")
    assert isinstance(on_embedded.fails("%chat bowser --export json"), UsageProblem)
    on_embedded.ok("%%chat bowser --logprobs 2\nWho are you?\n")
    answer = on_embedded.names["_"]
    assert "".join(entry.token for entry in answer.logprobs).strip() == answer.text
    assert [len(entry.top_logprobs) for entry in answer.logprobs[:2]] == [2, 2]
    assert on_embedded.ok("%chat bowser --export messages").startswith("MESSAGE user Who are you?\nMESSAGE assistant ")
    assert json.loads(on_embedded.ok("%chat bowser --export json"))["messages"][0]["content"] == "Who are you?"
    assert "## You" in on_embedded.ok("%chat bowser --export markdown")
    assert "The conversation is in" in on_embedded.ok(f"%chat bowser --export {tmp_path / 'talk.md'}")
    assert (tmp_path / "talk.md").read_text("utf-8").startswith("# Conversation with bowser")
