"""Stands between a kernel and a server, hands everything on, and remembers what was asked and when."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@dataclass
class Asked:
    """One request.

    Attributes:
        path: for instance ``/api/chat``.
        body: its JSON.
        engine_s: seconds until the first piece of an answer came; None until then.
    """

    path: str
    body: dict[str, Any]
    engine_s: float | None = None


class Recorder:
    """The requests to a server, in their order.

    Attributes:
        url: where it listens.
        asked: what came.
        refused: words of an error by the path that is answered with it, instead of being handed on.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.refused: dict[str, str] = {}
        self._news = threading.Condition()

    def take(self, asked: Asked) -> None:
        """Remember a request."""
        with self._news:
            self.asked.append(asked)
            self._news.notify_all()

    def of(self, path: str) -> list[Asked]:
        """Return the requests of a path."""
        with self._news:
            return [asked for asked in self.asked if asked.path == path]

    def chats(self) -> list[dict[str, Any]]:
        """Return what answers were asked with; a request without messages only loads a model."""
        return [asked.body for asked in self.of("/api/chat") if asked.body.get("messages")]

    def wait_for_chats(self, count: int, timeout_s: float = 60) -> list[dict[str, Any]]:
        """Wait for so many requests for an answer and return all that came."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.chats()) >= count, timeout_s), f"{len(self.chats())} of {count}: {self.chats()}"
        return self.chats()


@contextmanager
def recording(server: str) -> Iterator[Recorder]:
    """Listen on a port of this machine and hand on to ``server``."""
    with httpx.Client(base_url=server, trust_env=False, timeout=60) as client, ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listening:
        listening.daemon_threads = True
        recorder = Recorder(f"http://127.0.0.1:{listening.server_port}")
        listening.recorder, listening.client = recorder, client  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield recorder
        listening.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        began = time.perf_counter()
        asked = Asked(self.path, _json(body))
        self.server.recorder.take(asked)  # type: ignore[attr-defined]
        if self.path in self.server.recorder.refused:  # type: ignore[attr-defined]
            self._refuse(self.server.recorder.refused[self.path])  # type: ignore[attr-defined]
            return
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length", "connection")}
        with self.server.client.stream(self.command, self.path, content=body, headers=kept) as reply:  # type: ignore[attr-defined]
            self.send_response(reply.status_code)
            self.send_header("Content-Type", reply.headers.get("content-type", "application/json"))
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in reply.iter_raw():
                asked.engine_s = asked.engine_s or time.perf_counter() - began
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, words: str) -> None:
        body = json.dumps({"error": words}).encode()
        self.send_response(500)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_HEAD = _hand_on

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def _json(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
