"""Sending one blob to a registry: a session, the parts one after another, and the digest that closes it.

Source: Ollama server/upload.go (v0.33.0-rc2).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry.download import TRIES
from ollama_magics.server.registry.partial import Part, split
from ollama_magics.server.registry.session import NotThere, Refused, Session, Unreached
from ollama_magics.server.store import Layer
from ollama_magics.wire.names import parse_name

if TYPE_CHECKING:
    import httpx

_PIECE_BYTES = 1 << 18

Line = dict[str, Any]


class Upload:
    """One layer on its way to a registry.

    Args:
        path: the layer's blob.
        backoff_s: pause before the second try; each further one is twice as long.

    Attributes:
        sent: bytes that the registry has, or is being sent.
    """

    def __init__(self, session: Session, layer: Layer, path: Path, *, backoff_s: float = 1.0) -> None:
        self._session, self._layer, self._path, self._backoff_s = session, layer, path, backoff_s
        self._stop = threading.Event()
        self._total = path.stat().st_size
        self._sums: list[bytes] = []
        self._begun = False
        self.sent = 0

    def line(self) -> Line:
        """Return its progress as a status line; an empty one as long as it is not known whether the registry has it."""
        if not self._begun:
            return {}
        digest = self._layer.digest
        sent = {"completed": self.sent} if self.sent else {}
        return {"status": f"pushing {digest[7:19]}", "digest": digest, "total": self._total, **sent}

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()

    def run(self) -> None:
        """Send the layer unless the registry has it.

        Raises:
            StoreError, OSError: it was not sent.
        """
        try:
            with self._session.answer("HEAD", self._session.url(f"blobs/{self._layer.digest}")):
                pass
        except NotThere:
            self._send()
        self.sent, self._begun = self._total, True

    def _send(self) -> None:
        where = self._open()
        self._begun = True
        if where is None:
            return
        for part in split(self._total):
            if self._stop.is_set():
                return
            where = self._tried(where, part)
        # Source: Ollama server/upload.go Run: object stores behind a registry check the sum over the sums of the parts.
        whole = hashlib.md5(b"".join(self._sums), usedforsecurity=False).hexdigest()
        last = where.copy_merge_params({"digest": self._layer.digest, "etag": f"{whole}-{len(self._sums)}"})
        headers = {"content-type": "application/octet-stream", "content-length": "0"}
        with self._session.answer("PUT", last, headers):
            pass

    def _open(self) -> httpx.URL | None:
        """Return where the first part goes; None when the registry has taken the blob over from another model of its own."""
        path = "blobs/uploads/"
        if self._layer.origin:
            name = parse_name(self._layer.origin)
            path += f"?mount={self._layer.digest}&from={quote(f'{name.namespace}/{name.model}', safe='')}"
        url = self._session.url(path)
        with self._session.answer("POST", url, {"content-length": "0"}) as response:
            return None if response.status_code == 201 else self._own(response, url)

    def _tried(self, where: httpx.URL, part: Part) -> httpx.URL:
        """Send a part, several times if need be; return where the next one goes."""
        tries = 0
        before = self.sent
        while True:
            try:
                return self._patch(where, part)
            except Unreached as problem:
                tries += 1
                self.sent = before
                if tries == TRIES or self._stop.is_set():
                    raise StoreError(f"max retries exceeded: {problem}") from problem
                self._stop.wait(self._backoff_s * 2 ** (tries - 1))

    def _patch(self, where: httpx.URL, part: Part) -> httpx.URL:
        headers = _part_headers(part) | {"x-redirect-uploads": "1", "content-range": f"{part.offset}-{part.offset + part.size - 1}"}
        total = hashlib.md5(usedforsecurity=False)
        with self._session.once("PATCH", where, headers, self._pieces(part, total)) as response:
            if response.status_code == 307:
                self._put_aside(self._session.next_url(response, where), part)
                return self._own(response, where)
            if response.status_code == 401:
                self._session.authorise(response, where)
                raise Unreached("unauthorized: access denied")
            self._session.check(response)
            self._sums.append(total.digest())
            return self._own(response, where)

    def _put_aside(self, target: httpx.URL, part: Part) -> None:
        """Send a part to the storage that the registry points to, which learns no token."""
        total = hashlib.md5(usedforsecurity=False)
        with self._session.once("PUT", target, _part_headers(part), self._pieces(part, total), with_token=False) as response:
            self._session.check(response)
        self._sums.append(total.digest())

    def _own(self, response: httpx.Response, url: httpx.URL) -> httpx.URL:
        """Return where the session goes on; it stays with its host, as the token goes there."""
        target = self._session.next_url(response, url, "docker-upload-location", "location")
        if target.netloc != url.netloc:
            raise Refused(f"the registry moves the upload to another host, {target.host}")
        return target

    def _pieces(self, part: Part, total: Any) -> Iterator[bytes]:
        with self._path.open("rb", buffering=0) as file:
            file.seek(part.offset)
            left = part.size
            while left:
                piece = file.read(min(left, _PIECE_BYTES))
                if self._stop.is_set() or not piece:
                    raise StoreError("the upload was stopped" if piece else f"{self._path}: unexpected EOF")
                total.update(piece)
                yield piece
                left -= len(piece)
                self.sent += len(piece)


def _part_headers(part: Part) -> dict[str, str]:
    return {"content-type": "application/octet-stream", "content-length": str(part.size)}
