"""Who allows a tool to be run: a function, a person at a panel, or nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import UsageProblem
from ollama_magics.services.conversation.answer import Call
from ollama_magics.services.conversation.tools import DECISIONS, Decision, OnCall


class Consent:
    """Decisions on calls of tools.

    Args:
        on_call: decides; None asks a person where a panel shows the conversation.
        allow_tools: run all calls.
    """

    def __init__(self, on_call: OnCall | None = None, *, allow_tools: bool = False) -> None:
        self.on_call = on_call
        self.allow_tools = allow_tools
        self._changed = threading.Condition()
        self._askers = 0
        self._waiting: dict[str, Decision | None] = {}
        self._allowed: set[str] = set()

    def asker(self) -> Callable[[], None]:
        """Note that somebody can ask a person; return a function that takes it back."""
        with self._changed:
            self._askers += 1

        def leave() -> None:
            with self._changed:
                self._askers -= 1
                self._changed.notify_all()

        return leave

    def of(self, call: Call, cancel: CancelToken) -> Decision | None:
        """Return the decision on a call, None where nobody can be asked.

        Raises:
            Cancelled: the answer was stopped meanwhile.
        """
        if self.allow_tools or call.name in self._allowed:
            return "once"
        decision = self.on_call(call) if self.on_call is not None else self._asked(call, cancel)
        if decision == "chat":
            self._allowed.add(call.name)
        return decision

    def decide(self, call: str, how: Decision) -> None:
        """Answer the call that asks.

        Raises:
            UsageProblem: no such call asks, or ``how`` is no decision.
        """
        if how not in DECISIONS:
            raise UsageProblem(f"{how!r} is no decision on a tool", hint=f"it is one of {', '.join(DECISIONS)}")
        with self._changed:
            if call not in self._waiting or self._waiting[call] is not None:
                raise UsageProblem(f"no call {call} asks; it may be answered already")
            self._waiting[call] = how
            self._changed.notify_all()

    def _asked(self, call: Call, cancel: CancelToken) -> Decision | None:
        """Wait for a person's decision; None where there is no panel to ask at, or no longer."""
        forget = cancel.on_cancel(self._wake)
        try:
            with self._changed:
                self._waiting[call.id] = None
                self._changed.wait_for(lambda: cancel.cancelled or self._waiting[call.id] is not None or not self._askers)
                decision = self._waiting.pop(call.id)
        finally:
            forget()
        cancel.raise_if_cancelled()
        return decision

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
