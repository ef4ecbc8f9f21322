"""What prompt building knows of a model, and which formatter its chats take.

Source: Ollama server/images.go, server/routes.go (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeAlias

from ollama_magics.modelfile.instructions import RENDERERS
from ollama_magics.template import Template, parse

Message: TypeAlias = Mapping[str, Any]
"""A message in the form of the API: ``role``, ``content``, ``thinking``, ``images``, ``tool_calls``, ``tool_name``, ``tool_call_id``."""

Think: TypeAlias = bool | str | None
"""The request's ``think``: absent, a truth value, or a level (``low``, ``medium``, ``high``, ``max``)."""

DEFAULT_TEMPLATE = "{{ .Prompt }}"
"""What a model without a template layer renders."""


@lru_cache(maxsize=64)
def parsed(text: str) -> Template:
    """Return the parsed template of ``text``, kept for the next time."""
    return parse(text)


def think_level(think: Think) -> tuple[bool, str, bool]:
    """Return ``.Think``, ``.ThinkLevel`` and ``.IsThinkSet`` for a request's ``think``.

    Source: Ollama api/types.go (ThinkValue).
    """
    if isinstance(think, str):
        return think != "", think, True
    return bool(think), "medium" if think else "", think is not None


@dataclass(frozen=True)
class PromptView:
    """A model as far as its prompts depend on it.

    Attributes:
        template_text: the template layer, or None when the model has none.
        chat_template: the GGUF's Jinja template, ``""`` when it has none.
        family: ``model_family`` of the config.
        model: the name's part between namespace and tag.
        go_template: the setting ``OLLAMA_GO_TEMPLATE``; None when it is not set.
    """

    template_text: str | None = None
    system: str = ""
    messages: Sequence[Message] = ()
    chat_template: str = ""
    renderer: str = ""
    parser: str = ""
    family: str = ""
    model: str = ""
    go_template: bool | None = None

    @cached_property
    def template(self) -> Template:
        """The parsed template.

        Raises:
            TemplateError: the layer's text is no template (create refuses such, a damaged store may hold one).
        """
        return parsed(DEFAULT_TEMPLATE if self.template_text is None else self.template_text)

    @cached_property
    def mode(self) -> Literal["rendered", "native"]:
        """Whether the prompt is built here, or by the engine from the GGUF's Jinja template."""
        return "rendered" if self.renderer or self.parser or self.uses_template else "native"

    @property
    def engine_renders(self) -> bool:
        """Whether the engine makes the prompt and reads the answer with the GGUF's Jinja template.

        It does so, too, for a model with one of Ollama's built-in renderers: they say in Go what the template that came with such a
        model says, and the built-in server has none of them.
        """
        return self.mode == "native" or (self.renderer in RENDERERS and bool(self.chat_template))

    @cached_property
    def uses_template(self) -> bool:
        """Whether the Go template is the formatter, rather than the GGUF's."""
        if self.template_text is None:
            return False
        if self.go_template is not None:
            return self.go_template
        return not self._prefers_chat_template

    @property
    def _prefers_chat_template(self) -> bool:
        """Whether the GGUF's template wins because it can do more than the Go template."""
        if not self.chat_template or self.renderer or self.parser:
            return False
        jinja, own = jinja_capabilities(self.chat_template), template_capabilities(self.template)
        if len(jinja) > len(own):
            return not template_has_tool_round_trip(self.template) or jinja_has_tool_round_trip(self.chat_template)
        if set(jinja) != set(own) or "tools" not in jinja:
            return False
        return jinja_has_tool_round_trip(self.chat_template) and not template_has_tool_round_trip(self.template)

    @cached_property
    def capabilities(self) -> tuple[str, ...]:
        """What the formatter in use adds to the model's capabilities: ``tools``, ``insert``, ``thinking``, in Ollama's order."""
        found: tuple[str, ...] = ()
        if self.mode == "native":
            found = jinja_capabilities(self.chat_template)
        if self.template_text is None or self.uses_template:
            found = tuple(dict.fromkeys([*found, *template_capabilities(self.template)]))
        return found


def template_capabilities(template: Template) -> tuple[str, ...]:
    """Return what a Go template offers: ``tools``, ``insert``, ``thinking``."""
    names = template.identifiers()
    found = [capability for capability, name in (("tools", "tools"), ("insert", "suffix")) if name in names]
    if all(template.thinking_tags()):
        found.append("thinking")
    return tuple(found)


def template_has_tool_round_trip(template: Template) -> bool:
    """Say whether a Go template shows a tool's call and its result to the model again."""
    if not {"tools", "toolcalls"} <= template.identifiers():
        return False
    return any(mark in template.text for mark in ('eq .Role "tool"', "tool_response", "TOOL_RESULTS"))


_JINJA_TOOL_RESULTS = (
    "tool_response",
    "tool_results",
    "role'] == 'tool'",
    'role\'] == "tool"',
    "role\"] == 'tool'",
    'role"] == "tool"',
    "message.role == 'tool'",
    'message.role == "tool"',
    "ipython",
)


def jinja_capabilities(chat_template: str) -> tuple[str, ...]:
    """Return what a Jinja template offers, by its text: ``tools``, ``thinking``."""
    found = []
    if _jinja_has_tools(chat_template):
        found.append("tools")
    if _jinja_has_thinking(chat_template):
        found.append("thinking")
    return tuple(found)


def _jinja_has_tools(chat_template: str) -> bool:
    return "tools" in chat_template or "tool_call" in chat_template


def _jinja_has_thinking(chat_template: str) -> bool:
    if "<think>" in chat_template and "</think>" in chat_template:
        return True
    splits = "content.split('</think>')" in chat_template or 'content.split("</think>")' in chat_template
    return splits and "reasoning_content" not in chat_template and "<SPECIAL_12>" not in chat_template


def jinja_has_tool_round_trip(chat_template: str) -> bool:
    """Say whether a Jinja template shows a tool's call and its result to the model again, by its text."""
    if not _jinja_has_tools(chat_template):
        return False
    calls = "tool_calls" in chat_template or "assistant_tool_call" in chat_template
    return calls and any(mark in chat_template for mark in _JINJA_TOOL_RESULTS)
