"""Reading a model back from a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import ServerFault
from ollama_magics.modelfile import Modelfile
from ollama_magics.modelfile.certificate import Certificate, certify
from ollama_magics.modelfile.write import from_show

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client


@dataclass(frozen=True, slots=True)
class Export:
    """A model as a Modelfile.

    Attributes:
        modelfile: what creates the model again.
        certificate: whether it does so in every field, and what is lost.
    """

    modelfile: Modelfile
    certificate: Certificate

    @property
    def text(self) -> str:
        """The text of the Modelfile."""
        return str(self.modelfile.text)


def export_model(
    client: Client, name: str, *, escapes: bool = False, timeout: float | None = None, cancel: CancelToken | None = None
) -> Export:
    """Return the model ``name`` as a Modelfile, with the certificate of how exact it is.

    Args:
        escapes: write what no Modelfile can hold in our own notation, which `ollama create` does not read.

    Raises:
        ModelNotFound: the server has no such model.
    """
    shown = client.show(name, timeout=timeout, cancel=cancel)
    base_show = _base_of(client, shown, timeout, cancel)
    modelfile = Modelfile.from_show(shown, base_show=base_show, escapes=escapes)
    return Export(modelfile, certify(modelfile, shown, base_show=base_show))


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
