"""Sends the requests to one server for a client in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping

import httpx

from ollama_magics.client.async_transport import OPENING, LoopTransport, Opening
from ollama_magics.client.faults import transport_fault
from ollama_magics.client.request import Requests, longest_silence
from ollama_magics.errors import OllamaMagicsError
from ollama_magics.wire.host import Host


class AsyncSender(Requests):
    """Makes the requests that the tasks of one event loop send.

    Args:
        transport: carries them; our own when None.
    """

    def __init__(
        self, host: Host, headers: Mapping[str, str], transport: httpx.AsyncBaseTransport | None, environ: Mapping[str, str]
    ) -> None:
        super().__init__(host, headers)
        self._client = httpx.AsyncClient(transport=transport or LoopTransport(host, environ), trust_env=False)

    def request(self, method: str, path: str, content: bytes | AsyncIterable[bytes], size: int, silence_s: float | None) -> AsyncRequest:
        """Return a request, not sent yet; ``size`` is the length of ``content`` in bytes."""
        silence_s = longest_silence(silence_s)
        opening = Opening()
        request = self.write(method, path, content, size, silence_s, {OPENING: opening})
        return AsyncRequest(self._client, request, opening, server=self.server, silence_s=silence_s)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class AsyncRequest:
    """One request on its way; cancelling the task that waits in it closes its connection.

    Attributes:
        server: the address as it may be shown.
    """

    def __init__(
        self, client: httpx.AsyncClient, request: httpx.Request, opening: Opening, *, server: str, silence_s: float | None
    ) -> None:
        self._client = client
        self._request = request
        self._opening = opening
        self._silence_s = silence_s
        self._read_until: float | None = None
        self.server = server

    async def send(self) -> httpx.Response:
        """Return the answer as soon as its headers are there.

        Raises:
            OllamaMagicsError: the request could not be sent, or nothing came back.
        """
        try:
            return await self._client.send(self._request, stream=True)
        except httpx.RequestError as exc:
            raise self._fault(exc, answered=False) from exc

    async def pieces(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of the answer's body as they come.

        Raises:
            OllamaMagicsError: the connection broke, or the server said nothing for too long.
        """
        # Most answers come as they are; httpx's decoding costs as much as building the request.
        source = response.aiter_bytes() if "content-encoding" in response.headers else aiter(response.stream)  # type: ignore[arg-type]
        while True:
            try:
                async with asyncio.timeout_at(self._read_until):
                    data = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as exc:
                raise self._fault(httpx.ReadTimeout("the end was kept back"), answered=True) from exc
            except httpx.RequestError as exc:
                raise self._fault(exc, answered=True) from exc
            yield data

    def expect_end(self, within_s: float) -> None:
        """Let reading fail when the answer has not ended in ``within_s`` seconds."""
        if self._read_until is None:
            self._read_until = asyncio.get_running_loop().time() + within_s

    def _fault(self, exc: httpx.RequestError, *, answered: bool) -> OllamaMagicsError:
        http = b"HTTP/".startswith(self._opening.data)
        return transport_fault(exc, server=self.server, answered=answered, http=http, silence_s=self._silence_s)
