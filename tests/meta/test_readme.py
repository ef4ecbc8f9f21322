"""README works as written: its cells, its Python, its shell lines are run on the built-in server."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

from ollama_magics.magics.arguments import help_text
from ollama_magics.magics.chat import ChatArguments
from ollama_magics.magics.modelfile import ModelfileArguments

INSTALL = 'python -m pip install ".[embedded,lab]" && ollama-magics demo'
TEST = 'python -m pip install -e ".[dev]" && pytest'

# Runs cells in a fresh IPython and stops at the first that fails.
RUN_CELLS = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.load(sys.stdin):
    shell.run_cell(cell, store_history=True).raise_error()
"""

MAGICS = """
from IPython.core.interactiveshell import InteractiveShell
import json
shell = InteractiveShell.instance()
before = shell.magics_manager.lsmagic()
before = {kind: set(names) for kind, names in before.items()}
shell.run_line_magic("load_ext", "ollama_magics")
after = shell.magics_manager.lsmagic()
print(json.dumps({kind: sorted(set(names) - before[kind]) for kind, names in after.items()}))
"""


@pytest.fixture(scope="module")
def page(root):
    """Return README's text."""
    return (root / "README.md").read_text("utf-8")


def _blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def run(root, embedded, tmp_path_factory):
    """Return a function that runs Python in a folder of its own, against the built-in server, as plain text."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "Modelfile").write_text("FROM tutor\nSYSTEM You are Griselda, a beekeeper.\n", "utf-8")
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, "PYTHONPATH": path, "OLLAMA_HOST": embedded, "OLLAMA_MAGICS_UI": "plain", "PYTHONIOENCODING": "utf-8"}
    environ["IPYTHONDIR"] = str(folder / "ipython")

    def run(*arguments, said=""):
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=folder, env=environ, input=said, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    return run


def test_the_two_commands_stand_alone_in_their_blocks(page):
    """Both commands can be copied whole."""
    blocks = [block.strip() for block in _blocks(page, "[a-z]*")]
    assert INSTALL in blocks
    assert TEST in blocks


def test_cells_run(page, run):
    """The cells of the notebook way run one after the other in IPython; the persona answers."""
    cells = _blocks(page, "ipython")
    assert [cell.split()[0] for cell in cells] == ["%load_ext", "%%modelfile", "%%chat"]
    assert "Arr! The capital of France be Paris. Matey!" in run("-c", RUN_CELLS, said=json.dumps(cells))


def test_python_runs(page, run):
    """The Python way runs as it stands."""
    for block in _blocks(page, "python"):
        assert "sailor" in run("-c", block).lower()


def test_shell_lines_run(page, run):
    """The shell way: each line runs, `serve` is asked for its help; what stands before a `|` is a text on standard input."""
    lines = [line.rpartition("| ") for block in _blocks(page, "sh") for line in block.splitlines()]
    assert [command.split()[1] for *_, command in lines] == ["lint", "format", "create", "export", "run", "run", "list", "serve"]
    for before, _, command in lines:
        arguments = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', command)][1:]
        given = ["serve", "--help"] if arguments[0] == "serve" else arguments
        run("-m", "ollama_magics", *given, said="Dear Griselda" if before else None)


def test_every_magic_and_verb_it_names_exists(page, run):
    """No magic, no verb of ``%ollama`` and no verb of the command that is not there."""
    magics = json.loads(run("-c", MAGICS).splitlines()[-1])
    assert set(re.findall(r"%%([a-z_]+)", page)) <= set(magics["cell"])
    assert set(re.findall(r"(?<!%)%([a-z_]+)\b", page)) - {"load_ext"} <= set(magics["line"])
    for verb in sorted(set(re.findall(r"(?:^|`)%ollama ([a-z]+)", page, re.MULTILINE))):
        run("-c", RUN_CELLS, said=json.dumps(["%load_ext ollama_magics", f"%ollama {verb} --help"]))
    for verb in sorted(set(re.findall(r"ollama-magics ([a-z]+)", page))):
        run("-m", "ollama_magics", verb, "--help")


def test_what_you_see_is_what_the_demo_prints(page, run):
    """The sample stands in the demo's output line for line; only figures and the id may differ."""
    (sample,) = _blocks(page, "console")
    assert _without_figures(sample) in _without_figures(run("-m", "ollama_magics", "demo"))


def _without_figures(text):
    return re.sub(r" +", " ", re.sub(r"\bid \w+|\d[\d.,]*(?<!,)(?: m?s)?", "#", text))


def test_options_are_those_of_the_magics(page):
    """The options it prints are what ``--help`` prints."""
    shown = [block.strip() for block in _blocks(page, "text")]
    assert [help_text(kind).strip() for kind in (ModelfileArguments, ChatArguments)] == shown


def test_every_variable_it_names_is_read(root, page):
    """A variable of the environment that README explains is one that the code reads."""
    source = "".join(file.read_text("utf-8") for file in (root / "ollama_magics").rglob("*.py"))
    named = set(re.findall(r"\bOLLAMA_[A-Z_]+\b", page))
    assert named
    assert {name for name in named if name not in source} == set()


def test_every_extra_and_notebook_it_names_exists(root, page):
    """Extras are those of pyproject, notebooks are in the folder."""
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = {name for group in re.findall(r"\[([a-z,]+)\]\"", page) for name in group.split(",")}
    assert named <= set(extras)
    assert [path for path in re.findall(r"notebooks/[\w-]+\.ipynb", page) if not (root / path).is_file()] == []
