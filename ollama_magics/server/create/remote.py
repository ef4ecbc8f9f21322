"""Addresses of remote models.

Source: Ollama server/create.go remoteURL (v0.33.0-rc2); observed, tests/contract (area ``create-errors``).
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, urlsplit

from ollama_magics.server.errors import ApiError

CLOUD = "https://ollama" + ".com:443"
_PORT = "11434"


def remote_url(raw: str) -> str:
    """Return the address in the form in which a stub keeps it.

    Raises:
        ApiError: 400 ``bad remote``.

    Examples:
        >>> [remote_url(x) for x in ("example.com", "https://example.com", "http://example.com:80/x/../y/", "/only/path")]
        ['http://example.com:11434', 'https://example.com:11434', 'http://example.com:80/y', 'http://localhost:11434/only/path']
    """
    if raw.startswith("/"):
        return f"http://localhost:{_PORT}{quote(_clean(raw))}"
    if "://" not in raw:
        raw = f"http://{raw}"
    if raw == CLOUD.replace("https", "http").removesuffix(":443"):
        raw = CLOUD
    try:
        url = urlsplit(raw)
        host, port = url.netloc.rpartition("@")[2], url.port
    except ValueError as problem:
        raise ApiError(400, "bad remote") from problem
    if re.search(r"[\s<>\"\\^`{|}]", host):
        raise ApiError(400, "bad remote")
    host = host or "localhost"
    if port is None:
        host = f"[{host}]:{_PORT}" if ":" in host and not host.startswith("[") else f"{host}:{_PORT}"
    path = _clean(url.path) if url.path else ""
    query = f"?{url.query}" if url.query else ""
    return f"{url.scheme}://{host}{'' if path == '/' else path}{query}"


def _clean(path: str) -> str:
    """Source: Go path.Clean."""
    clean = posixpath.normpath(path)
    return clean[1:] if clean.startswith("//") else clean
