"""Fetching one blob: in parts, several at once, going on where an earlier fetch stopped, shared by all who wait for it.

Source: Ollama server/download.go (v0.33.0-rc2) for the sizes of parts, the number of tries and the words.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry.partial import Part, Partial
from ollama_magics.server.registry.session import Refused, Session, Unreached

if TYPE_CHECKING:
    import httpx

TICK_S = 0.06
"""How often progress is told. Source: Ollama server/download.go, Wait."""

TRIES = 6
_AT_ONCE = 8
_SAVE_BYTES = 8 << 20
"""So much of a part may have to be fetched again after a crash."""

Line = dict[str, Any]


class Download:
    """One blob on its way, fetched by threads that begin at once.

    Args:
        path: where the blob will be.
        backoff_s: pause before the second try; each further one is twice as long.

    Attributes:
        over: set when nothing is fetched any more.
        partial: what has come.
    """

    def __init__(self, session: Session, digest: str, path: Path, total: int, *, backoff_s: float = 1.0) -> None:
        self.digest, self.partial = digest, Partial(path, total)
        self.over = threading.Event()
        self._session, self._backoff_s = session, backoff_s
        self._url = session.url(f"blobs/{digest}")
        self._todo = deque(part for part in self.partial.parts if part.left)
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._running = min(_AT_ONCE, len(self._todo))
        if not self._running:
            self.over.set()
        for number in range(self._running):
            threading.Thread(target=self._work, name=f"pull {digest[7:19]} {number}", daemon=True).start()

    def line(self) -> Line:
        """Return its progress as a status line."""
        completed, total = self.partial.completed, self.partial.total
        return {
            "status": f"pulling {self.digest[7:19]}",
            "digest": self.digest,
            "total": total,
            **({"completed": completed} if completed else {}),
        }

    def stop(self) -> None:
        """Fetch no more; what has come stays for the next time."""
        self._stop.set()
        self.over.set()

    def raise_error(self) -> None:
        """Raise what ended the fetch early, if anything did."""
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            with self.partial.path.open("r+b", buffering=0) as file:
                while self._todo and not self._stop.is_set():
                    self._fetch(self._todo.popleft(), file)
        except IndexError:  # another thread took the last part
            pass
        except Exception as problem:  # carried to whoever waits, who raises it
            self._error = self._error or problem
            self.stop()
        with self._lock:
            self._running -= 1
            if not self._running:
                self.over.set()

    def _fetch(self, part: Part, file: BinaryIO) -> None:
        """Fetch what is missing of a part; a try that brought something does not count against the next."""
        tries = 0
        while part.left and not self._stop.is_set():
            before = part.completed
            try:
                self._attempt(part, file)
            except Unreached as problem:
                tries = 1 if part.completed > before else tries + 1
                if tries == TRIES:
                    raise StoreError(f"max retries exceeded: {problem}") from problem
                self._stop.wait(self._backoff_s * 2 ** (tries - 1))
            finally:
                self.partial.save(part)

    def _attempt(self, part: Part, file: BinaryIO) -> None:
        stop = part.offset + part.size
        with self._session.answer("GET", self._url, {"range": f"bytes={part.start}-{stop - 1}"}) as response:
            skip = _first_byte(response, part, self.partial.total)
            file.seek(part.start)
            saved = part.completed
            for piece in self._session.pieces(response):
                if self._stop.is_set():
                    return
                skip, piece = max(skip - len(piece), 0), piece[skip:]
                file.write(piece[: part.left])
                part.completed += min(len(piece), part.left)
                if part.completed - saved > _SAVE_BYTES:
                    self.partial.save(part)
                    saved = part.completed
                if not part.left:  # whatever more it says is not what was asked for
                    return
        if part.left:
            raise Unreached("unexpected EOF")


def _first_byte(response: httpx.Response, part: Part, total: int) -> int:
    """Return how many bytes of the answer lie before those asked for: none, or all before them where it sends the whole blob.

    Raises:
        Refused: it sends something else, or the blob has another size than was said.
    """
    if response.status_code == 200:
        size = response.headers.get("content-length", "")
        if size and size != str(total):
            raise Refused(f"the registry sends {size} bytes where {total} were announced")
        return part.start
    said = response.headers.get("content-range", "")
    found = re.fullmatch(r"bytes (\d{1,19})-\d{1,19}/(\d{1,19}|\*)", said)
    if response.status_code != 206 or not found or int(found[1]) != part.start or found[2] not in (str(total), "*"):
        what = f"the range {said!r}" if said else f"status {response.status_code}"
        raise Refused(f"the registry answered with {what} where byte {part.start} of {total} was asked for")
    return 0


class Downloads:
    """The blobs that are being fetched now: two who want the same one share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, tuple[Download, int]] = {}

    def follow(self, digest: str, start: Callable[[], Download]) -> Generator[Line, None, Download]:
        """Yield the progress of a blob until it has come; the last who leaves early stops it.

        Args:
            start: begins to fetch it when nobody does.

        Raises:
            StoreError, OSError: it could not be fetched.
        """
        download = self._join(digest, start)
        try:
            yield download.line()
            while not download.over.wait(TICK_S):
                yield download.line()
            download.raise_error()
            yield download.line()
            return download
        finally:
            self._leave(digest)

    def _join(self, digest: str, start: Callable[[], Download]) -> Download:
        with self._lock:
            download, waiting = self._running.get(digest) or (start(), 0)
            self._running[digest] = download, waiting + 1
            return download

    def _leave(self, digest: str) -> None:
        with self._lock:
            download, waiting = self._running.pop(digest)
            if waiting > 1:
                self._running[digest] = download, waiting - 1
            else:
                download.stop()
