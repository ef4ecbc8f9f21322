"""Uploads to this server as a registry: sessions that take a blob piece by piece.

Source: OCI distribution specification v1.1, "Pushing a blob in chunks".
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from ollama_magics.server.store.blobs import Blobs, Upload

_SESSIONS = 64
_IDLE_S = 3600.0


class Incoming:
    """The sessions that are open; one that nobody used for an hour is closed.

    Args:
        clock: seconds.
    """

    def __init__(self, blobs: Blobs, clock: Callable[[], float] = time.monotonic) -> None:
        self._blobs, self._clock = blobs, clock
        self._open: dict[str, tuple[Upload, float]] = {}

    def begin(self) -> str | None:
        """Open a session and return its name; None when too many are open."""
        now = self._clock()
        for name, (upload, used) in list(self._open.items()):
            if now - used > _IDLE_S:
                self.end(name)
                upload.discard()
        if len(self._open) >= _SESSIONS:
            return None
        name = secrets.token_hex(16)
        self._open[name] = self._blobs.upload(), now
        return name

    def find(self, name: str) -> Upload | None:
        """Return the blob of a session, None when there is no such session."""
        if name not in self._open:
            return None
        upload, _ = self._open[name]
        self._open[name] = upload, self._clock()
        return upload

    def end(self, name: str) -> None:
        """Forget a session; what came is for the caller to keep or to discard."""
        self._open.pop(name, None)
