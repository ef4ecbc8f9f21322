"""The tree of a conversation: every question in its wordings, every answer that was given, and which of them are open.

Under an answer stand the questions that were asked after it, of which one is open; under a question its answers, of which one is open.
What is open from the top down is the conversation as it is read and sent. Nothing is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ollama_magics.errors import UsageProblem
from ollama_magics.services.conversation.answer import Answer
from ollama_magics.services.conversation.pictures import Picture
from ollama_magics.wire.types import Message

Which = Literal["question", "answer"]


class Fork:
    """A place where the conversation goes on: an answer, and what was asked after it; None at the top and while it is coming."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer
        self.following: list[Exchange] = []
        self.open = -1

    @property
    def next(self) -> Exchange | None:
        """The question that is open after this answer."""
        return self.following[self.open] if self.open >= 0 else None

    def add(self, exchange: Exchange) -> None:
        """Ask a question after this answer, and open it."""
        self.following.append(exchange)
        self.open = len(self.following) - 1


class Exchange:
    """A question and its answers.

    Attributes:
        id: names it in requests of views; the same as long as the conversation lives.
        question: what was asked.
        images: the pictures that went with it.
        answers: the answers that were given to it, the oldest first.
        raw: whether it was asked outside of the conversation.
        taught: whether it was added to a Modelfile.
    """

    def __init__(self, ident: str, parent: Fork, question: str, images: tuple[Picture, ...] = (), *, raw: bool = False) -> None:
        self.id = ident
        self.question = question
        self.images = images
        self.raw = raw
        self.taught = False
        self.parent = parent
        self.forks = [Fork()]
        self.open = 0

    def __repr__(self) -> str:
        return f"<Exchange {self.id}: {self.question!r}, {len(self.forks)} answers>"

    @property
    def fork(self) -> Fork:
        """The answer that is open, as a place to go on from."""
        return self.forks[self.open]

    @property
    def answer(self) -> Answer | None:
        """The answer that is open; None while nothing has come."""
        return self.fork.answer

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers that were given, the oldest first."""
        return tuple(fork.answer for fork in self.forks if fork.answer is not None)

    def begin(self) -> Fork:
        """Open the place of a new answer: one beside the others, or the place of an answer that ended before its first word."""
        if not _is_nothing(self.fork):
            self.forks.append(Fork())
            self.open = len(self.forks) - 1
        return self.fork

    def asked(self) -> Message:
        """Return the question as a request sends it."""
        message = Message(role="user", content=self.question)
        if self.images:
            message["images"] = [image.base64 for image in self.images]
        return message

    def messages(self) -> list[Message]:
        """Return what later requests send of it: nothing where no answer came that could be sent."""
        if self.raw or self.answer is None or not self.answer.is_sent:
            return []
        return [self.asked(), *self.answer.messages()]


def _is_nothing(fork: Fork) -> bool:
    got = fork.answer
    return not fork.following and (got is None or (got.state != "done" and not (got.text or got.thinking or got.rounds)))


class Tree:
    """A whole conversation."""

    def __init__(self) -> None:
        self.root = Fork()
        self._exchanges: dict[str, Exchange] = {}

    def __iter__(self) -> Iterator[Exchange]:
        """Every question there is, in the order they were asked."""
        return iter(self._exchanges.values())

    def branch(self) -> list[Exchange]:
        """Return the questions that are open, from the top."""
        found: list[Exchange] = []
        fork = self.root
        while (exchange := fork.next) is not None:
            found.append(exchange)
            fork = exchange.fork
        return found

    def before(self, exchange: Exchange) -> list[Exchange]:
        """Return the open questions above one of the open branch."""
        branch = self.branch()
        return branch[: branch.index(exchange)]

    def find(self, ident: str | None) -> Exchange:
        """Return a question of the open branch, the last one for None.

        Raises:
            UsageProblem: there is none.
        """
        branch = self.branch()
        if ident is None and branch:
            return branch[-1]
        found = next((exchange for exchange in branch if exchange.id == ident), None)
        if found is None:
            raise UsageProblem("nothing has been asked yet" if ident is None else f"the open branch has no turn {ident!r}")
        return found

    def ask(self, question: str, images: tuple[Picture, ...] = (), *, raw: bool = False) -> Exchange:
        """Add a question at the end of the open branch."""
        branch = self.branch()
        return self._add(branch[-1].fork if branch else self.root, question, images, raw)

    def edit(self, exchange: Exchange, question: str) -> Exchange:
        """Add the question in other words as a branch beside it, with the same pictures."""
        return self._add(exchange.parent, question, exchange.images, exchange.raw)

    def _add(self, parent: Fork, question: str, images: tuple[Picture, ...], raw: bool) -> Exchange:
        exchange = Exchange(f"t{len(self._exchanges) + 1}", parent, question, images, raw=raw)
        self._exchanges[exchange.id] = exchange
        parent.add(exchange)
        return exchange

    def walk(self, exchange: Exchange, which: Which, step: int) -> None:
        """Open the branch ``step`` further on, as far as there are any."""
        if which == "question":
            fork = exchange.parent
            fork.open = min(max(fork.following.index(exchange) + step, 0), len(fork.following) - 1)
        else:
            exchange.open = min(max(exchange.open + step, 0), len(exchange.forks) - 1)

    def close(self) -> None:
        """Open nothing: what is asked next begins a new conversation, beside the old one."""
        self.root.open = -1
