"""Imports point down only, and the pure rooms stand on the standard library alone."""

import ast
import subprocess
import sys

import pytest

PURE_ROOMS = ["errors", "text", "wire", "modelfile", "template", "display"]
BESIDES_STANDARD_LIBRARY = {"display": {"markdown_it"}}


def test_imports_point_down_only(root):
    """The layers that pyproject names hold (import-linter)."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_pure_rooms_import_the_standard_library_only(root, room):
    """No file of a pure room imports a package that pip would have to install."""
    folder = root / "ollama_magics" / room
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    allowed = {*sys.stdlib_module_names, "ollama_magics", *BESIDES_STANDARD_LIBRARY.get(room, ())}
    foreign = [f"{file.relative_to(root)}: {name}" for file in files for name in sorted(_imported(file) - allowed)]
    assert foreign == []


def _imported(file):
    """Return the top-level names that a file imports anywhere, in functions too."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.partition(".")[0])
    return names
