"""Characters that act instead of being seen, made visible.

A model, a registry or a file name can hold terminal commands (ESC sequences), overwrite a line (CR, backspace) or turn the reading
order round (bidirectional overrides, "Trojan Source", CVE-2021-42574). Everything we draw goes through :func:`visible`, so that such a
character is read and does nothing. Marks that right-to-left prose needs (U+200E, U+200F, U+061C) and joiners stay.
"""

from __future__ import annotations

import re

# C0 without tab and line feed, DEL, C1, bidirectional embeddings, overrides and isolates, line and paragraph separators,
# lone surrogates (no UTF-8 exists for them), non-characters' neighbour U+FEFF inside text, and the invisible tag characters.
_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff\ufeff\U000e0000-\U000e007f]")


def visible(text: str) -> str:
    """Return ``text`` with CRLF as line feeds and every acting character replaced by a printed name for it.

    >>> visible("a\\x1b[31mred\\r\\nb\\u202e")
    'a␛[31mred\\nb⟨U+202E⟩'
    """
    return _ACTIVE.sub(_named, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return ``text`` made visible and on one line: line feeds and tabs become single spaces."""
    return re.sub(r"[\n\t]+", " ", visible(text))


def _named(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"⟨U+{code:04X}⟩"
