"""Requests to one registry: where they go, who may ask, and what its answers mean.

A registry is not trusted: what it says goes no further than a digest proves, its credentials stay with its own host, and nothing of
an answer is kept that is larger than it has to be.

Source: Ollama server/images.go makeRequestWithRetry, server/download.go (v0.33.0-rc2) for the requests and the words of errors.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry.challenge import read_challenge, token_of
from ollama_magics.text.gostrings import quote
from ollama_magics.wire.host import Host
from ollama_magics.wire.names import ModelName
from ollama_magics.wire.proxies import proxy_for

if TYPE_CHECKING:
    import httpx

MANIFEST_LIMIT = 4 << 20
"""Bytes that a manifest may have. Source: OCI distribution specification, "Pushing Manifests", asks registries to take so many."""

_ERROR_LIMIT = 4 << 10
_TOKEN_LIMIT = 1 << 20
_REDIRECTS = 10
_SILENCE_S = 30.0
"""How long a registry may say nothing. Source: Ollama server/download.go downloadStallTimeout."""

_CONNECT_S = 10.0


class NotThere(StoreError):
    """The registry does not have what was asked for."""

    def __init__(self) -> None:
        super().__init__("file does not exist")


class Refused(StoreError):
    """The registry answered with an error status; trying the same again will not help."""


class Unreached(StoreError):
    """The registry could not be reached, broke off, or had trouble of its own; another try may help."""


class Session:
    """A registry as one pull or push talks to it; threads may share it.

    Args:
        name: the model, whose host is the registry's.
        insecure: speak plain HTTP. Source: Ollama server/images.go makeRequest.
        environ: read for the proxy variables.
        sign: signs what proves to a registry who asks; raises ``StoreError`` when there is no key.
        transport: carries the requests in tests.
    """

    def __init__(
        self,
        name: ModelName,
        *,
        insecure: bool,
        environ: Mapping[str, str],
        sign: Callable[[bytes], str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = f"{'http' if insecure else 'https'}://{name.host}/v2/{name.namespace}/{name.model}"
        self._insecure = insecure
        self._environ, self._sign, self._transport = environ, sign, transport
        self._clients: dict[tuple[str, str], httpx.Client] = {}
        self._token = ""

    def url(self, path: str) -> httpx.URL:
        """Return the address of what belongs to the model, for instance ``manifests/latest``."""
        import httpx

        try:
            return httpx.URL(f"{self._base}/{path}")
        except httpx.InvalidURL as problem:
            raise Refused(f"invalid registry address {self._base}: {problem}") from problem

    def close(self) -> None:
        """Close the connections."""
        for client in list(self._clients.values()):
            client.close()

    @contextlib.contextmanager
    def answer(
        self, method: str, url: httpx.URL, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Iterator[httpx.Response]:
        """Give the answer to a request, its body unread; asks once more when the registry wants to know who asks.

        Raises:
            NotThere, Refused, Unreached: with Ollama's words.
        """
        for _ in range(2):
            with self._followed(method, url, headers or {}, content) as response:
                if response.status_code == 401:
                    self.authorise(response, url)
                    continue
                self.check(response)
                yield response
                return
        raise Refused("unauthorized: access denied")

    def read(self, method: str, url: httpx.URL, limit: int, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the body of an answer.

        Raises:
            Refused: it has more than ``limit`` bytes.
        """
        with self.answer(method, url, headers) as response:
            body = self.body(response, limit + 1)
        if len(body) > limit:
            raise Refused(f"{shown(url)} has more than {limit} bytes")
        return body

    @contextlib.contextmanager
    def once(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        content: bytes | Iterable[bytes] | None = None,
        *,
        with_token: bool = True,
    ) -> Iterator[httpx.Response]:
        """Give the answer to one request, whatever its status, following no redirect.

        Raises:
            Unreached: there was none.
        """
        import httpx

        if url.scheme not in ("http", "https") or not url.host:
            raise Refused(f'{method.capitalize()} {quote(shown(url))}: unsupported protocol scheme "{url.scheme}"')
        known = {"authorization": f"Bearer {self._token}"} if self._token and with_token else {}
        given = {"user-agent": "ollama-magics", "accept-encoding": "identity", **known, **headers}
        client = self._client(url)
        try:
            response = client.send(client.build_request(method, url, headers=given, content=content), stream=True)
        except (httpx.TransportError, OSError, ValueError) as problem:
            raise Unreached(f"{method.capitalize()} {quote(shown(url))}: {_words(problem, url, self._proxy(url))}") from problem
        try:
            yield response
        finally:
            response.close()

    def pieces(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield the bytes of an answer's body as they come.

        Raises:
            Unreached: the answer broke off, or nothing came for too long.
        """
        import httpx

        try:
            yield from response.iter_raw()
        except (httpx.TransportError, httpx.StreamError, OSError) as problem:
            silent = isinstance(problem, httpx.TimeoutException)
            raise Unreached("part stalled" if silent else "unexpected EOF") from problem

    def body(self, response: httpx.Response, limit: int) -> bytes:
        """Return the first ``limit`` bytes of an answer's body."""
        data = bytearray()
        for piece in self.pieces(response):
            data += piece
            if len(data) >= limit:
                break
        return bytes(data[:limit])

    def check(self, response: httpx.Response) -> None:
        """Raise what an error status means."""
        status = response.status_code
        if status == 404:
            raise NotThere
        if status >= 400:
            kind = Unreached if status >= 500 or status in (408, 429) else Refused
            raise kind(f"{status}: {self.body(response, _ERROR_LIMIT).decode('utf-8', 'replace')}")

    def authorise(self, response: httpx.Response, url: httpx.URL) -> None:
        """Fetch the token that the registry asks for.

        Raises:
            Refused: there is none to be had, or it is to be fetched from another host, which learns nothing of us.
        """
        challenge = read_challenge(response.headers.get("www-authenticate", ""))
        where, signature = challenge.request(url, self._sign)
        with self.once("GET", where, {"authorization": signature}, with_token=False) as answer:
            body = self.body(answer, _TOKEN_LIMIT)
            if answer.status_code >= 400:
                raise Refused(
                    f"{answer.status_code}: {body.decode('utf-8', 'replace')[:_ERROR_LIMIT]}" if body else f"{answer.status_code}"
                )
        self._token = token_of(body)

    @contextlib.contextmanager
    def _followed(self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes | None) -> Iterator[httpx.Response]:
        """Give the answer at the end of the redirects; the token goes to the registry's own host only."""
        home = url
        for _ in range(_REDIRECTS + 1):
            own = (url.scheme, url.netloc) == (home.scheme, home.netloc)
            with self.once(method, url, headers, content, with_token=own) as response:
                if response.status_code not in (301, 302, 303, 307, 308) or method not in ("GET", "HEAD"):
                    yield response
                    return
                url = self.next_url(response, url)
        raise Refused(f"{method.capitalize()} {quote(shown(home))}: stopped after {_REDIRECTS} redirects")

    def next_url(self, response: httpx.Response, url: httpx.URL, *headers: str) -> httpx.URL:
        """Return where an answer sends us: what the first of ``headers`` that it has says, ``Location`` if none is named.

        Raises:
            Refused: nowhere, from encrypted to plain HTTP, or to an address with a password in it.
        """
        import httpx

        location = next(filter(None, map(response.headers.get, headers or ("location",))), "")
        try:
            target = url.join(location) if location else None
        except httpx.InvalidURL:
            target = None
        if target is None:
            raise Refused(f"{shown(url)} gave no address to go on at")
        if target.userinfo or (url.scheme == "https" and target.scheme != "https" and not self._insecure):
            raise Refused(f"{shown(url)} sends us to {shown(target)}, which is not safe")
        return target

    def _proxy(self, url: httpx.URL) -> str:
        port = url.port or (443 if url.scheme == "https" else 80)
        return proxy_for(Host(url.scheme, url.host, port), self._environ)

    def _client(self, url: httpx.URL) -> httpx.Client:
        import httpx

        key = (url.scheme, self._proxy(url))
        client = self._clients.get(key)
        if client is None:
            # Reading the certificates of the world takes longer than everything else here; plain HTTP needs none.
            verify = httpx.create_ssl_context() if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            timeout = httpx.Timeout(_SILENCE_S, connect=_CONNECT_S)
            client = httpx.Client(proxy=key[1] or None, trust_env=False, verify=verify, timeout=timeout, transport=self._transport)
            client = self._clients.setdefault(key, client)
        return client


def shown(url: httpx.URL) -> str:
    """Return an address as it may be shown: what is behind its path can be a signature that opens somebody's storage."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}"


def _words(problem: Exception, url: httpx.URL, proxy: str) -> str:
    """Return what went wrong as Go says it. Source: observed, tests/contract (area ``pull-push``)."""
    import httpx

    cause: BaseException | None = problem
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        plain = cause.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNEXPECTED_MESSAGE")
        return "tls: first record does not look like a TLS handshake" if plain else f"tls: failed to verify certificate: {cause.reason}"
    via = "proxyconnect tcp: " if proxy else ""
    where = httpx.URL(proxy) if proxy else url
    address = f"{where.host}:{where.port or (443 if where.scheme == 'https' else 80)}"
    text = str(problem) or type(problem).__name__
    if isinstance(problem, httpx.ConnectTimeout):
        # This machine takes a connection at once: what is slow is a server that waits for the rest of a request in plain HTTP.
        if url.scheme == "https" and not proxy and Host("https", url.host).is_local:
            return "net/http: TLS handshake timeout"
        return f"{via}dial tcp {address}: i/o timeout"
    if isinstance(problem, httpx.ConnectError):
        refused = "refused" in text.lower() or "10061" in text
        return f"{via}dial tcp {address}: {'connect: connection refused' if refused else text}"
    if isinstance(problem, httpx.TimeoutException):
        return "net/http: timeout awaiting response headers"
    return "EOF" if isinstance(problem, httpx.RemoteProtocolError) and "disconnected" in text else text
