"""The servers that are known here, each with where it is known from and whether it answers now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.services.servers import Server, Servers, servers
from ollama_magics.wire.host import parse_host

State = Literal["in use", "answers", "does not answer"]


@dataclass(frozen=True)
class KnownHost:
    """One address.

    Attributes:
        url: without secrets.
        label: what outputs call the server, empty when it does not answer.
        version: the server's, empty when it says none.
        state: whether it answers, and whether it is the one in use.
        known_from: who named it, for instance ``OLLAMA_HOST``.
        reason: why it does not answer.
    """

    url: str
    label: str
    version: str
    state: State
    known_from: str
    reason: str = ""


def known_hosts(*, in_use: Server | None, of: Servers | None = None) -> list[KnownHost]:
    """Return every address that was used in this process or that something names, the one in use first; all are asked at once.

    Args:
        in_use: the server that is talked to where none is named.
        of: where servers are looked for; those of this process when None.
    """
    finder = of or servers()
    spelled: dict[str, tuple[str, str]] = {}
    for spelling, known_from in finder.addresses():
        spelled.setdefault(parse_host(spelling).connectable.url, (spelling, known_from))
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(lambda entry: _looked_at(finder, *entry), spelled.values()))
    if in_use is not None:
        found = [replace(known, state="in use") if known.url == in_use.url else known for known in found]
    order: tuple[State, ...] = ("in use", "answers", "does not answer")
    return sorted(found, key=lambda known: order.index(known.state))


def _looked_at(finder: Servers, spelling: str, known_from: str) -> KnownHost:
    url = parse_host(spelling).connectable.url
    try:
        server = finder.ask_again(spelling)
    except OllamaMagicsError as exc:
        return KnownHost(url, "", "", "does not answer", known_from, exc.message)
    return KnownHost(server.url, server.label, server.version, "answers", known_from)
