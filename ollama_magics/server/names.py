"""The names that requests give, as each endpoint takes them.

Source: Ollama server/model_resolver.go, internal/modelref/modelref.go NormalizePullName (v0.33.0-rc2).
"""

from __future__ import annotations

from dataclasses import dataclass

from ollama_magics.errors import UsageProblem
from ollama_magics.server.errors import ApiError
from ollama_magics.wire.names import ModelName, Source, has_tag, parse_name, split_source

INVALID_NAME = "invalid model name"


@dataclass(frozen=True)
class ModelRef:
    """A name that a request gave.

    Attributes:
        base: the text without its source suffix.
        source: where it asks the model to run.
    """

    base: str
    name: ModelName
    source: Source


def read_ref(text: str) -> ModelRef:
    """Return the model that ``text`` refers to, for the endpoints that use a model.

    Raises:
        ApiError: 400, the text is no name.
    """
    try:
        base, source = split_source(text)
    except UsageProblem as problem:
        raise ApiError(400, problem.message) from problem
    name = parse_name(base)
    if not name.valid:
        raise ApiError(400, INVALID_NAME)
    return ModelRef(base, name, source)


def pull_name(text: str) -> ModelName:
    """Return the name that pull and delete use: ``x:cloud`` and ``x:8b-cloud`` stay names of stubs, ``:local`` goes.

    Raises:
        UsageProblem: two suffixes, or no name; the message is Ollama's. The name may be invalid.
    """
    base, source = split_source(text)
    if source == "cloud":
        base = f"{base}-cloud" if has_tag(base) else f"{base}:cloud"
    return parse_name(base)
