"""Edits of a Modelfile that leave everything else as it is written.

An edit is planned as replaced, removed and added commands. It is made only if the edited text parses to exactly these commands, so that
no text is changed into one that means something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.decode import BOM, encoding_of
from ollama_magics.modelfile.escapes import ESCAPE, NOTICE
from ollama_magics.modelfile.nodes import STORED, Instruction, Node, Space
from ollama_magics.modelfile.problems import Fix, apply_fixes
from ollama_magics.modelfile.quoting import spell_like, why_not

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

Command = tuple[str, str]

_ORDER = ("model", "adapter", "draft", "renderer", "parser", "requires", "", "template", "system", "message", "license")
"""Where a new line goes: behind the last line of its own kind or of one that stands before it here. ``""`` stands for parameters."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def remove_line(file: Modelfile, node: Node) -> Fix:
    """Return the edit that takes out an instruction together with its line: indentation and line end."""
    text, start, end = file.source_text, node.start, node.end
    while start and text[start - 1] in " \t":
        start -= 1
    line_end = _LINE_END.match(text, end)
    return Fix("Remove the line", start, line_end.end() if line_end else end, "")


def edited(file: Modelfile, changes: Mapping[int, Command | None], added: Iterable[tuple[int, Command]] = ()) -> Modelfile:
    """Return the Modelfile with some commands replaced or, where a change is None, taken out, and others added.

    Args:
        file: what to edit; it stays as it is.
        changes: new commands by their place among ``file.commands``.
        added: the place of a command that stays, -1 for the start, and the new one that shall stand behind it; in the order of the text.

    Raises:
        UsageProblem: a value that no Modelfile can hold; a text that cannot be edited because of a mistake or of bytes that are no text.
    """
    nodes = [node for node in file.instructions if node.command is not None]
    fixes: list[Fix] = []
    for at, command in changes.items():
        fixes += [remove_line(file, nodes[at])] if command is None else _replaced(file, nodes[at], command)
    behind: dict[int, list[Command]] = {}
    for at, command in added:
        behind.setdefault(at, []).append(command)
    fixes += [_inserted(file, nodes, at, commands) for at, commands in behind.items()]
    kept: list[Command] = list(behind.get(-1, ()))
    for at, old in enumerate(file.commands):
        new = changes.get(at, old)
        kept += [*([new] if new is not None else []), *behind.get(at, ())]
    return _checked(file, apply_fixes(file.source_text, fixes), kept)


def with_escapes(file: Modelfile) -> Modelfile:
    """Return the Modelfile with the comment on top that makes our escapes count; what looks like one already stays what it is."""
    text, start = file.source_text, int(file.source_text.startswith(BOM))
    values = [node.value for node in file.instructions if node.value is not None]
    kept = [Fix("Keep the backslash", at.start(), at.start() + 1, "\\u{5C}") for value in values
            for at in ESCAPE.finditer(text, value.inner_start, value.inner_end)]  # fmt: skip
    top = Fix("Let escapes count", start, start, f"{NOTICE}{line_end_of(file)}")
    return _checked(file, apply_fixes(text, [top, *kept]), [*file.commands])


def place_for(file: Modelfile, name: str) -> int:
    """Return the place of the command that a new one of that name stands behind; -1 for the start."""
    rank = _rank(name)
    return max((at for at, (other, _) in enumerate(file.commands) if _rank(other) <= rank), default=-1)


def list_edited(file: Modelfile, name: str, new: list[str]) -> Modelfile:
    """Return the Modelfile with exactly these values of a command that may stand several times, in this order.

    Values at the start and at the end of the list that stay the same keep their lines.
    """
    places = [at for at, command in enumerate(file.commands) if command[0] == name]
    old = [file.commands[at][1] for at in places]
    first = _same(old, new)
    last = min(_same(old[::-1], new[::-1]), len(old) - first, len(new) - first)
    going, coming = places[first : len(old) - last], new[first : len(new) - last]
    changes: dict[int, Command | None] = {at: (name, coming[k]) if k < len(coming) else None for k, at in enumerate(going)}
    behind = going[-1] if going else places[first - 1] if first else places[0] - 1 if places else place_for(file, name)
    return edited(file, changes, [(behind, (name, text)) for text in coming[len(going) :]])


def _same(old: list[str], new: list[str]) -> int:
    """Return how many items at the start are the same."""
    return next((at for at, (left, right) in enumerate(zip(old, new, strict=False)) if left != right), min(len(old), len(new)))


def _rank(name: str) -> int:
    return _ORDER.index(name if name in STORED else "")


def _replaced(file: Modelfile, node: Instruction, command: Command) -> list[Fix]:
    """Return the edits of the spans that change: the value, and the role of a message."""
    if node.command is None or node.value is None or command == (node.command[0], file.meant(node.command[1])):
        return []
    name, text = command
    fixes: list[Fix] = []
    if node.name == "message" and node.argument is not None:
        role, _, text = text.partition(": ")
        fixes = [Fix("Change the role", node.argument.start, node.argument.end, role)] if role != node.argument.text else []
    if text != file.meant(node.value.text):
        start, end = node.value.start, node.value.end
        fixes.append(Fix("Change the value", start, end, _spelt(file, name, text, node.value.mark)))
    return fixes


def _spelt(file: Modelfile, name: str, text: str, mark: str) -> str:
    spelt = spell_like(text, mark, escapes=file.escapes)
    if spelt is None:
        shown = name if name not in STORED else "FROM" if name == "model" else name.upper()
        raise UsageProblem(
            f"no Modelfile can hold this {shown} value: {why_not(text)}",
            hint="take them out, or call allow_escapes() first: our own notation can hold them, which only ollama-magics reads",
        )
    return spelt


def _inserted(file: Modelfile, nodes: list[Instruction], at: int, commands: list[Command]) -> Fix:
    """Return the edit that adds lines behind an instruction, in its style; at the start before the first one."""
    near = nodes[at] if at >= 0 else file.instructions[0] if file.instructions else None
    lower = near is not None and near.keyword.text.islower()
    lines = [_line(file, command, lower=lower) for command in commands]
    text, line_end = file.source_text, line_end_of(file)
    if near is None:
        before = line_end if text.strip(BOM) and not text.endswith(("\r", "\n")) else ""
        return Fix("Add lines", len(text), len(text), before + "".join(f"{line}{line_end}" for line in lines))
    if at < 0:
        return Fix("Add lines", near.start, near.start, "".join(f"{line}{line_end}" for line in lines))
    return Fix("Add lines", near.end, near.end, "".join(f"{line_end}{line}" for line in lines))


def _line(file: Modelfile, command: Command, *, lower: bool) -> str:
    name, text = command
    head = f"PARAMETER {name}"
    if name == "message":
        role, _, text = text.partition(": ")
        head = f"MESSAGE {role}"
    elif name in STORED:
        head = "FROM" if name == "model" else name.upper()
    keyword, space, rest = head.partition(" ")
    return f"{keyword.lower() if lower else keyword}{space}{rest} {_spelt(file, name, text, '')}"


def line_end_of(file: Modelfile) -> str:
    """Return the first line end between instructions; where there is none the first in the text, LF when that has none either."""
    between = (_LINE_END.search(node.text) for node in file.nodes if isinstance(node, Space))
    found = next(filter(None, between), None) or _LINE_END.search(file.source_text)
    return found[0] if found else "\n"


def encoded(file: Modelfile, text: str) -> str | bytes:
    """Return the new text of a Modelfile as the type, and in the encoding, that it was given in.

    Raises:
        UsageProblem: it was given as bytes of which some are no character, so that they cannot be kept.
    """
    if isinstance(file.text, str):
        return text
    encoding = encoding_of(file.text)
    if file.source_text.encode(encoding, "replace") != file.text:
        raise UsageProblem("the Modelfile has bytes that are no character", hint="save it as UTF-8, then edit it")
    return text.encode(encoding)


def _checked(file: Modelfile, text: str, commands: list[Command]) -> Modelfile:
    after = type(file)(encoded(file, text), first_line=file.first_line, folder=file.folder)
    if [*after.commands] != commands:
        line = next((file.line_number(node.start) for node in file.instructions if node.faults), None)
        where = f" in line {line}" if line else ""
        raise UsageProblem(f"the Modelfile cannot be edited: a mistake{where} is in the way", hint="put the mistakes right, then edit it")
    return after
