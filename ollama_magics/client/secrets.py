"""What must never be shown: passwords and keys that go with requests, also where a server or a proxy repeats them in an error."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.wire.host import Host

HIDDEN = "•••"

_TELLING = re.compile("auth|key|token|secret|cookie|password|session|credential", re.IGNORECASE)
"""Names of headers whose values are secrets."""

_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")

_SHORTEST = 4
"""Characters of the shortest text that is concealed by its value: a shorter one would be found in many words."""


def secrets_of(host: Host, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts that no output may hold, the longest first."""
    found = {host.userinfo, host.userinfo.partition(":")[2]}
    for name, value in headers.items():
        if _TELLING.search(name):
            scheme, _, token = value.partition(" ")
            found |= {value, token, *(_decoded(token) if scheme.casefold() == "basic" else ())}
    return tuple(sorted((text for text in found if len(text) >= _SHORTEST), key=len, reverse=True))


def _decoded(token: str) -> tuple[str, ...]:
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        return ()
    return text, text.partition(":")[2]


def without_userinfo(text: str) -> str:
    """Return ``text`` without the names and passwords of the addresses in it.

    Examples:
        >>> without_userinfo("moved to https://me:pw@far.example/x")
        'moved to https://far.example/x'
    """
    return _USERINFO.sub("", text)


def conceal(error: OllamaMagicsError, secrets: tuple[str, ...]) -> None:
    """Take the secrets out of everything that an error says."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            for secret in secrets:
                value = value.replace(secret, HIDDEN)
            return without_userinfo(value) if "@" in value else value
        if isinstance(value, dict):
            return {name: clean(item) for name, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list) else value

    error.message, error.hint, error.details = clean(error.message), clean(error.hint), clean(error.details)
    error.args = tuple(clean(item) for item in error.args)
    words = vars(error).get("error")
    if isinstance(words, str):
        error.__dict__["error"] = clean(words)
