"""What there is help about, each as a page made from the data that the checks use.

`find_topic` answers ``%ollama help``, the ``?`` of a front end and ``ollama-magics help``; ``docs/`` is written from the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from ollama_magics.display.segments import Document
from ollama_magics.errors import UsageProblem
from ollama_magics.services.reference import faults, instructions, parameters, rules, templates
from ollama_magics.text.suggest import distance, nearest

GROUPS = ("instruction", "parameter", "template", "rule", "error")
"""The kinds of topics, in the order of lists."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing there is a page about.

    Attributes:
        group: one of `GROUPS`.
        name: what it is called.
        summary: one sentence.
        page: makes the page.
        words: other words that lead to it.
    """

    group: str
    name: str
    summary: str
    page: Callable[[], Document]
    words: tuple[str, ...] = ()


@cache
def topics() -> tuple[Topic, ...]:
    """Return every topic, group by group."""
    return tuple(_topics())


def _topics() -> Iterator[Topic]:
    from ollama_magics.modelfile.instructions import INSTRUCTIONS
    from ollama_magics.modelfile.rules import RULES
    from ollama_magics.template.reference import FUNCTIONS, VARIABLES, WORDS
    from ollama_magics.wire.options import FORMER, OPTIONS

    for facts in INSTRUCTIONS.values():
        yield Topic("instruction", facts.name, facts.meaning, partial(instructions.page, facts))
    for option in OPTIONS.values():
        yield Topic("parameter", option.name, option.meaning, partial(parameters.page, option))
    for former in FORMER.values():
        yield Topic("parameter", former.name, f"Gone since Ollama {former.until}.", partial(parameters.former_page, former))
    for entry in (*VARIABLES.values(), *FUNCTIONS.values(), *WORDS.values()):
        words = (entry.word,) if entry.word != entry.name else ()
        yield Topic("template", entry.name, entry.meaning, partial(templates.page, entry), words)
    for rule in RULES.values():
        yield Topic("rule", rule.code, rule.summary, partial(rules.page, rule), (rule.name,))
    for fault in faults.by_name():
        yield Topic("error", fault.name, fault.summary, partial(faults.page, fault))


def find_topic(word: str) -> Topic | None:
    """Return the topic that a word names; None when there is none.

    The name as it is spelled comes first, then other words for it, then both in any case; last, errors whose text has the word in it or is
    in it: the words of a server can be given whole.
    """
    found = _exactly(word, lambda name: name) or _exactly(word.casefold(), str.casefold)
    return found or next((topic for topic in topics() if topic.group == "error" and _says(topic.name, word)), None)


def _exactly(word: str, fold: Callable[[str], str]) -> Topic | None:
    named = next((topic for topic in topics() if fold(topic.name) == word), None)
    return named or next((topic for topic in topics() if word in map(fold, topic.words)), None)


def _says(name: str, words: str) -> bool:
    """Whether an error's name occurs in a message, or the other way round where more than a word was given."""
    return " " in name and (name in words or (" " in words.strip() and words in name))


def near_topics(word: str, others: tuple[str, ...] = ()) -> list[str]:
    """Return the names that ``word`` may be a slip of, of topics and of ``others``: the nearest one, and those as near."""
    near = nearest(word, [*others, *(name for topic in topics() for name in (topic.name, *topic.words))])
    slips = [distance(word.casefold(), name.casefold(), len(word)) for name in near]
    return [name for name, count in zip(near, slips, strict=True) if count == min(slips)]


def topic(word: str, others: tuple[str, ...] = (), *, listed_by: str = "%ollama help") -> Topic:
    """Return the topic that a word names.

    Raises:
        UsageProblem: there is none; the near ones are named, also those of ``others``.
    """
    found = find_topic(word)
    if found is None:
        near = near_topics(word, others)
        hint = f"did you mean {' or '.join(near)}?" if near else f"{listed_by} lists what there is help about"
        raise UsageProblem(f"there is no help about {word}", hint=hint)
    return found
