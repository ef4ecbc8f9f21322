"""Digests of files that were hashed before, so that a file of 10 GB is read once."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

_GRAIN_NS = 2_000_000_000
"""The coarsest clock of a file system in use: FAT counts the time of a change in steps of two seconds."""

_MOST = 2000
"""Files that are remembered; those that were used longest ago go first."""

_PATIENCE_S = 0.2
_TABLE = """
CREATE TABLE IF NOT EXISTS digest (
    path BLOB PRIMARY KEY, size INTEGER, changed INTEGER, status INTEGER, inode TEXT, digest TEXT, used INTEGER) WITHOUT ROWID
"""

T = TypeVar("T")


class Stamp(NamedTuple):
    """What tells whether a file is the one it was.

    Attributes:
        changed: time of the last change of the content, in nanoseconds since 1970.
        status: time of the last change of name, rights or times, likewise; the time of creation on Windows.
        inode: volume and number of the file.
    """

    path: bytes
    size: int
    changed: int
    status: int
    inode: str


def stamp_of(path: str | os.PathLike[str]) -> Stamp:
    """Return the stamp of the file behind ``path``.

    Raises:
        OSError: there is none.
    """
    real = os.path.realpath(path)
    found = os.stat(real)
    return Stamp(os.fsencode(real), found.st_size, found.st_mtime_ns, found.st_ctime_ns, f"{found.st_dev}:{found.st_ino}")


class Digests:
    """The digests that are known, in one SQLite file for all kernels of a person; any thread may use it.

    A file that changed so short a time ago that its clock could not tell another change is neither remembered nor believed.
    Where the file of digests cannot be used, nothing is known, which costs time and nothing else.

    Args:
        where: returns the file; called when it is first needed. None keeps everything in memory.
        now_ns: nanoseconds since 1970.
    """

    def __init__(self, where: Callable[[], Path] | None = None, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._where, self._now_ns = where, now_ns
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._pid = 0

    def find(self, stamp: Stamp) -> str | None:
        """Return the digest of the file with that stamp, None when it is not known."""
        if not self._settled(stamp, self._now_ns()):
            return None

        def look(db: sqlite3.Connection) -> str | None:
            wanted = "path = ? AND size = ? AND changed = ? AND status = ? AND inode = ?"
            found = db.execute(f"SELECT digest FROM digest WHERE {wanted}", stamp).fetchone()
            if found:
                db.execute("UPDATE digest SET used = ? WHERE path = ?", (self._now_ns(), stamp.path))
            return found[0] if found else None

        return self._with(look)

    def remember(self, stamp: Stamp, digest: str, began_ns: int) -> None:
        """Keep the digest of a file that began to be read at ``began_ns`` and had that stamp before and afterwards."""
        if not self._settled(stamp, began_ns):
            return

        def write(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?, ?, ?)", (*stamp, digest, self._now_ns()))
            db.execute("DELETE FROM digest WHERE path IN (SELECT path FROM digest ORDER BY used DESC LIMIT -1 OFFSET ?)", (_MOST,))

        self._with(write)

    def forget(self, path: str | os.PathLike[str]) -> None:
        """Know nothing of a file any more."""
        real = os.fsencode(os.path.realpath(path))
        self._with(lambda db: db.execute("DELETE FROM digest WHERE path = ?", (real,)))

    def close(self) -> None:
        """Close the file; what is asked for later opens it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def now_ns(self) -> int:
        """Return the time by the clock that ``remember`` goes by."""
        return self._now_ns()

    def _settled(self, stamp: Stamp, at_ns: int) -> bool:
        return max(stamp.changed, stamp.status if os.name != "nt" else 0) + _GRAIN_NS < at_ns

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        with self._lock, contextlib.suppress(sqlite3.Error, OSError):
            return work(self._opened())
        return None

    def _opened(self) -> sqlite3.Connection:
        # A connection does not survive a fork: the child opens its own.
        if self._db is None or self._pid != os.getpid():
            path = None if self._where is None else self._where()
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path or ":memory:", timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
            self._pid = os.getpid()
            self._db.execute(_TABLE)
        return self._db
