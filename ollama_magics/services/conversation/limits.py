"""What the server left out of a conversation that no longer fitted into the model's context.

The server drops the oldest messages until the rendered prompt fits ``num_ctx``, keeps system messages and always the last one, and says
nothing of it. What it would render it tells on request, at the cost of one more request; an answer's own figures only tell whether there
was room. Source: Ollama server/prompt.go, server/routes.go (``_debug_render_only``), v0.33.0-rc2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.services.conversation.answer import Answer, Cut, Stats

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.services.conversation.tree import Exchange

NEARLY_FULL = 0.9
"""The part of the context above which something may have been left out."""

TOKENS_PER_BYTE = 0.4
"""More tokens than a byte of prose takes, so that no question is thought to fit that does not."""

IMAGE_TOKENS = 768
"""What a picture counts for when the server cuts. Source: Ollama server/prompt.go, v0.33.0-rc2."""

_ROUNDED_TO = 256
"""The engine's context is a multiple of this. Source: llama.cpp, as Ollama 0.33 runs it."""

_LOOK_S = 5.0


def may_be_cut(stats: Stats, before: Sequence[Exchange], asked: Exchange, examples: Sequence[str] = ()) -> bool:
    """Whether the server may have left out some of the conversation: the context was nearly full, or would have been.

    Args:
        stats: of the answer.
        before: the turns above the question.
        examples: the model's own MESSAGE texts, as far as they are known.
    """
    if not stats.context_size:
        return False
    limit = NEARLY_FULL * stats.context_size
    if (stats.prompt_tokens or 0) >= limit:
        return True
    last: Answer | None = before[-1].answer if before else None
    if last is not None and last.cut is not None:
        return True
    held = last.stats.context_used or 0 if last is not None else sum(map(at_most, examples))
    return held + at_most(asked.question) + IMAGE_TOKENS * len(asked.images) >= limit


def at_most(text: str) -> float:
    """Return more tokens than a text of any language takes.

    >>> at_most("Who are you?"), at_most("\u4f60\u597d")
    (4.8, 2.4)
    """
    return round(TOKENS_PER_BYTE * len(text.encode("utf-8", "replace")), 1)


def went_past(used: int | None, size: int | None) -> bool:
    """Whether more tokens were used than the context holds, which the engine rounds up.

    >>> went_past(300, 256), went_past(290, 270)
    (True, False)
    """
    return used is not None and size is not None and used > -(-size // _ROUNDED_TO) * _ROUNDED_TO


def rendered(client: Client, request: Mapping[str, Any], timeout_s: float = _LOOK_S) -> str | None:
    """Return the prompt as the server renders it for a chat request; None where it cannot tell.

    A server that does not know the question would answer the request: it is asked for one token only.
    """
    options = {**(request.get("options") or {}), "num_predict": 1}
    asked = {key: value for key, value in request.items() if key not in ("stream", "options", "_debug_render_only")}
    try:
        got = client.chat(**asked, options=options, stream=False, timeout=timeout_s, _debug_render_only=True)
    except OllamaMagicsError:
        return None
    debug = got.debug_info
    return debug.rendered_template if debug is not None else None


def goes_on(prompt: str | None, text: str) -> bool | None:
    """Return whether a rendered prompt ends in ``text``, so that the model writes on from there; None where it is not known."""
    return None if prompt is None else prompt.rstrip().endswith(text.rstrip())


def unsent(prompt: str, contents: Sequence[str]) -> int:
    """Return how many of the first messages are not in a rendered prompt; the last one always is.

    >>> unsent("<s>two<e>three", ["one", "two", "three"])
    1
    """
    end = len(prompt)
    for kept in range(len(contents) - 1, -1, -1):
        found = prompt.rfind(contents[kept].strip(), 0, end)
        if found < 0:
            return min(kept + 1, len(contents) - 1)
        end = found
    return 0


def cut_of(prompt: str, prompt_tokens: int, before: Sequence[Exchange], question: str, examples: Sequence[str] = ()) -> Cut | None:
    """Return what was left out of a prompt, None when nothing was.

    Args:
        prompt: as the server rendered it.
        prompt_tokens: how many tokens that is.
        before: the turns above the question.
        examples: the model's own MESSAGE texts, which stand before everything else.
    """
    texts = [[str(message.content or "") for message in exchange.messages()] for exchange in before]
    contents = [*examples, *(text for turn in texts for text in turn), question]
    gone = unsent(prompt, contents)
    if not gone:
        return None
    per_character = prompt_tokens / max(1, len(prompt))
    tokens = round(per_character * sum(len(text) for text in contents[:gone]))
    messages = max(0, gone - len(examples))
    return Cut(messages, _turns_upto(texts, messages), tokens, min(gone, len(examples)))


def _turns_upto(texts: Sequence[Sequence[str]], messages: int) -> int:
    """Return how many turns from the top the first ``messages`` messages belong to."""
    turns, counted = 0, 0
    for at, turn in enumerate(texts, 1):
        if counted < messages and turn:
            turns = at
        counted += len(turn)
    return turns
