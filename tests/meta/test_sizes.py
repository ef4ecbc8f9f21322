"""Functions and modules stay small enough to be read at one sitting."""

import ast
import functools
import io
import os
import tokenize
from pathlib import Path

import pytest

LONGEST_FUNCTION = 60
NINE_IN_TEN = 30
LONGEST_MODULE = 400
LONGEST_TEST_MODULE = 600

# Path -> why it may be longer. A table of data reads no better in two halves.
LONGER_MODULES: dict[str, str] = {}

NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}


def test_no_function_is_too_long(root):
    """No function has more than 60 lines of code, in the package or in the tests."""
    sizes = _functions(root, "ollama_magics") | _functions(root, "tests")
    too_long = {where: size for where, size in sizes.items() if size > LONGEST_FUNCTION}
    assert too_long == {}


def test_nine_functions_in_ten_are_short(root):
    """Nine functions in ten of the package have at most 30 lines of code."""
    sizes = sorted(_functions(root, "ollama_magics").values())
    assert sizes[len(sizes) * 9 // 10] <= NINE_IN_TEN


@pytest.mark.parametrize(
    ("folder", "limit"), [("ollama_magics", LONGEST_MODULE), ("labextension", LONGEST_MODULE), ("tests", LONGEST_TEST_MODULE)]
)
def test_no_module_is_too_long(root, folder, limit):
    """A module has at most 400 lines, a file of tests 600."""
    lengths = {file.relative_to(root).as_posix(): len(file.read_text("utf-8").splitlines()) for file in _sources(root, folder)}
    assert {path: length for path, length in lengths.items() if length > limit and path not in LONGER_MODULES} == {}


def test_exceptions_are_still_needed(root):
    """Every module that may be longer is there, and is longer."""
    for path in LONGER_MODULES:
        assert len((root / path).read_text("utf-8").splitlines()) > LONGEST_MODULE


def _sources(root, folder):
    built = {"node_modules", "lib", "static"}
    for at, folders, files in os.walk(root / folder):
        folders[:] = sorted(set(folders) - built)
        yield from (Path(at, file) for file in sorted(files) if file.endswith((".py", ".ts", ".tsx")))


@functools.cache
def _functions(root, folder):
    """Return the number of code lines of each function, docstring, comments and blank lines left out."""
    sizes = {}
    for file in sorted((root / folder).rglob("*.py")):
        source = file.read_text("utf-8")
        code = _code_lines(source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = set(range(node.lineno, node.end_lineno + 1)) & code
                sizes[f"{file.relative_to(root)}:{node.lineno} {node.name}"] = len(lines - _docstring_lines(node))
    return sizes


def _code_lines(source):
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def _docstring_lines(node):
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return set(range(first.lineno, first.end_lineno + 1)) if documented else set()
