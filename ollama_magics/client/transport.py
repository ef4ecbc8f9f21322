"""Carries requests: httpx's objects above, httpcore's pools over our own sockets below."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from ollama_magics.client.sockets import Exchange, SocketBackend, carrying
from ollama_magics.wire.host import Host
from ollama_magics.wire.proxies import proxy_for

EXCHANGE = "ollama_magics.exchange"
"""Key of a request's extensions under which the transport finds the ``Exchange`` to use."""

# A connection that a router on the way has forgotten hangs; younger ones are still known.
_KEEP_IDLE_S = 30.0
_KEEP_IDLE = 8


class SocketTransport(httpx.BaseTransport):
    """Sends requests to one address over connections that are kept and that an ``Exchange`` can end.

    A TLS context is built when the address needs one, not before: it takes longer than a whole request.
    """

    def __init__(self, host: Host, environ: Mapping[str, str]) -> None:
        proxy = proxy_for(host, environ)
        self._way = (
            httpcore.HTTPProxy(**pool_settings(host, environ), **proxy_settings(proxy), network_backend=SocketBackend())
            if proxy
            else _Kept(host, environ)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the answer as soon as its headers are there.

        Raises:
            httpx.TransportError: as ``httpx.HTTPTransport``.
        """
        exchange: Exchange | None = request.extensions.get(EXCHANGE)
        with as_httpx_errors(), carrying(exchange):
            answer = self._way.handle_request(core_request(request))
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions, request=request
        )

    def close(self) -> None:
        """Close the connections that carry nothing; the others close when they are done."""
        self._way.close()


class _Kept:
    """Connections to one address; the one that was used last is used next.

    ``httpcore.ConnectionPool`` serves many addresses and queues; with one address that costs a fifth of a small request for nothing.
    """

    def __init__(self, host: Host, environ: Mapping[str, str]) -> None:
        self._origin = httpcore.URL(host.url).origin
        self._tls = _tls_of(host, environ)
        self._backend = SocketBackend()
        self._idle: list[httpcore.HTTPConnection] = []
        self._lock = threading.Lock()
        self._closed = False

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        connection = self._take()
        try:
            answer = connection.handle_request(request)
        except BaseException:
            connection.close()
            raise
        content = _KeptBody(answer.stream, lambda: self._give_back(connection))
        return httpcore.Response(answer.status, headers=answer.headers, content=content, extensions=answer.extensions)

    def close(self) -> None:
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for connection in idle:
            connection.close()

    def _take(self) -> httpcore.HTTPConnection:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return httpcore.HTTPConnection(
                    self._origin, ssl_context=self._tls, keepalive_expiry=_KEEP_IDLE_S, network_backend=self._backend
                )
            if connection.is_available() and not connection.has_expired():
                return connection
            connection.close()

    def _give_back(self, connection: httpcore.HTTPConnection) -> None:
        with self._lock:
            if connection.is_idle() and not self._closed and len(self._idle) < _KEEP_IDLE:
                self._idle.append(connection)
                return
        connection.close()


class _KeptBody:
    """The body of an answer; closing it frees its connection."""

    def __init__(self, stream: Any, done: Callable[[], None]) -> None:
        self._stream = stream
        self._done: Callable[[], None] | None = done

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            self._stream.close()
            done()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with as_httpx_errors():
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


def core_request(request: httpx.Request) -> httpcore.Request:
    """Return the request as httpcore wants it."""
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def pool_settings(host: Host, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return how many connections to ``host`` a pool of httpcore keeps, and whom it trusts."""
    return {
        "ssl_context": _tls_of(host, environ),
        "max_connections": None,
        "max_keepalive_connections": _KEEP_IDLE,
        "keepalive_expiry": _KEEP_IDLE_S,
    }


def proxy_settings(proxy: str) -> dict[str, Any]:
    """Return the same for the way to a proxy, which is given as a URL."""
    parsed = httpx.Proxy(proxy)
    return {
        "proxy_url": httpcore.URL(str(parsed.url)),
        "proxy_auth": parsed.raw_auth,
        "proxy_ssl_context": _tls() if parsed.url.scheme == "https" else None,
    }


UNVERIFIED = "OLLAMA_MAGICS_UNVERIFIED"
"""The variable that names the hosts whose certificates are not checked, with commas between them; there is no word for all."""


def _tls_of(host: Host, environ: Mapping[str, str]) -> ssl.SSLContext | None:
    if host.scheme != "https":
        return None
    named = {name.strip().casefold() for name in environ.get(UNVERIFIED, "").split(",")}
    if {host.host.casefold(), host.netloc.casefold()} & named:
        return httpx.create_ssl_context(verify=False)
    return _tls()


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
def as_httpx_errors() -> Iterator[None]:
    """Turn the errors of httpcore into those of httpx with the same names."""
    try:
        yield
    except Exception as exc:
        for kind in type(exc).__mro__:
            if kind in _HTTPX_ERRORS:
                raise _HTTPX_ERRORS[kind](str(exc)) from exc
        raise
