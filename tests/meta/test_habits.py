"""Habits of the house that no style checker knows."""

import ast
import functools
import re

import pytest

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def _trees(root, folder):
    for file in sorted((root / folder).rglob("*.py")):
        yield file.relative_to(root).as_posix(), ast.parse(file.read_text("utf-8"))


def test_a_module_is_named_for_what_it_does(root):
    """No module is called utils, helpers, common or the like."""
    assert [file for file in (root / "ollama_magics").rglob("*.py") if file.stem in EMPTY_NAMES] == []


def test_whoever_catches_everything_says_why(root):
    """``except Exception`` is for borders: it raises again, or the line carries the reason in a comment."""
    silent = []
    for path, tree in _trees(root, "ollama_magics"):
        lines = (root / path).read_text("utf-8").splitlines()
        for node in ast.walk(tree):
            if (
                _catches_everything(node)
                and not _raises_again(node)
                and not re.search(r"#\s+(?!noqa|type:|pragma)\w", lines[node.lineno - 1])
            ):
                silent.append(f"{path}:{node.lineno}")
    assert silent == []


def _catches_everything(node):
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(one is None or (isinstance(one, ast.Name) and one.id in {"Exception", "BaseException"}) for one in caught)


def _raises_again(handler):
    return isinstance(handler.body[-1], ast.Raise)


@pytest.mark.parametrize("forbidden", ["time.sleep", "asyncio.sleep", "unittest.mock"])
def test_tests_wait_for_events_and_replace_nothing_of_ours(root, forbidden):
    """A test that sleeps is slow or flaky, and a mock of our own module tests the mock; ``asyncio.sleep(0)`` only lets others run."""
    assert [path for path, names in _names_in_tests(root) if forbidden in names] == []


@functools.cache
def _names_in_tests(root):
    found = []
    for path, tree in _trees(root, "tests"):
        yields = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node) == "asyncio.sleep(0)"}
        used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node not in yields}
        found.append((path, used | _imported(tree)))
    return found


def _imported(tree):
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return names
