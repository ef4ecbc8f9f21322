"""Which name somebody may have meant, asked of the server after it has said that it has no such model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_magics.errors import ModelNotFound, OllamaMagicsError, ServerFault, StreamError
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.names import DEFAULT_TAG

if TYPE_CHECKING:
    from ollama_magics.client.client import Client

# The reason is on the screen already; the names must not keep anybody waiting.
_ASK_S = 2.0


def is_unknown_model(error: BaseException) -> bool:
    """Return whether an error means that neither the server nor the registry has the model that was asked for.

    Source: Ollama server/images.go, PullModel: a base that is not there is looked for in the registry, so that its absence is
    told as a failed pull (v0.33.0-rc2).
    """
    if isinstance(error, (ServerFault, StreamError)) and error.error.startswith("pull model manifest"):
        return True
    return isinstance(error, ModelNotFound)


def near_models(client: Client, name: str) -> list[str]:
    """Return up to three models of the server that ``name`` may be a slip of, without the tag that can be left out.

    Raises:
        OllamaMagicsError: the server does not answer.
    """
    names = [model.name.removesuffix(f":{DEFAULT_TAG}") for model in client.list(timeout=_ASK_S).models or []]
    return nearest(name.removesuffix(f":{DEFAULT_TAG}"), [known for known in names if known != name])


def name_the_near_ones(client: Client, name: str, error: OllamaMagicsError) -> None:
    """Let an error about an unknown model say so and name the near ones, which ``details["near"]`` holds as well."""
    if not name or not is_unknown_model(error):
        return
    if getattr(error, "error", "").endswith("file does not exist"):
        error.message = f"there is no model {name!r}, neither on {client.url} nor in its registry"
    try:
        near = near_models(client, name)
    except OllamaMagicsError:
        return
    error.details["near"] = near
    if near:
        error.hint = f"did you mean {' or '.join(near)}?"
