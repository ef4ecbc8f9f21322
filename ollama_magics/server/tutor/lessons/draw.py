"""Chance: one seeded source of words, names and wordings, for lessons or for the evaluation."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ollama_magics.server.tutor.lessons import heldout, lexicon

T = TypeVar("T")

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"<(\w+)>")
_TRIES = 200


@dataclass(frozen=True)
class Wordings:
    """The ways to write one instruction.

    A form is a text with choices in brackets, ``[Answer|Reply] in <n> words.``, and slots in angle brackets. A tenth of all
    combinations of choices, and every form in ``held``, is used by the evaluation only; a form without choices is a plain way to
    say it and belongs to the lessons.
    """

    forms: tuple[str, ...]
    held: tuple[str, ...] = ()


def wordings(*forms: str, held: Sequence[str] = ()) -> Wordings:
    """Return the ways to write one instruction, those of ``held`` for the evaluation only."""
    return Wordings(forms, tuple(held))


def capital(text: str) -> str:
    """Return the text with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def article(text: str) -> str:
    """Return the text after ``a`` or ``an``."""
    return ("an " if text[:1].lower() in "aeiou" else "a ") + text


class Draw:
    """Chance with a seed.

    Args:
        seed: same seed, same dialogues.
        held: draw words, names and wordings of the evaluation instead of those of the lessons.
    """

    def __init__(self, seed: int, *, held: bool = False) -> None:
        self.rng = random.Random(seed)
        self.held = held

    def one(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[int(self.rng.random() * len(items))]

    def chance(self, share: float) -> bool:
        """Return true in this share of the cases."""
        return self.rng.random() < share

    def number(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + int(self.rng.random() * (high - low + 1))

    def several(self, items: Sequence[T], count: int) -> list[T]:
        """Return ``count`` different items in random order."""
        return self.rng.sample(list(items), count)

    def say(self, form: str | Wordings, **slots: object) -> str:
        """Return one wording, its slots filled."""
        text = self._expand(form) if isinstance(form, str) else self._worded(form)
        return _SLOT.sub(lambda found: str(slots.get(found[1], found[0])), text)

    def word(self) -> str:
        """Return a word in lower case: an everyday word, one built from stems, or one that does not exist."""
        if self.held:
            return self.one(heldout.WORDS)
        return self._kept(self._word)

    def token(self) -> str:
        """Return something a person names things with: mostly a word, else with digits, signs or capitals."""
        word, kind = self.word(), self.rng.random()
        if kind < 0.7:
            return word
        if kind < 0.8:
            return f"{word}{self.number(1, 999)}"
        if kind < 0.88:
            return word + self.one("_-") + self.word()
        return capital(word) if kind < 0.96 else word.upper()

    def phrase(self, low: int, high: int) -> str:
        """Return ``low`` to ``high`` words."""
        return " ".join(self.word() for _ in range(self.number(low, high)))

    def name(self) -> str:
        """Return the name of a person or of a character."""
        if self.held:
            return self.one(heldout.NAMES)
        return self._kept(self._name)

    def plain_name(self) -> str:
        """Return a name of one word."""
        return self.name().split()[-1]

    def adjective(self) -> str:
        """Return what a character is like."""
        return self.one(heldout.ADJECTIVES if self.held else lexicon.ADJECTIVES)

    def role(self) -> str:
        """Return what a character is, without an article: ``grumpy baker``."""
        if self.held:
            role = self.one(heldout.ROLES)
            return f"{self.adjective()} {role}" if self.chance(0.4) else role
        return self._kept(self._role)

    def place(self) -> str:
        """Return where somebody lives or comes from."""
        if self.held:
            return self.one(heldout.PLACES)
        return self._kept(lambda: self.one(lexicon.PLACES) if self.chance(0.5) else capital(self._word()))

    def thing(self) -> str:
        """Return what somebody likes."""
        if self.held:
            return self.one((self.word(), f"{self.word()} {self.word()}", f"old {self.word()}"))
        if self.chance(0.4):
            return self.one(lexicon.THINGS)
        return self.phrase(1, 2)

    def typing(self, text: str) -> str:
        """Return the text with one or two typing errors."""
        letters = list(text)
        for _ in range(self.one((1, 1, 2))):
            at, kind = self.number(0, len(letters) - 1), self.rng.random()
            if kind < 0.35 and at + 1 < len(letters):
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            elif kind < 0.6 and len(letters) > 3:
                del letters[at]
            elif kind < 0.8:
                letters.insert(at, letters[at])
            else:
                letters[at] = self.one(string.ascii_lowercase)
        return "".join(letters)

    def _expand(self, form: str) -> str:
        while found := _CHOICE.search(form):
            form = form[: found.start()] + self.one(found[1].split("|")) + form[found.end() :]
        return form

    def _worded(self, ways: Wordings) -> str:
        if self.held and ways.held and self.chance(0.5):
            return self._expand(self.one(ways.held))
        text = ""
        for _ in range(_TRIES):
            form = self.one(ways.forms)
            text = self._expand(form)
            if ("[" in form and heldout.is_held(text)) == self.held:
                break
        return text

    def _kept(self, make: Callable[[], str]) -> str:
        while heldout.has_held_word(text := make()):
            pass
        return text

    def _word(self) -> str:
        kind = self.rng.random()
        if kind < 0.42:
            return self.one(lexicon.EVERYDAY)
        if kind < 0.66:
            return lexicon.joined(self.one(lexicon.STEMS), self.one(lexicon.ENDINGS))
        if kind < 0.72:
            return self.one(lexicon.STEMS) + self.one(lexicon.STEMS)
        if kind < 0.94:
            return self._syllables()
        return "".join(self.one(lexicon.LETTERS) for _ in range(self.number(2, 9)))

    def _syllables(self) -> str:
        if self.chance(0.5):
            return "".join(self.one(lexicon.CHUNKS) for _ in range(self.one((2, 2, 3, 3, 4))))
        body = "".join(self.one(lexicon.ONSETS) + self.one(lexicon.VOWELS) for _ in range(self.one((1, 2, 2, 3))))
        return body + self.one(lexicon.CODAS)

    def _name(self) -> str:
        kind = self.rng.random()
        name = self.one(lexicon.NAMES) if kind < 0.35 else capital(self._syllables()) if kind < 0.8 else capital(self._word())
        if self.chance(0.1):
            return f"{self.one(lexicon.TITLES_OF_NAMES)} {name}"
        return f"{name} {capital(self._syllables())}" if self.chance(0.08) else name

    def _role(self) -> str:
        kind = self.rng.random()
        if kind < 0.4:
            role = self.one(lexicon.ROLES)
        elif kind < 0.7:
            role = self._word()
        else:
            role = f"{self._word()} {self.one(lexicon.ROLES)}" if self.chance(0.5) else f"{self._word()} {self._word()}"
        for share in (0.4, 0.08):
            if self.chance(share):
                role = f"{self.one(lexicon.ADJECTIVES)} {role}"
        return role
