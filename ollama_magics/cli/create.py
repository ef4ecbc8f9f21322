"""``ollama-magics create NAME -f FILE``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ollama_magics.cli.options import declare, given
from ollama_magics.cli.reading import read_modelfile
from ollama_magics.cli.terminal import in_shell_words
from ollama_magics.display import text
from ollama_magics.display.cards import problems_card
from ollama_magics.display.visible import visible
from ollama_magics.errors import ModelfileProblem
from ollama_magics.magics.creating import CreateOptions


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="the model to create")
    parser.add_argument("-f", "--file", default="Modelfile", help="the Modelfile; - reads standard input (default: Modelfile)")
    declare(parser, CreateOptions)
    parser.add_argument("--host", help="the server to create it on")


def execute(arguments: argparse.Namespace) -> int:
    """Create the model and print what that did; 1 when it was not created."""
    from ollama_magics.services.creation import create
    from ollama_magics.services.progress import Progress
    from ollama_magics.services.severalhosts import hosts_of

    last = ""

    def show(step: Progress) -> None:
        nonlocal last
        if step.words != last and sys.stderr.isatty():
            print(visible(step.words), file=sys.stderr)
        last = step.words

    source, directory = read_modelfile(arguments.file, "name it with -f FILE")
    options, hosts = given(CreateOptions, arguments), hosts_of(arguments.host)
    if len(hosts) > 1 and not options.dry_run:
        return _on_several(arguments.name, source, directory, hosts, options)
    where = {"host": arguments.host, "directory": directory}
    try:
        creation = create(arguments.name, source, on_progress=show, dry_run=options.dry_run, **where, **options.manner)
    except ModelfileProblem as exc:
        modelfile = exc.details.get("modelfile")
        if modelfile is None:
            raise
        print(text.render(problems_card(modelfile, arguments.name)), file=sys.stderr)
        return 1
    print(creation if creation.sent else creation.request_json)
    return 0


def _on_several(name: str, source: bytes, directory: Path, hosts: list[str], options: CreateOptions) -> int:
    """Create the model on several servers and print what came of each; 1 when one failed."""
    from ollama_magics.services.severalhosts import create_on

    made = create_on(hosts, name, source, directory=directory, **options.manner)
    for outcome in made:
        print(f"{outcome.url}\n{outcome.creation}" if outcome.creation else f"{outcome.url}\nerror: {in_shell_words(str(outcome.error))}")
    return 1 if made.failed else 0
