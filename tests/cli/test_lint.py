"""``ollama-magics lint`` and ``format``: files and notebooks, five forms, fixes, settings, exit status."""

import json
import os
import re
import subprocess
import sys
import time

import pytest

from ollama_magics.cli import main
from ollama_magics.cli.settings import settings_for
from ollama_magics.modelfile.rules import RULES

BAD = "FROM tutor\nPARAMETER temprature 0\nSYSTEM caf\u00a0é\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    settings_for.cache_clear()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.ollama-magics.lint]\n", "utf-8")
    (tmp_path / "bad").write_text(BAD, "utf-8")
    (tmp_path / "good").write_text("FROM tutor\nSYSTEM hi\n", "utf-8")
    return tmp_path


def cell(source, kind="code"):
    return {"cell_type": kind, "metadata": {}, "source": source}


def notebook(*cells, indent=1, **layout):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent, **layout) + "\n"


@pytest.fixture
def cells(folder):
    path = folder / "talk.ipynb"
    text = notebook(
        cell(["# %%modelfile x\n", "FROM é"], "markdown"),
        cell(["%%modelfile mario --host x\n", "FROM tutor\n", "PARAMETER temprature 0"]),
        cell("\n\n%%modelfile\nFROM tutor\nsystem  hi\n"),
        cell("%%modelfile luigi --subst\nFROM ${base}\nPARAMETER temperature ${t}\nPARAMETER top_q 1"),
        cell("%%modelfiles\nnothing"),
        ensure_ascii=False,
    )
    path.write_text(text, "utf-8")
    return path


def run(capsys, *arguments):
    status = main([*arguments])
    return status, capsys.readouterr()


def test_cells_of_a_notebook(cells, capsys):
    """Cells are numbered as they stand, lines as the cell shows them, and what a variable decides is left alone."""
    status, said = run(capsys, "lint", "talk.ipynb")
    assert status == 1
    assert [line for line in said.out.splitlines() if line.startswith("talk")] == [
        "talk.ipynb:cell 2:3:11: error: There is no parameter `temprature` [MF301 unknown-parameter]",
        "talk.ipynb:cell 3: Ollama accepts it",
        "talk.ipynb:cell 4:4:11: error: There is no parameter `top_q` [MF301 unknown-parameter]",
    ]


def test_a_problem_is_shown_at_its_line(cells, capsys):
    """As compilers do it: the line before, the line with its number in the cell, the characters, what to do, and where to read more."""
    _, said = run(capsys, "lint", "talk.ipynb")
    assert said.out.startswith(
        "talk.ipynb:cell 2:3:11: error: There is no parameter `temprature` [MF301 unknown-parameter]\n"
        "  2 | FROM tutor\n"
        "  3 | PARAMETER temprature 0\n"
        "    |           ^^^^^^^^^^ Change to temperature\n"
        "  How freely the next token is chosen"
    )
    assert said.out.endswith("More about a rule: ollama-magics help MF301\n")


def test_a_concise_report_has_no_source(cells, capsys):
    """A line a problem for editors that read it, with what a frame would say below."""
    _, said = run(capsys, "lint", "--format", "concise", "talk.ipynb")
    first, note, _, fix, *_ = said.out.splitlines()
    assert first.startswith("talk.ipynb:cell 2:3:11: error: ")
    assert (note, fix) == ("  did you mean temperature?", "  fix: Change to temperature")
    assert " | " not in said.out


def test_a_fixed_notebook_keeps_every_other_byte(cells, capsys):
    """Only the text of the cell changes; a layout that we cannot write again is refused."""
    before = cells.read_text("utf-8")
    status, said = run(capsys, "lint", "--fix", "talk.ipynb")
    assert (status, said.err) == (1, "talk.ipynb: 1 fixed\n")
    assert cells.read_text("utf-8") == before.replace('"PARAMETER temprature 0"', '"PARAMETER temperature 0"')
    cells.write_text(before.replace('"metadata": {},', '"metadata" :{},', 1), "utf-8")
    status, said = run(capsys, "lint", "--fix", "talk.ipynb")
    assert status == 2
    assert "save it in Jupyter once" in said.err


@pytest.mark.parametrize("layout", [{"indent": None}, {"indent": 2, "ensure_ascii": False}, {"indent": 4}])
def test_layouts_of_notebooks(folder, capsys, layout):
    """However it is laid out, a notebook is laid out as before."""
    text = notebook(cell("%%modelfile a\nfrom é\n"), cell("x"), **layout)
    (folder / "a.ipynb").write_text(text, "utf-8")
    assert run(capsys, "format", "a.ipynb")[0] == 0
    assert (folder / "a.ipynb").read_text("utf-8") == notebook(cell("%%modelfile a\nFROM é"), cell("x"), **layout)


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 1}', "\udcff"])
def test_a_file_that_is_no_notebook(folder, capsys, text):
    """Status 2, and the reason on standard error."""
    (folder / "a.ipynb").write_bytes(text.encode("utf-8", "surrogateescape"))
    status, said = run(capsys, "lint", "a.ipynb")
    assert (status, said.out) == (2, "")
    assert "a.ipynb is no notebook" in said.err


def test_json(cells, capsys):
    """A list of problems with their places and fixes."""
    status, said = run(capsys, "lint", "--format", "json", "bad", "talk.ipynb", "good")
    found = json.loads(said.out)
    assert status == 1
    assert [(one["file"], one["cell"], one["line"], one["column"], one["code"]) for one in found] == [
        ("bad", None, 2, 11, "MF301"),
        ("bad", None, 3, 11, "MF501"),
        ("talk.ipynb", 2, 3, 11, "MF301"),
        ("talk.ipynb", 4, 4, 11, "MF301"),
    ]
    fix = found[0]["fix"]
    assert fix == {"title": "Change to temperature", "line": 2, "column": 11, "end_line": 2, "end_column": 21, "text": "temperature"}


def test_github(cells, capsys):
    """Workflow commands, with what has a meaning there escaped."""
    _, said = run(capsys, "lint", "--format", "github", "bad", "talk.ipynb")
    lines = said.out.splitlines()
    where = "file=bad,title=MF301 unknown-parameter,line=2,col=11,endLine=2,endColumn=21"
    assert lines[0].startswith(f"::error {where}::There is no parameter `temprature` (did you mean temperature?).")
    assert lines[1].startswith("::warning file=bad,title=MF501 dropped-characters,line=3,")
    assert lines[2].startswith("::error file=talk.ipynb,title=MF301 unknown-parameter::cell 2, line 3: There is no parameter")
    (cells.parent / "100%,a").write_text("SYSTEM x\n", "utf-8")
    _, said = run(capsys, "lint", "--format", "github", "100%,a")
    assert said.out.startswith("::error file=100%25%2Ca,")


def test_sarif(cells, capsys):
    """Every rule, every result; the region and the fix are places of the file."""
    _, said = run(capsys, "lint", "--format", "sarif", "bad", "talk.ipynb")
    log = json.loads(said.out)
    (one,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert {rule["id"] for rule in one["tool"]["driver"]["rules"]} == set(RULES)
    for result in one["results"]:
        assert one["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    first, second, third, _ = one["results"]
    region = {"startLine": 2, "startColumn": 11, "endLine": 2, "endColumn": 21}
    assert first["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "bad"}, "region": region}
    (replacement,) = first["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement == {"deletedRegion": region, "insertedContent": {"text": "temperature"}}
    assert (first["level"], second["level"]) == ("error", "warning")
    assert third["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "cell 2"


def test_fix(folder, capsys):
    """What has a certain fix is put right in the file, in its encoding; standard input goes to standard output."""
    (folder / "wide").write_bytes(BAD.encode("utf-16"))
    assert run(capsys, "lint", "--fix", "bad", "wide", "good")[0] == 0
    mended = "FROM tutor\nPARAMETER temperature 0\nSYSTEM caf é\n"
    assert (folder / "bad").read_text("utf-8") == (folder / "wide").read_bytes().decode("utf-16") == mended
    assert (folder / "good").read_text("utf-8") == "FROM tutor\nSYSTEM hi\n"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "ollama_magics", "lint", "--fix", "-"]
    done = subprocess.run(command, input=BAD.encode(), env=environ, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, mended.encode())


def test_bytes_that_are_no_text_are_not_fixed(folder, capsys):
    """The file stays, its name and the reason are said, and the files behind it are done all the same."""
    raw = b"FROM tutor\nPARAMETER temprature 0\nSYSTEM caf\xe9\n"
    (folder / "latin").write_bytes(raw)
    status, said = run(capsys, "lint", "--fix", "latin", "bad")
    assert status == 2
    assert "latin: the Modelfile has bytes that are no character" in said.err
    assert (folder / "latin").read_bytes() == raw
    assert "temperature" in (folder / "bad").read_text("utf-8")


def test_select_ignore_and_strict(folder, capsys):
    """Warnings can be chosen by code, beginning or name; errors count whatever is chosen."""
    codes = lambda *arguments: re.findall(r"\[(MF\d+)", run(capsys, "lint", *arguments, "bad")[1].out)  # noqa: E731
    assert codes() == ["MF301", "MF501"]
    assert codes("--ignore", "MF5") == codes("--select", "MF2,curly-quotes") == ["MF301"]
    assert codes("--select", "dropped-characters", "--ignore", "mf301") == ["MF301", "MF501"]
    (folder / "warned").write_text("FROM a\nSYSTEM “hi”\n", "utf-8")
    assert [run(capsys, "lint", *words, "warned")[0] for words in ([], ["--strict"], ["--strict", "--ignore", "MF203"])] == [0, 1, 0]
    status, said = run(capsys, "lint", "--ignore", "drooped-characters", "bad")
    assert status == 2
    assert "did you mean dropped-characters?" in said.err


def test_settings_of_the_project(folder, capsys):
    """The nearest pyproject.toml with the table counts, for each file its own."""
    (folder / "pyproject.toml").write_text('[tool.ollama-magics.lint]\nignore = ["MF5"]\nstrict = true\n', "utf-8")
    inner = folder / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[project]\n", "utf-8")
    (inner / "lossy").write_text("FROM a\nSYSTEM “a\u00a0b”\n", "utf-8")
    settings_for.cache_clear()
    status, said = run(capsys, "lint", "inner/lossy")
    assert status == 1
    assert "MF203" in said.out
    assert "MF501" not in said.out


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('ignores = ["MF5"]', "did you mean ignore?"),
        ('ignore = "MF5"', "ignore is a list of rules, not 'MF5'"),
        ("strict = 1", "strict is true or false, not 1"),
        ('select = ["MF999"]', "there is no rule MF999"),
        ("=", "cannot read"),
    ],
)
def test_settings_that_cannot_be_meant(folder, capsys, table, words):
    """Status 2, with the path and the key."""
    (folder / "pyproject.toml").write_text(f"[tool.ollama-magics.lint]\n{table}\n", "utf-8")
    settings_for.cache_clear()
    status, said = run(capsys, "lint", "good")
    assert status == 2
    assert words in said.err
    assert "pyproject.toml" in said.err


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_has_a_page(rule, capsys):
    """Made from the rule itself; by code and by name."""
    _, said = run(capsys, "lint", "--explain", rule.code)
    assert said.out.startswith(f"{rule.code} {rule.name}")
    words = " ".join(said.out.split())
    assert rule.summary.replace("`", "") in words.replace("`", "")
    assert f"[{rule.code} {rule.name}]" in words or rule.needs_folder
    assert run(capsys, "lint", "--explain", rule.name)[1].out == said.out
    assert f"{rule.code}  {rule.severity}" in run(capsys, "lint", "--rules")[1].out


def test_a_rule_that_is_not_there(capsys):
    """Status 2 and the near one."""
    status, said = run(capsys, "lint", "--explain", "unknown-parametr")
    assert status == 2
    assert "did you mean unknown-parameter?" in said.err


def test_format(folder, capsys):
    """Files are brought into one layout; --check and --diff only say it; a file with mistakes stays."""
    (folder / "ugly").write_text("from  tutor\n\n\n\nsystem hi", "utf-8")
    status, said = run(capsys, "format", "--check", "ugly", "good")
    assert (status, said.out) == (1, "would format ugly\n")
    status, said = run(capsys, "format", "--diff", "ugly")
    assert status == 1
    assert "-from  tutor\n" in said.out
    assert "+FROM tutor\n" in said.out
    status, said = run(capsys, "format", "ugly", "good", "bad", "missing")
    assert status == 2
    assert said.out == "formatted ugly\n"
    assert (folder / "ugly").read_text("utf-8") == "FROM tutor\n\nSYSTEM hi\n"
    assert run(capsys, "format", "--check", "ugly")[0] == 0


def test_pre_commit_hooks(root):
    """The hooks call verbs that are there, for the names that Modelfiles have."""
    text = (root / ".pre-commit-hooks.yaml").read_text("utf-8")
    entries = re.findall(r"^  entry: ollama-magics (\w+)$", text, re.MULTILINE)
    assert entries == ["lint", "format"]
    for pattern in re.findall(r"^  files: (.+)$", text, re.MULTILINE):
        for name in ("Modelfile", "models/Modelfile.mario", "mario.Modelfile", "a/b.modelfile", "talk.ipynb"):
            assert re.search(pattern, name), name
        assert not re.search(pattern, "Modelfiles/readme.md")


def test_a_thousand_files_a_second_or_so(folder):
    """A typical file of 1 KB takes a few milliseconds at most: a limit that a quadratic step would break, not a benchmark."""
    text = "FROM tutor\n" + "PARAMETER stop x\n" * 20 + 'SYSTEM """' + "You are Mario. " * 40 + '"""\n'
    (folder / "typical").write_text(text, "utf-8")
    main(["lint", "typical"])
    start = time.perf_counter()
    assert main(["lint", *["./" * n + "typical" for n in range(1, 101)]]) == 0
    assert time.perf_counter() - start < 5
