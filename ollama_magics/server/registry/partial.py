"""A blob that is being fetched, as it lies on disk: its bytes, and beside them how far each part of it is.

The files are Ollama's (``sha256-HEX-partial`` and ``sha256-HEX-partial-N``), so that each goes on with what the other left.

Source: Ollama server/download.go blobDownload (v0.33.0-rc2).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ollama_magics.server.errors import StoreError

_PIECE_BYTES = 1 << 20
_PARTS = 16
_SMALLEST, _LARGEST = 100_000_000, 1_000_000_000


@dataclass
class Part:
    """A range of the blob.

    Attributes:
        completed: bytes of it that are on disk, from its start.
    """

    number: int
    offset: int
    size: int
    completed: int = 0

    @property
    def start(self) -> int:
        """Offset of the first byte that is missing."""
        return self.offset + self.completed

    @property
    def left(self) -> int:
        """Bytes that are missing."""
        return self.size - self.completed


def split(total: int) -> list[Part]:
    """Return the parts that a blob of ``total`` bytes is fetched or sent in.

    Examples:
        >>> [part.size for part in split(250_000_000)]
        [100000000, 100000000, 50000000]
        >>> split(0)
        []
    """
    size = min(max(total // _PARTS, _SMALLEST), _LARGEST)
    offsets = range(0, total, size)
    return [Part(number, offset, min(size, total - offset)) for number, offset in enumerate(offsets)]


class Partial:
    """The partial file of one blob.

    Args:
        path: where the whole blob will be.
        total: its size in bytes.

    Raises:
        OSError: there is no room for it, or it cannot be written.
    """

    def __init__(self, path: Path, total: int) -> None:
        self.path = path.with_name(f"{path.name}-partial")
        self._final = path
        self.total = total
        self.parts = self._known() or self._fresh()

    @property
    def completed(self) -> int:
        """Bytes that are on disk."""
        return sum(part.completed for part in self.parts)

    def save(self, part: Part) -> None:
        """Note how far a part is."""
        fields = {"N": part.number, "Offset": part.offset, "Size": part.size, "Completed": part.completed}
        self._note(part.number).write_text(json.dumps(fields) + "\n", "utf-8")

    def discard(self) -> None:
        """Remove everything of it."""
        for path in [*self._notes(), self.path]:
            path.unlink(missing_ok=True)

    def verify(self, digest: str) -> None:
        """Put the blob in its place if it is what ``digest`` says, else remove it.

        Raises:
            StoreError: it is not.
        """
        actual = hashlib.sha256()
        with self.path.open("rb", buffering=0) as file:
            while piece := file.read(_PIECE_BYTES):
                actual.update(piece)
        found = f"sha256:{actual.hexdigest()}"
        if found != digest:
            self.discard()
            raise StoreError(f"digest mismatch, file must be downloaded again: want {digest}, got {found}")
        os.chmod(self.path, 0o644)
        os.replace(self.path, self._final)
        for path in self._notes():
            path.unlink(missing_ok=True)

    def _known(self) -> list[Part]:
        """Return the parts that an earlier fetch left, none unless they make up the whole blob."""
        try:
            parts = sorted((_read(path) for path in self._notes()), key=lambda part: part.offset)
            whole = self.path.stat().st_size == self.total
        except (OSError, ValueError, KeyError, TypeError):
            return []
        ends = [0, *(part.offset + part.size for part in parts)]
        fits = [part.offset for part in parts] == ends[:-1] and ends[-1] == self.total
        return parts if whole and fits and all(0 <= part.completed <= part.size for part in parts) else []

    def _fresh(self) -> list[Part]:
        self.discard()
        if self.total > shutil.disk_usage(self.path.parent).free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        with self.path.open("wb") as file:
            file.truncate(self.total)
        parts = split(self.total)
        for part in parts:
            self.save(part)
        return parts

    def _note(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}-{number}")

    def _notes(self) -> list[Path]:
        return list(self.path.parent.glob(f"{self.path.name}-*"))


def _read(path: Path) -> Part:
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return Part(*(int(fields[key]) for key in ("N", "Offset", "Size", "Completed")))
