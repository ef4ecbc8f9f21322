"""What the magics of one shell share: how they show things, their conversations, and how their errors look."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from ollama_magics.errors import Cancelled, ModelNotFound, ModelStuck, OllamaMagicsError, UsageProblem
from ollama_magics.magics.arguments import Arguments, help_text, parse
from ollama_magics.magics.output import Screen
from ollama_magics.services.modelnames import ModelNames

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.services.conversation import Chat
    from ollama_magics.services.servers import Server

A = TypeVar("A", bound=Arguments)
R = TypeVar("R")
T = TypeVar("T")


class Session:
    """The state of the magics in one shell.

    Args:
        shell: the IPython shell.
        environ: where ``OLLAMA_MAGICS_UI`` is read.
    """

    def __init__(self, shell: InteractiveShell, environ: Mapping[str, str] = os.environ) -> None:
        self.shell = shell
        self.screen = Screen(shell, environ)
        self.chats: dict[tuple[str, str], Chat] = {}
        self.names = ModelNames()

    def server(self, host: str | None) -> tuple[Server, Client]:
        """Return the server of ``host``, or the one to talk to, looked for in a way that can be interrupted."""
        from ollama_magics.services.servers import client_for, settled_server

        # A thread costs more than to look into a table.
        return settled_server(host) or self.work(lambda report, cancel: client_for(host, cancel))

    def work(
        self,
        work: Callable[[Callable[[T], None], CancelToken], R],
        show: Callable[[T], None] = lambda item: None,
        tick: Callable[[], None] = lambda: None,
        *,
        at_once: bool = True,
    ) -> R:
        """Return what ``work(report, cancel)`` returns; it runs in a thread, ``show`` and ``tick`` here; an interrupt ends it at once."""
        from ollama_magics.client.cancel import CancelToken
        from ollama_magics.magics.attend import attend

        cancel = CancelToken()
        return attend(lambda report: work(report, cancel), show, cancel, tick, at_once=at_once)

    def shown(self, result: T) -> T | None:
        """Make ``result``, which the cell has drawn already, the value ``_``; return it only where it is assigned to a name.

        Source: IPython, ``DisplayHook.__call__`` writes its prompt before it asks whether there is anything to draw.
        """
        if self._assigns():
            return result
        self.shell.displayhook.update_user_ns(result)
        return None

    def _assigns(self) -> bool:
        """Whether the magic that runs stands right of an ``=``."""
        typed = self.shell.history_manager.input_hist_raw[-1].strip()
        return not typed.startswith("%%") and not typed.rpartition("\n")[2].lstrip().startswith("%")

    def magic(self, kind: type[A], body: Callable[[A], R], *others: type[Arguments]) -> Callable[[str], R | None]:
        """Return a function of a magic's line that parses it, answers ``--help`` (with that of ``others``) and calls ``body``."""

        def run(line: str) -> R | None:
            arguments = parse(kind, line)
            if arguments.help:
                print("\n\n".join([help_text(kind), *map(help_text, others)]))
                return None
            return body(arguments)

        return run

    def border(self, function: Callable[..., R]) -> Callable[..., R]:
        """Return ``function`` with its errors drawn once, as text or as a card, and raised so that the cell fails."""

        @wraps(function)
        def run(*args: Any) -> R:
            try:
                return function(*args)
            except OllamaMagicsError as exc:
                _say_in_magics(exc)
                self.screen.failure(exc)
                raise
            except KeyboardInterrupt as exc:
                stopped = Cancelled("cancelled")
                self.screen.failure(stopped)
                raise stopped from exc
            finally:
                self.names.expire()

        return run

    def conversation(self, model: str, host: str | None) -> Chat:
        """Return the conversation of this shell with ``model``, or with a version of it, begun when there is none.

        Raises:
            ModelNotFound: a version is asked for, and none is known.
            UsageProblem: there is no such version.
        """
        from ollama_magics.services.conversation import Chat
        from ollama_magics.services.history import split_version
        from ollama_magics.wire.names import parse_name

        server, client = self.server(host)
        name, which = split_version(model)
        version = f"@{self._number(client, name, which)}" if which else ""
        # The built-in server may come back at another address; it is the same server.
        key = ("" if server.kind == "embedded" else server.url, parse_name(name).full.casefold() + version)
        if key not in self.chats:
            self.chats[key] = Chat(name + version, host=host)
        return self.chats[key]

    def _number(self, client: Client, model: str, which: str) -> int | None:
        from ollama_magics.services.standin import found_version
        from ollama_magics.services.versions import VERSIONS

        return self.work(lambda report, cancel: found_version(model, which, client, VERSIONS, cancel)).number

    def confirm(self, question: str) -> bool:
        """Ask the person, and return whether the answer is yes.

        Raises:
            UsageProblem: nobody can be asked here.
        """
        from IPython.core.error import StdinNotImplementedError

        try:
            return input(f"{question} [y/N] ").strip().casefold() in {"y", "yes"}
        except (StdinNotImplementedError, EOFError) as exc:
            raise UsageProblem("nobody can be asked here", hint="say it with --yes") from exc


def _say_in_magics(error: OllamaMagicsError) -> None:
    """Let the hint of an error name magics where it names functions of Python."""
    facts = error.details
    if isinstance(error, ModelNotFound) and "base" not in facts:
        near = facts.get("near") or ()
        error.hint = f"did you mean {' or '.join(near)}?" if near else "%ollama list shows the models of the server"
    elif isinstance(error, ModelStuck):
        error.hint = f"unload it with %ollama stop {facts.get('model', 'NAME')}, then ask again"
