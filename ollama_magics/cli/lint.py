"""``ollama-magics lint FILE…``."""

from __future__ import annotations

import argparse
import sys

from ollama_magics.cli.reading import read_modelfile
from ollama_magics.display.visible import one_line
from ollama_magics.errors import FileProblem


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", metavar="FILE", nargs="*", default=["Modelfile"], help="Modelfiles; - reads standard input")
    parser.epilog = "Exit status: 0 nothing is wrong, 1 a Modelfile has a mistake, 2 a file cannot be read."


def execute(arguments: argparse.Namespace) -> int:
    """Print every problem as ``FILE:LINE:COLUMN: severity: message [code name]`` and return 0, 1 or 2."""
    return max((_lint(name) for name in arguments.files), default=0)


def _lint(name: str) -> int:
    from ollama_magics.modelfile import parse

    try:
        source, _ = read_modelfile(name)
    except FileProblem as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    modelfile = parse(source)
    for problem in modelfile.problems:
        rule = f"{problem.code} {problem.name}"
        print(f"{name}:{problem.line}:{problem.column}: {problem.severity}: {one_line(problem.message)} [{rule}]")
        fix = f"fix: {problem.fix.title}" if problem.fix else ""
        for words in filter(None, (problem.note, problem.help, fix)):
            print(f"  {one_line(words)}")
    if modelfile.verdict.error is not None:
        print(f"{name}: Ollama says: {one_line(modelfile.verdict.error)}")
    wrong = modelfile.verdict.error is not None or any(problem.severity == "error" for problem in modelfile.problems)
    if not wrong:
        print(f"{name}: Ollama accepts it")
    return int(wrong)
