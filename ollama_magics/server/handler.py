"""The base of all routes: reading requests, writing answers and streams in Ollama's form.

Source: Ollama server/routes.go streamResponse, waitForStream (v0.33.0-rc2); observed, tests/contract (area ``basics``).
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from ollama_magics.server import access
from ollama_magics.server.decode import Kind, decode
from ollama_magics.server.errors import ApiError, StoreError, disk_words
from ollama_magics.server.logs import CLIENT_GONE, LOG, request_line
from ollama_magics.server.registry import Incoming, Transfers
from ollama_magics.server.remembered import Remembered
from ollama_magics.server.settings import Settings
from ollama_magics.server.store import Store
from ollama_magics.wire import gojson

JSON = "application/json"
JSON_UTF8 = "application/json; charset=utf-8"
NDJSON = "application/x-ndjson"
TEXT = "text/plain"


@dataclass
class ServerState:
    """What all routes share.

    Attributes:
        scheduler: runs the models; None in a server that only keeps them.
        busy: how many requests are being answered now.
        remembered: answers about models that have not changed.
        last_answer_s: when the last one ended, in the event loop's time.
        transfers: brings models from registries and sends them there.
        incoming: what other servers are pushing to this one.
    """

    store: Store
    settings: Settings
    scheduler: Any = None
    busy: int = 0
    remembered: Remembered = field(default_factory=Remembered)
    last_answer_s: float = -math.inf
    allowed_origins: tuple[str, ...] = field(default=())
    loopback: bool = True
    transfers: Transfers = field(init=False)
    incoming: Incoming = field(init=False)

    def __post_init__(self) -> None:
        self.transfers = Transfers(self.store)
        self.incoming = Incoming(self.store.blobs)
        self.allowed_origins = self.settings.allowed_origins
        self.loopback = access.bound_to_loopback(self.settings.host)


class ApiHandler(RequestHandler):
    """One request of the API.

    Notes:
        Raise ``ApiError`` to answer with an error; after the first line of a stream it becomes the stream's last line.
    """

    error_type = JSON_UTF8
    """Content type of an error before the first line; the progress endpoints leave the charset out."""

    _counted = False
    _streaming = False
    _cancel_task: asyncio.Task[Any] | None = None

    @property
    def state(self) -> ServerState:
        """What all routes share."""
        state = self.application.settings["state"]
        assert isinstance(state, ServerState)
        return state

    @property
    def store(self) -> Store:
        """The models on disk."""
        return self.state.store

    def set_default_headers(self) -> None:
        """Say nothing about the program that answers, and no type before there is a body."""
        self.clear_header("Server")
        self.clear_header("Content-Type")

    def compute_etag(self) -> None:
        """Leave caching out; Ollama's answers have no ETag."""
        return

    async def prepare(self) -> None:
        """Turn away the callers that may not call; answer a browser that asks beforehand."""
        self.state.busy += 1
        self._counted = True
        origin, host = self.request.headers.get("Origin", ""), self.request.headers.get("Host", "")
        foreign = bool(origin) and not access.same_origin(origin, host)
        if foreign and not access.origin_allowed(origin, self.state.allowed_origins):
            return self.empty(403)
        if foreign:
            self.set_header("Access-Control-Allow-Origin", "*" if "*" in self.state.allowed_origins else origin)
        if foreign and self.request.method == "OPTIONS":
            for name, value in access.PREFLIGHT_HEADERS.items():
                self.set_header(name, value)
            return self.empty(204)
        if self.state.loopback and not access.host_allowed(host):
            return self.empty(403)

    def on_finish(self) -> None:
        """Count the request as answered and log it."""
        self._ended(self.get_status())

    def _ended(self, status: int) -> None:
        if not self._counted:
            return
        self._counted = False
        state, request = self.state, self.request
        state.busy -= 1
        state.last_answer_s = asyncio.get_running_loop().time()
        request_line(str(request.method), request.path, status, request.request_time(), str(request.remote_ip))

    def on_connection_close(self) -> None:
        """Stop the work for a client that went away."""
        task, self._cancel_task = self._cancel_task, None
        if task is not None:
            task.cancel()
        self._ended(CLIENT_GONE)

    @contextlib.contextmanager
    def cancelled_on_close(self) -> Iterator[None]:
        """Run the block so that it ends, quietly, when the client goes away.

        Notes:
            What the block awaits is cancelled; its own ``finally`` parts run.
        """
        self._cancel_task = asyncio.current_task()
        try:
            yield
        except (asyncio.CancelledError, StreamClosedError):
            if not self._stream_closed():
                raise
            LOG.debug("the client of %s went away", self.request.path)
        finally:
            self._cancel_task = None

    def _stream_closed(self) -> bool:
        stream = getattr(self.request.connection, "stream", None)
        return stream is None or bool(stream.closed())

    def read(self, kind: Kind) -> dict[str, Any]:
        """Return the fields of the body; raises ``ApiError`` 400."""
        return decode(self.request.body, kind)

    def reply(self, answer: Mapping[str, Any], status: int = 200, content_type: str = JSON_UTF8) -> None:
        """Answer with one JSON object."""
        self.reply_text(gojson.dumps(answer), status, content_type)

    def reply_text(self, answer: str, status: int = 200, content_type: str = JSON_UTF8) -> None:
        """Answer with one JSON object that is text already."""
        self.set_status(status)
        self.set_header("Content-Type", content_type)
        self.finish(answer)

    def text(self, text: str, status: int = 200, content_type: str = TEXT) -> None:
        """Answer with plain text."""
        self.set_status(status)
        self.set_header("Content-Type", content_type)
        self.finish(text)

    def empty(self, status: int = 200) -> None:
        """Answer with a status and nothing else."""
        self.set_status(status)
        self.clear_header("Content-Type")
        self.finish()

    async def progress(self, batches: AsyncIterator[Sequence[Mapping[str, Any]]], *, stream: bool) -> None:
        """Answer with the progress of a task: every line of it as it comes, or its last one when not streaming.

        Notes:
            When the client of a stream goes away, ``batches`` is closed and the work behind it stops.
        """
        if not stream:
            last: Mapping[str, Any] = {"status": ""}
            async for lines in batches:
                last = lines[-1]
            return self.reply(last, content_type=JSON)
        with self.cancelled_on_close():
            async with contextlib.aclosing(batches) as source:  # type: ignore[type-var]
                async for lines in source:
                    await self._send(lines)
            if not self._finished:
                self.finish()

    async def _send(self, lines: Sequence[Mapping[str, Any]]) -> None:
        if not self._streaming:
            self._streaming = True
            self.set_header("Content-Type", NDJSON)
        self.write("".join(gojson.dumps(line) + "\n" for line in lines))
        await self.flush()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer in Ollama's form to whatever went wrong."""
        problem = kwargs.get("exc_info", (None, None, None))[1]
        if status_code == 405:
            self.text("405 method not allowed", 405)
        elif isinstance(problem, HTTPError) and status_code < 500:
            self.reply({"error": problem.log_message or self._reason}, status_code)
        else:
            self.reply({"error": str(problem) or type(problem).__name__}, status_code)

    def _handle_request_exception(self, e: BaseException) -> None:
        """Turn an error into an answer, or into the last line of a stream that began."""
        if isinstance(e, asyncio.CancelledError):
            return
        if isinstance(e, HTTPError):
            super()._handle_request_exception(e)
            return
        status, text = _told(e)
        if not isinstance(e, (ApiError, StoreError, OSError)):
            LOG.exception("%s %s", self.request.method, self.request.path, exc_info=e)
        if self._finished:
            return
        if self._streaming:
            self.finish(self.last_line(self.error_object(status, text)))
        elif not text:
            self.empty(status)
        else:
            self.reply(self.error_object(status, text), status, self.error_type)

    def error_object(self, status: int, text: str) -> Mapping[str, Any]:
        """Return the body of an error."""
        return {"error": text}

    def last_line(self, problem: Mapping[str, Any]) -> str:
        """Return what ends a stream that began and failed."""
        return gojson.dumps(problem) + "\n"

    def log_exception(self, *args: Any) -> None:
        """Leave the logging of refused requests out."""


def _told(problem: BaseException) -> tuple[int, str]:
    """Return the status and the text with which an error is told."""
    if isinstance(problem, ApiError):
        return problem.status, problem.text
    return 500, disk_words(problem) if isinstance(problem, OSError) else str(problem) or type(problem).__name__


class NotFound(ApiHandler):
    """Every path that no route has."""

    async def prepare(self) -> None:
        """Send the client to the right spelling of a path, or say that there is none."""
        if location := self._better_path():
            redirect, status = location
            self.set_header("Location", redirect)
            if self.request.method not in ("GET", "HEAD"):
                return self.empty(status)
            words = {301: "Moved Permanently", 307: "Temporary Redirect"}[status]
            return self.text(f'<a href="{redirect}">{words}</a>.\n\n', status, "text/html; charset=utf-8")
        await super().prepare()
        if not self._finished:
            self.text("404 page not found", 404)

    def _better_path(self) -> tuple[str, int] | None:
        """Return another spelling of the path that a route has, and the status of the redirect.

        Source: Go net/http ServeMux cleans the path (307); gin drops or adds the last slash (301, 307 unless GET).
        """
        path = self.request.path
        clean = _clean(path)
        query = f"?{self.request.query}" if self.request.query else ""
        if clean != path:
            return clean + query, 307
        other = path.removesuffix("/")
        if other != path and other and self.application.settings["has_route"](self.request.method, other):
            return other + query, 301 if self.request.method == "GET" else 307
        return None


def _clean(path: str) -> str:
    """Source: Go net/http cleanPath: no empty, ``.`` or ``..`` elements; a last slash stays."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    last = "/" if path.endswith(("/", "/.", "/..")) and parts else ""
    return "/" + "/".join(parts) + last
