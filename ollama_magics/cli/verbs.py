"""The verbs of ``%ollama`` that need no notebook: ``ollama-magics list``, ``show``, ``rm`` and more."""

from __future__ import annotations

import argparse

from ollama_magics.cli.options import declare, given
from ollama_magics.cli.terminal import Terminal, in_shell_words, print_json
from ollama_magics.magics.ollama import VERBS


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb that the parser is for."""
    kind = VERBS[parser.prog.rpartition(" ")[2]].arguments
    declare(parser, kind)
    if kind.notes:
        parser.epilog = in_shell_words(kind.notes)


def execute(arguments: argparse.Namespace) -> int:
    """Do what the verb does, and print what it gives as JSON where that is asked for."""
    verb = VERBS[arguments.verb]
    value = verb.body(Terminal(), given(verb.arguments, arguments))
    if arguments.json:
        print_json(value)
    return 0
