"""HTTP/1.1 to a child, as far as llama.cpp's server speaks it: one request a connection, answers whole or as a stream of events.

Raw asyncio streams, because a token is worth 0.3 ms and a general client spends a good part of that on each.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator
from typing import Any

from ollama_magics.server.engine.process import EngineProcess

_LIMIT = 8 * 1024 * 1024
_READ = 256 * 1024
_FIRST_READS = 16
_TOGETHER_S = 0.002


class ChildGone(Exception):
    """The child closed the connection in mid-answer, or could not be reached."""


class Refused(Exception):
    """The child answered with an error status.

    Attributes:
        status: the HTTP status.
        body: the text of the answer.
    """

    def __init__(self, status: int, body: str) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


async def call(process: EngineProcess, path: str, body: Any) -> Any:
    """Return the JSON value that the child answers to a POST of ``body``.

    Raises:
        Refused: an error status.
        ChildGone: no whole answer.
    """
    answer = b"".join([part async for part in _exchange(process, path, body)])
    return json.loads(answer)


async def events(process: EngineProcess, path: str, body: Any) -> AsyncGenerator[list[bytes], None]:
    """Yield the data of server-sent events, all that one read brought together.

    Closing the iterator closes the connection, and the child stops at its next token.

    Raises:
        Refused: an error status; nothing was yielded then.
        ChildGone: the stream broke.
    """
    rest = b""
    parts = _exchange(process, path, body)
    try:
        async for part in parts:
            *lines, rest = (rest + part).split(b"\n")
            batch = [line[6:] for line in lines if line.startswith(b"data: ")]
            if batch:
                yield batch
    finally:
        await parts.aclose()


async def _exchange(process: EngineProcess, path: str, body: Any) -> AsyncGenerator[bytes, None]:
    """Send one request and yield the parts of the body of its answer."""
    try:
        reader, writer = await _connect(process)
    except OSError as exc:
        raise ChildGone(str(exc)) from exc
    try:
        writer.write(_request(process, path, body))
        status, chunked, length = _head(await reader.readuntil(b"\r\n\r\n"))
        parts = _chunks(reader) if chunked else _whole(reader, length)
        if status >= 400:
            raise Refused(status, b"".join([part async for part in parts]).decode("utf-8", "replace"))
        async for part in parts:
            yield part
    except (OSError, EOFError, asyncio.LimitOverrunError) as exc:
        raise ChildGone(str(exc) or "unexpected EOF") from exc
    finally:
        writer.transport.abort()


async def _connect(process: EngineProcess) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if process.address:
        return await asyncio.open_unix_connection(process.address, limit=_LIMIT)
    return await asyncio.open_connection("127.0.0.1", process.port, limit=_LIMIT)


def _request(process: EngineProcess, path: str, body: Any) -> bytes:
    data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    key = f"Authorization: Bearer {process.key}\r\n" if process.key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{key}Connection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def _head(head: bytes) -> tuple[int, bool, int]:
    """Return the status, whether the body is chunked, and its length (-1 up to the end of the connection)."""
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return int(first.split(" ", 2)[1]), fields.get("transfer-encoding", "").lower() == "chunked", int(fields.get("content-length", -1))


async def _whole(reader: asyncio.StreamReader, length: int) -> AsyncGenerator[bytes, None]:
    yield await (reader.read(-1) if length < 0 else reader.readexactly(length))


async def _chunks(reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    """Yield the content of chunks, those that came in one read together.

    In a long and fast stream a read waits until several tokens have come: handing each on by itself costs a fifth of a core, which
    the engine needs. A model that takes longer than that for a token is not held up.
    """
    buffer = b""
    clock = asyncio.get_running_loop().time
    handed_on = clock()
    for reads in itertools.count():
        if reads > _FIRST_READS and (left_s := handed_on + _TOGETHER_S - clock()) > 0:
            await asyncio.sleep(left_s)
        data = await reader.read(_READ)
        handed_on = clock()
        if not data:
            raise EOFError("unexpected EOF")
        buffer += data
        parts, position, last = _split_chunks(buffer)
        buffer = buffer[position:]
        if parts:
            yield b"".join(parts)
        if last:
            return


def _split_chunks(buffer: bytes) -> tuple[list[bytes], int, bool]:
    """Return the whole chunks at the start of ``buffer``, where they end, and whether the last one is among them.

    Source: RFC 9112, section 7.1.
    """
    parts: list[bytes] = []
    position = 0
    while (line_end := buffer.find(b"\r\n", position)) >= 0:
        size = int(buffer[position:line_end].split(b";", 1)[0], 16)
        start = line_end + 2
        if size == 0:
            return parts, len(buffer), True
        if len(buffer) < start + size + 2:
            break
        parts.append(buffer[start : start + size])
        position = start + size + 2
    return parts, position, False
