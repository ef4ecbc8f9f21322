"""How a conversation begins: what the model says of itself, and what could be asked first, taken from its own texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ollama_magics.client.client import Client

MOST_SUGGESTIONS = 3
_LOOK_S = 5.0
_LONGEST = 160
"""Characters of a line or an example that still reads as a suggestion."""


@dataclass(frozen=True)
class Introduction:
    """What stands in a conversation in which nothing has been said.

    Attributes:
        first_line: the first line of the model's SYSTEM.
        suggestions: first questions, each under where it comes from.
        examples: the texts of the model's MESSAGE lines.
    """

    first_line: str = ""
    suggestions: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()


def introduction(client: Client, model: str, timeout_s: float = _LOOK_S) -> Introduction:
    """Return the introduction of a model, from one request; raises what `Client.show` raises."""
    shown = client.show(model, timeout=timeout_s)
    messages = [(str(message.role or ""), str(message.content or "")) for message in shown.messages or ()]
    system = str(shown.system or "")
    lines = [line.strip() for line in system.splitlines()]
    first = next((line for line in lines if line), "")
    return Introduction(
        first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…", suggestions(system, messages), tuple(text for _, text in messages)
    )


def suggestions(system: str, messages: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return first questions: those of the examples, then one for each line of SYSTEM that asks something of the model.

    >>> suggestions("You are Pip.\\nAnswer in two sentences.", [("user", "Do you repair e-bikes?"), ("assistant", "Yes.")])
    (('Like your example', 'Do you repair e-bikes?'), ('Tests line 2', 'How do you keep to this: Answer in two sentences.'))
    """
    asked = [("Like your example", text) for role, text in messages if role == "user" and text.strip() and len(text) <= _LONGEST]
    lines = [(at, line.strip()) for at, line in enumerate(system.splitlines(), 1)]
    # The first line says who the model is; those after it say what it has to do.
    rules = [(at, line) for at, line in lines if line and len(line) <= _LONGEST][1:]
    tests = [(f"Tests line {at}", f"How do you keep to this: {line}") for at, line in rules]
    most = MOST_SUGGESTIONS - min(1, len(tests))
    chosen = asked[:most]
    return tuple([*chosen, *tests[: MOST_SUGGESTIONS - len(chosen)]])
