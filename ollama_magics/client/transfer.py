"""Files on their way to a server: hashed once, sent only when they are not there yet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal

from ollama_magics.client import protocol
from ollama_magics.client.base import Connection
from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.delivery import Delivery
from ollama_magics.client.digests import Digests, Stamp, stamp_of
from ollama_magics.errors import FileProblem, OllamaMagicsError, ServerFault

_CHUNK_BYTES = 1 << 20

Path = str | os.PathLike[str]
OnBytes = Callable[[int], object]


def hash_file(path: Path, on_bytes: OnBytes | None = None, cancel: CancelToken | None = None) -> str:
    """Return the digest of a file as Ollama names it, ``sha256:`` and 64 hexadecimal digits.

    Args:
        on_bytes: gets the count of bytes of each piece.

    Raises:
        FileProblem: the file cannot be read.
        Cancelled: somebody cancelled.
    """
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    with _open(path) as file:
        while count := _read_into(file, buffer, path):
            if cancel is not None:
                cancel.raise_if_cancelled(f"hashing {os.fspath(path)} was cancelled")
            digest.update(buffer[:count])
            if on_bytes is not None:
                on_bytes(count)
    return f"sha256:{digest.hexdigest()}"


def known_digest(path: Path, digests: Digests, on_bytes: OnBytes | None = None, cancel: CancelToken | None = None) -> tuple[str, bool]:
    """Return the digest of a file, and whether it had to be read for it.

    Raises:
        FileProblem: the file cannot be read, or changed meanwhile.
        Cancelled: somebody cancelled.
    """
    before, began_ns = _stamped(path), digests.now_ns()
    known = digests.find(before)
    if known is not None:
        return known, False
    digest = hash_file(path, on_bytes, cancel)
    if _stamped(path) != before:
        raise _changed(path, "read")
    digests.remember(before, digest, began_ns)
    return digest, True


def upload(
    client: Connection,
    path: Path,
    digest: str,
    on_bytes: OnBytes | None = None,
    cancel: CancelToken | None = None,
    *,
    timeout: float | None = None,
) -> Literal["sent", "present"]:
    """Send the file whose digest is known unless the server has it; a connection that breaks off is opened again.

    Args:
        on_bytes: gets the count of bytes of each piece that was handed to the network, and a negative one when they have to be
            sent again.

    Returns:
        ``present`` when the server has it already, ``sent`` when it has it now.

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
                client._plain(ask, timeout=timeout, cancel=cancel)
            else:
                with outgoing(path) as (pieces, size):
                    content = counter.over(pieces)
                    client._stream(post, lines=False, timeout=timeout, cancel=cancel, content=content, size=size).last()
        except OllamaMagicsError as exc:
            error = exc
        delivery.took(error)
        counter.settle(error)
    return delivery.outcome


class Taken:
    """Counts what the network took of one try, and takes it back when the try failed."""

    def __init__(self, on_bytes: OnBytes | None) -> None:
        self._on_bytes, self._count = on_bytes, 0

    def over(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield ``pieces``, counting each once it was taken."""
        for piece in pieces:
            yield piece
            self.add(len(piece))

    def add(self, size: int) -> None:
        """Count a piece."""
        self._count += size
        if self._on_bytes is not None:
            self._on_bytes(size)

    def settle(self, error: OllamaMagicsError | None) -> None:
        """Take everything back if the try failed."""
        if error is not None and self._count and self._on_bytes is not None:
            self._on_bytes(-self._count)


@contextmanager
def outgoing(path: Path) -> Iterator[tuple[Iterator[bytes], int]]:
    """Give the pieces of a file and their count of bytes, for the block that sends them.

    Raises:
        FileProblem: the file cannot be read, changes meanwhile, or is not the one whose digest it is sent under.
    """
    with _open(path) as file:
        before = os.fstat(file.fileno())
        try:
            yield _pieces(file, before.st_size, path), before.st_size
        except ServerFault as fault:
            # Source: Ollama server/routes.go, CreateBlobHandler: what arrived is stored under its own digest and refused under this one.
            if "digest mismatch" in fault.error:
                raise _changed(path) from fault
            raise
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise _changed(path)


def _pieces(file: BinaryIO, size: int, path: Path) -> Iterator[bytes]:
    """Yield exactly ``size`` bytes, as the request has promised them."""
    left = size
    while left:
        try:
            piece = file.read(min(left, _CHUNK_BYTES))
        except OSError as exc:
            raise _unreadable(path, exc) from exc
        if not piece:
            raise _changed(path)
        left -= len(piece)
        yield piece


def _read_into(file: BinaryIO, buffer: memoryview, path: Path) -> int:
    try:
        return file.readinto(buffer)  # type: ignore[attr-defined, no-any-return]  # unbuffered files have it, BinaryIO does not say so
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _open(path: Path) -> BinaryIO:
    try:
        return open(path, "rb", buffering=0)
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _unreadable(path: Path, exc: OSError) -> FileProblem:
    return FileProblem(f"{os.fspath(path)} cannot be read: {exc.strerror or exc}", hint="check the path and who may read it")


def _stamped(path: Path) -> Stamp:
    try:
        return stamp_of(path)
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _changed(path: Path, doing: str = "sent") -> FileProblem:
    return FileProblem(f"{os.fspath(path)} changed while it was {doing}", hint="wait until nothing writes to it, then run it again")
