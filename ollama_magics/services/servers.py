"""Which server to talk to, found once a kernel.

The order is: the address that a call names, the one that `set_default_host` chose, ``OLLAMA_HOST``, the usual local address if an
Ollama answers there, the built-in server (started when it is needed). Nothing found names all three remedies.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol

from ollama_magics.errors import ConnectionProblem, NoServer, OllamaMagicsError, ServerFault
from ollama_magics.wire.host import Host, parse_host

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client

Kind = Literal["ollama", "embedded", "remote"]

_REFUSAL_S = 0.25
"""How long a connection to this machine may take. Source: observed; Linux refuses in 0.1 ms, Windows tries again for 2 s."""

_VERSION_S = 2.0
"""How long a server may take to say its version before it counts as not answering."""

_ENGINE = ("tornado", "xllamacpp")
"""What the built-in server needs beside this package; the extra ``embedded`` brings it."""

_REMEDIES = (
    "start Ollama (`ollama serve`), or install the built-in server "
    '(pip install "ollama-magics[embedded]"), or choose another: %ollama host URL'
)


@dataclass(frozen=True)
class Server:
    """A server that answered.

    Attributes:
        url: its address, which `Client` takes.
        kind: ``ollama`` on this machine, ``embedded`` is the built-in one, ``remote`` anything else.
        version: what it says its version is; empty when it says none.
        label: what outputs call it, for instance ``local Ollama 0.33.1``.
        models: tells the model folder of a built-in server on this machine, which answers at ever new addresses; else empty.
    """

    url: str
    kind: Kind
    version: str
    label: str
    models: str = ""

    @property
    def identity(self) -> str:
        """What stays the same when it is started again or called by another name: whose models' versions these are."""
        if self.models:
            return f"built-in {self.models}"
        host = parse_host(self.url)
        return replace(host, host="127.0.0.1").url if host.is_local else host.url

    def __str__(self) -> str:
        return self.label


def _label(kind: Kind, host: Host, version: str) -> str:
    if kind == "embedded":
        return "built-in server" if host.is_local else f"built-in server at {host.netloc}"
    return f"local Ollama {version}".rstrip() if kind == "ollama" else f"Ollama at {host.netloc}"


class Embedded(Protocol):
    """How the built-in server is found."""

    def find(self, environ: Mapping[str, str], *, start: bool) -> str | None:
        """Return its address, having started it if that is allowed and needed; None when there is none to be had."""


class Servers:
    """Finds servers and remembers what it found; safe to use from several threads.

    Args:
        environ: where ``OLLAMA_HOST`` and the built-in server's settings are read.
        make_client: makes the client of an address.
        embedded: finds and starts the built-in server.
        usual: the address that is tried when none is named.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str] = os.environ,
        make_client: Callable[[str], Client] | None = None,
        embedded: Embedded | None = None,
        usual: str | None = None,
    ) -> None:
        self.environ = environ
        self._make_client = make_client or _make_client
        self._embedded = embedded or _BuiltIn()
        self._usual = parse_host(usual)
        self._chosen: str | None = None
        self._found: dict[str, Server] = {}
        self._clients: dict[str, Client] = {}
        # Two spellings of one address may carry different passwords.
        self._spelled: dict[str, str] = {}
        self._lock = threading.RLock()

    @property
    def default_host(self) -> str | None:
        """The address that `set_default_host` chose, or None."""
        return self._chosen

    def set_default_host(self, host: str | None) -> None:
        """Talk to ``host`` from now on where a call names none; None goes back to looking for one."""
        with self._lock:
            self._chosen = host or None
            self._found.pop("", None)

    def find(self, host: str | None = None, *, start: bool = True, cancel: CancelToken | None = None) -> Server:
        """Return the server of ``host``, or the one to use when it is None.

        Args:
            start: whether the built-in server may be started.
            cancel: ends the search from another thread.

        Raises:
            NoServer: nothing answers there, or nothing was found to talk to.
            NotOllama: something answers there that is not Ollama.
        """
        with self._lock:
            named = self._spelling(host)
            if named:
                return self._named(named, cancel)
            found = self._found.get("")
            if found is None or not _listens(parse_host(found.url)):
                found = self._found[""] = self._look(start, cancel)
            return found

    def embedded(self) -> Server:
        """Return the built-in server, started if it does not run."""
        with self._lock:
            url = self._embedded.find(self.environ, start=True)
            if url is None:
                raise NoServer("the built-in server is not installed", hint='install it: pip install "ollama-magics[embedded]"')
            return self._named(url)

    def known(self, host: str | None = None) -> Server | None:
        """Return what `find` would, if it is known already; asks nobody."""
        with self._lock:
            return self._found.get(self._spelling(host))

    def at(self, url: str) -> Server | None:
        """Return the server at an address if it was found already."""
        with self._lock:
            return next((server for server in self._found.values() if server.url == url), None)

    @property
    def is_named(self) -> bool:
        """Whether `set_default_host` or ``OLLAMA_HOST`` names the server to use, so that none is looked for."""
        return bool(self._spelling(None))

    def settled(self, host: str | None = None) -> Server | None:
        """Return the server that an address names if it was found already; None where `find` would have to look or ask."""
        with self._lock:
            named = self._spelling(host)
            return self._found.get(named) if named else None

    def client(self, server: Server) -> Client:
        """Return the one client of ``server``; its connections are kept for the next call."""
        with self._lock:
            client = self._clients.get(server.url)
            if client is None:
                client = self._clients[server.url] = self._make_client(server.url)
            return client

    def addresses(self) -> list[tuple[str, str]]:
        """Return the addresses that are known, as they were spelled, and who named each; the same one may stand there more than once."""
        with self._lock:
            named = [(self._chosen or "", "%ollama host"), (self.environ.get("OLLAMA_HOST", "").strip().strip("\"'"), "OLLAMA_HOST")]
            used = [(spelling or server.url, "used here") for spelling, server in self._found.items()]
        running = self._embedded.find(self.environ, start=False) or ""
        return [(spelling, by) for spelling, by in (*named, *used, (running, "built-in"), (self._usual.url, "usual address")) if spelling]

    def ask_again(self, spelling: str) -> Server:
        """Return the server at an address as it is now; raises as `find` does, and remembers nothing."""
        client = self._make_client(spelling)
        try:
            return self._asked(client, parse_host(spelling).connectable, None)
        finally:
            client.close()

    def forget(self) -> None:
        """Close every client and look again for everything."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            self._found.clear()

    def _spelling(self, host: str | None) -> str:
        """Return the address that is named somewhere, empty when a server has to be looked for."""
        return host or self._chosen or self.environ.get("OLLAMA_HOST", "").strip().strip("\"'")

    def _named(self, named: str, cancel: CancelToken | None = None) -> Server:
        found = self._found.get(named)
        if found is None:
            found = self._found[named] = self._ask(named, cancel)
        return found

    def _look(self, start: bool, cancel: CancelToken | None) -> Server:
        if _listens(self._usual):
            try:
                return self._ask(self._usual.url, cancel)
            except (ConnectionProblem, ServerFault):
                pass  # whatever listens there is no Ollama; the built-in server is next
        url = self._embedded.find(self.environ, start=start)
        if url is None:
            raise NoServer(f"no server answers at {self._usual.url}", hint=_REMEDIES)
        return self._ask(url, cancel)

    def _ask(self, spelled: str, cancel: CancelToken | None) -> Server:
        host = parse_host(spelled).connectable
        # An address without a password is the one whose password was given before: no output repeats that.
        known = self._spelled.get(host.url) == spelled or not host.userinfo
        client = self._clients.get(host.url) if known else None
        client = client or self._make_client(spelled)
        try:
            server = self._asked(client, host, cancel)
        except OllamaMagicsError:
            client.close()
            self._clients.pop(host.url, None)
            raise
        if self._clients.get(host.url) is not client:
            self._clients[host.url], self._spelled[host.url] = client, spelled
        return server

    def _asked(self, client: Client, host: Host, cancel: CancelToken | None) -> Server:
        version = client.version(timeout=_VERSION_S, cancel=cancel) or ""
        built_in = client.built_in(timeout=_VERSION_S, cancel=cancel)
        kind: Kind = "embedded" if built_in.version else "ollama" if host.is_local else "remote"
        models = str(built_in.models or "") if host.is_local else ""
        return Server(host.url, kind, version, _label(kind, host, version), models)


def _listens(host: Host) -> bool:
    try:
        socket.create_connection((host.connectable.host, host.port), timeout=_REFUSAL_S).close()
    except OSError:
        return False
    return True


class _BuiltIn:
    """The built-in server of this machine and user."""

    def find(self, environ: Mapping[str, str], *, start: bool) -> str | None:
        from ollama_magics.server import discovery

        running = discovery.announced(discovery.state_dir(environ))
        if running is None and start and built_in_is_installed():
            running = discovery.start_detached(environ)
        return running.url if running else None


def built_in_is_installed() -> bool:
    """Return whether the built-in server could be started here."""
    return all(find_spec(package) for package in _ENGINE)


def _make_client(host: str) -> Client:
    from ollama_magics.client.client import Client

    return Client(host)


_SERVERS: Servers | None = None
_SERVERS_LOCK = threading.Lock()


def servers() -> Servers:
    """Return the `Servers` of this process."""
    global _SERVERS
    with _SERVERS_LOCK:
        if _SERVERS is None:
            _SERVERS = Servers()
        return _SERVERS


def find_server(host: str | None = None, *, environ: Mapping[str, str] | None = None, start: bool = True) -> Server:
    """Return the server of ``host``, or the one to talk to when it is None; raises as `Servers.find`."""
    return (servers() if environ is None else Servers(environ=environ)).find(host, start=start)


def set_default_host(host: str | None) -> None:
    """Talk to ``host`` from now on where a call names none; None goes back to looking for a server."""
    servers().set_default_host(host)


def start_embedded() -> Server:
    """Return the built-in server, started if it does not run.

    Raises:
        NoServer: it is not installed.
        EngineProblem: it did not come up.
    """
    return servers().embedded()


def client_for(host: str | None = None, cancel: CancelToken | None = None) -> tuple[Server, Client]:
    """Return the server of ``host`` (or the one to talk to) and this process's client of it."""
    found = servers().find(host, cancel=cancel)
    return found, servers().client(found)


def settled_server(host: str | None = None) -> tuple[Server, Client] | None:
    """Return what `client_for` would where nobody has to be asked for that, else None."""
    found = servers().settled(host)
    return None if found is None else (found, servers().client(found))


def known_server(host: str | None = None) -> Server | None:
    """Return what `find_server` would, if it is known already; asks nobody."""
    return servers().known(host)


def server_of(client: Client) -> Server:
    """Return the server that ``client`` talks to, without asking it anything."""
    host = client.host
    if (known := servers().at(host.connectable.url)) is not None:
        return known
    kind: Kind = "ollama" if host.is_local else "remote"
    return Server(host.url, kind, "", f"Ollama at {host.netloc}")
