"""How messages name characters and pieces of text."""

from __future__ import annotations

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
