"""A registry without a network: it answers the requests of httpx, and each answer can be replaced by a lie."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator

import httpx

MEDIA = "application/vnd.ollama.image."
HOME = "registry.example:5000"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def entry(kind: str, data: bytes) -> dict:
    return {"mediaType": MEDIA + kind, "digest": digest(data), "size": len(data)}


class FakeRegistry(httpx.MockTransport):
    """One model ``me/m`` of two layers and a configuration.

    Attributes:
        asked: every request that came.
        lies: pattern of ``METHOD PATH`` -> what answers instead, or None to go on as usual.
    """

    def __init__(self, weights: bytes) -> None:
        super().__init__(self._unread)
        self.weights, self.system, self.config = weights, b"You are Rosa.", b'{"model_format":"gguf"}\n'
        self.blobs = {digest(data): data for data in (self.weights, self.system, self.config)}
        self.manifest = {
            "schemaVersion": 2,
            "config": entry("config", self.config),
            "layers": [entry("model", self.weights), entry("system", self.system)],
        }
        self.manifests = {"latest": json.dumps(self.manifest).encode()}
        self.uploads: dict[str, bytes] = {}
        self.asked: list[httpx.Request] = []
        self.lies: dict[str, Callable[[httpx.Request], httpx.Response | None]] = {}

    def ranges(self) -> list[str]:
        """Return the ranges of the weights that were asked for."""
        return [request.headers["range"] for request in self.asked if request.method == "GET" and digest(self.weights) in request.url.path]

    def methods(self) -> list[str]:
        return [request.method for request in self.asked]

    def _unread(self, request: httpx.Request) -> httpx.Response:
        """Answer as a network does: with a body that nobody has read yet."""
        answer = self._answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        for pattern, lie in self.lies.items():
            if re.search(pattern, f"{request.method} {request.url.path}") and (answer := lie(request)) is not None:
                return answer
        _, _, *_, kind, reference = request.url.path.split("/")
        if kind == "uploads":
            return self._upload(request, reference)
        if kind == "manifests":
            return self._manifest(request, reference)
        if reference not in self.blobs:
            return httpx.Response(404, json={"errors": [{"code": "BLOB_UNKNOWN"}]})
        return part_of(request, self.blobs[reference])

    def _manifest(self, request: httpx.Request, tag: str) -> httpx.Response:
        if request.method == "PUT":
            self.manifests[tag] = request.read()
            return httpx.Response(201)
        return httpx.Response(200, content=self.manifests[tag]) if tag in self.manifests else httpx.Response(404)

    def _upload(self, request: httpx.Request, session: str) -> httpx.Response:
        where = {"location": f"http://{HOME}/v2/me/m/blobs/uploads/{session or 's'}"}
        if request.method == "POST":
            self.uploads["s"] = b""
            return httpx.Response(202, headers=where)
        if request.method == "PATCH":
            self.uploads[session] += request.read()
            return httpx.Response(202, headers=where)
        data = self.uploads.pop(session)
        self.blobs[digest(data)] = data
        return httpx.Response(201)


def part_of(request: httpx.Request, data: bytes) -> httpx.Response:
    """Return ``data``, or the range of it that is asked for."""
    if request.method == "HEAD":
        return httpx.Response(200, headers={"content-length": str(len(data))})
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
    if not found:
        return httpx.Response(200, content=data)
    first, last = int(found[1]), int(found[2])
    return httpx.Response(206, content=data[first : last + 1], headers={"content-range": f"bytes {first}-{last}/{len(data)}"})


def broken_off(request: httpx.Request, data: bytes, after: int) -> httpx.Response:
    """Return an answer whose connection breaks after so many bytes."""
    first = int(request.headers["range"].removeprefix("bytes=").split("-")[0])

    def pieces() -> Iterator[bytes]:
        yield data[first : first + after]
        raise httpx.ReadError("connection reset by peer")

    headers = {"content-range": f"bytes {first}-{len(data) - 1}/{len(data)}"}
    return httpx.Response(206, content=pieces(), headers=headers)


def endless(piece: bytes, given: list[int]) -> Iterator[bytes]:
    """Yield ``piece`` for ever, noting how many bytes were taken."""
    while True:
        given.append(len(piece))
        yield piece
