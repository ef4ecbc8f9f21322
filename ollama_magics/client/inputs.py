"""What callers may pass where the API wants JSON: messages, images and tools."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ollama_magics.errors import FileProblem, UsageProblem
from ollama_magics.wire.types import Image


def message_list(messages: Sequence[Any] | None) -> list[Any] | None:
    """Return the messages with their images as base64; a message's other fields are left as they are.

    Raises:
        UsageProblem: a message is no mapping.
        FileProblem: an image's file cannot be read.
    """
    if messages is None:
        return None
    if isinstance(messages, (str, bytes, Mapping)):
        raise UsageProblem("messages are a list", hint='write [{"role": "user", "content": "…"}]')
    return [_message(message) for message in messages]


def tool_list(tools: Sequence[Any] | None) -> list[Any] | None:
    """Return the tools as JSON; what is no function is left as it is.

    Raises:
        UsageProblem: a function's signature cannot be told in JSON.
    """
    if not tools:
        return None if tools is None else []
    from ollama_magics.client.tools import describe

    return [describe(tool) if callable(tool) else tool for tool in tools]


def _message(message: Any) -> Any:
    if not isinstance(message, Mapping):
        if hasattr(message, "model_dump"):
            return message
        raise UsageProblem(f"a message is a mapping, not {type(message).__name__}", hint='write {"role": "user", "content": "…"}')
    images = message.get("images")
    return {**message, "images": image_list(images)} if images else message


def image_list(images: Sequence[Any] | None) -> list[Any] | None:
    """Return the images as base64: bytes and files are read, other text is taken as base64 already.

    Raises:
        FileProblem: a file cannot be read.
    """
    if images is None:
        return None
    return [_image(image) for image in images]


def _image(image: Any) -> Any:
    if isinstance(image, Image):
        image = image.value
    if isinstance(image, (bytes, bytearray, memoryview)):
        return base64.b64encode(image).decode()
    # Base64 of a picture is longer than any path, and asking the system for a file of such a name is an error on some.
    if isinstance(image, os.PathLike) or (isinstance(image, str) and len(image) < 4096 and os.path.isfile(image)):
        try:
            with open(image, "rb") as file:
                return base64.b64encode(file.read()).decode()
        except OSError as exc:
            raise FileProblem(f"the image {os.fspath(image)!r} cannot be read: {exc.strerror}", hint="check the path") from exc
    return image
