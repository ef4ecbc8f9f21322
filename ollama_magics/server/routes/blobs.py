"""``/api/blobs/DIGEST``: is a file there, and take a file.

Source: Ollama server/routes.go CreateBlobHandler, HeadBlobHandler (v0.33.0-rc2); observed, tests/contract (area ``blobs``).
"""

from __future__ import annotations

import contextlib

from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from ollama_magics.server.errors import ApiError, InvalidDigest
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.store.blobs import Upload
from ollama_magics.text.gostrings import quote

_NO_LIMIT = 1 << 62


@stream_request_body
class Blob(ApiHandler):
    """One blob; its content goes to disk as it comes."""

    _upload: Upload | None = None
    _present = False
    _failure: OSError | None = None

    async def prepare(self) -> None:
        """Open a temporary file for a blob that is not there yet."""
        connection = self.request.connection
        assert isinstance(connection, HTTP1Connection)
        connection.set_max_body_size(_NO_LIMIT)
        await super().prepare()
        digest = self.path_args[0]
        if self._finished or self.request.method not in ("HEAD", "POST"):
            return
        if "/" in digest:
            return self.text("404 page not found", 404)
        try:
            present = self.store.blobs.has(digest)
        except InvalidDigest as problem:
            raise ApiError(400, str(problem)) from problem
        self._present = present
        if self.request.method == "HEAD":
            return
        if present:
            return await self._answer_early()
        self._upload = self.store.blobs.upload()

    async def _answer_early(self) -> None:
        """Say that the blob is there before its content is sent, and let go of what comes all the same.

        Closing at once would reset the connection under a client that still sends, and take the answer with it. Go's client stops
        when it sees the answer, others send everything first. Source: Go net/http conn.closeWriteAndWait, for the same reason.
        """
        self.set_header("Connection", "close")
        self.set_header("Content-Length", "0")
        await self.flush()

    def data_received(self, chunk: bytes) -> None:
        """Add a piece of the body to the file.

        When the disk is full the rest is read all the same: few clients look at an answer before they have sent everything.
        """
        if self._upload is None:
            return
        try:
            self._upload.write(chunk)
        except OSError as problem:
            self._discard()
            self._failure = problem

    def post(self, digest: str) -> None:
        """Put the file in its place; a content of another digest is kept under its own, and refused."""
        if self._failure is not None:
            raise self._failure
        if self._present:
            self.finish()
            return
        assert self._upload is not None
        with self._upload as upload:
            actual = upload.finish()
        if actual != digest:
            raise ApiError(400, f"digest mismatch, expected {quote(digest)}, got {quote(actual)}")
        self.empty(201)

    def head(self, digest: str) -> None:
        """Say whether the blob is there; said in ``prepare`` it would end the connection."""
        if self._present:
            self.empty()
        else:
            self.reply({"error": f"blob {quote(digest)} not found"}, 404)

    def on_finish(self) -> None:
        """Remove what is left of an upload that failed."""
        self._discard()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Remove what came of an upload that broke off."""
        self._discard()
        super().on_connection_close()

    def _discard(self) -> None:
        upload, self._upload = self._upload, None
        if upload is not None:
            with contextlib.suppress(OSError):
                upload.__exit__()


ROUTES: list[tuple[str, type[ApiHandler]]] = [(r"/api/blobs/([^/]+)", Blob)]
