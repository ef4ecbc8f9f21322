"""The ``ollama-magics`` command: demo, serve, create, export, run, lint, format, help, and the verbs of ``%ollama`` for a shell."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import ollama_magics
from ollama_magics.errors import OllamaMagicsError

# Verb of %ollama -> what it does.
MODEL_VERBS = {
    "list": "list the models of the server",
    "ps": "list the models that are loaded",
    "show": "show what the server knows of a model",
    "pull": "bring a model from its registry to the server",
    "push": "send a model from the server to its registry",
    "cp": "give a model a second name",
    "rm": "delete models from the server",
    "stop": "unload a model from memory",
    "check": "say what of a model's Modelfile is doubtful, or has no effect on the server",
    "embed": "give the vectors of texts",
    "status": "say which server is used and what it has",
    "host": "say which servers are known",
}

# Verb -> the module with ``configure(parser)`` and ``execute(arguments) -> exit status``, and what the verb does.
VERBS = {
    "demo": ("ollama_magics.cli.demo", "see the magics at work, on a built-in server of their own"),
    "create": ("ollama_magics.cli.create", "create a model from a Modelfile"),
    "export": ("ollama_magics.cli.export", "write a model as a Modelfile, and say how exact that is"),
    "run": ("ollama_magics.cli.run", "ask a model one question"),
    **{name: ("ollama_magics.cli.verbs", about) for name, about in MODEL_VERBS.items()},
    "lint": ("ollama_magics.cli.lint", "find the mistakes in Modelfiles and notebooks"),
    "format": ("ollama_magics.cli.format", "bring Modelfiles and notebooks into one layout"),
    "help": ("ollama_magics.cli.help", "explain an instruction, a parameter, a name of templates, a rule or an error"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with the arguments ``argv`` (the process's own when None) and return its exit status.

    Status 0 is success, 1 is a failure that was said on standard error, 2 is a command line that cannot be meant, 130 an interrupt.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["serve"]:
        from ollama_magics.server.main import serve_command

        return serve_command(given[1:])
    try:
        arguments = _parser(given[:1]).parse_args(given)
    except SystemExit as exc:  # argparse has said what there is to say
        return exc.code if isinstance(exc.code, int) else 2
    try:
        status: int = import_module(arguments.module).execute(arguments)
        return status
    except OllamaMagicsError as exc:
        from ollama_magics.cli.terminal import in_shell_words

        print(f"error: {in_shell_words(str(exc))}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Who reads has read enough; the interpreter would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _parser(verb: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; only the module of the verb in use is loaded."""
    parser = argparse.ArgumentParser(prog="ollama-magics", description="Write, tune and understand Ollama models.")
    parser.add_argument("--version", action="version", version=f"ollama-magics {ollama_magics.__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    verbs.add_parser("serve", help="run the built-in, Ollama-compatible server", add_help=False)
    for name, (module, about) in VERBS.items():
        one = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        one.set_defaults(module=module, verb=name)
        if [name] == list(verb):
            import_module(module).configure(one)
    return parser
