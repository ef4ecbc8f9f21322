"""A text in an encoding that Ollama does not recognise; what the other rules would say about it is noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

UTF16 = Rule(
    *("MF503", "utf-16-without-mark", "error", "The file is UTF-16 without a byte order mark."),
    *("F\0R\0O\0M\0 \0a\0\n\0", "FROM a\n"),
)
RULES = (UTF16,)

_LOOK = 256
_SHARE = 0.8
"""So much of the characters looked at has a NUL on its side: that much of the text is Latin."""


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield one finding for a text that Ollama cannot read because it is UTF-16 and does not say so."""
    text = file.source_text
    if file.verdict.error is None or "\0" not in text[:_LOOK]:
        return
    data = file.text if isinstance(file.text, bytes) else text
    head = data[:_LOOK].decode("latin-1") if isinstance(data, bytes) else data[:_LOOK]
    for encoding, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        nul, other = head[at::2], head[1 - at :: 2]
        if len(nul) > 1 and nul.count("\0") >= _SHARE * len(nul) and other.count("\0") <= (1 - _SHARE) * len(other):
            fix = _plain(data, text, encoding)
            help = "Save it as UTF-8; Windows PowerShell's `>` writes UTF-16."
            yield UTF16.at(0, min(len(text), 2), "The text is UTF-16, and no byte order mark says so", help=help, fix=fix)
            return


def _plain(data: str | bytes, text: str, encoding: str) -> Fix | None:
    try:
        raw = data if isinstance(data, bytes) else data.encode("latin-1")
        if isinstance(data, bytes):
            data.decode("utf-8")  # else the bytes that are no UTF-8 would be in the way of writing it
        plain = raw.decode(encoding)
    except UnicodeError:
        return None
    return Fix("Make it UTF-8", 0, len(text), plain)
