"""Who may call: the rules for web pages (CORS) and for the Host header (DNS rebinding).

Source: Ollama server/routes.go allowedHostsMiddleware, gin-contrib/cors v1.7.2; observed, tests/contract (area ``basics``).
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from ollama_magics.wire.host import Host

_STAINLESS = (
    "Arch",
    "Async",
    "Custom-Poll-Interval",
    "Helper-Method",
    "Lang",
    "Os",
    "Package-Version",
    "Poll-Helper",
    "Retry-Count",
    "Runtime",
    "Runtime-Version",
    "Timeout",
)
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS",
    "Access-Control-Allow-Headers": ",".join(
        [
            *("Authorization", "Content-Type", "User-Agent", "Accept", "X-Requested-With", "Openai-Beta"),
            *(f"X-Stainless-{name}" for name in _STAINLESS),
        ]
    ),
    "Access-Control-Max-Age": "43200",
}
"""What a browser is told when it asks before a request."""


def origin_allowed(origin: str, allowed: Sequence[str]) -> bool:
    """Return whether a page of ``origin`` may call; one ``*`` in a pattern stands for anything."""
    return any(pattern == "*" or _matches(origin, pattern) for pattern in allowed)


def same_origin(origin: str, host: str) -> bool:
    """Return whether the page came from this very server."""
    return origin in (f"http://{host}", f"https://{host}")


def host_allowed(header: str) -> bool:
    """Return whether a request with this Host header may reach a server that is bound to this machine's loopback."""
    name = _without_port(header)
    address = _address(name)
    if address is not None:
        return address.is_loopback or _private(address) or address.is_unspecified or str(address) in _own_addresses()
    name = name.lower()
    return name in ("", "localhost", socket.gethostname().lower()) or name.endswith((".localhost", ".local", ".internal"))


def bound_to_loopback(host: Host) -> bool:
    """Return whether a server at ``host`` is reached from this machine only."""
    address = _address(host.host)
    return address.is_loopback if address is not None else host.host.lower() == "localhost"


def _matches(origin: str, pattern: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return origin == pattern
    return len(origin) >= len(before) + len(after) and origin.startswith(before) and origin.endswith(after)


def _without_port(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    name, colon, port = header.rpartition(":")
    return name if colon and ":" not in name and "]" not in port else header


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _private(address: IPv4Address | IPv6Address) -> bool:
    """Source: Go netip.Addr.IsPrivate: RFC 1918 and RFC 4193 only, which is less than Python's ``is_private``."""
    value = int(address)
    if isinstance(address, IPv6Address):
        return value >> 121 == 0xFC >> 1
    return value >> 24 == 10 or value >> 20 == 0xAC1 or value >> 16 == 0xC0A8


@functools.cache
def _own_addresses() -> frozenset[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return frozenset()
    return frozenset(str(entry[4][0]).partition("%")[0] for entry in found)
