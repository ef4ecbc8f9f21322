"""The three ways in which Ollama runs a template.

Source: Ollama template/template.go (Execute, collate) (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ollama_magics.modelfile.instructions import RENDERERS
from ollama_magics.server.prompt.view import Message, PromptView, Think, think_level
from ollama_magics.template import Template, TemplateError, messages_value, parse, tools_value


def validate_template(text: str) -> None:
    """Check a template as create does.

    Raises:
        TemplateError: with the text of Ollama's answer: ``template error: template: :1: unclosed action``.
    """
    try:
        parse(text)
    except TemplateError as error:
        raise TemplateError(f"template error: {error}") from error


def render_chat(
    view: PromptView,
    messages: Sequence[Message],
    *,
    tools: Sequence[Mapping[str, Any]] | None = None,
    think: Think = None,
    template: Template | None = None,
) -> str:
    """Return the prompt for ``messages``, which ``chat_messages()`` or ``generate_messages()`` made.

    Args:
        view: the model.
        messages: in the form of the API.
        tools: what the request offers; None shows as ``null`` in a template that prints them.
        think: the request's ``think``.
        template: instead of the model's own (``template`` of a generate request).

    Raises:
        TemplateError: the template fails on these values, or the model has a renderer; status 500 in Ollama.
        TemplateCrash: the template makes Ollama fail; status 500 without a body.
    """
    if template is None:
        _check_renderer(view.renderer)
        template = view.template
    flags = _flags(think)
    merged = collate(messages)
    if "messages" in template.identifiers():
        system = "\n\n".join(message.get("content") or "" for message in messages if message.get("role") == "system")
        values = {"System": system, "Messages": messages_value(merged), "Tools": tools_value(tools), "Response": "", **flags}
        return template.execute(values)
    return "".join(_turns(template, merged, flags))


def _check_renderer(name: str) -> None:
    """Refuse a model whose prompts one of Ollama's renderers makes; none of them is here, and its file has no template instead."""
    if name in RENDERERS:
        raise TemplateError(
            f'the built-in server has no renderer "{name}", and the model\'s file no chat template to use instead; a real Ollama has it'
        )
    if name:
        raise TemplateError(f'unknown renderer "{name}"')


def render_suffix(view: PromptView, prompt: str, suffix: str, *, think: Think = None, template: Template | None = None) -> str:
    """Return the prompt for filling in the middle; both texts are non-empty.

    Raises:
        TemplateError: the template fails on these values.
    """
    values = {"Prompt": prompt, "Suffix": suffix, "Response": "", **_flags(think)}
    return (template or view.template).execute(values)


def _flags(think: Think) -> dict[str, Any]:
    is_on, level, is_set = think_level(think)
    return {"Think": is_on, "ThinkLevel": level, "IsThinkSet": is_set}


def collate(messages: Iterable[Message]) -> list[Message]:
    """Return the messages with neighbours of one role joined by an empty line; tool results stay apart."""
    merged: list[dict[str, Any]] = []
    for message in messages:
        role, content = message.get("role") or "", message.get("content") or ""
        if merged and merged[-1]["role"] == role and role != "tool":
            merged[-1]["content"] += "\n\n" + content
        else:
            merged.append({**message, "role": role, "content": content})
    return list(merged)


def _turns(template: Template, messages: Sequence[Message], flags: Mapping[str, Any]) -> Iterable[str]:
    """Yield the template's output for each finished turn and, cut after ``.Response``, for the last one."""
    turn = {"System": "", "Prompt": "", "Response": ""}
    slots = {"system": "System", "user": "Prompt", "assistant": "Response"}
    closing = {"system": ("Prompt", "Response"), "user": ("Response",)}
    for message in messages:
        slot = slots.get(message["role"])
        if slot is None:
            continue
        if any(turn[name] for name in closing.get(message["role"], ())):
            yield template.execute({**turn, **flags})
            turn = dict.fromkeys(turn, "")
        turn[slot] = message["content"]
    yield template.cut_at("Response").execute({**turn, **flags})
