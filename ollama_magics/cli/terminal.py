"""What a verb of ``%ollama`` works with in a shell: text on standard output, progress and questions on standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ollama_magics.display.visible import visible
from ollama_magics.errors import UsageProblem

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.display.segments import Document
    from ollama_magics.magics.plain import PlainProgress
    from ollama_magics.services.servers import Server

R = TypeVar("R")
T = TypeVar("T")

_MAGIC = re.compile(r"%ollama (?=[a-z])")


def in_shell_words(text: str) -> str:
    """Return a message with the verbs of the shell in the place of magics: they have the same names.

    Examples:
        >>> in_shell_words("pull it: %ollama pull x")
        'pull it: ollama-magics pull x'
    """
    return _MAGIC.sub("ollama-magics ", text)


class Terminal:
    """The desk of a shell's command."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    @property
    def screen(self) -> Terminal:
        """Where results are shown."""
        return self

    @property
    def color(self) -> bool:
        """Whether text may carry terminal colours."""
        return "NO_COLOR" not in self._environ and sys.stdout.isatty()

    def document(self, document: Document) -> None:
        """Print a document."""
        from ollama_magics.display import text

        print(text.render(document, color=self.color))

    def progress(self, title: str, server: Server) -> PlainProgress:
        """Return what shows work while it runs; where nobody looks on, only its result."""
        from ollama_magics.magics.output import QUIET_S
        from ollama_magics.magics.plain import PlainProgress

        return PlainProgress(f"{title} on {server.label}", color=self.color, quiet_s=QUIET_S)

    def server(self, host: str | None) -> tuple[Server, Client]:
        """Return the server of ``host``, or the one to talk to, and a client of it."""
        from ollama_magics.services.servers import client_for

        return client_for(host)

    def work(
        self,
        work: Callable[[Callable[[T], None], CancelToken], R],
        show: Callable[[T], None] = lambda item: None,
        tick: Callable[[], None] = lambda: None,
        *,
        at_once: bool = True,
    ) -> R:
        """Return what ``work(report, cancel)`` returns; an interrupt ends it at once."""
        from ollama_magics.client.cancel import CancelToken
        from ollama_magics.magics.attend import attend

        cancel = CancelToken()
        return attend(lambda report: work(report, cancel), show, cancel, tick, at_once=at_once)

    def confirm(self, question: str) -> bool:
        """Ask the person, and return whether the answer is yes.

        Raises:
            UsageProblem: nobody can be asked here.
        """
        if not sys.stdin.isatty():
            raise UsageProblem("nobody can be asked here", hint="say it with --yes")
        print(f"{visible(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def print_json(value: Any) -> None:
    """Print data as JSON that a script can read."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))
