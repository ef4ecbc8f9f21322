"""From messages to the prompt of a model, exactly as Ollama builds it.

The steps of a chat turn, each a function of its own::

    view = PromptView(template_text=…, system=…, …)            what prompt building knows of a model
    messages = chat_messages(view, request["messages"])        SYSTEM, MESSAGE lines and the request's messages
    messages = await fit_context(messages, num_ctx, measure)   as many of the last ones as the context holds
    tagged, images = tag_images(messages)                      places of the images in the text
    prompt = render_chat(view, tagged, tools=…, think=…)       the template's output

Source: Ollama server/prompt.go, server/routes.go, server/images.go (v0.33.0-rc2).
"""

from __future__ import annotations

from ollama_magics.server.prompt.assembly import chat_messages, generate_messages, tag_images
from ollama_magics.server.prompt.context import fit_context
from ollama_magics.server.prompt.render import render_chat, render_suffix, validate_template
from ollama_magics.server.prompt.thinking import ThinkingSplitter, start_thinking
from ollama_magics.server.prompt.toolcalls import ToolCallParser
from ollama_magics.server.prompt.view import PromptView, Think, think_level

__all__ = [
    "PromptView",
    "Think",
    "ThinkingSplitter",
    "ToolCallParser",
    "chat_messages",
    "fit_context",
    "generate_messages",
    "render_chat",
    "render_suffix",
    "start_thinking",
    "tag_images",
    "think_level",
    "validate_template",
]
