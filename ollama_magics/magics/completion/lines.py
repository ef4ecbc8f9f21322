"""Completion of the line of a magic: its verb, its options and what each takes, all from the dataclass that also parses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, Option, Positional, options_of, positionals_of
from ollama_magics.magics.catalogue import magic_of, magics
from ollama_magics.magics.completion.choices import Asked, Choice, Found, completed, matching
from ollama_magics.magics.words import Word, split_words

if TYPE_CHECKING:
    from ollama_magics.magics.session import Session


@dataclass(frozen=True)
class WordAt:
    """A word of a magic's line, and the words around it.

    Attributes:
        kind: the magic's arguments.
        before: the words before it.
        word: the word itself, empty where one could begin.
        after: the words behind it.
    """

    kind: type[Arguments]
    before: tuple[Word, ...]
    word: Word
    after: tuple[Word, ...] = ()

    @cached_property
    def options(self) -> Mapping[str, Option]:
        """Every option of the magic by its spellings."""
        return options_of(self.kind)

    @property
    def meaning(self) -> Option | Positional | None:
        """What it is: the option whose value it is, its place, or None when it is an option itself or one word too many."""
        last = self.before[-1].text if self.before else ""
        if (option := self.options.get(last)) and option.metavar:
            return option
        return None if self.is_option else self._positional()

    @property
    def is_option(self) -> bool:
        """Whether it begins with a dash."""
        return self.word.text.startswith("-") and not self.word.quoted

    @property
    def host(self) -> str | None:
        """The server that the line names; None when it names none."""
        words = [*self.before, *self.after]
        for at, word in enumerate(words):
            flag, equals, typed = word.text.partition("=")
            if flag == "--host":
                return typed if equals else next((following.text for following in words[at + 1 :]), None)
        return None

    def _positional(self) -> Positional | None:
        takes_value = {flag for flag, option in self.options.items() if option.metavar}
        earlier = ["", *(word.text for word in self.before)]
        places = [word for word, last in zip(self.before, earlier, strict=False) if word.text[:1] != "-" and last not in takes_value]
        positionals = positionals_of(self.kind)
        if not positionals or (len(places) >= len(positionals) and not positionals[-1].many):
            return None
        return positionals[min(len(places), len(positionals) - 1)]


def word_at(kind: type[Arguments], line: str, offset: int) -> WordAt | None:
    """Return the word of a line at a place, or behind which the place is; None where there is none, or a quote is open."""
    try:
        words = split_words(line)
    except UsageProblem:
        return None
    at = next((at for at, word in enumerate(words) if word.start <= offset <= word.end), None)
    return None if at is None else WordAt(kind, tuple(words[:at]), words[at], tuple(words[at + 1 :]))


def in_line(session: Session, line: str) -> Found | None:
    """Return what completes a line that ends at the cursor; None when the line is not one of our magics."""
    found = magic_of(line)
    if found is None:
        return None
    usage, rest = found
    if usage == "%ollama":
        return matching(rest, [*_verbs(), Choice("--help", "option")], "verb")
    kind = magics()[usage]
    at = word_at(kind, rest, len(rest))
    if at is None:
        try:
            at = WordAt(kind, tuple(split_words(rest)), Word("", len(rest), len(rest)))
        except UsageProblem:
            return None
    return None if at.word.quoted else _completed(session, at)


def _verbs() -> list[Choice]:
    from ollama_magics.magics.ollama import VERBS

    return [Choice(name, "verb") for name in VERBS]


def _completed(session: Session, at: WordAt) -> Found | None:
    text = at.word.text
    meaning = at.meaning
    if meaning is None:
        return _option(session, at) if at.is_option else matching(text, (), "")
    if isinstance(meaning, Option):
        return completed(Asked(session, text, at.host, assigns=True), meaning.complete, meaning.metavar)
    return completed(Asked(session, text, at.host, assigns=meaning.many), meaning.complete, meaning.label)


def _option(session: Session, at: WordAt) -> Found | None:
    flag, equals, typed = at.word.text.partition("=")
    if equals:
        option = at.options.get(flag)
        named = option if option and option.metavar else None
        return completed(Asked(session, typed, at.host, assigns=True), named.complete, named.metavar) if named else None
    given = {option.dest for word in at.before if (option := at.options.get(word.text.partition("=")[0])) and not option.repeat}
    offered = [(flag, option) for flag, option in at.options.items() if flag.startswith("--") and option.dest not in given]
    return matching(at.word.text, [Choice(flag, f"option {option.metavar}".rstrip()) for flag, option in offered], "option")
