"""Which messages fit a context.

Source: Ollama server/prompt.go (chatPrompt), server/routes.go (truncateNativeChatMessages) (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from ollama_magics.server.prompt.view import Message

IMAGE_TOKENS = 768
"""How many tokens Ollama counts for one image, when the model has a projector."""


async def fit_context(
    messages: Sequence[Message],
    num_ctx: int,
    measure: Callable[[list[Message]], Awaitable[int]],
    *,
    has_projector: bool = False,
) -> list[Message]:
    """Return as many of the last messages as ``num_ctx`` tokens hold, with the system messages of the part left out in front of them.

    The last message always stays. Every start is tried from the front, as Ollama does, while that is cheap; a long conversation is
    halved instead, since leaving messages out makes a prompt shorter.

    Args:
        messages: the whole conversation.
        num_ctx: tokens of the context.
        measure: counts the tokens of the prompt that messages give.
        has_projector: whether images cost tokens.
    """

    async def fits(start: int) -> bool:
        kept = starting_at(messages, start)
        tokens = await measure(kept)
        if has_projector:
            tokens += IMAGE_TOKENS * sum(len(message.get("images") or ()) for message in messages[start:])
        return tokens <= num_ctx

    last = len(messages) - 1
    low = 0
    while low < min(last, _TRIED_IN_TURN):
        if await fits(low):
            return starting_at(messages, low)
        low += 1
    high = max(last, 0)
    while low < high:
        middle = (low + high) // 2
        if await fits(middle):
            high = middle
        else:
            low = middle + 1
    return starting_at(messages, high)


_TRIED_IN_TURN = 8


def starting_at(messages: Sequence[Message], start: int) -> list[Message]:
    """Return the messages from ``start`` on, behind the system messages that come before it."""
    return [*(message for message in messages[:start] if message.get("role") == "system"), *messages[start:]]
