"""``ollama-magics run NAME PROMPT``."""

from __future__ import annotations

import argparse
import sys

from ollama_magics.display.visible import visible


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="the model")
    parser.add_argument("prompt", metavar="PROMPT", nargs="+", help="the question; - reads standard input")
    parser.add_argument("-o", "--option", metavar="NAME=VALUE", action="append", default=[], help="a parameter, as temperature=0")
    parser.add_argument("-s", "--system", metavar="TEXT", help="replaces the model's SYSTEM")
    parser.add_argument("--format", choices=["json"], help="answer in JSON")
    parser.add_argument("--verbose", action="store_true", help="print the figures of the answer on standard error")
    parser.add_argument("--host", help="the server that has the model")


def execute(arguments: argparse.Namespace) -> int:
    """Stream the answer to standard output."""
    from ollama_magics.display.cards import context_text, stats_text
    from ollama_magics.services.conversation import Chat, Delta
    from ollama_magics.services.options import option_pair, option_values

    def show(piece: Delta) -> None:
        sys.stdout.write(visible(piece.text))
        sys.stdout.flush()

    chat = Chat(
        arguments.name,
        host=arguments.host,
        system=arguments.system,
        options=option_values(tuple(map(option_pair, arguments.option))),
        format=arguments.format,
    )
    prompt = sys.stdin.read() if arguments.prompt == ["-"] else " ".join(arguments.prompt)
    try:
        answer = chat.ask(prompt, on_delta=show)
    finally:
        sys.stdout.write("\n")
    if answer.note:
        print(f"! {answer.note}", file=sys.stderr)
    if arguments.verbose:
        print(" · ".join(part for part in (stats_text(answer.stats), context_text(answer.stats)) if part), file=sys.stderr)
    return 0
