"""One answer and its parts: pieces as they come, figures, calls of tools, and what of the conversation did not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ollama_magics.services.conversation.pictures import Picture
from ollama_magics.wire.types import ChatResponse, GenerateResponse, Logprob, Message

State = Literal["done", "stopped", "cut", "error"]
CallState = Literal["asks", "running", "allowed", "refused", "failed"]

BETWEEN_ROUNDS = "\n\n"
"""What stands between the text before a call of a tool and the text after it."""

_NOT_RUN = "This call was not run."


@dataclass(frozen=True)
class Delta:
    """A piece of an answer as it came: words of the answer, or of the thinking before it."""

    text: str = ""
    thinking: str = ""


@dataclass(frozen=True)
class Stats:
    """Figures of one answer; None where the server gave none.

    Attributes:
        tokens: tokens of the answer, thinking and calls of tools included; counted pieces where it was stopped or broke off.
        tokens_per_s: by the server's own clock.
        prompt_tokens: tokens the model read, those of earlier turns included.
        first_s: seconds from the question to the first piece, by our clock.
        total_s: seconds from the question to the end, by our clock.
        load_s: seconds the server needed to load the model.
        context_used: tokens of the prompt and the answer.
        context_size: ``num_ctx`` in effect, in tokens.
    """

    tokens: int | None = None
    tokens_per_s: float | None = None
    prompt_tokens: int | None = None
    first_s: float | None = None
    total_s: float | None = None
    load_s: float | None = None
    context_used: int | None = None
    context_size: int | None = None


@dataclass(frozen=True)
class Call:
    """A tool that the model asks to be run.

    Attributes:
        id: the server's, or one of ours where it gives none.
        state: ``asks`` for a decision; ``running``; ``allowed``, it was run; ``refused``, it was not; ``failed``, it gave an error.
        result: what the model was given; also the error of a tool that failed.
        seconds: how long the tool ran; None when it did not.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    state: CallState = "asks"
    result: str = ""
    seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.name}({self.arguments_text})"

    @property
    def arguments_text(self) -> str:
        """The arguments as they read in a call."""
        return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in self.arguments.items())


@dataclass(frozen=True)
class Round:
    """A part of an answer that ended in calls of tools: what was written before them, and the calls."""

    text: str
    thinking: str
    calls: tuple[Call, ...]

    def messages(self) -> list[Message]:
        """Return the round as the next request sends it."""
        asked = [{"id": call.id, "function": {"name": call.name, "arguments": dict(call.arguments)}} for call in self.calls]
        said = Message(role="assistant", content=self.text, tool_calls=asked)
        if self.thinking:
            said["thinking"] = self.thinking
        results = (
            Message(role="tool", content=_NOT_RUN if call.state == "asks" else call.result, tool_name=call.name, tool_call_id=call.id)
            for call in self.calls
        )
        return [said, *results]


@dataclass(frozen=True)
class Cut:
    """What of a conversation did not fit into the context and was not sent with a question.

    Attributes:
        messages: how many of the oldest messages.
        turns: how many turns from the top lost a message.
        tokens: about how many tokens these messages are.
        examples: how many of the model's own MESSAGE lines went before them.
    """

    messages: int
    turns: int
    tokens: int
    examples: int = 0


@dataclass(frozen=True)
class Answer:
    """One answer, whole or as far as it came.

    Attributes:
        model: the model that was asked, as the question named it.
        question: what it was asked.
        text: what it wrote; around calls of tools, everything it wrote.
        thinking: what it thought first, empty for most models.
        thought_s: seconds it thought.
        thought_tokens: pieces of thinking, which are tokens nearly always.
        state: ``done``; ``stopped`` by the person; ``cut`` by a limit; ``error`` when the stream broke.
        done_reason: the server's own word, for instance ``stop`` or ``length``; empty when it gave none.
        note: one sentence on a state other than ``done``, or on what is not as it was asked for.
        error: the server's own words where the state is ``error``, untrusted text.
        server: what the server is called.
        final: the last chunk of the stream as the server sent it.
        version: the version of the model in its history, None where it is not known.
        made_by: version, changes and seed in words, for instance ``v3 · seed 7``.
        options: the options that went with the request.
        system: the system text that went with the request, None for the model's own.
        images: the pictures of the question.
        rounds: the parts before the last text, each of which ended in calls of tools.
        cut: what of the conversation was not sent, None when all was, or where the server does not tell.
        logprobs: the tokens of the last text with the natural logarithms of their probabilities, where they were asked for.
        value: the text as data where a format was asked for and the answer is whole: an instance of the class, or decoded JSON.
    """

    model: str
    question: str
    text: str
    thinking: str = ""
    thought_s: float | None = None
    state: State = "done"
    done_reason: str = ""
    note: str = ""
    stats: Stats = field(default_factory=Stats)
    server: str = ""
    final: ChatResponse | GenerateResponse = field(default_factory=ChatResponse, repr=False)
    thought_tokens: int | None = None
    error: str = ""
    version: int | None = None
    made_by: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    system: str | None = None
    images: tuple[Picture, ...] = ()
    rounds: tuple[Round, ...] = ()
    cut: Cut | None = None
    value: Any = None
    logprobs: tuple[Logprob, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return self.text

    @property
    def seed(self) -> int | None:
        """The seed that went with the request; None where the model's or the server's own was used."""
        return self.options.get("seed")

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of tools, in the order the model asked for them."""
        return tuple(call for part in self.rounds for call in part.calls)

    @property
    def closing(self) -> str:
        """The text after the last call of a tool."""
        before = joined([part.text for part in self.rounds])
        return self.text[len(before) :].removeprefix(BETWEEN_ROUNDS) if before else self.text

    @property
    def unfinished(self) -> bool:
        """Whether there is text, or the result of a tool, that can be gone on with."""
        return self.state != "done" and bool(self.text or self.rounds)

    @property
    def is_sent(self) -> bool:
        """Whether later requests send it: broken answers, and those stopped before their first word, are not part of the conversation."""
        return self.state != "error" and bool(self.text or self.rounds or self.state == "done")

    def messages(self) -> list[Message]:
        """Return the answer as later requests send it, the calls of tools with their results before the last text."""
        said = [message for part in self.rounds for message in part.messages()]
        return [*said, Message(role="assistant", content=self.closing)] if self.closing or not said else said

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from ollama_magics.display import html, text
        from ollama_magics.display.cards import answer_card

        card = answer_card(self.model, self.turn(), server=self.server)
        return {"text/plain": text.render(card), "text/html": html.render(card)}

    def turn(self, **more: Any) -> Any:
        """Return the answer with its question as ``display.cards.Turn``; ``more`` are further fields of that."""
        from ollama_magics.display.cards import Turn

        own = {
            "thought_tokens": self.thought_tokens,
            "images": tuple(map(str, self.images)),
            "calls": self.calls,
            "made_by": self.made_by,
            "cut": self.cut,
            "error": self.error,
        }
        return Turn(self.question, self.text, self.thinking, self.thought_s, self.stats, self.state, self.note, **{**own, **more})


def joined(texts: list[str]) -> str:
    """Return the texts of the rounds of an answer as one."""
    return BETWEEN_ROUNDS.join(text for text in texts if text)
