"""Tools of a conversation: what the model is told of them, who allows a call, and running it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.tools import describe
from ollama_magics.errors import UsageProblem
from ollama_magics.services.conversation.answer import Call

Decision = Literal["once", "chat", "refuse"]
OnCall: TypeAlias = Callable[[Call], Decision]
Tool: TypeAlias = Callable[..., Any] | Mapping[str, Any]

DECISIONS: tuple[Decision, ...] = ("once", "chat", "refuse")
MOST_ROUNDS = 8
"""Rounds of calls that one answer may have; a model that calls the same tool for ever is stopped there."""

REFUSED = "The user did not allow this call."
UNHEARD = "This call was stopped before it ended."
"""What the model is told in the place of a result."""


class Toolbox:
    """The tools that a model may ask for.

    Args:
        tools: Python functions, described by their signature and docstring; or descriptions as the API takes them, which only the
            caller can run: an answer ends where the model asks for one.

    Raises:
        UsageProblem: a signature cannot be told in JSON, a description has no name, or two tools have the same.
    """

    def __init__(self, tools: Sequence[Tool] = ()) -> None:
        self.tools = tuple(tools)
        self.described: list[dict[str, Any]] = []
        self._functions: dict[str, Callable[..., Any]] = {}
        names: set[str] = set()
        for tool in tools:
            description = describe(tool) if callable(tool) else dict(tool)
            name = _name_of(description)
            if name in names:
                raise UsageProblem(f"two tools are called {name}", hint="give one of them another name")
            names.add(name)
            self.described.append(description)
            if callable(tool):
                self._functions[name] = tool
        self.names = tuple(sorted(names))

    def __len__(self) -> int:
        return len(self.described)

    def runs(self, name: str) -> bool:
        """Whether calls of this name are run, or failed, here; those of a tool that is only described are the caller's."""
        return name in self._functions or name not in self.names

    def run(self, call: Call, cancel: CancelToken, clock: Callable[[], float] = time.perf_counter) -> Call:
        """Return the call with its result; what the tool raises is the result of a failed one.

        Raises:
            Cancelled: ``cancel`` was set; the function, which nothing can stop, goes on and is not heard.
        """
        function = self._functions.get(call.name)
        if function is None:
            there = f"the tools are {', '.join(self.names)}" if self.names else "there are none"
            return replace(call, state="failed", result=f"There is no tool {call.name}: {there}.")
        began, outcome = clock(), _Outcome()
        threading.Thread(target=outcome.take, args=(function, call.arguments), name=f"tool {call.name}", daemon=True).start()
        outcome.wait(cancel)
        seconds = clock() - began
        if outcome.error is not None:
            text = f"{type(outcome.error).__name__}: {outcome.error}"
            return replace(call, state="failed", result=text, seconds=seconds)
        return replace(call, state="allowed", result=as_text(outcome.value), seconds=seconds)


class _Outcome:
    """What a function gives in another thread."""

    def __init__(self) -> None:
        self.value: Any = None
        self.error: Exception | None = None
        self._over = threading.Event()

    def take(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        try:
            self.value = function(**arguments)
        except Exception as exc:  # the border to a person's code: the model and the person are told
            self.error = exc
        finally:
            self._over.set()

    def wait(self, cancel: CancelToken) -> None:
        """Wait for the function's end, or for the cancel."""
        forget = cancel.on_cancel(self._over.set)
        try:
            self._over.wait()
        finally:
            forget()
        cancel.raise_if_cancelled()


def asked_calls(found: Sequence[Any], first: int) -> tuple[Call, ...]:
    """Return the calls of a message as the server sent them; those without an id are numbered from ``first``."""
    calls = []
    for at, item in enumerate(found):
        function = item.get("function") or {}
        arguments = function.get("arguments")
        given = dict(arguments) if isinstance(arguments, Mapping) else {}
        calls.append(Call(str(item.get("id") or f"call_{first + at}"), str(function.get("name") or ""), given))
    return tuple(calls)


def left(call: Call) -> Call:
    """Return a call as it is left by an answer that was stopped: what asked was not allowed, what ran was not heard."""
    if call.state == "asks":
        return replace(call, state="refused", result=REFUSED)
    return replace(call, state="failed", result=UNHEARD) if call.state == "running" else call


def as_text(value: Any) -> str:
    """Return the result of a tool as the model is given it: text as it is, everything else as JSON where it is some.

    >>> as_text(["14:30", "16:00"]), as_text(None), as_text({1})
    ('["14:30", "16:00"]', 'null', '{1}')
    """
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def _name_of(description: Mapping[str, Any]) -> str:
    function = description.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    if not name:
        raise UsageProblem("the description of a tool has no name", hint='write {"type": "function", "function": {"name": …}}')
    return str(name)
