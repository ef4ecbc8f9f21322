"""What a server holds under a name, brought together with the versions that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import ModelNotFound
from ollama_magics.modelfile import parse
from ollama_magics.services.versions import Versions
from ollama_magics.services.versionstore import Version
from ollama_magics.wire.names import parse_name

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client


def observe(
    client: Client, server: str, name: str, versions: Versions, *, timeout: float | None = None, cancel: CancelToken | None = None
) -> Version | None:
    """Return the version that the server holds, None when it has no such model.

    A state that is not our newest was made by somebody else since: it becomes a version of its own, as the server shows it, so that
    the next difference is one to what was there.

    Args:
        server: its identity.
    """
    known = versions.newest(server, name)
    entry = entry_of(client, name, timeout=timeout, cancel=cancel)
    if entry is None:
        if known is not None:
            versions.forget(server, name)
        return None
    digest = digest_of(entry)
    if known is not None and (known.digest == digest or not digest):
        versions.confirm(server, name)
        return known
    shown = shown_by(client, name, timeout=timeout, cancel=cancel)
    base = parse(shown).base if shown else None
    inherited = shown_by(client, base, timeout=timeout, cancel=cancel) if base and parse_name(base).valid else None
    return versions.record(server, name, None, digest, shown=shown, at=_modified(entry), inherited=inherited)


def entry_of(client: Client, name: str, *, timeout: float | None = None, cancel: CancelToken | None = None) -> Mapping[str, Any] | None:
    """Return what the server's list says of a model, None when it is not in it."""
    return entry_in(client.list(timeout=timeout, cancel=cancel).models or (), name)


def entry_in(models: Iterable[Any], name: str) -> Mapping[str, Any] | None:
    """Return what a server's list says of a model, None when it is not in it."""
    wanted = parse_name(name).full.casefold()
    return next((model for model in models if parse_name(model.name or model.model).full.casefold() == wanted), None)


def digest_of(entry: Mapping[str, Any] | None) -> str:
    """Return the manifest's digest as hexadecimal digits; empty where the list does not tell it."""
    return str(entry.get("digest", "")).removeprefix("sha256:") if entry else ""


def shown_by(client: Client, name: str, *, timeout: float | None = None, cancel: CancelToken | None = None) -> str | None:
    """Return the model as the server describes it, as a Modelfile; None when it is gone."""
    from ollama_magics.services.reading import modelfile_of

    try:
        return modelfile_of(client, name, timeout=timeout, cancel=cancel)
    except ModelNotFound:
        return None


def _modified(entry: Mapping[str, Any]) -> float | None:
    try:
        return datetime.fromisoformat(str(entry.get("modified_at", ""))).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
