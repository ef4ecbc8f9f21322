"""Sockets that another thread can end, as a network backend of httpcore.

httpcore tells nobody which socket carries a request until the answer's headers are there, and a server that loads a model sends
none for minutes. So the sockets are ours: an ``Exchange`` always knows the socket of its request and shuts it down.

Two mechanisms, because neither is enough everywhere: the shutdown wakes a blocked call at once on Linux and macOS; and no call
blocks longer than ``_WAKE_S`` before it looks whether it is still wanted, which also covers name look-up and connecting.
"""

from __future__ import annotations

import errno
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import httpcore

_WAKE_S = 0.02
_OPENING = 5
_HOLD_BYTES = 16 * 1024
_CONNECTING = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN, getattr(errno, "WSAEWOULDBLOCK", 0)}

AddressInfo: TypeAlias = tuple[int, int, int, str, Any]


class Exchange:
    """One request and its answer, and the socket that carries them meanwhile.

    Attributes:
        cancelled: somebody has ended it.
        opening: the first bytes that came back, enough to see whether they are HTTP.
        read_until: a moment of ``time.monotonic`` after which a read counts as timed out; None for no such moment.
    """

    def __init__(self) -> None:
        # Reentrant: a signal handler may cancel while the same thread holds the lock.
        self._lock = threading.RLock()
        self._socket: socket.socket | None = None
        self.cancelled = False
        self.opening = b""
        self.read_until: float | None = None

    def attach(self, sock: socket.socket) -> None:
        """Take over the socket that carries the request from now on."""
        with self._lock:
            self._socket = sock

    def release(self) -> None:
        """Let the socket go; from now on it may carry other requests and ``cancel`` leaves it alone."""
        with self._lock:
            self._socket = None

    def cancel(self) -> None:
        """End the exchange; the thread that waits in it gets an error at once."""
        with self._lock:
            self.cancelled = True
            if self._socket is not None:
                # Past SSLSocket.shutdown, which would pull the TLS state away from the thread that reads.
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_here = threading.local()


@contextmanager
def carrying(exchange: Exchange | None) -> Iterator[None]:
    """Let the sockets that this thread connects and writes to meanwhile belong to ``exchange``.

    httpcore does every step of a request in the thread that asks for it.
    """
    outer = _current()
    _here.exchange = exchange
    try:
        yield
    finally:
        _here.exchange = outer


def _current() -> Exchange | None:
    exchange: Exchange | None = getattr(_here, "exchange", None)
    return exchange


class SocketStream(httpcore.NetworkStream):
    """A connected socket; the request that was written last owns it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._exchange: Exchange | None = None
        # What is written and not sent yet: httpcore writes head and body apart, and one packet wakes the server once.
        self._held = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, b"" at the end of the connection."""
        if self._held:
            held, self._held = self._held, b""
            # A server may answer and close before it has read everything; httpcore goes on reading then, too.
            with suppress(httpcore.WriteError):
                self._send(held, timeout)
        deadline = _deadline(timeout)
        while True:
            try:
                self._sock.settimeout(self._patience(deadline, httpcore.ReadTimeout, httpcore.ReadError))
                data = self._sock.recv(max_bytes)
            except TimeoutError:
                continue
            except OSError as exc:
                raise httpcore.ReadError(exc) from exc
            if self._exchange is not None and not self._exchange.opening:
                self._exchange.opening = data[:_OPENING]
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of ``buffer``, at the latest when the answer is read; ``timeout`` is the longest pause in seconds."""
        self._carry(_current())
        held, self._held = self._held, b""
        if len(held) + len(buffer) <= _HOLD_BYTES:
            self._held = held + buffer
            return
        if held:
            self._send(held, timeout)
        self._send(buffer, timeout)

    def _send(self, data: bytes, timeout: float | None) -> None:
        rest = memoryview(data)
        deadline = _deadline(timeout)
        while rest:
            try:
                self._sock.settimeout(self._patience(deadline, httpcore.WriteTimeout, httpcore.WriteError))
                rest = rest[self._sock.send(rest) :]
                deadline = _deadline(timeout)
            except TimeoutError:
                continue
            except OSError as exc:
                raise httpcore.WriteError(exc) from exc

    def close(self) -> None:
        """Close the socket."""
        self._carry(None)
        self._sock.close()

    def _carry(self, exchange: Exchange | None) -> None:
        """Change hands; who had the socket before can no longer end it."""
        if self._exchange is not None and self._exchange is not exchange:
            self._exchange.release()
        self._exchange = exchange
        if exchange is not None:
            exchange.attach(self._sock)

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> SocketStream:
        """Return the stream that speaks TLS over this socket."""
        assert not self._held  # a proxy's CONNECT has been answered
        deadline = _deadline(timeout)
        try:
            sock = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname, do_handshake_on_connect=False)
        except OSError as exc:  # ssl.SSLError is one
            self.close()
            raise httpcore.ConnectError(exc) from exc
        stream = SocketStream(sock)
        try:
            stream._shake_hands(sock, deadline)
        except BaseException:
            stream.close()
            raise
        return stream

    def _shake_hands(self, sock: ssl.SSLSocket, deadline: float | None) -> None:
        self._carry(_current())
        while True:
            try:
                sock.settimeout(_wanted(deadline))
                return sock.do_handshake()
            except TimeoutError:
                continue
            except OSError as exc:
                raise httpcore.ConnectError(exc) from exc

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks for: the socket, its addresses, its TLS state, whether something waits to be read."""
        match info:
            case "socket":
                return self._sock
            case "is_readable":
                return self._is_readable()
            case "ssl_object":
                return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
            case "client_addr":
                return self._sock.getsockname()
            case "server_addr":
                return self._sock.getpeername()
        return None

    def _is_readable(self) -> bool:
        """Return whether an idle connection has something to read, that is: whether the server has hung up."""
        try:
            self._sock.settimeout(0)
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def _patience(self, deadline: float | None, late: type[Exception], ended: type[Exception]) -> float:
        """Return how long the next system call may block."""
        exchange = self._exchange
        if exchange is not None:
            if exchange.cancelled:
                raise ended("cancelled")
            if exchange.read_until is not None and ended is httpcore.ReadError:
                deadline = min(exchange.read_until, deadline or exchange.read_until)
        return _slice(deadline, late)


class SocketBackend(httpcore.NetworkBackend):
    """Connects over TCP, and lets go within ``_WAKE_S`` when the exchange is cancelled meanwhile."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> SocketStream:
        """Return a stream to the first of the host's addresses that accepts."""
        deadline = _deadline(timeout)
        failure = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in _resolve(host, port, deadline):
            try:
                sock = socket.socket(family, kind, protocol)
            except OSError as exc:
                failure = exc
                continue
            try:
                _connect(sock, address, deadline)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return SocketStream(sock)
            except OSError as exc:
                sock.close()
                failure = exc
            except BaseException:
                sock.close()
                raise
        raise httpcore.ConnectError(failure) from failure


def _connect(sock: socket.socket, address: Any, deadline: float | None) -> None:
    sock.setblocking(False)
    code = sock.connect_ex(address)
    if code not in _CONNECTING:
        raise OSError(code, errno.errorcode.get(code, "connect failed"))
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while not selector.select(_wanted(deadline)):
            pass
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, errno.errorcode.get(code, "connect failed"))


def _resolve(host: str, port: int, deadline: float | None) -> list[AddressInfo]:
    """Return the host's addresses; a look-up that may take long runs in a thread that can be left behind."""
    with suppress(socket.gaierror):
        return _look_up(host, port, socket.AI_NUMERICHOST)
    found: list[AddressInfo] = []
    failure: list[Exception] = []
    finished = threading.Event()

    def look_up() -> None:
        try:
            found.extend(_look_up(host, port))
        except Exception as exc:  # raised again in the thread that waits
            failure.append(exc)
        finally:
            finished.set()

    threading.Thread(target=look_up, daemon=True, name=f"look up {host}").start()
    while not finished.wait(_wanted(deadline)):
        pass
    for exc in failure:
        if isinstance(exc, (OSError, UnicodeError)):  # no such host, or no host's name at all
            raise httpcore.ConnectError(exc) from exc
        raise exc
    return found


def _look_up(host: str, port: int, flags: int = 0) -> list[AddressInfo]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))


def _wanted(deadline: float | None) -> float:
    """Return how long connecting may wait before it looks again whether it is wanted."""
    exchange = _current()
    if exchange is not None and exchange.cancelled:
        raise httpcore.ConnectError("cancelled")
    return _slice(deadline, httpcore.ConnectTimeout)


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _slice(deadline: float | None, late: type[Exception]) -> float:
    if deadline is None:
        return _WAKE_S
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("timed out")
    return min(left, _WAKE_S)
