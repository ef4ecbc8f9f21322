"""CONTRIBUTING.md describes the repository as it is."""

import re
import tomllib

import pytest

PLACES = ("ollama_magics/", "labextension/", "docs/", "notebooks/", "tests/", ".ci/")


@pytest.fixture(scope="module")
def page(root):
    """Return the text of the page."""
    return (root / "CONTRIBUTING.md").read_text("utf-8")


def test_drawn_layers_are_the_checked_layers(root, page):
    """The drawing has the rows of import-linter's contract, top to bottom."""
    drawing = re.search(r"## Rooms.*?```\n(.*?)```", page, re.DOTALL)[1]
    drawn = [set(re.split(r"\s+\|\s+", re.split(r"\s{2,}", row)[0])) for row in drawing.splitlines()]
    contracts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    checked = [set(row.replace("ollama_magics.", "").split(" | ")) for row in contracts[0]["layers"]]
    assert drawn == checked


def test_every_room_is_drawn(root, page):
    """No package of ours is missing in the contract or in the drawing."""
    drawing = re.search(r"## Rooms.*?```\n(.*?)```", page, re.DOTALL)[1]
    rooms = [file.parent.name for file in (root / "ollama_magics").glob("*/__init__.py")]
    assert [room for room in rooms if not re.search(rf"\b{room}\b", drawing)] == []


def test_every_path_exists(root, page):
    """A path in code style is there, or is one that the build makes and git ignores."""
    ignored = (root / ".gitignore").read_text("utf-8").splitlines()
    paths = [path for path in re.findall(r"`([^`\s]+)`", page) if path.startswith(PLACES) and not re.search(r"[A-Z]{3}|[*<]", path)]
    assert len(paths) > 10
    assert [path for path in paths if not (root / path).exists() and f"{path.rstrip('/')}/" not in ignored] == []


def test_every_folder_of_the_tests_is_for_a_room_or_named(root, page):
    """A folder of tests mirrors a room, or the page says what it is for."""
    folders = [file.name for file in (root / "tests").iterdir() if file.is_dir() and any(file.glob("test_*.py"))]
    unnamed = [name for name in folders if not (root / "ollama_magics" / name).exists() and f"`tests/{name}/`" not in page]
    assert unnamed == []


def test_commands_of_the_page_name_programs_that_the_dev_extra_brings(root, page):
    """A line of a shell block starts with a program of the environment or of the repository."""
    known = {"python", "pytest", "ruff", "mypy", "lint-imports", ".ci/run", "jlpm", "ollama-magics", "cd", "jupyter-builder"}
    lines = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    programs = {part.split()[0] for line in lines for part in line.split("#")[0].split("&&") if part.strip()}
    assert programs
    assert programs <= known


def test_one_page(page):
    """The page stays a page."""
    assert len(page.splitlines()) <= 130
