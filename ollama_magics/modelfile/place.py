"""What stands at a place of a Modelfile that is being written. Only the text before the place is looked at; it may break off anywhere."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ollama_magics.modelfile.decode import whole
from ollama_magics.modelfile.nodes import Comment, Instruction
from ollama_magics.modelfile.scan import Scanner


class Place(NamedTuple):
    """A place in a Modelfile.

    Attributes:
        kind: where an instruction, the name of a parameter, a role, a value or a comment is being written.
        text: what is written of it so far; of a value from its first character, quotes left out.
        instruction: the instruction that it belongs to, one of `COMMANDS`; empty for an instruction and a comment.
        argument: the name of the parameter, or the role, that stands before the value.
    """

    kind: Literal["instruction", "parameter", "role", "value", "comment"]
    text: str
    instruction: str = ""
    argument: str = ""


def place_at(before: str) -> Place | None:
    """Return what is being written at the end of ``before``; None where that can be nothing, behind a closing quote for instance.

    Examples:
        >>> place_at("FROM tutor\\nPARAMETER temp")
        Place(kind='parameter', text='temp', instruction='parameter', argument='')
        >>> place_at("MESSAGE user Hel").argument, place_at('FROM a\\nTEMPLATE \"\"\"{{ .Sys').text
        ('user', '{{ .Sys')
    """
    scanner = Scanner(before, whole(before))
    scanner.scan()
    last = scanner.nodes[-1] if scanner.nodes else None
    if isinstance(last, Comment):
        return Place("comment", last.text)
    if not isinstance(last, Instruction):
        return Place("instruction", "")
    name, argument, value = last.name, last.argument, last.value
    if value is None:
        if argument is not None:
            return Place("role" if name == "message" else "parameter", argument.text, name)
        return Place("instruction", last.keyword.text) if last.keyword.end == len(before) else None
    if value.mark and value.closed:
        return None
    text = before[value.inner_start :]
    if argument is not None and not argument.text:
        # A second space has ended the name before it began; what is meant is the same.
        return Place("role" if name == "message" else "parameter", text, name)
    return Place("value", text, name, argument.text if argument else "") if name else None
