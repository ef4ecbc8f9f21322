"""Reading a model back from a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import ServerFault
from ollama_magics.modelfile.write import from_show

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client


def modelfile_of(
    client: Client,
    name: str,
    *,
    shown: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
) -> str:
    """Return the Modelfile that creates the model ``name`` again, whole.

    Args:
        shown: what the server answered about it, if that is known already.

    Raises:
        ModelNotFound: the server has no such model.
    """
    if shown is None:
        shown = client.show(name, timeout=timeout, cancel=cancel)
    return from_show(shown, base_show=_base_of(client, shown, timeout, cancel))


def _base_of(client: Client, shown: Mapping[str, Any], timeout: float | None, cancel: CancelToken | None) -> Mapping[str, Any] | None:
    """Return what the server answers about the base of a model; None where there is none any more."""
    base = (shown.get("details") or {}).get("parent_model")
    if not base:
        return None
    try:
        return client.show(base, timeout=timeout, cancel=cancel)
    except ServerFault:
        return None
