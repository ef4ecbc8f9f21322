"""Turns of a conversation as MESSAGE lines, in the text of a Modelfile."""

from __future__ import annotations

from collections.abc import Sequence

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import parse
from ollama_magics.modelfile.write import render

Line = tuple[str, str]
"""A role and a text."""

_MAGIC = "%%"


def message_lines(messages: Sequence[Line]) -> str:
    """Return messages as MESSAGE lines.

    Raises:
        UsageProblem: a text has characters that no Modelfile can hold.

    Examples:
        >>> print(message_lines([("user", "Who are you?"), ("assistant", "It's-a me!")]), end="")
        MESSAGE user Who are you?
        MESSAGE assistant It's-a me!
    """
    return render([("message", f"{role}: {text}") for role, text in messages])


def taught(source: str, messages: Sequence[Line]) -> str:
    """Return a Modelfile, or the cell of one, with messages added behind its last MESSAGE; everything else stays as it is written.

    Args:
        source: the text; a first line of a magic is kept.

    Raises:
        UsageProblem: a text that no Modelfile can hold, or a mistake in the Modelfile that is in the way.

    Examples:
        >>> taught("%%modelfile mario\\nFROM tutor # small\\n", [("user", "Hi")])
        '%%modelfile mario\\nFROM tutor # small\\nMESSAGE user Hi\\n'
    """
    magic, text = split_cell(source)
    file = parse(text)
    file.messages.extend({"role": role, "content": content} for role, content in messages)
    return magic + file.source_text


def untaught(source: str, messages: Sequence[Line]) -> str:
    """Return a Modelfile, or the cell of one, without the last lines that say exactly these messages.

    Raises:
        UsageProblem: it has no such lines, or a mistake is in the way.
    """
    magic, text = split_cell(source)
    file = parse(text)
    wanted = [{"role": role, "content": content} for role, content in messages]
    there = list(file.messages)
    for at in range(len(there) - len(wanted), -1, -1):
        if there[at : at + len(wanted)] == wanted:
            del file.messages[at : at + len(wanted)]
            return magic + file.source_text
    raise UsageProblem("the lines are not in the cell any more", hint="take them out by hand")


def split_cell(source: str) -> tuple[str, str]:
    """Return the line of the cell magic with its line end, empty where there is none, and the text below it."""
    if not source.lstrip().startswith(_MAGIC):
        return "", source
    head = len(source) - len(source.lstrip())
    end = source.find("\n", head)
    return (source, "") if end < 0 else (source[: end + 1], source[end + 1 :])
