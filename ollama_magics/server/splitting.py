"""From the text of a model with a Go template to the parts of its answer: thinking, words, tool calls.

Source: Ollama server/routes.go ``ChatHandler``, llm/llama_server.go ``llamaServerPreservedTokensForToolTag`` (v0.33.0-rc2).
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ollama_magics.server.engine.completion import Chunk
from ollama_magics.server.prompt import PromptView, Think, ThinkingSplitter, ToolCallParser, start_thinking

_CALL_ID_LETTERS = string.ascii_lowercase + string.digits


class AnswerSplitter:
    """Tells the parts of one answer apart, chunk by chunk.

    Args:
        thinking: finds the thinking trace; None where there is none.
        calls: finds tool calls; None where the request offers no tools.
        chance: where the ids of calls come from.

    Attributes:
        thought: the whole thinking trace so far.
    """

    def __init__(self, thinking: ThinkingSplitter | None, calls: ToolCallParser | None, chance: random.Random | None = None) -> None:
        self._thinking = thinking
        self._calls = calls
        self._chance = chance or random.Random()
        self.thought = ""

    @property
    def thinks(self) -> bool:
        """Whether the answer may begin with a thinking trace."""
        return self._thinking is not None

    @property
    def preserved(self) -> tuple[str, ...]:
        """The special token that introduces tool calls, which the engine must not swallow.

        llama.cpp keeps a text only where it is one token: of a tag such as ``[TOOL_CALLS] [`` the part up to its first closing bracket.
        """
        tag = "" if self._calls is None else self._calls.tag
        if tag in ("", "{", "["):
            return ()
        closing = {"[": "]", "<": ">"}.get(tag[0])
        return (tag[: tag.find(closing) + 1] or tag,) if closing else (tag,)

    def feed(self, chunk: Chunk) -> Chunk | None:
        """Return what of ``chunk`` and those before it is certain now, or None when there is nothing to send yet."""
        if self._thinking is not None:
            thinking, content = self._thinking.feed(chunk.content)
            if not (thinking or content or chunk.done):
                return None
            self.thought += thinking
            chunk = replace(chunk, thinking=thinking, content=content)
        return chunk if self._calls is None else self._with_calls(chunk, self._calls)

    def _with_calls(self, chunk: Chunk, parser: ToolCallParser) -> Chunk | None:
        calls, content = parser.feed(chunk.content)
        if calls or content or chunk.thinking:
            return replace(chunk, content=content, tool_calls=[{"id": self._call_id(), **call} for call in calls])
        if chunk.done:
            return replace(chunk, content=parser.rest())
        return replace(chunk, content="") if chunk.logprobs else None

    def _call_id(self) -> str:
        return "call_" + "".join(self._chance.choices(_CALL_ID_LETTERS, k=8))


def chat_splitter(view: PromptView, prompt: str, think: Think, tools: Sequence[Mapping[str, Any]]) -> AnswerSplitter:
    """Return the splitter for the answer to a chat's prompt."""
    return AnswerSplitter(start_thinking(view, prompt, think), ToolCallParser(view.template, tools) if tools else None)
