"""``ollama-magics export NAME``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ollama_magics.display.visible import one_line
from ollama_magics.errors import FileProblem


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="the model")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: standard output)")
    parser.add_argument(
        "--escapes", action="store_true", help="keep characters that no Modelfile can hold, in a notation that only we read"
    )
    parser.add_argument("--json", action="store_true", help="write the create request instead, which loses nothing")
    parser.add_argument("--host", help="the server that has it")
    parser.epilog = (
        "What was written is read again by Ollama's rules and compared field by field with the model; standard error says the result. "
        "Exit status: 0 it is exact, 1 something is lost, or there is no such model."
    )


def execute(arguments: argparse.Namespace) -> int:
    """Write the model and say how exact that is; 1 when something is lost."""
    from ollama_magics.services.reading import export_model
    from ollama_magics.services.servers import client_for

    _, client = client_for(arguments.host)
    export = export_model(client, arguments.name, escapes=arguments.escapes)
    certificate = export.certificate
    request = json.dumps(certificate.request, indent=2, ensure_ascii=False) + "\n"
    _write(request if arguments.json else export.text, arguments.output)
    if arguments.json:
        return 0
    print(f"{arguments.name}: {one_line(str(certificate))}", file=sys.stderr)
    if certificate.losses and not arguments.escapes:
        print("--escapes keeps characters in a notation that only ollama-magics reads, --json the whole request", file=sys.stderr)
    return int(not certificate.exact)


def _write(text: str, output: str | None) -> None:
    if output is None:
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.flush()
        return
    try:
        Path(output).write_text(text, "utf-8", newline="")
    except OSError as exc:
        raise FileProblem(f"cannot write {output}: {exc.strerror or exc}") from exc
