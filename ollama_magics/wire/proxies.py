"""Which proxy an address is reached through.

The same rules as Ollama's own client, so that one environment means one thing.
Source: Go net/http ProxyFromEnvironment (golang.org/x/net/http/httpproxy).
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from ollama_magics.wire.host import Host


def proxy_for(host: Host, environ: Mapping[str, str]) -> str:
    """Return the URL of the proxy for ``host``, "" for none; this machine is never reached through one.

    Examples:
        >>> proxy_for(Host("http", "gpu.example.com"), {"HTTP_PROXY": "proxy:3128"})
        'http://proxy:3128'
        >>> proxy_for(Host("http", "gpu.example.com"), {"HTTP_PROXY": "proxy:3128", "NO_PROXY": ".example.com"})
        ''
    """
    name = {"http": "http_proxy", "https": "https_proxy"}.get(host.scheme, "")
    proxy = (environ.get(name.upper()) or environ.get(name, "")) if name else ""
    if not proxy or host.is_local or _excluded(host, environ.get("NO_PROXY") or environ.get("no_proxy", "")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _excluded(host: Host, no_proxy: str) -> bool:
    return any(_matches(host, entry.strip().lower()) for entry in no_proxy.split(","))


def _matches(host: Host, entry: str) -> bool:
    if entry in ("", "*"):
        return entry == "*"
    name = host.host.lower().rstrip(".")
    try:
        return ip_address(name) in ip_network(entry, strict=False)
    except ValueError:
        pass
    entry, _, port = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
    if port and port != str(host.port):
        return False
    entry = entry.removeprefix("*")
    return name.endswith(entry) if entry.startswith(".") else name == entry or name.endswith(f".{entry}")
