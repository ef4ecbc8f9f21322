"""What an asynchronous client is before it knows any endpoint: how a call is run in an event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, Coroutine, Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ollama_magics.client.async_stream import AsyncStream
from ollama_magics.client.base import Caller
from ollama_magics.client.protocol import Call
from ollama_magics.client.secrets import conceal
from ollama_magics.errors import OllamaMagicsError
from ollama_magics.wire.types import Record

if TYPE_CHECKING:
    import httpx

    from ollama_magics.client.async_request import AsyncRequest, AsyncSender

T = TypeVar("T", bound=Record)


class AsyncConnection(Caller):
    """An address to call from tasks, with connections that are opened when they are needed and kept.

    Args:
        host, timeout, headers, verify, environ: as for ``Client``.
        transport: carries the requests, for tests and special networks; our own when None.

    Raises:
        UsageProblem: the address is neither http nor https.

    Notes:
        Any number of tasks may use it at once. In another event loop it opens new connections; close it in the one that used it.
        Every call takes ``timeout`` (``math.inf`` for as long as it likes), ends when its task is cancelled, and raises ``NoServer``,
        ``NotOllama``, ``TimedOut``, ``ServerFault`` or ``StreamFault``.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
        verify: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__(host, timeout=timeout, headers=headers, verify=verify, environ=environ)
        self._transport = transport
        self._sender: tuple[asyncio.AbstractEventLoop, AsyncSender] | None = None

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        connected, self._sender = self._sender, None
        if connected is not None and connected[0] is asyncio.get_running_loop():
            await connected[1].close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def _stream(
        self,
        call: Call[T],
        *,
        lines: bool,
        timeout: float | None = None,
        content: AsyncIterable[bytes] | None = None,
        size: int = 0,
    ) -> AsyncStream[T]:
        """Return the answer to come, as one object or in lines; ``content`` of ``size`` bytes takes the place of a JSON body."""
        return AsyncStream(call, partial(self._request, call, timeout, content, size), lines=lines, explain=self._told)

    async def _told(self, model: str, error: OllamaMagicsError) -> None:
        await self._explain(model, error)
        conceal(error, self._secrets)

    def _request(self, call: Call[Any], timeout: float | None, content: AsyncIterable[bytes] | None, size: int) -> AsyncRequest:
        body = call.body if content is None else content
        length = len(call.body) if content is None else size
        silence_s = self.timeout if timeout is None else timeout
        return self._connected().request(call.endpoint.method, call.endpoint.path, body, length, silence_s)

    async def _explain(self, model: str, error: OllamaMagicsError) -> None:
        """Add to the hint of an error what only the server knows."""

    async def _plain(self, call: Call[T], *, timeout: float | None = None) -> T:
        return await self._stream(call, lines=False, timeout=timeout).last()

    def _either(self, call: Call[T], stream: bool, timeout: float | None) -> Coroutine[Any, Any, T] | AsyncStream[T]:
        return self._stream(call, lines=True, timeout=timeout) if stream else self._plain(call, timeout=timeout)

    def _connected(self) -> AsyncSender:
        # httpx takes longer to import than everything else of ours together; nobody who sends nothing pays for it.
        from ollama_magics.client.async_request import AsyncSender

        loop = asyncio.get_running_loop()
        if self._sender is None or self._sender[0] is not loop:
            self._sender = loop, AsyncSender(self.host, self._headers, self._transport, self._environ)
        return self._sender[1]
