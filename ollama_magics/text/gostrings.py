"""The two string functions of Go that Ollama's texts depend on and that Python's own differ from."""

from __future__ import annotations

# Source: Go unicode.IsSpace. Python's str.strip also takes U+001C to U+001F.
GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}


def trim_space(text: str) -> str:
    """Return ``text`` without the space around it, as Go's ``strings.TrimSpace`` does."""
    return text.strip(GO_SPACE)


def quote(text: str, mark: str = '"') -> str:
    """Return ``text`` between two ``mark`` as Go's ``%q`` writes it.

    Notes:
        Which characters are printable follows this Python's Unicode tables, not Go's; they differ for the newest ones.

    Examples:
        >>> print(quote('a "b"\\n'), quote("'", "'"))
        "a \\"b\\"\\n" '\\''
    """
    return mark + "".join(f"\\{mark}" if character == mark else _quoted(character) for character in text) + mark


def _quoted(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
