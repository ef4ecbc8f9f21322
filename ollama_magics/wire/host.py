"""Addresses of servers as ``OLLAMA_HOST`` and ``--host`` spell them.

Source: Ollama envconfig/config.go, Host and ConnectableHost (v0.33.0-rc2), which the CLI and the server both read their address with.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address, ip_address

from ollama_magics.text.gostrings import trim_space

DEFAULT_PORT = 11434


@dataclass(frozen=True)
class Host:
    """Where a server is.

    Attributes:
        scheme: as written; only ``http`` and ``https`` can be talked to.
        host: without brackets; empty means every interface (to bind) or this machine (to connect).
        path: in front of every request path, without a leading slash.
        userinfo: ``user:password`` for a gateway in front of the server; kept out of ``url`` and ``repr``.
    """

    scheme: str = "http"
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    path: str = ""
    userinfo: str = field(default="", repr=False)

    @property
    def netloc(self) -> str:
        """``host:port``, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address without a trailing slash and without secrets."""
        path = self.path.strip("/")
        return f"{self.scheme}://{self.netloc}/{path}" if path else f"{self.scheme}://{self.netloc}"

    @property
    def connectable(self) -> Host:
        """The address a client uses to reach a server bound here: no "every interface"."""
        if not self.host:
            return replace(self, host="127.0.0.1")
        address = _ip(self.host)
        if address and ip_address(address).is_unspecified:
            return replace(self, host="::1" if ":" in address else "127.0.0.1")
        return self

    @property
    def is_local(self) -> bool:
        """Whether the address is this machine's own loopback."""
        host = self.connectable.host
        address = _ip(host)
        return ip_address(address).is_loopback if address else host == "localhost"

    def __str__(self) -> str:
        return self.url


def parse_host(text: str | None = None) -> Host:
    """Return the address that ``text`` spells; never raises, an impossible port becomes the default one.

    User and password in front of an ``@`` are taken out (Ollama's own client cannot use such an address at all).

    Examples:
        >>> for text in (None, ":1234", "0.0.0.0", "example.com", "http://example.com/", "https://example.com/ollama"):
        ...     print(parse_host(text).url)
        http://127.0.0.1:11434
        http://:1234
        http://0.0.0.0:11434
        http://example.com:11434
        http://example.com:80
        https://example.com:443/ollama
        >>> for text in ("ollama.com", "ollama.com:443", "::1", "[::1]:1234", "host:abc", "0.0.0.0:66000", "h:0"):
        ...     print(parse_host(text).url)
        https://ollama.com:443
        http://ollama.com:443
        http://[::1]:11434
        http://[::1]:1234
        http://host:11434
        http://0.0.0.0:11434
        http://h:0
        >>> parse_host("http://me:secret@gateway:8080/x")
        Host(scheme='http', host='gateway', port=8080, path='x')
    """
    text = trim_space(trim_space(text or "").strip("\"'"))
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = ("https", "ollama.com:443") if text == "ollama.com" else ("http", text)
    default_port = {"http": 80, "https": 443}.get(scheme, DEFAULT_PORT) if separator else DEFAULT_PORT
    hostport, _, path = rest.partition("/")
    userinfo, _, hostport = hostport.rpartition("@")
    split = _split_host_port(hostport)
    if split is None:
        return Host(scheme, _ip(hostport.strip("[]")) or hostport or "127.0.0.1", default_port, path, userinfo)
    return Host(scheme, split[0], _port(split[1], default_port), path, userinfo)


def _split_host_port(text: str) -> tuple[str, str] | None:
    """Return host and port as Go's ``net.SplitHostPort``, None where it reports an error."""
    if ":" not in text:
        return None
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or "[" in host or "[" in rest or "]" in rest or not rest.startswith(":") or ":" in rest[1:]:
            return None
        return host, rest[1:]
    host, _, port = text.rpartition(":")
    if ":" in host or "[" in text or "]" in text:
        return None
    return host, port


def _port(text: str, default: int) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits.lstrip("0")) > 5:
        return default
    port = int(text)
    return port if 0 <= port <= 65535 else default


def _ip(text: str) -> str:
    """Return the address in its usual spelling, "" when ``text`` is no IP address."""
    if "%" in text:
        return ""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
