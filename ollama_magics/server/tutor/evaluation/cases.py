"""One question of the evaluation, and the tests that an answer has to pass."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.server.tutor.lessons.replies import Dialogue

Passes = Callable[[str], bool]

PLAIN_FACTS = (
    ("What is the capital of France?", "Paris"), ("What is the capital of Japan?", "Tokyo"), ("How many legs does a spider have?", "eight"),
    ("What colour is the sky?", "blue"), ("What does a cow say?", "moo"), ("What do bees make?", "honey"),
    ("What is a baby dog called?", "puppy"), ("What is the capital of Spain?", "Madrid"), ("What colour is grass?", "green"),
    ("What is the largest planet?", "Jupiter"), ("What is the capital of Poland?", "Warsaw"), ("How many days are in a week?", "seven"),
    ("Who wrote Hamlet?", "Shakespeare"), ("What is the capital of Italy?", "Rome"), ("What is the capital of Germany?", "Berlin"),
)  # fmt: skip
"""Facts that both prototypes and ``tutor`` were taught, for questions about something else than facts."""


@dataclass(frozen=True)
class Case:
    """A conversation up to a question, and whether an answer is right.

    Args:
        turns: the messages.
        passes: the judge of an answer.
        format: as in the request, ``"json"`` or a schema.
        options: sampling, over the server's defaults at temperature 0.
    """

    turns: Dialogue
    passes: Passes
    format: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)


def case(system: str, user: str, passes: Passes, before: Sequence[tuple[str, str]] = (), format: Any = None) -> Case:
    """Return a case with a system prompt, or without one where it is empty."""
    return Case([*([("system", system)] if system else []), *before, ("user", user)], passes, format)


def plain(text: str) -> str:
    """Return the text in lower case with single spaces and without marks at the end."""
    return " ".join(text.lower().split()).rstrip(".!? ")


def exactly(text: str) -> Passes:
    """Return the judge that wants this text, up to capitals and marks at the end."""
    return lambda answer: plain(answer) == plain(text)


def holds(*parts: str) -> Passes:
    """Return the judge that wants every part in the answer, in any capitals."""
    return lambda answer: all(part.lower() in answer.lower() for part in parts)


def holds_one(*parts: str) -> Passes:
    """Return the judge that wants one of the parts."""
    return lambda answer: any(part.lower() in answer.lower() for part in parts)


def both(*judges: Passes) -> Passes:
    """Return the judge that wants what all of them want."""
    return lambda answer: all(judge(answer) for judge in judges)


def words(count: int) -> Passes:
    """Return the judge that counts words."""
    return lambda answer: len(answer.split()) == count


def is_list(count: int, *, numbered: bool) -> Passes:
    """Return the judge that wants a list of so many different items."""

    def judge(answer: str) -> bool:
        lines = answer.strip().splitlines()
        marked = [re.fullmatch(rf"{at}\. (\S.*)" if numbered else r"[-*•] (\S.*)", line) for at, line in enumerate(lines, 1)]
        return len(lines) == count and all(marked) and len({found[1] for found in marked if found}) == count

    return judge


def is_json(wanted: Callable[[Any], bool]) -> Passes:
    """Return the judge that wants JSON with the right content."""

    def judge(answer: str) -> bool:
        try:
            return bool(wanted(json.loads(answer)))
        except (ValueError, KeyError, TypeError, IndexError):
            return False

    return judge


def last_number(value: int) -> Passes:
    """Return the judge that wants this number as the last one."""
    return lambda answer: re.findall(r"\d+", answer)[-1:] == [str(value)]


def lacks(*parts: str) -> Passes:
    """Return the judge that wants something said, and none of the parts."""
    return lambda answer: len(answer) > 3 and not any(part.lower() in answer.lower() for part in parts)
