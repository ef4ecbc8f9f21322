"""Files on their way to a server from an event loop: read in threads, so that no task waits for a disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.transfer import hash_file


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
