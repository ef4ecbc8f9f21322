"""How a registry asks who is asking, and what it is answered with.

Source: Ollama server/auth.go, server/images.go parseRegistryChallenge (v0.33.0-rc2).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ollama_magics.server.errors import StoreError
from ollama_magics.text.gostrings import quote

if TYPE_CHECKING:
    import httpx

_FIELD = re.compile(r'(realm|service|scope)="([^"]*)"')


@dataclass(frozen=True)
class Challenge:
    """What the header ``WWW-Authenticate`` says.

    Attributes:
        realm: where a token is to be had.
    """

    realm: str = ""
    service: str = ""
    scope: str = ""

    def request(
        self,
        registry: httpx.URL,
        sign: Callable[[bytes], str],
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: secrets.token_urlsafe(16),
    ) -> tuple[httpx.URL, str]:
        """Return the address to ask for a token at, and the header that proves who asks.

        Raises:
            StoreError: the realm is not the registry's own host, or there is no key to sign with.
        """
        import httpx

        try:
            realm = httpx.URL(self.realm)
        except httpx.InvalidURL as problem:
            raise StoreError(f"parse {quote(self.realm)}: {problem}") from problem
        if realm.netloc != registry.netloc:
            hosts = (quote(url.netloc.decode("ascii", "replace")) for url in (realm, registry))
            raise StoreError("realm host {} does not match original host {}".format(*hosts))
        if registry.scheme == "https" and realm.scheme != "https":
            raise StoreError(f"realm {quote(self.realm)} is not encrypted as the registry is")
        scopes = [("scope", scope) for scope in self.scope.split(" ")]
        query = sorted([*realm.params.multi_items(), ("service", self.service), *scopes, ("ts", str(int(clock()))), ("nonce", nonce())])
        where = realm.copy_with(params=query)
        empty = base64.b64encode(hashlib.sha256().hexdigest().encode()).decode()
        return where, sign(f"GET,{where},{empty}".encode())


def read_challenge(header: str) -> Challenge:
    """Return what the header says; what it does not say is empty.

    Examples:
        >>> read_challenge('Bearer realm="https://r.example/token",service="r.example",scope="repository:me/m:pull"')
        Challenge(realm='https://r.example/token', service='r.example', scope='repository:me/m:pull')
        >>> read_challenge("")
        Challenge(realm='', service='', scope='')
    """
    return Challenge(**dict(_FIELD.findall(header)))


def token_of(body: bytes) -> str:
    """Return the token in the answer of a realm.

    Raises:
        StoreError: there is none.
    """
    try:
        token = json.loads(body).get("token")
    except (ValueError, AttributeError, RecursionError):
        token = None
    # A token goes into a header: what is no single printable line has no business there.
    if not isinstance(token, str) or not re.fullmatch(r"[!-~]{1,16384}", token):
        raise StoreError("the registry gave no token")
    return token
