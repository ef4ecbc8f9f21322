"""Carries requests: httpx's objects above, httpcore's pools over our own sockets below."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from ollama_magics.client.proxies import proxy_for
from ollama_magics.client.sockets import Exchange, SocketBackend, carrying
from ollama_magics.wire.host import Host

EXCHANGE = "ollama_magics.exchange"
"""Key of a request's extensions under which the transport finds the ``Exchange`` to use."""

# A connection that a router on the way has forgotten hangs; younger ones are still known.
_KEEP_IDLE_S = 30.0


class SocketTransport(httpx.BaseTransport):
    """Sends requests to one address over connections that are kept and that an ``Exchange`` can end.

    A TLS context is built when the address needs one, not before: it takes longer than a whole request.
    """

    def __init__(self, host: Host, environ: Mapping[str, str]) -> None:
        self._pool = _pool(host, proxy_for(host, environ))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the answer as soon as its headers are there.

        Raises:
            httpx.TransportError: as ``httpx.HTTPTransport``.
        """
        url = request.url
        core = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        exchange: Exchange | None = request.extensions.get(EXCHANGE)
        with _as_httpx_errors(), carrying(exchange):
            answer = self._pool.handle_request(core)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions, request=request
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors():
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


def _pool(host: Host, proxy: str) -> httpcore.ConnectionPool:
    settings: dict[str, Any] = {
        "ssl_context": _tls() if host.scheme == "https" else None,
        "max_connections": None,
        "max_keepalive_connections": 8,
        "keepalive_expiry": _KEEP_IDLE_S,
        "network_backend": SocketBackend(),
    }
    if not proxy:
        return httpcore.ConnectionPool(**settings)
    parsed = httpx.Proxy(proxy)
    return httpcore.HTTPProxy(
        proxy_url=httpcore.URL(str(parsed.url)),
        proxy_auth=parsed.raw_auth,
        proxy_ssl_context=_tls() if parsed.url.scheme == "https" else None,
        **settings,
    )


def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


# The classes of httpcore that a request can raise -> httpx's of the same name.
_HTTPX_ERRORS: Mapping[type[Exception], type[httpx.TransportError]] = {
    getattr(httpcore, name): getattr(httpx, name)
    for name in (
        "ConnectTimeout",
        "ReadTimeout",
        "WriteTimeout",
        "PoolTimeout",
        "TimeoutException",
        "ConnectError",
        "ReadError",
        "WriteError",
        "NetworkError",
        "ProxyError",
        "UnsupportedProtocol",
        "LocalProtocolError",
        "RemoteProtocolError",
        "ProtocolError",
    )
}


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    try:
        yield
    except Exception as exc:
        for kind in type(exc).__mro__:
            if kind in _HTTPX_ERRORS:
                raise _HTTPX_ERRORS[kind](str(exc)) from exc
        raise
