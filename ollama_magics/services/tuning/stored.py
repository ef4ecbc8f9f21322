"""What is stored under a model's name, and what its base would give to the next version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import ModelNotFound, ServerFault
from ollama_magics.modelfile import Modelfile, parse
from ollama_magics.services.observing import observe
from ollama_magics.services.reading import modelfile_of
from ollama_magics.services.tuning.parts import Parts, parameters_of, parts_made, parts_shown, without_inherited
from ollama_magics.services.versionstore import Version
from ollama_magics.wire.names import parse_name
from ollama_magics.wire.options import OPTIONS

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.services.servers import Server
    from ollama_magics.services.versions import Versions


@dataclass(frozen=True)
class Stored:
    """A model as it was read.

    Attributes:
        name: without a tag that can be left out.
        server: where.
        version: the version that the server holds.
        text: the Modelfile that makes it, as it was written where that is known.
        parts: what the server holds.
        base: what FROM names, without a tag that can be left out.
        inherited: what the base gives now; of a base that is a file or is gone, what the model has and its Modelfile does not say.
        trained_context: tokens that the weights were trained for, None where the server does not tell.
        teaching: whether it is the teaching model, or built on it.
    """

    name: str
    server: Server
    version: Version
    text: str
    parts: Parts
    base: str
    inherited: Parts
    trained_context: int | None = None
    teaching: bool = False
    modelfile: Modelfile = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "modelfile", parse(self.text))

    @property
    def label(self) -> str:
        """The version as it is shown: ``v3``."""
        return f"v{self.version.number}"

    @property
    def drifted(self) -> bool:
        """Whether its own Modelfile would not make it again: its base is another one by now."""
        return _known(parts_made(self.modelfile, self.inherited)) != _known(self.parts)

    @property
    def building(self) -> Mapping[str, Any]:
        """Further arguments with which it was created."""
        return {"directory": self.version.directory or None, "quantize": self.version.quantize or None}


def _known(parts: Parts) -> Parts:
    """Return parts without parameters that no Modelfile of ours can set."""
    return replace(parts, parameters={name: value for name, value in parts.parameters.items() if name in OPTIONS})


def read_stored(client: Client, server: Server, name: str, versions: Versions) -> Stored:
    """Return what the server holds under a name.

    Raises:
        ModelNotFound: nothing.
    """
    version = observe(client, server.identity, name, versions)
    if version is None:
        raise ModelNotFound(f"there is no model {name} on {server.label}", status=404, hint="%ollama list shows the models of the server")
    show = client.show(name)
    text = version.modelfile or modelfile_of(client, name, shown=show)
    base = parse(text).base or ""
    shown_base = _shown(client, base)
    parts = parts_shown(show)
    if shown_base is not None:
        inherited = parts_shown(shown_base)
        text = text if version.text is not None else without_inherited(text, inherited)
    else:
        inherited = _beside(parts, parse(text))
    return Stored(
        name=short_name(name),
        server=server,
        version=version,
        text=text,
        parts=parts,
        base=short_name(base),
        inherited=inherited,
        trained_context=_trained_context(show),
        teaching=_is_tutor(name) or _is_tutor(base),
    )


def short_name(name: str) -> str:
    """Return a model's name without what can be left out; a path as it is."""
    parsed = parse_name(name)
    return parsed.short.removesuffix(":latest") if parsed.valid else name


def _shown(client: Client, base: str) -> Mapping[str, Any] | None:
    if not base or not parse_name(base).valid:
        return None
    try:
        return client.show(base)
    except (ModelNotFound, ServerFault):
        return None


def _beside(parts: Parts, modelfile: Modelfile) -> Parts:
    """Return what a model has and its Modelfile does not say: its base cannot be asked, and gave that."""
    own = parameters_of(modelfile)
    return Parts(
        parameters={name: value for name, value in parts.parameters.items() if name not in own},
        system="" if modelfile.system else parts.system,
        messages=() if modelfile.messages else parts.messages,
        template="" if modelfile.template else parts.template,
        weights=parts.weights,
        rest={name: value for name, value in parts.rest.items() if not modelfile.values_of(name)},
    )


def _trained_context(show: Mapping[str, Any]) -> int | None:
    info = show.get("model_info") or {}
    value = info.get(f"{info.get('general.architecture')}.context_length")
    return value if isinstance(value, int) and value > 0 else None


def _is_tutor(name: str) -> bool:
    return parse_name(name).model.casefold() == "tutor"
