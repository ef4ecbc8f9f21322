"""Each larger request as a function of what a person gives: the one place that knows which argument becomes which field.

The synchronous and the asynchronous client differ only in what they do with the ``Call``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ollama_magics.client import protocol
from ollama_magics.client.fields import ChatFields, CreateFields, GenerateFields, check
from ollama_magics.client.inputs import image_list, message_list, tool_list
from ollama_magics.client.protocol import Call, Endpoint, call
from ollama_magics.wire import types


def generate(model: str, prompt: str | None, suffix: str | None, stream: bool, fields: GenerateFields) -> Call[types.GenerateResponse]:
    """Return the request of ``generate``; raises ``UsageProblem`` for a field that it does not have."""
    check(fields, GenerateFields, "generate")
    given: dict[str, Any] = {**fields, "images": image_list(fields.get("images"))}
    return call(protocol.GENERATE, {"model": model, "prompt": prompt, "suffix": suffix, "stream": stream, **given}, model=model)


def chat(model: str, messages: Sequence[Any] | None, stream: bool, fields: ChatFields) -> Call[types.ChatResponse]:
    """Return the request of ``chat``; raises ``UsageProblem`` for a field that it does not have."""
    check(fields, ChatFields, "chat")
    given: dict[str, Any] = {**fields, "tools": tool_list(fields.get("tools"))}
    return call(protocol.CHAT, {"model": model, "messages": message_list(messages), "stream": stream, **given}, model=model)


def create(
    model: str,
    quantize: str | None,
    from_: str | None,
    files: Mapping[str, str] | None,
    adapters: Mapping[str, str] | None,
    template: str | None,
    license: str | Sequence[str] | None,
    system: str | None,
    parameters: Mapping[str, Any] | None,
    messages: Sequence[Any] | None,
    stream: bool,
    fields: CreateFields,
) -> Call[types.ProgressResponse]:
    """Return the request of ``create``; raises ``UsageProblem`` for a field that it does not have."""
    check(fields, CreateFields, "create")
    body = {
        "model": model,
        "quantize": quantize,
        "from": from_,
        "files": files,
        "adapters": adapters,
        "template": template,
        "license": license,
        "system": system,
        "parameters": parameters,
        "messages": message_list(messages),
        "stream": stream,
        **fields,
    }
    return call(protocol.CREATE, body, model=from_ or "")


def send_create(request: Mapping[str, Any]) -> Call[types.ProgressResponse]:
    """Return a create whose request is built already, in lines."""
    return call(protocol.CREATE, {**request, "stream": True}, model=str(request.get("from") or ""))


def transfer(endpoint: Endpoint[types.ProgressResponse], model: str, insecure: bool, stream: bool) -> Call[types.ProgressResponse]:
    """Return the request of ``pull`` or ``push``."""
    return call(endpoint, {"model": model, "insecure": insecure, "stream": stream}, model=model)


def embed(model: str, input: str | Sequence[str], **fields: Any) -> Call[types.EmbedResponse]:
    """Return the request of ``embed``."""
    return call(protocol.EMBED, {"model": model, "input": input, **fields}, model=model)


def embeddings(model: str, prompt: str | None, **fields: Any) -> Call[types.EmbeddingsResponse]:
    """Return the request of ``embeddings``."""
    return call(protocol.EMBEDDINGS, {"model": model, "prompt": prompt, **fields}, model=model)


def show(model: str, **fields: Any) -> Call[types.ShowResponse]:
    """Return the request of ``show``."""
    return call(protocol.SHOW, {"model": model, **fields}, model=model)


def copy(source: str, destination: str) -> Call[types.StatusResponse]:
    """Return the request of ``copy``."""
    return call(protocol.COPY, {"source": source, "destination": destination}, model=source)


def delete(model: str) -> Call[types.StatusResponse]:
    """Return the request of ``delete``."""
    return call(protocol.DELETE, {"model": model}, model=model)
