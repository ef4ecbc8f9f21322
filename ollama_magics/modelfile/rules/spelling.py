"""How rules name characters and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_magics.modelfile.problems import Fix

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile
    from ollama_magics.modelfile.nodes import Node, Value

_CONTROLS = {0x00: "null", 0x07: "bell", 0x08: "backspace", 0x0B: "vertical tab", 0x0C: "form feed", 0x1B: "escape", 0x85: "next line"}


def character_name(character: str) -> str:
    """Return a character as a sentence can name it.

    Examples:
        >>> character_name("="), character_name("\\u00a0"), character_name("\\x07"), character_name("\\ue0b0")
        ('`=`', 'no-break space (U+00A0)', 'bell (U+0007)', 'private-use character (U+E0B0)')
    """
    import unicodedata

    if "!" <= character <= "~":
        return f"`{character}`"
    code = ord(character)
    category = unicodedata.category(character)
    fallback = _CONTROLS.get(code) or {"Cc": "control character", "Co": "private-use character"}.get(category, "character")
    name = unicodedata.name(character, "").lower() or fallback
    shown = "" if category in ("Cc", "Cf", "Cn", "Co", "Cs", "Zs", "Zl", "Zp", "Mn", "Me") else f"`{character}` "
    return f"{shown}{name} (U+{code:04X})"


def shortened(text: str, limit: int = 40) -> str:
    """Return a text for a sentence: on one line, in backticks, cut when it is long."""
    line = " ".join(text.split())
    return f"`{line}`" if len(line) <= limit else f"`{line[: limit - 1]}…`"


def remove_line(file: Modelfile, node: Node) -> Fix:
    """Return the edit that takes out an instruction together with its line end."""
    end = node.end
    text = file.source_text
    if text.startswith("\r\n", end):
        end += 2
    elif end < len(text):
        end += 1
    return Fix("Remove the line", node.start, end, "")


def comment_apart(file: Modelfile, value: Value) -> Fix | None:
    """Return the edit that puts a comment behind a value on a line of its own; None when there is none."""
    written = file.source_text[value.start : value.end]
    before, hash_, _ = written.partition(" #")
    if value.mark or not hash_ or not before.strip():
        return None
    at = value.start + len(before)
    gap = at - (len(before) - len(before.rstrip(" \t")))
    return Fix("Put the comment on a line of its own", gap, at + 1, "\n")
