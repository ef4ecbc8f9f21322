"""What a verb works with: a notebook's session, or a shell's terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from ollama_magics.magics.arguments import Arguments, switch, value

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.display.segments import Document
    from ollama_magics.services.progress import Progress
    from ollama_magics.services.servers import Server

R = TypeVar("R")
T = TypeVar("T")


@dataclass
class VerbArguments(Arguments):
    """What every verb takes."""

    json: bool = switch("--json", about="give the result as data, and show nothing else")


@dataclass
class ServerArguments(VerbArguments):
    """What every verb takes that asks a server."""

    host: str | None = value("--host", metavar="URL", about="the server to ask")


class WorkView(Protocol):
    """What shows work while it runs."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
    def cancels(self, cancel: CancelToken) -> CancelToken:
        """Return ``cancel``, set by the view's Cancel button too."""

    def update(self, step: Progress) -> None:
        """Show one step."""

    def tick(self) -> None:
        """Nothing was reported for a while."""

    def finish(self, document: Document) -> None:
        """Show the result."""


class Sheet(Protocol):
    """Where results are shown."""

    def document(self, document: Document) -> None:
        """Show a document."""

    def progress(self, title: str, server: Server) -> WorkView:
        """Return what shows work while it runs."""


class Desk(Protocol):
    """Where a verb finds its server, shows things and asks."""

    @property
    def screen(self) -> Sheet:
        """Where results are shown."""

    def server(self, host: str | None) -> tuple[Server, Client]:
        """Return the server of ``host``, or the one to talk to, and a client of it."""

    def work(
        self,
        work: Callable[[Callable[[T], None], CancelToken], R],
        show: Callable[[T], None] = ...,
        tick: Callable[[], None] = ...,
        *,
        at_once: bool = True,
    ) -> R:
        """Return what ``work(report, cancel)`` returns; an interrupt ends it at once."""

    def confirm(self, question: str) -> bool:
        """Ask the person, and return whether the answer is yes; raises UsageProblem where nobody can be asked."""


def no_progress(step: Any) -> None:
    """Show nothing of a step: what is given as data has no running commentary."""
