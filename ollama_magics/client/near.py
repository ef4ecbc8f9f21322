"""Which name somebody may have meant, asked of the server after it has said that it has no such model."""

from __future__ import annotations

from ollama_magics.errors import ModelNotFound, OllamaMagicsError, ServerFault, StreamError
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.names import DEFAULT_TAG
from ollama_magics.wire.types import ListResponse

ASK_S = 2.0
"""How long to wait for the names, in seconds: the reason is on the screen already, and they must not keep anybody waiting."""


def is_unknown_model(error: BaseException) -> bool:
    """Return whether an error means that neither the server nor the registry has the model that was asked for.

    Source: Ollama server/images.go, PullModel: a base that is not there is looked for in the registry, so that its absence is
    told as a failed pull; PushModel: a model that is not there is told as a file that cannot be opened (v0.33.0-rc2).
    """
    if isinstance(error, (ServerFault, StreamError)) and (error.error.startswith("pull model manifest") or _no_manifest(error.error)):
        return True
    return isinstance(error, ModelNotFound)


def _no_manifest(words: str) -> bool:
    return words.startswith("open ") and "manifests" in words and words.endswith("no such file or directory")


def explained(name: str, error: OllamaMagicsError, url: str) -> bool:
    """Return whether near names would help, and let an error about an unknown model say in any case that it is one."""
    if not name or not is_unknown_model(error):
        return False
    if getattr(error, "error", "").endswith("file does not exist"):
        error.message = f"there is no model {name!r}, neither on {url} nor in its registry"
    elif _no_manifest(getattr(error, "error", "")):
        error.message = f"there is no model {name!r} on {url}"
    return True


def name_the_near_ones(name: str, error: OllamaMagicsError, listed: ListResponse) -> None:
    """Let the hint of an error name up to three models of the server that ``name`` may be a slip of.

    ``details["near"]`` holds them as well, without the tag that can be left out.
    """
    names = [model.name.removesuffix(f":{DEFAULT_TAG}") for model in listed.models or []]
    near = nearest(name.removesuffix(f":{DEFAULT_TAG}"), [known for known in names if known != name])
    error.details["near"] = near
    # Where the registry could not be asked, the name may be right: the remedy is another.
    failed = getattr(error, "error", "").startswith("pull model manifest") and not error.error.endswith("file does not exist")  # type: ignore[attr-defined]
    if near and not (failed and error.hint):
        error.hint = f"did you mean {' or '.join(near)}?"
