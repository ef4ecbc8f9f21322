"""What has to be asked and sent until a server has a file, without I/O: one rule for threads and for event loops."""

from __future__ import annotations

from typing import Literal

from ollama_magics.errors import ConnectionProblem, NoServer, NotOllama, OllamaMagicsError, ServerFault, StreamCut, TimedOut

TRIES = 3
"""How often a file is sent whose connection breaks off. A server takes a blob whole or not at all, so each try begins anew."""


class Delivery:
    """One file on its way: ask whether it is there, send it if not, and ask again when the connection broke.

    Attributes:
        step: what to do next; ``done`` is nothing.
        outcome: ``sent`` if it was sent, ``present`` if the server had it before.

    Examples:
        >>> delivery = Delivery()
        >>> delivery.took(ServerFault("no blob", status=404))
        >>> delivery.step
        'send'
        >>> delivery.took(StreamCut("hung up"))
        >>> delivery.step
        'ask'
        >>> delivery.took(None)
        >>> delivery.step, delivery.outcome
        ('done', 'sent')
    """

    def __init__(self) -> None:
        self.step: Literal["ask", "send", "done"] = "ask"
        self.outcome: Literal["sent", "present"] = "present"
        self._tries = 0

    def took(self, error: OllamaMagicsError | None) -> None:
        """Take in how the step ended.

        Raises:
            OllamaMagicsError: ``error``, where nothing more can be done about it.
        """
        if error is None:
            self.step = "done"
        elif self.step == "ask":
            if not isinstance(error, ServerFault) or error.status != 404:
                raise error
            self.step = "send"
        else:
            self._tries += 1
            if self._tries >= TRIES or not _broke_off(error):
                raise error
            self.step = "ask"
        if self.step == "send":
            self.outcome = "sent"


def _broke_off(error: OllamaMagicsError) -> bool:
    """Whether another try may help: not where nobody listens, where it is no Ollama, or where somebody's patience is over."""
    return isinstance(error, StreamCut) or (isinstance(error, ConnectionProblem) and not isinstance(error, NoServer | NotOllama | TimedOut))
