"""A server on a real socket that does exactly what a script says, byte for byte.

It knows nothing of HTTP's rules, so that it can break each of them.
"""

import json
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field

OK_LINES = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict
    body: bytes = field(repr=False)

    @property
    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection as a script sees it."""

    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.buffer = b""
        self.request = None

    def read_request(self, *, body=True):
        """Return the next request, None when the client has hung up; with ``body=False`` its body stays unread."""
        while b"\r\n\r\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                return None
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", 0)) if body else 0
        while len(self.buffer) < size:
            data = self.sock.recv(1 << 20)
            if not data:
                return None
            self.buffer += data
        content, self.buffer = self.buffer[:size], self.buffer[size:]
        method, path, _ = first.split(" ")
        return Received(method, path, headers, content)

    def send(self, data):
        self.sock.sendall(data)

    def answer(self, status, body, kind="application/json; charset=utf-8", **headers):
        """Send a whole answer."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.send(f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body)

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def line(self, value):
        self.chunk(json.dumps(value).encode() + b"\n")

    def lines(self, *values):
        """Send a whole streamed answer."""
        self.send(OK_LINES)
        for value in values:
            self.line(value)
        self.chunk(b"")

    def hang(self):
        """Say so, and wait until the client lets go."""
        self.server.hanging.set()
        with suppress(OSError):
            while self.sock.recv(1 << 20):
                pass
        self.server.released.set()

    def reset(self):
        """End the connection the hard way."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


class ScriptedServer:
    """Answers the n-th request by the n-th script, further ones by the last; a script is a function of a ``Wire``.

    Args:
        read_bodies: read a request's body before its script; else the script finds it unread.
        speak_first: run the first script as soon as somebody connects.
        tls: the context to speak TLS with.

    Attributes:
        requests: what came, in order.
        connections: how many there were.
        hanging: a script waits for the client to let go.
        released: the client has let go.
    """

    def __init__(self, *scripts, read_bodies=True, speak_first=False, tls=None):
        self.speak_first = speak_first
        self.scripts = list(scripts)
        self.read_bodies = read_bodies
        self.requests = []
        self.connections = 0
        self.hanging = threading.Event()
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.tls = tls
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        # Waking accept() by a connection works on every system; closing a listener under it does not.
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        self._listener.close()
        for wire in self._open:
            wire.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        if self.tls is not None:
            try:
                sock = self.tls.wrap_socket(sock, server_side=True)
            except OSError:
                return sock.close()
        wire = Wire(self, sock)
        self._open.append(wire)
        with suppress(OSError):
            if self.speak_first:
                self.scripts[0](wire)
            first = True
            while (request := wire.read_request(body=self.read_bodies)) is not None:
                with self._lock:
                    self.connections += first
                    first = False
                    self.requests.append(request)
                    wire.request = request
                    script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                script(wire)
        wire.close()
