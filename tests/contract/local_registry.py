"""A small model registry on a local port, for the area ``registry``.

It knows these repositories: ``me/m`` (complete), ``me/holes`` (a blob is missing), ``me/rotten`` (a blob has other bytes than its
digest says), ``me/text`` (the manifest is no JSON), ``me/denied`` (401 for everything). Anything may be pushed but to ``me/denied``.
"""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MEDIA = "application/vnd.ollama.image."
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"


def digest(data: bytes) -> str:
    """Return the digest as manifests write it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """A registry that listens at ``port`` until the process ends.

    Args:
        model: the weights of its models.
        pause_s: how long the content of a blob keeps one waiting, so that there is progress to tell of.
    """

    def __init__(self, model: bytes, pause_s: float = 0.1) -> None:
        self.pause_s = pause_s
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self._fill(model)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _fill(self, model: bytes) -> None:
        template = b"{{ range .Messages }}<|{{ .Role }}|>{{ .Content }}<|end|>{{ end }}<|assistant|>"
        system, params = b"You are Rosa from the registry.", b'{"temperature":0,"stop":["zzz"]}\n'
        layers = [("model", model), ("template", template), ("system", system), ("params", params)]
        described = {"model_format": "gguf", "model_family": "llama", "model_families": ["llama"], "model_type": "3.05M"}
        config = json.dumps({**described, "file_type": "Q8_0", "architecture": "amd64", "os": "linux"}).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._entry(CONFIG, config),
            "layers": [self._entry(MEDIA + kind, data) for kind, data in layers],
        }
        self.manifests["me/m:latest"] = json.dumps(manifest).encode()
        rotten = self._entry(MEDIA + "system", b"other bytes")
        rotten["digest"], self.blobs[digest(b"never")] = digest(b"never"), b"other bytes"
        missing = {"mediaType": MEDIA + "system", "digest": digest(b"missing"), "size": 7}
        for name, extra in (("rotten", rotten), ("holes", missing)):
            self.manifests[f"me/{name}:latest"] = json.dumps({**manifest, "layers": [*manifest["layers"], extra]}).encode()
        self.manifests["me/text:latest"] = b"this is no manifest"

    def _entry(self, media: str, data: bytes) -> dict:
        self.blobs[digest(data)] = data
        return {"mediaType": media, "digest": digest(data), "size": len(data)}

    def handle(self, h: _Answers, parts: list[str], body: bytes) -> None:
        """Answer one request."""
        if parts[0] == "data":
            return self._data(h, parts[1])
        if len(parts) < 5 or parts[0] != "v2":
            return h.answer(404)
        name, kind, ref = "/".join(parts[1:3]), parts[3], parts[4]
        if name == "me/denied":
            return h.answer(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"access denied"}]}')
        if kind == "manifests":
            return self._manifest(h, f"{name}:{ref}", body)
        if kind == "blobs" and ref == "uploads":
            return self._upload(h, name, parts[5] if len(parts) > 5 else "", body)
        if kind == "blobs" and ref in self.blobs:
            if h.command == "HEAD":
                return h.answer(200, Content_Length=str(len(self.blobs[ref])))
            return h.answer(307, Location=f"http://localhost:{self.port}/data/{ref}")
        return h.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')

    def _data(self, h: _Answers, ref: str) -> None:
        """Send the content of a blob, from where requests for blobs are redirected to."""
        threading.Event().wait(self.pause_s)
        data = self.blobs.get(ref, b"")
        span = h.headers.get("Range", "").removeprefix("bytes=").split("-")
        if len(span) != 2:
            return h.answer(200, data)
        first, last = int(span[0]), int(span[1] or len(data) - 1)
        return h.answer(206, data[first : last + 1], Content_Range=f"bytes {first}-{last}/{len(data)}")

    def _manifest(self, h: _Answers, name: str, body: bytes) -> None:
        if h.command == "PUT":
            self.manifests[name] = body
            return h.answer(201)
        data = self.manifests.get(name)
        return h.answer(200, data) if data is not None else h.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')

    def _upload(self, h: _Answers, name: str, session: str, body: bytes) -> None:
        where = f"http://127.0.0.1:{self.port}/v2/{name}/blobs/uploads/"
        if h.command == "POST":
            session = str(len(self.uploads))
            self.uploads[session] = b""
            return h.answer(202, Location=where + session)
        if h.command == "PATCH":
            self.uploads[session] += body
            return h.answer(202, Location=where + session)
        data = self.uploads.pop(session, b"") + body
        self.blobs[digest(data)] = data
        return h.answer(201)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _handler(registry: Registry) -> type[_Answers]:
    class Handler(_Answers):
        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            registry.handle(self, self.path.split("?")[0].strip("/").split("/"), body)

        do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_any

    return Handler
