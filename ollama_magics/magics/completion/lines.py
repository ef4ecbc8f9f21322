"""Completion of the line of a magic: its verb, its options and what each takes, all from the dataclass that also parses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, Option, options_of, positionals_of
from ollama_magics.magics.catalogue import magic_of, magics
from ollama_magics.magics.completion.choices import Asked, Choice, Found, completed, matching
from ollama_magics.magics.words import Word, split_words

if TYPE_CHECKING:
    from ollama_magics.magics.session import Session


def in_line(session: Session, line: str) -> Found | None:
    """Return what completes a line that ends at the cursor; None when the line is not one of our magics."""
    found = magic_of(line)
    if found is None:
        return None
    usage, rest = found
    if usage == "%ollama":
        return matching(rest, [*_verbs(), Choice("--help", "option")], "verb")
    return _Words(session, magics()[usage], rest).found()


def _verbs() -> list[Choice]:
    from ollama_magics.magics.ollama import VERBS

    return [Choice(name, "verb") for name in VERBS]


class _Words:
    """The words of one line: those before the cursor's, and the one that is being typed."""

    def __init__(self, session: Session, kind: type[Arguments], rest: str) -> None:
        self._session = session
        self._kind = kind
        self._rest = rest
        self._options = options_of(kind)

    def found(self) -> Found | None:
        try:
            self._words = split_words(self._rest)
        except UsageProblem:
            return None
        last = Word("", len(self._rest), len(self._rest)) if not self._words or self._rest[-1:].isspace() else self._words.pop()
        if last.quoted:
            return None
        before = self._words[-1].text if self._words else ""
        if (option := self._options.get(before)) and option.metavar:
            return self._ask(option.complete, option.metavar, last.text)
        if last.text.startswith("-"):
            return self._option(last.text)
        return self._place(last.text)

    def _option(self, text: str) -> Found | None:
        flag, equals, typed = text.partition("=")
        if equals:
            option = self._options.get(flag)
            return self._ask(option.complete, option.metavar, typed) if option and option.metavar else None
        given = {option.dest for option in map(self._given, self._words) if option and not option.repeat}
        offered = [Choice(flag, f"option {option.metavar}".rstrip()) for flag, option in self._options.items() if option.dest not in given]
        return matching(text, [choice for choice in offered if choice.text.startswith("--")], "option")

    def _given(self, word: Word) -> Option | None:
        return self._options.get(word.text.partition("=")[0])

    def _place(self, text: str) -> Found | None:
        takes_value = {flag for flag, option in self._options.items() if option.metavar}
        before = ["", *(word.text for word in self._words)]
        places = [word for word, last in zip(self._words, before, strict=False) if word.text[:1] != "-" and last not in takes_value]
        positionals = positionals_of(self._kind)
        if not positionals:
            return matching(text, (), "")
        place = positionals[min(len(places), len(positionals) - 1)]
        if len(places) >= len(positionals) and not place.many:
            return matching(text, (), "")
        return self._ask(place.complete, place.label, text, assigns=place.many)

    def _ask(self, complete: str, label: str, fragment: str, *, assigns: bool = True) -> Found:
        return completed(Asked(self._session, fragment, self._host(), assigns), complete, label)

    def _host(self) -> str | None:
        """Return the server that the line names."""
        for at, word in enumerate(self._words):
            flag, equals, typed = word.text.partition("=")
            if flag == "--host":
                return typed if equals else next((following.text for following in self._words[at + 1 : at + 2]), None)
        return None
