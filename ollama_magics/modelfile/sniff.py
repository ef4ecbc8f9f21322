"""The kind of a file from its first bytes, as Go tells it.

Source: Go net/http DetectContentType (net/http/sniff.go, Go 1.26), which follows the MIME Sniffing standard.
"""

from __future__ import annotations

SNIFFED_BYTES = 512
"""How much of a file is looked at."""

_WHITE_SPACE = b"\t\n\x0c\r "
_TAGS = (
    *(b"<!DOCTYPE HTML", b"<HTML", b"<HEAD", b"<SCRIPT", b"<IFRAME", b"<H1", b"<DIV", b"<FONT", b"<TABLE", b"<A", b"<STYLE"),
    *(b"<TITLE", b"<B", b"<BODY", b"<BR", b"<P", b"<!--"),
)

# What a file starts with, in the order of the standard; None stands for any byte.
_Signature = tuple[tuple[bytes | None, ...], str]
_ANY_4: tuple[bytes | None, ...] = (None,) * 4
_SIGNATURES: tuple[_Signature, ...] = (
    ((b"%PDF-",), "application/pdf"),
    ((b"%!PS-Adobe-",), "application/postscript"),
    ((b"\xfe\xff", None, None), "text/plain"),
    ((b"\xff\xfe", None, None), "text/plain"),
    ((b"\xef\xbb\xbf", None), "text/plain"),
    ((b"\x00\x00\x01\x00",), "image/x-icon"),
    ((b"\x00\x00\x02\x00",), "image/x-icon"),
    ((b"BM",), "image/bmp"),
    ((b"GIF87a",), "image/gif"),
    ((b"GIF89a",), "image/gif"),
    ((b"RIFF", *_ANY_4, b"WEBPVP"), "image/webp"),
    ((b"\x89PNG\r\n\x1a\n",), "image/png"),
    ((b"\xff\xd8\xff",), "image/jpeg"),
    ((b"FORM", *_ANY_4, b"AIFF"), "audio/aiff"),
    ((b"ID3",), "audio/mpeg"),
    ((b"OggS\x00",), "application/ogg"),
    ((b"MThd\x00\x00\x00\x06",), "audio/midi"),
    ((b"RIFF", *_ANY_4, b"AVI "), "video/avi"),
    ((b"RIFF", *_ANY_4, b"WAVE"), "audio/wave"),
)
_LATER_SIGNATURES: tuple[_Signature, ...] = (
    ((b"\x1a\x45\xdf\xa3",), "video/webm"),
    (((None,) * 34 + (b"LP",)), "application/vnd.ms-fontobject"),
    ((b"\x00\x01\x00\x00",), "font/ttf"),
    ((b"OTTO",), "font/otf"),
    ((b"ttcf",), "font/collection"),
    ((b"wOFF",), "font/woff"),
    ((b"wOF2",), "font/woff2"),
    ((b"\x1f\x8b\x08",), "application/x-gzip"),
    ((b"PK\x03\x04",), "application/zip"),
    ((b"Rar!\x1a\x07\x00",), "application/x-rar-compressed"),
    ((b"Rar!\x1a\x07\x01\x00",), "application/x-rar-compressed"),
    ((b"\x00asm",), "application/wasm"),
)
_BINARY = frozenset([*range(0x00, 0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])


def content_type(head: bytes) -> str:
    """Return the content type, without parameters, of a file that starts with ``head``.

    Examples:
        >>> content_type(b"{}"), content_type(b""), content_type(b"GGUF\\x03\\x00"), content_type(b" <html>"), content_type(b"PK\\x03\\x04")
        ('text/plain', 'text/plain', 'application/octet-stream', 'text/html', 'application/zip')
    """
    head = head[:SNIFFED_BYTES]
    shown = head.lstrip(_WHITE_SPACE)
    if _is_html(shown):
        return "text/html"
    if shown.startswith(b"<?xml"):
        return "text/xml"
    for pattern, kind in _SIGNATURES:
        if _starts(head, pattern):
            return kind
    if _is_mp4(head):
        return "video/mp4"
    for pattern, kind in _LATER_SIGNATURES:
        if _starts(head, pattern):
            return kind
    return "application/octet-stream" if _BINARY.intersection(shown) else "text/plain"


def _is_html(shown: bytes) -> bool:
    return any(shown[: len(tag)].upper() == tag and shown[len(tag) : len(tag) + 1] in (b" ", b">") for tag in _TAGS)


def _starts(head: bytes, pattern: tuple[bytes | None, ...]) -> bool:
    at = 0
    for part in pattern:
        width = 1 if part is None else len(part)
        if at + width > len(head) or (part is not None and head[at : at + width] != part):
            return False
        at += width
    return True


def _is_mp4(head: bytes) -> bool:
    size = int.from_bytes(head[:4], "big")
    if len(head) < 12 or len(head) < size or size % 4 or head[4:8] != b"ftyp":
        return False
    return any(head[at : at + 3] == b"mp4" for at in range(8, size, 4) if at != 12)
