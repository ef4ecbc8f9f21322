"""Who has the floor in a conversation: one answer at a time, and everybody who looks on sees the same."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ollama_magics.errors import UsageProblem
from ollama_magics.services.conversation.answer import Answer, Call, Delta
from ollama_magics.services.conversation.tree import Exchange, Fork, Tree

if TYPE_CHECKING:
    from ollama_magics.services.conversation.reply import Reply

_log = logging.getLogger(__name__)

Happening = Literal["begun", "piece", "calls", "ended", "changed"]


class Watcher(Protocol):
    """What looks on while a conversation goes on: called by whichever thread acts, one call after the other. It must not block."""

    def begun(self) -> None:
        """A question has been asked, or another answer to one begun: the open branch ends in it."""

    def piece(self, piece: Delta) -> None:
        """A piece of the running answer has come."""

    def calls(self, calls: tuple[Call, ...]) -> None:
        """The calls of tools in the running answer have changed."""

    def ended(self) -> None:
        """The running answer has ended."""

    def changed(self) -> None:
        """Another branch is open."""


class Floor:
    """The tree of a conversation, and whose turn it is. Attributes are read and changed under ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tree = Tree()
        self.running: Reply | None = None
        self._watchers: list[Watcher] = []

    def take(self, reply: Reply, open_place: Callable[[], tuple[Exchange, Fork]]) -> tuple[Exchange, Fork]:
        """Give ``reply`` the floor and return the place of its answer.

        Raises:
            UsageProblem: an answer is still coming.
        """
        with self.lock:
            self.check_quiet()
            place = open_place()
            self.running = reply
            return place

    def give(self, fork: Fork, answer: Answer) -> None:
        """Put the answer in its place; the floor is free."""
        with self.lock:
            fork.answer = answer
            self.running = None
            self.tell("ended")

    def check_quiet(self) -> None:
        """Do nothing while no answer comes.

        Raises:
            UsageProblem: one does.
        """
        if self.running is not None:
            raise UsageProblem("an answer is still coming", hint="stop it first")

    def tell(self, what: Happening, *told: Any) -> None:
        """Call the watchers. The lock is held meanwhile, so that one that joins in the middle sees every piece once."""
        with self.lock:
            for watcher in list(self._watchers):
                try:
                    getattr(watcher, what)(*told)
                except Exception:  # a border: a view that fails must not take the answer with it
                    _log.exception("%r failed to show what happened: %s", watcher, what)

    @property
    def is_watched(self) -> bool:
        """Whether anybody looks on."""
        with self.lock:
            return bool(self._watchers)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Let ``watcher`` look on until the function that is returned is called."""
        with self.lock:
            self._watchers.append(watcher)

        def leave() -> None:
            with self.lock:
                self._watchers = [kept for kept in self._watchers if kept is not watcher]

        return leave
