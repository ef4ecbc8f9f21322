"""The style checkers find nothing, and the files that travel together agree."""

import json
import re
import subprocess
import sys
import tomllib

import pytest

import ollama_magics as om


def _run(root, *command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_ruff(root):
    """Style, order of imports, docstrings, annotations of signatures, and layout."""
    _run(root, "ruff", "check", "--quiet", ".")
    _run(root, "ruff", "format", "--check", "--quiet", ".")


@pytest.mark.timeout(240)
def test_types(root):
    """The package is strictly typed."""
    _run(root, "mypy")


def test_one_version(root):
    """Package, pyproject, front end and changelog name the same version."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    newest = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    front_end = json.loads((root / "labextension" / "package.json").read_text("utf-8"))
    assert [om.__version__, newest[1], front_end["version"]] == [project["version"]] * 3


def test_lock_files_name_no_host(root):
    """Lock files work with any registry: they hold names, versions and hashes, and no address."""
    locks = [path for name in ("yarn.lock", "package-lock.json", "*.lock") for path in (root / "labextension").glob(name)]
    assert [lock.name for lock in locks if re.search(r"https?://", lock.read_text("utf-8"))] == []


def test_nothing_is_left_to_do(root):
    """No file of ours carries a note that something is still to be done."""
    note = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    folders = ("ollama_magics", "labextension/src", "tests", "notebooks")
    files = [file for folder in folders for file in sorted((root / folder).rglob("*")) if "static" not in file.parts]
    ours = [file for file in files if file.suffix in {".py", ".ts", ".tsx", ".css", ".ipynb"}]
    assert [file.relative_to(root).as_posix() for file in ours if note.search(file.read_text("utf-8"))] == []


def test_our_own_deprecations_are_errors(root):
    """pytest turns a deprecation warning that our code causes into a failure."""
    options = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    assert "error::DeprecationWarning:ollama_magics" in options["filterwarnings"]
