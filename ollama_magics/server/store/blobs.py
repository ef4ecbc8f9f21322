"""The folder of blobs: files named by the SHA-256 of their content.

Source: Ollama manifest/paths.go, manifest/layer.go (v0.33.0-rc2).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ollama_magics.server.errors import InvalidDigest, MissingBlob

_DIGEST = re.compile(r"sha256[:-][0-9a-fA-F]{64}\Z")


def digest_of(data: bytes) -> str:
    """Return ``sha256:`` and the hexadecimal digest of ``data``."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Upload:
    """A blob that is being received; its digest is known at the end.

    Attributes:
        size: bytes so far.

    Notes:
        Leaving it as a context manager without ``finish`` removes what came.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._hash = hashlib.sha256()
        self._mark = (0, self._hash.copy())
        self.size = 0
        descriptor, name = tempfile.mkstemp(prefix="sha256-", dir=blobs.folder)
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        """Add ``data`` to the end."""
        self._hash.update(data)
        self._file.write(data)
        self.size += len(data)

    def mark(self) -> None:
        """Note that everything so far is right."""
        self._mark = (self.size, self._hash.copy())

    def rewind(self) -> None:
        """Forget what came since the last mark."""
        self.size, self._hash = self._mark[0], self._mark[1].copy()
        self._file.seek(self.size)
        self._file.truncate()

    def finish(self) -> str:
        """Put the blob in its place and return its digest."""
        self._file.close()
        digest = self.digest
        self._blobs.adopt(self._path, digest)
        return digest

    @property
    def digest(self) -> str:
        """The digest of what came so far."""
        return f"sha256:{self._hash.hexdigest()}"

    def discard(self) -> None:
        """Remove what came, unless it is in its place."""
        try:
            self._file.close()  # what is still in a buffer may find the disk full
        finally:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *exception: object) -> None:
        self.discard()


class Blobs:
    """The blobs below one folder of models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """Return where the blob of ``digest`` is or would be.

        Raises:
            InvalidDigest: it is not ``sha256:`` (or ``sha256-``) and 64 hexadecimal digits.
        """
        if not _DIGEST.match(digest):
            raise InvalidDigest
        return self.folder / digest.replace(":", "-")

    def has(self, digest: str) -> bool:
        """Return whether the blob is there."""
        return self.path(digest).is_file()

    def size(self, digest: str) -> int:
        """Return the size of the blob in bytes.

        Raises:
            MissingBlob: it is not there; the message is Go's.
        """
        path = self.path(digest)
        try:
            return path.stat().st_size
        except FileNotFoundError as problem:
            raise MissingBlob(f"stat {path}: no such file or directory") from problem

    def read(self, digest: str) -> bytes:
        """Return the whole content of the blob.

        Raises:
            MissingBlob: it is not there; the message is Go's.
        """
        path = self.path(digest)
        try:
            return path.read_bytes()
        except FileNotFoundError as problem:
            raise MissingBlob(f"open {path}: no such file or directory") from problem

    def put(self, data: bytes) -> tuple[str, bool]:
        """Store ``data``; return its digest and whether it is new."""
        digest = digest_of(data)
        path = self.path(digest)
        if path.is_file():
            os.utime(path)
            return digest, False
        with Upload(self) as upload:
            upload.write(data)
            upload.finish()
        return digest, True

    def upload(self) -> Upload:
        """Return a blob to write into piece by piece."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Upload(self)

    def adopt(self, file: Path, digest: str) -> None:
        """Move a finished file into the place of ``digest``, unless the blob is there already."""
        path = self.path(digest)
        if path.is_file():
            file.unlink()
            os.utime(path)
            return
        os.chmod(file, 0o644)
        os.replace(file, path)

    def touch(self, digest: str) -> None:
        """Mark the blob as used now, which keeps Ollama from sweeping it up for an hour."""
        os.utime(self.path(digest))

    def remove(self, digests: Iterable[str]) -> None:
        """Remove blobs; one that is not there is not missed."""
        for digest in digests:
            self.path(digest).unlink(missing_ok=True)
