"""The fields of the larger requests, each once: for the type checker, for signatures and for the check of names.

Source: Ollama api/types.go (v0.33.0-rc2). Fields that a server does not know it ignores.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, TypeVar

from ollama_magics.errors import UsageProblem
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.types import Format, KeepAlive, Think


class InferenceFields(TypedDict, total=False):
    """What generate and chat share.

    ``options`` are parameters of the model, ``keep_alive`` how long it stays in memory, ``think`` whether it thinks first (a
    model that can think does so when it is left out), ``format`` "json" or a JSON schema, ``truncate`` and ``shift`` whether a
    long prompt is cut and a full context moved on (true when left out), ``top_logprobs`` 0 to 20 alternatives for each token.
    ``_debug_render_only`` gives the prompt instead of an answer.
    """

    think: Think | None
    logprobs: bool | None
    top_logprobs: int | None
    format: Format | None
    options: Mapping[str, Any] | None
    keep_alive: KeepAlive | None
    truncate: bool | None
    shift: bool | None
    _debug_render_only: bool | None


class GenerateFields(InferenceFields, total=False):
    """What only generate has; ``images`` are bytes, paths or base64, ``raw`` sends the prompt without a template."""

    system: str | None
    template: str | None
    context: Sequence[int] | None
    raw: bool | None
    images: Sequence[Any] | None


class ChatFields(InferenceFields, total=False):
    """What only chat has; a tool is a function with annotations, or its JSON description."""

    tools: Sequence[Mapping[str, Any] | Callable[..., Any]] | None


class CreateFields(TypedDict, total=False):
    """What create has beside the fields of the official client."""

    renderer: str | None
    parser: str | None
    requires: str | None
    info: Mapping[str, Any] | None
    remote_host: str | None
    draft_files: Mapping[str, str] | None
    draft_quantize: str | None


F = TypeVar("F", bound=Callable[..., Any])


def spelled_out(fields: type[Any]) -> Callable[[F], F]:
    """Give a function that takes ``**fields`` the signature with each of them, for help and completion."""

    def decorate(function: F) -> F:
        written = inspect.signature(function)
        plain = [parameter for parameter in written.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=getattr(kind, "__forward_arg__", kind))
            for name, kind in fields.__annotations__.items()
        ]
        function.__signature__ = written.replace(parameters=[*plain, *added])  # type: ignore[attr-defined]  # read by inspect
        return function

    return decorate


def check(fields: Mapping[str, Any], known: type[Any], call: str) -> None:
    """Do nothing when every name in ``fields`` is one of ``known``.

    Raises:
        UsageProblem: one is not; the message names near ones.
    """
    for name in fields:
        if name not in known.__annotations__:
            near = nearest(name, list(known.__annotations__))
            hint = f"did you mean {' or '.join(near)}?" if near else f"`help(client.{call})` lists the fields"
            raise UsageProblem(f"{call} has no field {name!r}", hint=hint)
