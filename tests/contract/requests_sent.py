"""Requests to the server under test, exactly as recorded: no redirects, no retries, no cookies."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.client
import json
import re
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from .local_registry import Registry
from .model_files import make_all

CLOUD_HOST = "ollama" + ".com"
MODEL = Path(__file__).parent / "fixtures" / "prototype.gguf"


class Fixtures:
    """The model files that the requests name, with their digests."""

    def __init__(self, model: Path = MODEL):
        self._folder = tempfile.TemporaryDirectory(prefix="contract-")
        self.paths = make_all(model, Path(self._folder.name))
        self.digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in self.paths.items()}

    @functools.cached_property
    def registry(self) -> str:
        """The address of a small registry on this machine, started when a request first names it."""
        return f"127.0.0.1:{Registry(self.paths['tiny-nojinja.gguf'].read_bytes()).port}"

    def expand(self, value: Any) -> Any:
        """Replace ``${digest:NAME}`` (sha256:<hex>), ``${hex:NAME}``, ``${text:WORDS}`` (digest of the words), hosts by their names."""
        if isinstance(value, str):
            value = re.sub(r"\$\{digest:([^}]+)\}", lambda m: "sha256:" + self.digests[m[1]], value)
            value = re.sub(r"\$\{hex:([^}]+)\}", lambda m: self.digests[m[1]], value)
            value = re.sub(r"\$\{text:([^}]+)\}", lambda m: "sha256:" + hashlib.sha256(m[1].encode()).hexdigest(), value)
            value = value.replace("${registry}", self.registry) if "${registry}" in value else value
            return value.replace("${cloud}", CLOUD_HOST)
        if isinstance(value, list):
            return [self.expand(item) for item in value]
        if isinstance(value, dict):
            return {self.expand(key): self.expand(item) for key, item in value.items()}
        return value


class Client:
    """One plain HTTP/1.1 request per connection."""

    def __init__(self, host: str, timeout: float = 60):
        self.address = host.removeprefix("http://").rstrip("/")
        self.timeout = timeout

    def send(self, fixtures: Fixtures, request: dict, after_lines: int | None = None) -> dict:
        """Perform ``request``; return its status, headers and raw body.

        With ``after_lines`` the connection is closed after that many lines of the body (0: right after the headers, -1: once
        the request was sent).
        """
        connection = http.client.HTTPConnection(self.address, timeout=self.timeout)
        try:
            self._write(connection, fixtures, request)
            if after_lines == -1:
                return {"status": 0, "raw": b"", "headers": {}}
            response = connection.getresponse()
            if after_lines is None:
                raw = response.read()
            else:
                raw = b"".join(response.readline() for _ in range(after_lines))
                if connection.sock:
                    connection.sock.close()
            return {"status": response.status, "raw": raw, "headers": {key.lower(): value for key, value in response.getheaders()}}
        except (OSError, http.client.HTTPException) as problem:
            return {"status": 0, "raw": f"{type(problem).__name__}: {problem}".encode(), "headers": {}}
        finally:
            connection.close()

    @staticmethod
    def _write(connection: http.client.HTTPConnection, fixtures: Fixtures, request: dict) -> None:
        headers = {key: fixtures.expand(value) for key, value in (request.get("headers") or {}).items()}
        body: bytes | None = None
        if "file" in request:
            body = fixtures.paths[request["file"]].read_bytes()
        elif "json" in request or "raw" in request:
            body = (json.dumps(fixtures.expand(request["json"])) if "json" in request else fixtures.expand(request["raw"])).encode()
            headers.setdefault("Content-Type", "application/json")
        path = fixtures.expand(request["path"])
        connection.putrequest(request.get("method", "POST"), path, skip_host="Host" in headers, skip_accept_encoding=True)
        for key, value in headers.items():
            connection.putheader(key, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        if body is not None:
            # The server may have answered and hung up already, for a blob that it has.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.send(body)

    def get_json(self, path: str) -> Any:
        """Return the decoded answer of a GET, {} for none."""
        return json.loads(self._simple("GET", path) or b"null") or {}

    def _simple(self, method: str, path: str, body: Any = None) -> bytes:
        connection = http.client.HTTPConnection(self.address, timeout=self.timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            return connection.getresponse().read()
        finally:
            connection.close()

    def wipe(self) -> None:
        """Unload and delete every model of the server; one that was deleted while loaded cannot be unloaded and is left alone."""
        names = {model["name"] for model in self.get_json("/api/tags").get("models") or []}
        for name in self._loaded() & names:
            self._simple("POST", "/api/generate", {"model": name, "keep_alive": 0})
        for name in names:
            self._simple("DELETE", "/api/delete", {"model": name})
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._loaded() & names:
            threading.Event().wait(0.05)

    def _loaded(self) -> set[str]:
        return {model["name"] for model in self.get_json("/api/ps").get("models") or []}


def parse_body(raw: bytes, content_type: str) -> tuple[str, Any]:
    """Return the kind of a body and the body: empty, ndjson (list), sse (list), json or text."""
    if not raw:
        return "empty", None
    text = raw.decode("utf-8", "replace")
    if "ndjson" in content_type:
        return "ndjson", [_line(line) for line in text.split("\n") if line]
    if "event-stream" in content_type:
        return "sse", [_event(line) for line in text.split("\n") if line.strip()]
    if "json" in content_type:
        with contextlib.suppress(ValueError):
            return "json", json.loads(text)
        with contextlib.suppress(ValueError):
            return "ndjson", [json.loads(line) for line in text.split("\n") if line]
    return "text", text


def _line(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return {"<not json>": line}


def _event(line: str) -> Any:
    if not line.startswith("data: "):
        return {"<line>": line}
    payload = line.removeprefix("data: ")
    return payload if payload == "[DONE]" else json.loads(payload)
