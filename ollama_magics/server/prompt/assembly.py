"""Which messages a prompt is made of.

Source: Ollama server/routes.go (ChatHandler, GenerateHandler, filterThinkTags), server/prompt.go (imageTaggedMessages) (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ollama_magics.server.prompt.thinking import ThinkingSplitter
from ollama_magics.server.prompt.view import Message, PromptView


def chat_messages(view: PromptView, messages: Sequence[Message]) -> list[Message]:
    """Return the messages of a chat turn: SYSTEM unless the request begins with its own, MESSAGE lines, the request's messages.

    Roles come out in lower case. Source: Ollama api/types.go (Message.UnmarshalJSON).
    """
    messages = [{**message, "role": (message.get("role") or "").lower()} for message in messages]
    system: list[Message] = []
    if view.system and messages and messages[0]["role"] != "system":
        system = [{"role": "system", "content": view.system}]
    return _without_old_thinking(view, [*system, *view.messages, *messages])


def generate_messages(
    view: PromptView, prompt: str, *, system: str = "", images: Sequence[Any] = (), has_context: bool = False
) -> list[Message]:
    """Return the messages of a generate request: system, MESSAGE lines unless a context stands for them, the prompt."""
    system = system or view.system
    found: list[Message] = [{"role": "system", "content": system}] if system else []
    if not has_context:
        found.extend(view.messages)
    user: dict[str, Any] = {"role": "user", "content": prompt}
    if images:
        user["images"] = list(images)
    return [*found, user]


def _without_old_thinking(view: PromptView, messages: list[Message]) -> list[Message]:
    """Take the thinking out of answers before the last question, for the models that were trained so."""
    if view.family != "qwen3" and view.model != "deepseek-r1":
        return messages
    last_user = max((position for position, message in enumerate(messages) if message.get("role") == "user"), default=-1)
    return [
        {**message, "content": ThinkingSplitter("<think>", "</think>").feed(message.get("content") or "")[1]}
        if position < last_user and message.get("role") == "assistant"
        else message
        for position, message in enumerate(messages)
    ]


def tag_images(messages: Sequence[Message]) -> tuple[list[Message], list[Any]]:
    """Return the messages with a mark ``[img-N]`` for each image, and the images in the order of their numbers.

    A mark replaces the first ``[img]`` of its message's text, or stands before the text.
    """
    images: list[Any] = []
    tagged: list[Message] = []
    for message in messages:
        content, prefix = message.get("content") or "", ""
        for image in message.get("images") or ():
            mark = f"[img-{len(images)}]"
            images.append(image)
            if "[img]" in content:
                content = content.replace("[img]", mark, 1)
            else:
                prefix += mark
        tagged.append({**message, "content": prefix + content})
    return tagged, images
