"""Finding tool calls in a model's answer, in the form that its template shows them.

Source: Ollama tools/tools.go, tools/template.go (v0.33.0-rc2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any

from ollama_magics.template import Template


class _State(Enum):
    LOOKING = auto()
    CALLING = auto()
    DONE = auto()


class _Brackets:
    """Follows pairs of brackets outside of JSON strings through a text that grows; each character is looked at once."""

    def __init__(self, opening: str, closing: str, *, lowest: int | None = None) -> None:
        self._opening = opening
        self._closing = closing
        self._lowest = lowest
        self._at = 0
        self._depth = 0
        self._start = -1
        self._in_string = False
        self._escaped = False

    def next_pair(self, text: str) -> tuple[int, int] | None:
        """Return the bounds of the next outermost pair in ``text``, the closing bracket included, or None so far."""
        while self._at < len(text):
            char = text[self._at]
            self._at += 1
            if self._escaped:
                self._escaped = False
            elif char == "\\":
                self._escaped = True
            elif char == '"':
                self._in_string = not self._in_string
            elif self._in_string:
                continue
            elif char == self._opening:
                if self._depth == 0:
                    self._start = self._at - 1
                self._depth += 1
            elif char == self._closing:
                self._depth -= 1
                if self._depth == 0:
                    return self._start, self._at
                if self._lowest is not None:
                    self._depth = max(self._depth, self._lowest)
        return None


class ToolCallParser:
    """Splits an answer into text and tool calls while it arrives.

    Args:
        template: the model's template; the text before a call in it is the tag to look for, ``{`` when there is none.
        tools: what the request offers.
    """

    def __init__(self, template: Template, tools: Sequence[Mapping[str, Any]]) -> None:
        self.tag = template.tool_call_tag()
        self._names = [(tool.get("function") or {}).get("name") or "" for tool in tools]
        self._state = _State.LOOKING
        self._buffer = ""
        self._count = 0
        self._restart()

    def _restart(self) -> None:
        self._stuck = False
        self._objects = _Brackets("{", "}", lowest=0)
        self._closing = _Brackets(self.tag, "}" if self.tag == "{" else "]")

    @property
    def _is_bracket(self) -> bool:
        return self.tag in ("{", "[")

    def feed(self, text: str) -> tuple[list[dict[str, Any]], str]:
        """Take the next piece and return what is certain by now: calls (``{"function": {"index", "name", "arguments"}}``) and text."""
        if self._state is _State.DONE:
            return [], text
        self._buffer += text
        content = ""
        if self._state is _State.LOOKING:
            content, found = self._look_for_tag()
            if self._is_bracket and content.strip():
                # An answer that begins with something else is no call.
                self._state = _State.DONE
                return [], content + self._buffer
            if not found:
                return [], content
            self._state = _State.CALLING
        calls = []
        while (call := self._next_call()) is not None:
            calls.append(call)
        if self._is_bracket and self._closing.next_pair(self._buffer) is not None:
            self._state = _State.DONE
            content, self._buffer = self._buffer, ""
        return calls, content

    def rest(self) -> str:
        """Return the text that was held back as a possible call and was none; for the end of the answer."""
        return self._buffer if self._is_bracket and self._count == 0 else ""

    def _look_for_tag(self) -> tuple[str, bool]:
        at = self._buffer.find(self.tag)
        found = at >= 0
        if not found:
            longest = min(len(self._buffer), len(self.tag))
            partial = next((size for size in range(longest, 0, -1) if self._buffer.endswith(self.tag[:size])), 0)
            at = len(self._buffer) - partial
        content, self._buffer = self._buffer[:at], self._buffer[at:]
        return content, found

    def _next_call(self) -> dict[str, Any] | None:
        tool = self._find_name()
        if tool is None:
            return None
        name, end = tool
        arguments = self._find_arguments(name)
        if arguments is None:
            return None
        values, closing = arguments
        call = {"function": {"index": self._count, "name": name, "arguments": values}}
        self._count += 1
        self._buffer = self._buffer[max(end, closing) :]
        self._restart()
        return call

    def _find_name(self) -> tuple[str, int] | None:
        """Return the first tool that the buffer names (the longest of those that begin there) and where its name ends."""
        longest = max(map(len, self._names), default=0)
        tails = (self._buffer[-size:] for size in range(1, min(len(self._buffer), longest) + 1))
        if not self._buffer or any(len(tail) < len(name) and name.startswith(tail) for tail in tails for name in self._names):
            # The name at the end may go on.
            return None
        places = [(self._buffer.find(name), -len(name), name) for name in self._names]
        found = min((place for place in places if place[0] >= 0), default=None)
        return None if found is None else (found[2], found[0] + len(found[2]))

    def _find_arguments(self, name: str) -> tuple[dict[str, Any], int] | None:
        """Return the arguments in the first JSON object of the buffer, and the place of its closing brace."""
        while not self._stuck and (pair := self._objects.next_pair(self._buffer)) is not None:
            data = _decoded(self._buffer[pair[0] : pair[1]])
            if data is not None:
                found, values = _search(name, data)
                # A named call without arguments stops the search for good.
                self._stuck = found and values is None
                return None if self._stuck else (values if found and values is not None else data, pair[1] - 1)
        return None


def _decoded(text: str) -> dict[str, Any] | None:
    """Return the JSON object in ``text``, its numbers as floats as Go holds them, or None."""
    try:
        data = json.loads(text, parse_int=float, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _search(name: str, data: Mapping[str, Any]) -> tuple[bool, dict[str, Any] | None]:
    """Look for the arguments of a call of ``name`` in ``data`` and below."""
    if "name" in data:
        values = _object(data, "arguments")
        return True, _object(data, "parameters") if values is None else values
    own = _object(data, name)
    if own is not None:
        return True, own
    for value in data.values():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, dict):
                found, values = _search(name, child)
                if found:
                    return True, values
    return False, None


def _object(data: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """Return the object under ``key``, which may also be there as a JSON text."""
    value = data.get(key)
    if isinstance(value, str):
        value = _decoded(value)
    return value if isinstance(value, dict) else None
