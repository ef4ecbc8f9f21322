"""Newline-delimited JSON: bytes in, objects out, without I/O.

Lines end at the byte ``\\n`` and nowhere else. JSON allows U+0085, U+2028 and U+2029 raw inside a string, and Ollama sends
U+0085 so; readers of text lines (``str.splitlines``, ``httpx.Response.iter_lines``) cut an object in two there.
Source: Ollama server/routes.go, streamResponse; Go encoding/json, HTMLEscape (v0.33.0-rc2).
"""

from __future__ import annotations

import json
from typing import Any

from ollama_magics.errors import StreamGarbled

MAX_LINE_BYTES = 64 * 1024 * 1024
"""The longest line taken; a server that floods without a line end must not fill the memory."""

_EXCERPT = 80


class NDJSONDecoder:
    """Incremental decoder; what it gives does not depend on how the bytes are cut.

    Examples:
        >>> decoder = NDJSONDecoder()
        >>> decoder.feed(b'{"a": 1}' + b"\\n" + b'{"b"')
        [{'a': 1}]
        >>> decoder.feed(b": 2}"), decoder.flush()
        ([], [{'b': 2}])
    """

    def __init__(self, *, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._line = 0
        self._max = max_line_bytes

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Return the objects whose lines ``data`` completes; blank lines give nothing.

        Raises:
            StreamGarbled: a line is not one JSON object; ``partial`` holds the objects of this call before it.
        """
        *complete, rest = data.split(b"\n")
        if not complete:
            self._hold(rest, [])
            return []
        self._pieces.append(complete[0])
        complete[0] = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        found: list[dict[str, Any]] = []
        for line in complete:
            self._decode(line, found)
        self._hold(rest, found)
        return found

    def flush(self) -> list[dict[str, Any]]:
        """Return the object of a last line without a line end, if there is one.

        Raises:
            StreamGarbled: the bytes left over are not one JSON object.
        """
        line = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        found: list[dict[str, Any]] = []
        self._decode(line, found)
        return found

    def _hold(self, piece: bytes, found: list[dict[str, Any]]) -> None:
        self._held += len(piece)
        if self._held > self._max:
            self._pieces.clear()
            raise self._too_long(self._line + 1, found)
        if piece:
            self._pieces.append(piece)

    def _decode(self, line: bytes, found: list[dict[str, Any]]) -> None:
        self._line += 1
        if not line or line.isspace():
            return
        if len(line) > self._max:
            raise self._too_long(self._line, found)
        text = line.decode("utf-8", "replace")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise self._garbled(text, "not JSON", found) from exc
        if not isinstance(value, dict):
            raise self._garbled(text, "JSON but not an object", found)
        found.append(value)

    def _too_long(self, line: int, found: list[dict[str, Any]]) -> StreamGarbled:
        return StreamGarbled(f"line {line} of the stream is longer than {self._max} bytes", partial=found, details={"line": line})

    def _garbled(self, text: str, what: str, found: list[dict[str, Any]]) -> StreamGarbled:
        excerpt = text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
        return StreamGarbled(f"line {self._line} of the stream is {what}: {excerpt!r}", partial=found, details={"line": self._line})
