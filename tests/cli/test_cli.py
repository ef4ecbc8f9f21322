"""The ``ollama-magics`` command, as a person types it."""

import json
import os
import subprocess
import sys

import pytest

import ollama_magics
from ollama_magics.cli import MODEL_VERBS, main
from ollama_magics.cli.demo import LAST_LINE
from ollama_magics.cli.notebooks import FIRST, copy_to


def command(*arguments, stdin="", **environ):
    """Run the command in a process of its own."""
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8", **environ}
    given = [sys.executable, "-m", "ollama_magics", *arguments]
    return subprocess.run(given, input=stdin, env=settings, capture_output=True, text=True, encoding="utf-8", check=False, timeout=50)


@pytest.fixture
def modelfile(tmp_path):
    path = tmp_path / "Modelfile"
    path.write_text("FROM tutor\nPARAMETER temperature 0\nSYSTEM You are Toad.\n", "utf-8")
    return path


def test_version(capsys):
    """``--version`` names the package and its version."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ollama-magics {ollama_magics.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["run"], ["lint", "--nonsense"]])
def test_a_command_line_that_cannot_be_meant(arguments, capsys):
    """It is status 2 and a usage line; the process is not ended from within."""
    assert main(arguments) == 2
    assert "usage: ollama-magics" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["demo", "create", "export", "run", "lint", "format", "serve", *MODEL_VERBS])
def test_every_verb_explains_itself(verb, capsys):
    """``VERB --help`` and the list of verbs."""
    try:
        status = main([verb, "--help"])
    except SystemExit as exc:
        status = exc.code
    assert status == 0
    assert f"usage: ollama-magics {verb}" in capsys.readouterr().out
    main(["--help"])
    assert f"    {verb} " in capsys.readouterr().out


def test_demo():
    """The real magics run on a server of their own, and the last line says how to go on."""
    done = command("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == LAST_LINE
    assert "In [3]: %%modelfile mario" in lines
    assert "   ...: FROM tutor" in lines
    assert "Creating mario on built-in server" in lines
    assert any(line.startswith("mario v2, from tutor, created in ") for line in lines)
    assert "  - SYSTEM You are Mario, a plumber. Answer like a pirate." in lines
    assert "  + SYSTEM You are Mario, a plumber. Answer like a king." in lines
    answers = [lines[at + 2] for at, line in enumerate(lines) if "]: %%chat mario" in line]
    assert len(answers) == 4
    assert "Paris" in answers[1]
    assert "Mario" in answers[2]
    assert answers[0] != answers[2]
    assert "Traceback" not in done.stdout + done.stderr


def test_a_demo_step_that_fails():
    """A step that does not work ends the demo with status 1."""
    done = command("demo", "--base", "nowhere")
    assert done.returncode == 1
    assert "no base model nowhere" in done.stdout
    assert LAST_LINE not in done.stdout


def test_a_demo_where_nothing_answers():
    """It says so once and ends with status 1."""
    done = command("demo", "--host", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert (done.stdout + done.stderr).count("annot reach Ollama") == 1


def test_a_demo_on_somebody_s_server_leaves_nothing_behind(embedded):
    """With ``--host`` the models of that server stay as they are."""
    with ollama_magics.Client(embedded, environ={}) as client:
        before = [model.name for model in client.list().models]
        done = command("demo", "--host", embedded)
        assert done.returncode == 0, done.stdout + done.stderr
        assert [model.name for model in client.list().models] == before


def test_create_and_run(embedded, modelfile):
    """A model made from a file answers; its answer is all there is on standard output."""
    done = command("create", "toad", "-f", str(modelfile), "--host", embedded)
    assert (done.returncode, done.stderr) == (0, "")
    assert "toad v1, from tutor, created in " in done.stdout
    done = command("run", "toad", "Who", "are", "you?", "--verbose", "--host", embedded)
    assert done.returncode == 0
    assert done.stdout == "I am Toad.\n"
    assert "tokens/s" in done.stderr


def test_run_of_a_model_that_is_not_there(embedded):
    """The error is on standard error, with the near names, and the status is 1."""
    done = command("run", "tutr", "Hi", "--host", embedded)
    assert (done.returncode, done.stdout.strip()) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "tutor" in done.stderr


def test_create_of_a_file_with_mistakes(modelfile):
    """Mistakes are shown at their lines and nothing is asked of any server."""
    modelfile.write_text("FROM tutor\nPARAMETER temprature 0\n", "utf-8")
    done = command("create", "toad", "-f", str(modelfile), OLLAMA_HOST="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "2 | PARAMETER temprature 0" in done.stderr


def test_dry_run(modelfile, capsys):
    """The request is JSON on standard output."""
    assert main(["create", "toad", "-f", str(modelfile), "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "toad"


def test_create_of_a_file_that_is_not_there(tmp_path, capsys):
    """A missing file is an error, and never another Modelfile."""
    assert main(["create", "toad", "-f", str(tmp_path / "missing")]) == 1
    assert "cannot read the Modelfile" in capsys.readouterr().err


def test_lint(modelfile, tmp_path, capsys):
    """0 for a good file, 1 for mistakes at line and column, 2 for a file that cannot be read; the worst counts."""
    assert main(["lint", str(modelfile)]) == 0
    assert "Ollama accepts it" in capsys.readouterr().out
    bad = tmp_path / "bad"
    bad.write_text("FROM tutor\nPARAMETER temprature 0\n", "utf-8")
    assert main(["lint", str(modelfile), str(bad)]) == 1
    assert f"{bad}:2:11: error:" in capsys.readouterr().out
    assert main(["lint", str(bad), str(tmp_path / "missing")]) == 2


def test_lint_of_standard_input():
    """``-`` reads standard input."""
    done = command("lint", "-", stdin="SYSTEM x\n")
    assert done.returncode == 1
    assert "-: Ollama says: no FROM line" in done.stdout


def test_notebooks_are_copied_and_never_overwritten(tmp_path):
    """A notebook that the person has changed stays as it is."""
    first = copy_to(tmp_path / "mine")
    assert first.name == FIRST
    first.write_text("changed", "utf-8")
    copy_to(tmp_path / "mine")
    assert first.read_text("utf-8") == "changed"


def test_a_model_is_exported_with_its_certificate(embedded, tmp_path, capsys):
    """Exact: status 0; a lost character is named and is status 1, and two ways keep it."""
    client = ollama_magics.Client(embedded)
    client.create("exported", from_="tutor", system="a\u00a0b", parameters={"seed": 1_234_567})
    where = ["--host", embedded]
    assert main(["export", "exported", *where]) == 1
    said = capsys.readouterr()
    assert 'SYSTEM """a\u00a0b"""\n' in said.out
    assert said.out.endswith("PARAMETER seed 1234567\n")
    assert "SYSTEM: Ollama's parser drops no-break space (U+00A0) in line 1, column 2" in said.err
    path = tmp_path / "Modelfile"
    assert main(["export", "exported", "--escapes", "-o", str(path), *where]) == 0
    assert capsys.readouterr().err.startswith("exported: exact: read again by ollama-magics, all 5 fields are equal (FROM, TEMPLATE, ")
    assert main(["create", "again", "-f", str(path), *where]) == 0
    assert client.show("again")["system"] == "a\u00a0b"
    capsys.readouterr()
    assert main(["export", "again", "--json", *where]) == 0
    assert json.loads(capsys.readouterr().out)["system"] == "a\u00a0b"
    assert main(["export", "nobody", *where]) == 1
