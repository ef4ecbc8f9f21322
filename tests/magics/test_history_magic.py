"""``%ollama history`` and ``%modelfile NAME@N`` in a real shell, on the built-in server."""

import json
import subprocess
import sys
import warnings
from itertools import count

import pytest

from ollama_magics.errors import UsageProblem

_NUMBERS = count()


@pytest.fixture
def wario(on_embedded):
    """Return the shell and the name of a model that has two versions."""
    name = f"wario{next(_NUMBERS)}"
    on_embedded.ok(f"%%modelfile {name}\nFROM tutor\nSYSTEM You are Wario.\n")
    on_embedded.ok(f"%%modelfile {name}\nFROM tutor\nSYSTEM You are Waluigi.\n")
    return on_embedded, name


def test_the_table(wario):
    """Newest first: what changed, and which one the server has."""
    cells, name = wario
    rows = [line for line in cells.ok(f"%ollama history {name}").splitlines() if line.startswith("v")]
    assert [row.split()[0] for row in rows] == ["v2", "v1"]
    assert "SYSTEM" in rows[0]
    assert rows[0].endswith("on the server")
    assert rows[1].endswith("first version, from tutor")


def test_diff_and_show(wario):
    """A version against the one before, against another one, and whole."""
    cells, name = wario
    assert "- SYSTEM You are Wario.\n  + SYSTEM You are Waluigi." in cells.ok(f"%ollama history {name} --diff 2")
    assert "- SYSTEM You are Waluigi.\n  + SYSTEM You are Wario." in cells.ok(f"%ollama history {name} --diff 2 1")
    assert cells.ok(f"%ollama history {name} --show v1") == "FROM tutor\nSYSTEM You are Wario.\n\n"


@pytest.mark.parametrize("line", ["%ollama history {} --copy 1", "%modelfile {}@1", "%modelfile {}@v1"])
def test_a_version_in_the_next_cell(wario, line):
    """The cell creates it."""
    cells, name = wario
    cells.ok(line.format(name))
    assert cells.next_cell() == f"%%modelfile {name}\nFROM tutor\nSYSTEM You are Wario.\n"


def test_restore(wario):
    """The old state comes back as a new version, shown like any create."""
    cells, name = wario
    out = cells.ok(f"%ollama history {name} --restore 1")
    assert f"{name} v3, from tutor, created in " in out
    assert "Changed since v2:" in out
    assert cells.ok(f"%ollama show {name} --system") == "You are Wario.\n"


def test_label(wario):
    """A named version is found by its name."""
    cells, name = wario
    assert f"{name} v1 is named the first." in cells.ok(f"%ollama history {name} --label 1 'the first'")
    assert "“the first”" in cells.ok(f"%ollama history {name}")
    cells.ok(f"%modelfile '{name}@the first'")
    assert "You are Wario." in cells.next_cell()
    assert f"{name} v1 has no name." in cells.ok(f"%ollama history {name} --label 1")


def test_remove(wario, monkeypatch):
    """It asks; what the server has stays."""
    cells, name = wario
    monkeypatch.setattr("builtins.input", lambda question="": "n")
    assert "v1 is kept." in cells.ok(f"%ollama history {name} --remove 1")
    assert isinstance(cells.fails(f"%ollama history {name} --remove 2 --yes"), UsageProblem)
    assert "v1 is removed" in cells.ok(f"%ollama history {name} --remove 1 --yes")
    assert isinstance(cells.fails(f"%ollama history {name} --show 1"), UsageProblem)


def test_json(wario):
    """Records that are plain data."""
    cells, name = wario
    cells.ok(f"records = %ollama history {name} --json")
    records = json.loads(json.dumps(cells.names["records"]))
    assert [(record["version"], record["on_server"]) for record in records] == [(1, False), (2, True)]
    assert records[1]["modelfile"] == "FROM tutor\nSYSTEM You are Waluigi.\n"


@pytest.mark.parametrize("rest", ["--show 1 --diff 2", "1", "--show 1 2", "--label 1 v2"])
def test_what_cannot_be_meant(wario, rest):
    """Two things at once, a word too many, a label that reads as a number."""
    cells, name = wario
    assert isinstance(cells.fails(f"%ollama history {name} {rest}"), UsageProblem)


def test_deleting_says_that_the_versions_stay(wario, monkeypatch):
    """The question counts them, and the history is there afterwards."""
    cells, name = wario
    asked = []
    monkeypatch.setattr("builtins.input", lambda question="": asked.append(question) or "y")
    cells.ok(f"%ollama rm {name}")
    assert "Its 2 versions stay in the history." in asked[0]
    assert "is not on the server any more" in cells.ok(f"%ollama history {name}")


def test_another_kernel_goes_on(wario, embedded):
    """A process of its own knows the versions, creates the next one, and says what changed since the last."""
    cells, name = wario
    code = f"import ollama_magics as om; print(om.create({name!r}, 'FROM tutor\\nSYSTEM You are Toad.', host={embedded!r}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"{name} v3, from tutor" in out
    assert "Changed since v2:\n  - SYSTEM You are Waluigi.\n  + SYSTEM You are Toad." in out
    assert "v3" in cells.ok(f"%ollama history {name}")


def test_no_warning(wario):
    """On a sound file nothing is said."""
    cells, name = wario
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cells.ok(f"%ollama history {name}")


def test_a_version_is_talked_to(wario):
    """By number and by label it is one conversation, beside the one with the model; `%chat` shows it."""
    cells, name = wario
    cells.ok(f"%ollama history {name} --label 1 'the first'")
    cells.ok(f"%%chat {name}@1 -o temperature=0\nWho are you?")
    answer = cells.names["_"]
    assert ("Wario" in answer.text, answer.version, answer.made_by) == (True, 1, "v1")
    cells.ok(f"%%chat '{name}@the first'\nAnd where do you live?")
    shown = cells.ok(f"%chat {name}@v1")
    assert [turn.question for turn in cells.names["_"].turns] == ["Who are you?", "And where do you live?"]
    assert f"Chat with {name} v1" in shown
    assert f"{name}-draft" not in cells.ok("%ollama list")
    assert "Nothing said yet." in cells.ok(f"%chat {name}")
    # The server goes on listing the loaded weights under the name that was asked.
    cells.ok(f"%ollama stop {name}-draft")


@pytest.mark.parametrize("cell", ["%chat {}@7", "%%chat {}@7\nHi"])
def test_no_such_version_to_talk_to(wario, cell):
    """It is said at once, and nothing is begun."""
    cells, name = wario
    error = cells.fails(cell.format(name))
    assert (str(error.message), error.hint) == (f"{name} has no version 7", "it has v1, v2")
