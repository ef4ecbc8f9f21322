"""How a value is written so that exactly it is stored.

A text value is exact between two triple quotes unless it has a character that Ollama's parser drops, or a triple quote with nothing but
white space behind it up to a line end. No other spelling helps there: such a value can only be sent as JSON, or be written with the
escapes of `ollama_magics.modelfile.escapes`, which Ollama itself does not read.

Source: Ollama parser/parser.go (ParseFile, unquote), v0.33.0-rc2.
"""

from __future__ import annotations

import re

from ollama_magics.modelfile.decode import whole
from ollama_magics.modelfile.escapes import escaped
from ollama_magics.modelfile.naming import character_name
from ollama_magics.modelfile.printable import dropped_in

_CLOSES = re.compile(r'"""[ \t]*+[\r\n]')
_PLAIN = re.compile(r"[^\s\"'“”„‟](?:[^\r\n]*[^ \t\r\n])?")


def spell(text: str, *, escapes: bool = False) -> str | None:
    """Return how a Modelfile writes a value so that exactly ``text`` is stored; None when there is no way.

    With ``escapes`` it is written for a text in which our escapes count.

    Examples:
        >>> print(spell("hi"), spell('"hi"'), spell(""), spell("a\\u00a0b"))
        hi \"\"\""hi"\"\"\" \"\"\"\"\"\" None
    """
    if escapes:
        kept = escaped(text)
        return None if kept is None else spell(kept)
    if whole(text) != text or dropped_in(text) or _CLOSES.search(text):
        return None
    # The marks that only look like quotes, and a # behind a space, are quoted for the reader, not for the parser.
    return text if _PLAIN.fullmatch(text) and " #" not in text else f'"""{text}"""'


def why_not(text: str) -> str:
    """Return the reason why `spell` has no way for a text, as words that follow a colon."""
    if whole(text) != text:
        return "half a surrogate pair is no character"
    lost = sorted(dropped_in(text))
    if lost:
        return f"Ollama's parser drops {', '.join(map(character_name, lost[:3]))}"
    return '""" at a line end would close it'


def spell_like(text: str, mark: str, *, escapes: bool = False) -> str | None:
    """Return how to write a value in the style of another one, whose opening quote is ``mark``; as `spell` where that is not exact.

    Examples:
        >>> [spell_like("hi", '"'), spell_like("say 'hi'", ""), spell_like('say "hi"', '"')]
        ['"hi"', "say 'hi'", '\"\"\"say "hi"\"\"\"']
    """
    spelt = spell(text, escapes=escapes)
    if spelt is None or not mark:
        return spelt
    text = escaped(text) or text if escapes else text
    simple = mark == '"' and not any(character in text for character in '"\r\n')
    return f'"{text}"' if simple else f'"""{text}"""'
