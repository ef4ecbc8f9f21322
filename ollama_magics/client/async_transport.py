"""Carries the requests of an event loop: httpx's objects above, httpcore's pools over its own sockets below."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from ollama_magics.client.transport import as_httpx_errors, core_request, pool_settings, proxy_settings
from ollama_magics.wire.host import Host
from ollama_magics.wire.proxies import proxy_for

OPENING = "ollama_magics.opening"
"""Key of a request's extensions under which the transport finds the ``Opening`` to fill."""

_LENGTH = 5


class Opening:
    """The first bytes that came back for a request, enough to see whether they are HTTP; httpcore does not tell."""

    def __init__(self) -> None:
        self.data = b""


class LoopTransport(httpx.AsyncBaseTransport):
    """Sends requests to one address over connections that are kept; a cancelled task closes the one it waits for."""

    def __init__(self, host: Host, environ: Mapping[str, str]) -> None:
        proxy = proxy_for(host, environ)
        given = {**pool_settings(host, environ), "network_backend": _Backend()}
        self._pool = httpcore.AsyncHTTPProxy(**given, **proxy_settings(proxy)) if proxy else httpcore.AsyncConnectionPool(**given)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the answer as soon as its headers are there.

        Raises:
            httpx.TransportError: as ``httpx.AsyncHTTPTransport``.
        """
        with as_httpx_errors(), _filling(request.extensions.get(OPENING)):
            answer = await self._pool.handle_async_request(core_request(request))
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions, request=request
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with as_httpx_errors():
            async for piece in self._stream:
                yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


_here: ContextVar[Opening | None] = ContextVar("opening", default=None)


@contextmanager
def _filling(opening: Opening | None) -> Iterator[None]:
    """Let the connection that this task writes to meanwhile fill ``opening``; httpcore sends a request in the task that asks."""
    before = _here.set(opening)
    try:
        yield
    finally:
        _here.reset(before)


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._opening: Opening | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._inner.read(max_bytes, timeout)
        if self._opening is not None and not self._opening.data:
            self._opening.data = data[:_LENGTH]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._opening = _here.get()
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
