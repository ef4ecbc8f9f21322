"""``/v2/``: this server as a registry, from which other servers pull models and to which they push.

``/v2/library/mario/`` is the model ``mario`` of this server, which another one calls ``HOST:PORT/library/mario``.

Source: OCI distribution specification v1.1; what Ollama asks of a registry: server/download.go, server/upload.go (v0.33.0-rc2).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path
from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from ollama_magics.server.errors import ApiError, InvalidDigest, StoreError, disk_words
from ollama_magics.server.handler import JSON, ApiHandler
from ollama_magics.server.registry.session import MANIFEST_LIMIT
from ollama_magics.server.store import Manifest
from ollama_magics.server.store.blobs import Upload
from ollama_magics.server.store.manifest import MANIFEST, parse_manifest
from ollama_magics.wire import gojson
from ollama_magics.wire.names import DEFAULT_HOST, ModelName

_NO_LIMIT = 1 << 62
_PIECE_BYTES = 1 << 20
_BINARY = "application/octet-stream"
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")
_SPAN = re.compile(r"(?:bytes )?(\d{1,18})-(\d{1,18})(?:/.*)?")
_REPOSITORY = r"/v2/([^/]+)/([^/]+)"


class RegistryError(ApiError):
    """An error in the form of the specification."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, gojson.dumps({"errors": [{"code": code, "message": message}]}))


class RegistryHandler(ApiHandler):
    """One request to the registry."""

    async def prepare(self) -> None:
        """Turn away who may not read here, or not write."""
        await super().prepare()
        if self._finished:
            return
        self.set_header("Docker-Distribution-Api-Version", "registry/2.0")
        mode = self.state.settings.registry
        if mode == "off":
            raise RegistryError(404, "UNSUPPORTED", "this server is no registry: start it with --registry read")
        if mode != "write" and self.request.method not in ("GET", "HEAD"):
            self.set_header("Connection", "close")  # a body that follows is not read
            raise RegistryError(403, "DENIED", "this registry is only read from: start it with --registry write")

    def error_object(self, status: int, text: str) -> dict[str, Any]:
        """Return the body of an error, which a ``RegistryError`` has as its text."""
        import json

        try:
            return dict(json.loads(text))
        except ValueError:
            return {"errors": [{"code": "UNKNOWN", "message": text}]}

    def model(self, namespace: str, model: str, tag: str = "latest") -> ModelName:
        """Return the model of that repository as it is called here.

        Raises:
            RegistryError: no model can have that name.
        """
        name = ModelName(DEFAULT_HOST, namespace, model, tag)
        if not name.valid:
            raise RegistryError(404, "NAME_INVALID", f"{namespace}/{model}:{tag} cannot be the name of a model")
        return self.store.existing_name(name)

    def blob(self, digest: str) -> Path:
        """Return where a blob is or would be."""
        try:
            return self.store.blob_path(digest)
        except InvalidDigest as problem:
            raise RegistryError(400, "DIGEST_INVALID", str(problem)) from problem


class Root(RegistryHandler):
    """``/v2/``: is there a registry?"""

    def get(self) -> None:
        """Say so."""
        self.reply({}, content_type=JSON)

    head = get


class Tags(RegistryHandler):
    """``tags/list``."""

    def get(self, namespace: str, model: str) -> None:
        """Name the tags of a model."""
        name = self.model(namespace, model)
        tags = [
            other.tag
            for other in self.store.names()
            if (other.host, other.namespace, other.model) == (name.host, name.namespace, name.model)
        ]
        if not tags:
            raise RegistryError(404, "NAME_UNKNOWN", f"there is no model {namespace}/{model}")
        self.reply({"name": f"{namespace}/{model}", "tags": tags}, content_type=JSON)


class ManifestRoute(RegistryHandler):
    """``manifests/TAG`` or ``manifests/DIGEST``."""

    def get(self, namespace: str, model: str, reference: str) -> None:
        """Give the manifest as it lies on disk."""
        text = self._text(namespace, model, reference)
        self.set_header("Docker-Content-Digest", f"sha256:{hashlib.sha256(text).hexdigest()}")
        self.set_header("Content-Type", MANIFEST)
        self.set_header("Content-Length", str(len(text)))
        self.finish(text if self.request.method == "GET" else None)

    head = get

    def put(self, namespace: str, model: str, reference: str) -> None:
        """Make the blobs that came a model, in the place of the one that has the name."""
        name, text = self.model(namespace, model, reference), self.request.body
        if len(text) > MANIFEST_LIMIT:
            raise RegistryError(413, "SIZE_INVALID", f"a manifest has at most {MANIFEST_LIMIT} bytes")
        try:
            manifest = parse_manifest(text)
        except StoreError as problem:
            raise RegistryError(400, "MANIFEST_INVALID", str(problem)) from problem
        with self.store.hold() as hold:
            for digest in manifest.digests():
                hold.add(digest)
            self._require(manifest)
            self.store.replace(name, manifest, hold)
        self.set_header("Docker-Content-Digest", f"sha256:{manifest.digest}")
        self.set_header("Location", self.request.path)
        self.empty(201)

    def _text(self, namespace: str, model: str, reference: str) -> bytes:
        name = self.model(namespace, model, "latest" if ":" in reference else reference)
        names = [name]
        if ":" in reference:
            names = [other for other in self.store.names() if (other.namespace, other.model) == (name.namespace, name.model)]
        for other in names:
            try:
                text = self.store.manifest_path(other).read_bytes()
            except OSError:
                continue
            if ":" not in reference or f"sha256:{hashlib.sha256(text).hexdigest()}" == reference:
                return text
        raise RegistryError(404, "MANIFEST_UNKNOWN", f"there is no {namespace}/{model}:{reference}")

    def _require(self, manifest: Manifest) -> None:
        """Raise unless every part of the model is here, with the size that is claimed."""
        if not manifest.digests():
            raise RegistryError(400, "MANIFEST_INVALID", "the manifest names no layer")
        for layer in manifest.parts():
            path = self.blob(layer.digest)
            size = path.stat().st_size if path.is_file() else None
            if size != layer.size:
                what = "is not here" if size is None else f"has {size} bytes, not {layer.size}"
                raise RegistryError(400, "MANIFEST_BLOB_UNKNOWN", f"{layer.digest} {what}")


class BlobRoute(RegistryHandler):
    """``blobs/DIGEST``."""

    async def get(self, namespace: str, model: str, digest: str) -> None:
        """Send a blob, or the range of it that is asked for."""
        self.model(namespace, model)
        path = self.blob(digest)
        if not path.is_file():
            raise RegistryError(404, "BLOB_UNKNOWN", f"there is no {digest}")
        total = path.stat().st_size
        first, last = self._span(total)
        self.set_header("Docker-Content-Digest", digest)
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Content-Type", _BINARY)
        # Source: Ollama server/download.go run: it asks where the blob is to be had and fails without an answer.
        self.set_header("Location", self.request.path)
        self.set_header("Content-Length", str(last - first + 1))
        if self.request.method == "HEAD":
            return await self.finish()
        with self.cancelled_on_close():
            await self._send_file(path, first, last - first + 1)

    head = get

    def _span(self, total: int) -> tuple[int, int]:
        """Return the first and the last byte that are asked for, and set the status that says so."""
        found = _RANGE.fullmatch(self.request.headers.get("Range", ""))
        if not found:
            return 0, total - 1
        first, last = int(found[1]), min(int(found[2] or total), total - 1)
        if first > last:
            self.set_header("Content-Range", f"bytes */{total}")
            raise RegistryError(416, "RANGE_INVALID", f"there are {total} bytes")
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {first}-{last}/{total}")
        return first, last

    async def _send_file(self, path: Path, first: int, size: int) -> None:
        loop = asyncio.get_running_loop()
        with path.open("rb", buffering=0) as file:
            file.seek(first)
            while size and (piece := await loop.run_in_executor(None, file.read, min(size, _PIECE_BYTES))):
                self.write(piece)
                await self.flush()
                size -= len(piece)
        await self.finish()


class Uploads(RegistryHandler):
    """``blobs/uploads/``: the beginning of an upload."""

    def post(self, namespace: str, model: str) -> None:
        """Open a session, or take a blob over that another model here has."""
        self.model(namespace, model)
        wanted = self.get_query_argument("mount", "")
        if wanted and self.blob(wanted).is_file():
            self.store.blobs.touch(wanted)
            self.set_header("Docker-Content-Digest", wanted)
            self.set_header("Location", f"/v2/{namespace}/{model}/blobs/{wanted}")
            return self.empty(201)
        name = self.state.incoming.begin()
        if name is None:
            raise RegistryError(429, "TOOMANYREQUESTS", "too many uploads are open")
        self.set_header("Location", f"{self.request.protocol}://{self.request.host}/v2/{namespace}/{model}/blobs/uploads/{name}")
        self.set_header("Docker-Upload-UUID", name)
        self.set_header("Range", "0-0")
        self.empty(202)


@stream_request_body
class UploadSession(RegistryHandler):
    """``blobs/uploads/SESSION``: a blob that comes in pieces, which go to disk as they come."""

    _upload: Upload | None = None

    async def prepare(self) -> None:
        """Find the session, and see that the piece belongs where the last one ended."""
        connection = self.request.connection
        assert isinstance(connection, HTTP1Connection)
        connection.set_max_body_size(_NO_LIMIT)
        await super().prepare()
        if self._finished or self.request.method not in ("PATCH", "PUT"):
            return
        upload = self._session()
        said = _SPAN.fullmatch(self.request.headers.get("Content-Range", ""))
        if said and int(said[1]) != upload.size:
            self.set_header("Connection", "close")
            raise RegistryError(416, "RANGE_INVALID", f"the next byte is {upload.size}")
        upload.mark()
        self._upload = upload

    def data_received(self, chunk: bytes) -> None:
        """Add a piece of the body to the file."""
        if self._upload is not None:
            try:
                self._upload.write(chunk)
            except OSError as problem:
                self._lost()
                raise RegistryError(507, "SIZE_INVALID", disk_words(problem)) from problem

    def get(self, namespace: str, model: str, session: str) -> None:
        """Say how much has come."""
        self._where(self._session())
        self.empty(204)

    def patch(self, namespace: str, model: str, session: str) -> None:
        """Keep the piece."""
        upload, self._upload = self._upload, None
        assert upload is not None
        upload.mark()
        self._where(upload)
        self.empty(202)

    def put(self, namespace: str, model: str, session: str) -> None:
        """Put the blob in its place if it is what its digest says; else forget it."""
        upload, self._upload = self._upload, None
        assert upload is not None
        digest = self.get_query_argument("digest", "")
        self.blob(digest)
        self.state.incoming.end(session)
        with upload:
            if upload.digest != digest:
                raise RegistryError(400, "DIGEST_INVALID", f"digest mismatch, expected {digest}, got {upload.digest}")
            upload.finish()
        self.set_header("Docker-Content-Digest", digest)
        self.set_header("Location", f"/v2/{namespace}/{model}/blobs/{digest}")
        self.empty(201)

    def delete(self, namespace: str, model: str, session: str) -> None:
        """Forget the upload."""
        self._session().discard()
        self.state.incoming.end(session)
        self.empty(204)

    def on_connection_close(self) -> None:
        """Forget the piece that broke off; the session goes on where it began."""
        self._lost()
        super().on_connection_close()

    def _lost(self) -> None:
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.rewind()

    def _session(self) -> Upload:
        upload = self.state.incoming.find(self.path_args[2])
        if upload is None:
            self.set_header("Connection", "close")
            raise RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload")
        return upload

    def _where(self, upload: Upload) -> None:
        self.set_header("Location", f"{self.request.protocol}://{self.request.host}{self.request.path}")
        self.set_header("Range", f"0-{max(upload.size - 1, 0)}")


ROUTES: list[tuple[str, type[ApiHandler]]] = [
    (r"/v2/?", Root),
    (rf"{_REPOSITORY}/tags/list", Tags),
    (rf"{_REPOSITORY}/manifests/([^/]+)", ManifestRoute),
    (rf"{_REPOSITORY}/blobs/uploads/?", Uploads),
    (rf"{_REPOSITORY}/blobs/uploads/([^/]+)", UploadSession),
    (rf"{_REPOSITORY}/blobs/([^/]+)", BlobRoute),
]
