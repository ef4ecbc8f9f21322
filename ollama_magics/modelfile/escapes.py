r"""A notation of our own for characters that no Modelfile can hold: ``\u{A0}`` in a text with a comment ``# ollama-magics: escapes``.

Ollama's parser knows no escapes and stores them as they are written. Our create reads them and sends the characters themselves, as JSON
does without loss. Nothing else is an escape: every other backslash stays one, also in a text that has the comment.
"""

from __future__ import annotations

import re

from ollama_magics.modelfile.decode import whole
from ollama_magics.modelfile.nodes import Comment, Node
from ollama_magics.modelfile.printable import character_class, dropped_in

NOTICE = r"# ollama-magics: escapes -- \u{A0} is a no-break space; only ollama-magics reads it, `ollama create` keeps it as written"
"""The comment as we write it; what stands behind ``--`` is for the reader."""

ESCAPE = re.compile(r"\\u\{(10[0-9A-Fa-f]{4}|[0-9A-Fa-f]{1,5})\}")

_DIRECTIVE = re.compile(r"#[ \t]*ollama-magics:[ \t]*escapes(?![\w-])", re.IGNORECASE)
_BACKSLASH = re.compile(r"\\(?=u\{[0-9A-Fa-f]{1,6}\})")
_CLOSES = re.compile(r'"(?=""[ \t]*+[\r\n])')


def directive_in(nodes: tuple[Node, ...]) -> Comment | None:
    """Return the comment that makes escapes count in a text, wherever it stands; None when there is none."""
    return next(
        (node for node in nodes if isinstance(node, Comment) and "ollama-magics" in node.text and _DIRECTIVE.match(node.text)), None
    )


def unescaped(text: str) -> str:
    r"""Return a value with its escapes read; half a surrogate pair is no character and stays as it is written.

    Examples:
        >>> unescaped(r"a\u{A0}b \u{5C}u{41} \n \u{D800}") == "a\u00a0b \\u{41} \\n \\u{D800}"
        True
    """
    return ESCAPE.sub(_character, text) if "\\u{" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code < 0xE000 else chr(code)


def escaped(text: str) -> str | None:
    r"""Return a text of which every Modelfile keeps every character, and which `unescaped` reads as the given one.

    None for half a surrogate pair, which not even JSON can carry.

    Examples:
        >>> print(escaped("a\u00a0b"), escaped(r"\u{41}"), escaped("plain"))
        a\u{A0}b \u{5C}u{41} plain
    """
    if whole(text) != text:
        return None
    kept = _BACKSLASH.sub(r"\\u{5C}", text)
    lost = dropped_in(kept)
    if lost:
        kept = re.sub(f"[{character_class(lost)}]", lambda match: f"\\u{{{ord(match[0]):X}}}", kept)
    return _CLOSES.sub(r"\\u{22}", kept)
