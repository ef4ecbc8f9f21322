"""Writes and sends the requests to one server, for a client in threads."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from typing import Any

import httpx

from ollama_magics.client.faults import transport_fault
from ollama_magics.client.sockets import Exchange
from ollama_magics.client.transport import EXCHANGE, SocketTransport
from ollama_magics.errors import Cancelled, OllamaMagicsError, UsageProblem
from ollama_magics.wire.host import Host

CONNECT_S = 5.0
"""How long connecting may take, in seconds; a server that is there accepts at once, also while it loads a model."""


class Requests:
    """Writes the requests for one server.

    Args:
        headers: sent with each; their values are never shown.

    Raises:
        UsageProblem: a header cannot be sent.
    """

    def __init__(self, host: Host, headers: Mapping[str, str]) -> None:
        self.server = host.url
        try:
            self._headers = httpx.Headers(dict(headers)).raw
        except UnicodeEncodeError:
            # Not chained: that exception quotes the value, which may be a secret.
            raise UsageProblem("a header has characters outside ASCII", hint="check the headers and OLLAMA_API_KEY") from None
        self._url = httpx.URL(host.url)
        if not any(name.lower() == b"host" for name, _ in self._headers):
            self._headers = [(b"Host", self._url.netloc), *self._headers]
        self._prefix = self._url.raw_path.rstrip(b"/")
        self._urls: dict[str, httpx.URL] = {}

    def write(
        self,
        method: str,
        path: str,
        content: bytes | Iterable[bytes] | AsyncIterable[bytes],
        size: int,
        silence_s: float | None,
        extensions: Mapping[str, Any],
    ) -> httpx.Request:
        """Return a request of httpx; ``size`` is the length of ``content`` in bytes."""
        sized = size or method == "POST"
        headers = [*self._headers, (b"Content-Length", b"%d" % size)] if sized else self._headers
        connect_s = CONNECT_S if silence_s is None else min(CONNECT_S, silence_s)
        timeout = {"connect": connect_s, "read": silence_s, "write": silence_s, "pool": None}
        given = {**extensions, "timeout": timeout}
        if not isinstance(content, bytes):
            return httpx.Request(method, self._at(path), headers=headers, content=content, extensions=given)
        # A stream that is ready made spares httpx the search for what it is and which headers it needs: a tenth of a small request.
        request = httpx.Request(method, self._at(path), headers=headers, stream=httpx.ByteStream(content), extensions=given)
        request.read()
        return request

    def _at(self, path: str) -> httpx.URL:
        url = self._urls.get(path)
        if url is None:
            url = self._url.copy_with(raw_path=self._prefix + path.encode())
            if len(self._urls) < 64:  # the routes, not every blob there ever was
                self._urls[path] = url
        return url


class Sender(Requests):
    """Makes the requests that a thread sends.

    Args:
        transport: carries them; our own when None.
    """

    def __init__(self, host: Host, headers: Mapping[str, str], transport: httpx.BaseTransport | None, environ: Mapping[str, str]) -> None:
        self._transport = transport or SocketTransport(host, environ)
        super().__init__(host, headers)

    def request(self, method: str, path: str, content: bytes | Iterable[bytes], size: int, silence_s: float | None) -> Request:
        """Return a request, not sent yet; ``size`` is the length of ``content`` in bytes."""
        exchange = Exchange()
        silence_s = longest_silence(silence_s)
        request = self.write(method, path, content, size, silence_s, {EXCHANGE: exchange})
        return Request(self._transport, request, exchange, server=self.server, silence_s=silence_s)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def longest_silence(given_s: float | None) -> float | None:
    """Return the seconds a server may say nothing, None for any number of them."""
    return None if given_s is not None and math.isinf(given_s) else given_s


class Request:
    """One request on its way.

    Attributes:
        server: the address as it may be shown.
        exchange: ends the request from any thread.
    """

    def __init__(
        self, transport: httpx.BaseTransport, request: httpx.Request, exchange: Exchange, *, server: str, silence_s: float | None
    ) -> None:
        self._transport = transport
        self._request = request
        self._silence_s = silence_s
        self.exchange = exchange
        self.server = server

    def send(self) -> httpx.Response:
        """Return the answer as soon as its headers are there.

        Raises:
            OllamaMagicsError: the request could not be sent, nothing came back, or somebody cancelled it.
        """
        self._raise_if_cancelled()
        try:
            response = self._transport.handle_request(self._request)
        except httpx.TransportError as exc:
            raise self._fault(exc, answered=False) from exc
        if self.exchange.cancelled:
            response.close()
            self._raise_if_cancelled()
        return response

    def pieces(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield the bytes of the answer's body as they come.

        Raises:
            OllamaMagicsError: the connection broke, the server said nothing for too long, or somebody cancelled.
        """
        try:
            # Most answers come as they are; httpx's decoding costs as much as building the request.
            for data in response.iter_bytes() if "content-encoding" in response.headers else response.stream:  # type: ignore[union-attr]
                self._raise_if_cancelled()
                yield data
        except httpx.RequestError as exc:
            raise self._fault(exc, answered=True) from exc
        self._raise_if_cancelled()

    def expect_end(self, within_s: float) -> None:
        """Let reading fail when the answer has not ended in ``within_s`` seconds."""
        self.exchange.read_until = time.monotonic() + within_s

    def _raise_if_cancelled(self) -> None:
        if self.exchange.cancelled:
            raise self._cancelled()

    def _cancelled(self) -> Cancelled:
        return Cancelled(f"the request to {self.server} was cancelled")

    def _fault(self, exc: httpx.RequestError, *, answered: bool) -> OllamaMagicsError:
        if self.exchange.cancelled:
            return self._cancelled()
        http = b"HTTP/".startswith(self.exchange.opening)
        return transport_fault(exc, server=self.server, answered=answered, http=http, silence_s=self._silence_s)
