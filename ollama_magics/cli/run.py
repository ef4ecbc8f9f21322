"""``ollama-magics run NAME PROMPT``, and ``… | ollama-magics run NAME PROMPT``."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from typing import TYPE_CHECKING, TextIO

from ollama_magics.cli.options import declare, given
from ollama_magics.cli.terminal import print_json
from ollama_magics.display.visible import visible
from ollama_magics.errors import UsageProblem
from ollama_magics.magics.ollama.work import RunArguments, answer_data, prepared_chat

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Delta


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    declare(parser, RunArguments)
    parser.add_argument("--hidethinking", action="store_true", help="leave out what the model thinks first")
    parser.add_argument("--verbose", action="store_true", help="print the figures of the answer on standard error")
    parser.epilog = "PROMPT - and text in a pipe are read from standard input; the text in a pipe stands before PROMPT."


def execute(arguments: argparse.Namespace) -> int:
    """Stream the answer to standard output."""
    from ollama_magics.magics.chat import format_value

    asked = given(RunArguments, arguments)
    prompt = whole_prompt(asked.prompt, sys.stdin)
    if not prompt.strip():
        raise UsageProblem("there is no question", hint='write it behind the name: ollama-magics run NAME "…"')
    chat = prepared_chat(asked, format_value(asked.format, {}))
    if asked.json:
        print_json(answer_data(chat.ask(prompt, images=asked.image)))
        return 0
    show = _Writer(sys.stdout, hide_thinking=arguments.hidethinking)
    try:
        answer = chat.ask(prompt, images=asked.image, on_delta=show)
    finally:
        sys.stdout.write("\n")
    if answer.note:
        print(f"! {visible(answer.note)}", file=sys.stderr)
    if arguments.verbose:
        from ollama_magics.display.cards import context_text, stats_text

        print(" · ".join(part for part in (stats_text(answer.stats), context_text(answer.stats)) if part), file=sys.stderr)
    return 0


class _Writer:
    """Writes an answer as it comes; what the model thinks first stands between its marks.

    Source: Ollama cmd/cmd.go (v0.33.0-rc2): ``Thinking...`` and ``...done thinking.`` around it.
    """

    def __init__(self, out: TextIO, *, hide_thinking: bool) -> None:
        self._out, self._hide = out, hide_thinking
        self._thinking = False

    def __call__(self, piece: Delta) -> None:
        """Write one piece."""
        if piece.thinking and not self._hide:
            if not self._thinking:
                self._out.write("Thinking...\n")
                self._thinking = True
            self._out.write(visible(piece.thinking))
        if piece.text:
            if self._thinking:
                self._out.write("\n...done thinking.\n\n")
                self._thinking = False
            self._out.write(visible(piece.text))
        self._out.flush()


def whole_prompt(typed: str, stdin: TextIO) -> str:
    """Return what was typed with what stands in the pipe before it; ``-`` reads standard input whatever that is."""
    if typed == "-":
        return stdin.read()
    if not _is_pipe(stdin):
        return typed
    piped = stdin.read().strip("\n")
    return "\n".join(part for part in (piped, typed) if part)


def _is_pipe(stdin: TextIO) -> bool:
    """Whether somebody sent text here: a pipe or a file, which end; what a service has as its standard input may never end."""
    try:
        mode = os.fstat(stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
