"""``ollama-magics create NAME -f FILE``."""

from __future__ import annotations

import argparse
import sys

from ollama_magics.cli.options import declare, given
from ollama_magics.cli.reading import read_modelfile
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

    last = ""

    def show(step: Progress) -> None:
        nonlocal last
        if step.words != last and sys.stderr.isatty():
            print(visible(step.words), file=sys.stderr)
        last = step.words

    source, directory = read_modelfile(arguments.file)
    options = given(CreateOptions, arguments)
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
