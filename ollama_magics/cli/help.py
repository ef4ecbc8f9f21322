"""``ollama-magics help [WORD…]``: the page of an instruction, a parameter, a name of templates, a rule or an error."""

from __future__ import annotations

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    about = "for instance temperature, SYSTEM, .Messages, MF301, no-server, or what a server says; without it all are listed"
    parser.add_argument("word", nargs="*", metavar="WORD", help=about)
    parser.add_argument("--format", choices=("text", "markdown"), default="text", help="how the page is written")


def execute(arguments: argparse.Namespace) -> int:
    """Print the page, or the list of topics; raises UsageProblem for a word that there is nothing about."""
    from ollama_magics.display import markdownpage, text
    from ollama_magics.services.reference import topic

    word = " ".join(arguments.word)
    if not word:
        sys.stdout.write(_list())
        return 0
    render = markdownpage.render if arguments.format == "markdown" else text.render
    page = render(topic(word, listed_by="ollama-magics help").page())
    sys.stdout.write(f"{page.rstrip()}\n")
    return 0


def _list() -> str:
    """Return a line a topic, group by group."""
    from ollama_magics.services.reference import topics

    width = max(len(topic.name) for topic in topics() if topic.group != "error")
    return "".join(f"{topic.group:<11}  {topic.name:<{width}}  {topic.summary}\n" for topic in topics())
