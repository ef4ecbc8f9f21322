"""``ollama-magics lint FILE…``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ollama_magics.errors import FileProblem, UsageProblem

if TYPE_CHECKING:
    from ollama_magics.cli.reports import Checked
    from ollama_magics.cli.sources import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", metavar="FILE", nargs="*", default=["Modelfile"], help="Modelfiles and notebooks; - reads standard input")
    parser.add_argument("--fix", action="store_true", help="put right what has a certain fix, and write the files")
    forms = ["text", "concise", "json", "github", "sarif"]
    parser.add_argument("--format", choices=forms, default="text", help="form of the report (default: text)")
    parser.add_argument("--select", metavar="RULE", action="append", help="only these rules, as MF501, MF5 or dropped-characters")
    parser.add_argument("--ignore", metavar="RULE", action="append", help="all rules but these; errors are never left out")
    parser.add_argument("--strict", action="store_true", help="exit with status 1 for warnings too")
    parser.add_argument("--explain", metavar="RULE", help="print what a rule is about")
    parser.add_argument("--rules", action="store_true", help="list all rules")
    parser.epilog = (
        "Exit status: 0 nothing is wrong, 1 a Modelfile has a mistake, 2 a file cannot be read or the command line or pyproject.toml "
        "cannot be meant. A comment `# ollama-magics: ignore RULE` above an instruction ignores a rule there, `ignore-file` everywhere."
    )


def execute(arguments: argparse.Namespace) -> int:
    """Report every problem and return 0, 1 or 2."""
    from ollama_magics.cli.reports import FORMATS

    try:
        if arguments.explain or arguments.rules:
            from ollama_magics.cli.pages import rule_list, rule_page

            sys.stdout.write(rule_page(arguments.explain) if arguments.explain else rule_list())
            return 0
        checked: list[Checked] = []
        status = 0
        for name in dict.fromkeys(arguments.files):
            status = max(status, _lint(name, arguments, checked))
    except UsageProblem as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    report = FORMATS[arguments.format](checked)
    (sys.stderr if arguments.fix and "-" in arguments.files else sys.stdout).write(report)
    return status


def _lint(name: str, arguments: argparse.Namespace, checked: list[Checked]) -> int:
    from ollama_magics.cli.reports import Checked
    from ollama_magics.cli.settings import settings_for
    from ollama_magics.cli.sources import read_sources

    try:
        sources = read_sources(name)
        if arguments.fix:
            sources = _fixed(name, sources, arguments)
    except FileProblem as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    status = 0
    for source in sources:
        settings = settings_for(source.folder).with_options(arguments.select, arguments.ignore, arguments.strict)
        problems = [problem for problem in source.modelfile.problems if settings.wants(problem) and not source.is_open(problem.line)]
        checked.append(Checked(source, problems))
        status = max(status, int(any(map(settings.fails, problems))))
    return status


def _fixed(name: str, sources: list[Source], arguments: argparse.Namespace) -> list[Source]:
    """Return the sources with their fixes made, and write those that changed."""
    from dataclasses import replace

    from ollama_magics.cli.settings import settings_for
    from ollama_magics.cli.sources import write_back
    from ollama_magics.modelfile.fixing import fixed

    after, total = [], 0
    for source in sources:
        if source.substituted:  # what it says is decided only when the notebook runs
            after.append(source)
            continue
        settings = settings_for(source.folder).with_options(arguments.select, arguments.ignore, arguments.strict)
        try:
            modelfile, count = fixed(source.modelfile, settings.wants)
        except UsageProblem as exc:
            raise FileProblem(f"{source.label}: {exc.message}", hint=exc.hint) from exc
        after.append(replace(source, modelfile=modelfile))
        total += count
    changed = {source.cell: source.modelfile for source, before in zip(after, sources, strict=True) if source.modelfile != before.modelfile}
    if changed or name == "-":
        write_back(name, changed or {None: after[0].modelfile})
    if total:
        print(f"{name}: {total} fixed", file=sys.stderr)
    return after
