"""Files on their way to a server from an event loop: read in threads, so that no task waits for a disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from ollama_magics.client import protocol
from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.delivery import Delivery
from ollama_magics.client.transfer import Taken, hash_file, outgoing
from ollama_magics.errors import OllamaMagicsError

if TYPE_CHECKING:
    from ollama_magics.client.async_base import AsyncConnection


async def hash_in_thread(path: str | os.PathLike[str]) -> str:
    """Return the digest of a file as ``hash_file`` does; a cancelled task does not leave its thread at work.

    Raises:
        FileProblem: the file cannot be read.
    """
    token = CancelToken()
    try:
        return await asyncio.to_thread(hash_file, path, cancel=token)
    finally:
        token.cancel()


async def pieces_from_thread(pieces: Iterator[bytes], on_bytes: Callable[[int], object] | None) -> AsyncIterator[bytes]:
    """Yield ``pieces``, each made in a thread; ``on_bytes`` gets the count of bytes of each that was sent."""
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece
        if on_bytes is not None:
            on_bytes(len(piece))


async def deliver(
    client: AsyncConnection,
    path: str | os.PathLike[str],
    digest: str,
    on_bytes: Callable[[int], object] | None,
    *,
    timeout: float | None,
) -> None:
    """Send the file whose digest is known unless the server has it, as ``transfer.upload`` does.

    Raises:
        FileProblem: the file cannot be read, or is not the one that was hashed any more.
    """
    delivery = Delivery()
    ask, post = protocol.call(protocol.blob("HEAD", digest)), protocol.call(protocol.blob("POST", digest))
    while delivery.step != "done":
        error: OllamaMagicsError | None = None
        counter = Taken(on_bytes)
        try:
            if delivery.step == "ask":
                await client._plain(ask, timeout=timeout)
            else:
                with outgoing(path) as (pieces, size):
                    content = pieces_from_thread(pieces, counter.add)
                    await client._stream(post, lines=False, timeout=timeout, content=content, size=size).last()
        except OllamaMagicsError as exc:
            error = exc
        delivery.took(error)
        counter.settle(error)
