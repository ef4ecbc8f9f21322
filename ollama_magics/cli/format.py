"""``ollama-magics format FILE…``."""

from __future__ import annotations

import argparse
import sys
from difflib import unified_diff

from ollama_magics.errors import FileProblem, ModelfileProblem, UsageProblem


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", metavar="FILE", nargs="*", default=["Modelfile"], help="Modelfiles and notebooks; - reads standard input")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="write nothing, name the files that would change")
    what.add_argument("--diff", action="store_true", help="write nothing, print what would change")
    parser.add_argument("--sort", action="store_true", help="bring the instructions into one order, FROM first")
    parser.epilog = (
        "Values stay byte for byte. Exit status: 0 all is in the one layout, now or before; 1 with --check or --diff a file would change; "
        "2 a file cannot be read, or has mistakes."
    )


def execute(arguments: argparse.Namespace) -> int:
    """Format the files, or say what that would change, and return 0, 1 or 2."""
    return max((_format(name, arguments) for name in dict.fromkeys(arguments.files)), default=0)


def _format(name: str, arguments: argparse.Namespace) -> int:
    from ollama_magics.cli.sources import read_sources, write_back
    from ollama_magics.modelfile import parse
    from ollama_magics.modelfile.edit import encoded
    from ollama_magics.modelfile.format import formatted

    changed, status = {}, 0
    try:
        sources = read_sources(name)
        for source in sources:
            before = source.modelfile
            try:
                text = formatted(before, sort=arguments.sort, final_line_end=source.cell is None)
                if text != before.source_text:
                    changed[source.cell] = parse(encoded(before, text), first_line=source.first_line, folder=source.folder)
                    if arguments.diff:
                        _print_diff(source.label, before.source_text, text)
            except (ModelfileProblem, UsageProblem) as exc:
                if source.substituted:  # its values are not there before the notebook runs
                    continue
                print(f"error: {source.label}: {exc.message}", file=sys.stderr)
                status = 2
        if arguments.check or arguments.diff:
            if changed and arguments.check:
                print(f"would format {name}")
            return max(status, int(bool(changed)))
        if name == "-":
            write_back(name, {None: changed.get(None, sources[0].modelfile)})
        elif changed:
            write_back(name, changed)
            print(f"formatted {name}")
    except FileProblem as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    return status


def _print_diff(label: str, before: str, after: str) -> None:
    from ollama_magics.display.visible import visible

    old, new = (text.replace("\r\n", "\n").replace("\r", "\n").splitlines() for text in (before, after))
    for line in unified_diff(old, new, label, label, lineterm=""):
        print(visible(line))
