"""What a client is before it knows any endpoint: an address, headers, a transport, and how a call is run."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.protocol import Call
from ollama_magics.client.secrets import conceal, secrets_of
from ollama_magics.client.stream import Stream
from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.wire.host import Host, parse_host
from ollama_magics.wire.types import Record

if TYPE_CHECKING:
    import httpx

    from ollama_magics.client.request import Sender

T = TypeVar("T", bound=Record)


class Caller:
    """Who calls a server: its address, and what is sent with every request.

    Args:
        host, timeout, headers, verify, environ: as for ``Connection``.

    Raises:
        UsageProblem: the address is neither http nor https.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
        verify: bool = True,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.host: Host = parse_host(host or environ.get("OLLAMA_HOST")).connectable
        if self.host.scheme not in ("http", "https"):
            raise UsageProblem(f"{self.host.url} is neither http nor https", hint="write the address as http://host:port")
        self.timeout = timeout
        self._headers = _headers(self.host, headers or {}, environ)
        self._secrets = secrets_of(self.host, self._headers)
        self._environ = environ if verify else {**environ, "OLLAMA_MAGICS_UNVERIFIED": self.host.netloc}

    @property
    def url(self) -> str:
        """The server's address, without secrets."""
        return self.host.url

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"


class Connection(Caller):
    """An address to call, with connections that are opened when they are needed and kept.

    Args:
        host: as ``OLLAMA_HOST`` is written, which is what is used when it is None; ``user:password@`` in front becomes a header.
        timeout: seconds the server may say nothing, before and during an answer; None for as long as it likes. Connecting gives up
            after five seconds in any case.
        headers: sent with every request, before our own.
        verify: whether the server's certificate is checked; ``OLLAMA_MAGICS_UNVERIFIED`` names hosts of which none is.
        transport: carries the requests, for tests and special networks; our own over sockets when None.
        environ: read for ``OLLAMA_HOST``, ``OLLAMA_API_KEY`` (sent as bearer token) and the proxy variables.

    Raises:
        UsageProblem: the address is neither http nor https.

    Notes:
        Any thread may use it, several at once. Every call takes ``timeout`` (``math.inf`` for as long as it likes) and ``cancel``,
        and raises ``NoServer``, ``NotOllama``, ``TimedOut``, ``ServerFault``, ``StreamFault`` or ``Cancelled``.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
        verify: bool = True,
        transport: httpx.BaseTransport | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__(host, timeout=timeout, headers=headers, verify=verify, environ=environ)
        self._transport = transport
        self._sender: Sender | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Load what the first request needs, which takes longer than the request; a thread can do it ahead of time."""
        if self._sender is None:
            self._connect()

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        with self._lock:
            sender, self._sender = self._sender, None
        if sender is not None:
            sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _stream(
        self,
        call: Call[T],
        *,
        lines: bool,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        content: Iterable[bytes] | None = None,
        size: int = 0,
    ) -> Stream[T]:
        """Return the answer to come, as one object or in lines; ``content`` of ``size`` bytes takes the place of a JSON body."""
        sender = self._sender or self._connect()
        body = call.body if content is None else content
        length = len(call.body) if content is None else size
        silence_s = self.timeout if timeout is None else timeout
        request = sender.request(call.endpoint.method, call.endpoint.path, body, length, silence_s)
        return Stream(call, request, lines=lines, cancel=cancel, explain=self._told)

    def _told(self, model: str, error: OllamaMagicsError) -> None:
        self._explain(model, error)
        conceal(error, self._secrets)

    def _explain(self, model: str, error: OllamaMagicsError) -> None:
        """Add to the hint of an error what only the server knows."""

    def _plain(self, call: Call[T], *, timeout: float | None = None, cancel: CancelToken | None = None) -> T:
        return self._stream(call, lines=False, timeout=timeout, cancel=cancel).last()

    def _either(self, call: Call[T], stream: bool, timeout: float | None, cancel: CancelToken | None) -> T | Stream[T]:
        answer = self._stream(call, lines=stream, timeout=timeout, cancel=cancel)
        return answer if stream else answer.last()

    def _connect(self) -> Sender:
        # httpx takes longer to import than everything else of ours together; nobody who sends nothing pays for it.
        from ollama_magics.client.request import Sender

        with self._lock:
            if self._sender is None:
                self._sender = Sender(self.host, self._headers, self._transport, self._environ)
            return self._sender


def _headers(host: Host, given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    headers = {name.lower(): value for name, value in given.items() if value is not None}
    if "authorization" not in headers:
        if host.userinfo:
            headers["authorization"] = f"Basic {base64.b64encode(host.userinfo.encode()).decode()}"
        elif environ.get("OLLAMA_API_KEY"):
            headers["authorization"] = f"Bearer {environ['OLLAMA_API_KEY']}"
    return {
        "user-agent": "ollama-magics",
        **headers,
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "identity",
    }
