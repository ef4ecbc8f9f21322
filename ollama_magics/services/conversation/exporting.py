"""A conversation as a file for others: JSON as the API takes it, or Markdown to read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ollama_magics.errors import FileProblem
from ollama_magics.wire.types import Message

_TITLES = {"user": "You", "assistant": "Model", "system": "System", "tool": "Tool"}


def as_json(model: str, options: Mapping[str, Any], messages: Sequence[Message]) -> str:
    """Return what a request to ``/api/chat`` would hold, as indented JSON text."""
    told = {"model": model, "options": dict(options), "messages": [message.model_dump(exclude_unset=True) for message in messages]}
    return json.dumps({name: value for name, value in told.items() if value}, indent=2, ensure_ascii=False) + "\n"


def as_markdown(model: str, server: str, messages: Sequence[Message]) -> str:
    """Return a document with a heading a message.

    Examples:
        >>> print(as_markdown("mario", "", [Message(role="user", content="Who?"), Message(role="assistant", content="# Me")]), end="")
        # Conversation with mario
        <BLANKLINE>
        ## You
        <BLANKLINE>
        Who?
        <BLANKLINE>
        ## mario
        <BLANKLINE>
        ### Me
    """
    parts = [f"# Conversation with {model}" + (f" on {server}" if server else "")]
    for message in messages:
        title = model if message.role == "assistant" else _TITLES.get(str(message.role), str(message.role))
        parts.append(f"## {title}" + (f": {message.tool_name}" if message.tool_name else ""))
        if message.thinking:
            parts.append("\n".join(f"> {line}".rstrip() for line in message.thinking.splitlines()))
        if message.content:
            parts.append(lowered(message.content))
        for call in message.tool_calls or ():
            asked = json.dumps(call.function.arguments, ensure_ascii=False)
            parts.append(f"```\n{call.function.name} {asked}\n```")
        if message.images:
            parts.append(f"*{len(message.images)} picture{'s' * (len(message.images) > 1)}*")
    return "\n\n".join(parts) + "\n"


_HEADING = re.compile(r"^(#{1,4})(?= )")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def lowered(text: str) -> str:
    """Return Markdown whose headings stand below those of the document; code stays as it is.

    Examples:
        >>> lowered("# A\\n```\\n# comment\\n```")
        '### A\\n```\\n# comment\\n```'
    """
    lines: list[str] = []
    fence = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found and (not fence or (found[1][0] == fence[0] and len(found[1]) >= len(fence))):
            fence = "" if fence else found[1]
        lines.append(line if fence or found else _HEADING.sub(r"##\1", line))
    return "\n".join(lines)


def write(path: Path, text: str) -> Path:
    """Write a text and return its path.

    Raises:
        FileProblem: it cannot be written.
    """
    place = path.expanduser()
    try:
        place.write_text(text, "utf-8", newline="\n")
    except OSError as exc:
        raise FileProblem(f"cannot write {place}: {exc.strerror}", hint="name a file in a folder that you may write to") from exc
    return place
