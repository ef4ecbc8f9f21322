"""Bytes of a Modelfile as the text that Ollama's parser sees.

Source: Ollama parser/parser.go (ParseFile: BOM-sniffing decoder, then a rune reader); golang.org/x/text/encoding/unicode; v0.33.0-rc2.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

BOM = "\ufeff"
REPLACEMENT = "\ufffd"
"""Stands for bytes that mean no character."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNPAIRED = re.compile("[\udc00-\udfff]{2}|[\ud800-\udfff]")


def decode(source: bytes) -> str:
    """Return the text of a Modelfile's bytes; a byte order mark at the start stays in the text as U+FEFF.

    UTF-8, or what the byte order mark says. Ill-formed input becomes U+FFFD, by rules that differ with the byte order mark:
    one for each maximal part without one, one for each byte after a UTF-8 one, and in UTF-16 one for two low surrogates together.

    Examples:
        >>> decode(b"x\\xe2\\x82"), decode(b"\\xef\\xbb\\xbfx\\xe2\\x82")
        ('x\ufffd', '\ufeffx\ufffd\ufffd')
    """
    encoding = encoding_of(source)
    if encoding != "utf-8":
        return BOM + _decode_utf16(source[2:], encoding)
    if source.startswith(BOM_UTF8):
        return BOM + whole(source[3:].decode("utf-8", "surrogateescape"))
    return source.decode("utf-8", "replace")


def encoding_of(source: bytes) -> str:
    """Return Python's name for the encoding that a byte order mark says; UTF-8 without one."""
    for mark, encoding in ((BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be")):
        if source.startswith(mark):
            return encoding
    return "utf-8"


def _decode_utf16(source: bytes, encoding: str) -> str:
    text = source[: len(source) & ~1].decode(encoding, "surrogatepass")
    return _UNPAIRED.sub(REPLACEMENT, text) + REPLACEMENT * (len(source) & 1)


def whole(text: str) -> str:
    """Return the text with U+FFFD for each half of a surrogate pair, which no encoding can carry."""
    return _SURROGATE.sub(REPLACEMENT, text)
