"""Typed arguments of magics: one dataclass a magic is its parser, its ``--help`` text and its completion table.

::

    @dataclass
    class ChatArguments(Arguments):
        \"\"\"Send the cell to a model and stream its answer.\"\"\"

        usage = "%%chat NAME"
        name: str = positional("NAME", "the model", complete="model")
        reset: bool = switch("--reset", about="begin a new conversation")

    parse(ChatArguments, "mario --reset")
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, TypeVar

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.words import Word, split_words
from ollama_magics.text.suggest import nearest


@dataclass(frozen=True)
class Positional:
    """A word that is known by its place.

    Attributes:
        label: what ``--help`` calls it.
        about: one phrase for ``--help``.
        required: whether the line must have it.
        rest: whether it takes the remainder of the line as it was typed (a quoted word is taken alone).
        many: whether it takes every further word; the attribute is then a tuple.
        complete: what completes it: ``"model"``, ``"version"``, ``"file"``, ``"verb"``, ``"parameter"`` or nothing.
        dest: the attribute that holds the value.
    """

    label: str
    about: str
    required: bool = True
    rest: bool = False
    many: bool = False
    complete: str = ""
    dest: str = ""


@dataclass(frozen=True)
class Option:
    """A word that begins with a dash.

    Attributes:
        flags: its spellings, the short one first.
        metavar: what ``--help`` calls its value; empty for a switch.
        about: one phrase for ``--help``.
        repeat: whether it may stand several times; the attribute is then a tuple.
        convert: turns the text of the value into the value; raises ValueError when it cannot.
        complete: as in `Positional`.
        dest: the attribute that holds the value.
    """

    flags: tuple[str, ...]
    metavar: str
    about: str
    repeat: bool = False
    convert: Callable[[str], Any] = str
    complete: str = ""
    dest: str = ""


def positional(label: str, about: str, *, required: bool = True, rest: bool = False, complete: str = "") -> Any:
    """Return the dataclass field of a `Positional`; its value is a str, empty when it is not given."""
    return field(default="", metadata={"argument": Positional(label, about, required, rest, complete=complete)})


def positionals(label: str, about: str, *, complete: str = "") -> Any:
    """Return the dataclass field of a `Positional` that takes all words, none of them required: a tuple of them."""
    return field(default=(), metadata={"argument": Positional(label, about, required=False, many=True, complete=complete)})


def switch(*flags: str, about: str) -> Any:
    """Return the dataclass field of an option without a value: a bool."""
    return field(default=False, metadata={"argument": Option(flags, "", about)})


def value(*flags: str, metavar: str, about: str, convert: Callable[[str], Any] = str, default: Any = None, complete: str = "") -> Any:
    """Return the dataclass field of an option with one value, ``default`` when it is not given."""
    return field(default=default, metadata={"argument": Option(flags, metavar, about, convert=convert, complete=complete)})


def values(*flags: str, metavar: str, about: str, convert: Callable[[str], Any] = str, complete: str = "") -> Any:
    """Return the dataclass field of an option that may be repeated: a tuple of its values."""
    return field(default=(), metadata={"argument": Option(flags, metavar, about, True, convert, complete)})


@dataclass
class Arguments:
    """Base of the arguments of one magic; its docstring's first line is the summary in ``--help``."""

    usage: ClassVar[str] = ""
    """The magic as it is typed, for instance ``%%chat`` or ``%ollama rm``."""
    notes: ClassVar[str] = ""
    """More lines for the end of ``--help``."""

    help: bool = switch("-h", "--help", about="show this text")


A = TypeVar("A", bound=Arguments)


def options_of(kind: type[Arguments]) -> dict[str, Option]:
    """Return every spelling of every option of ``kind`` with its `Option`: its own in the order of declaration, then those of its bases."""
    found: dict[str, Option] = {}
    own = inspect.get_annotations(kind)
    for item in sorted(fields(kind), key=lambda item: (item.name == "help", item.name not in own)):
        argument = item.metadata.get("argument")
        if isinstance(argument, Option):
            found.update(dict.fromkeys(argument.flags, _named(argument, item.name)))
    return found


def positionals_of(kind: type[Arguments]) -> tuple[Positional, ...]:
    """Return the positionals of ``kind`` in the order of their places."""
    arguments = ((item.name, item.metadata.get("argument")) for item in fields(kind))
    return tuple(_named(argument, name) for name, argument in arguments if isinstance(argument, Positional))


D = TypeVar("D", Option, Positional)


def _named(argument: D, dest: str) -> D:
    return replace(argument, dest=dest)


def parse(kind: type[A], line: str) -> A:
    """Return the arguments that ``line`` (what stands behind the magic's name) gives.

    With ``--help`` in the line nothing is required and ``.help`` is true.

    Raises:
        UsageProblem: an unknown option (with the nearest known one), a missing or surplus word, a value that cannot be read.
    """
    reader = _Reader(kind, line, split_words(line))
    given = reader.read()
    arguments = kind(**given)
    if not arguments.help:
        _require(kind, given)
    return arguments


class _Reader:
    def __init__(self, kind: type[Arguments], line: str, words: Sequence[Word]) -> None:
        self.kind, self.line, self.words = kind, line, words
        self.options = options_of(kind)
        self.places = list(positionals_of(kind))
        self.given: dict[str, Any] = {}
        self.at = 0

    def read(self) -> dict[str, Any]:
        only_places = False
        while self.at < len(self.words):
            word = self.words[self.at]
            if not only_places and word.text == "--" and not word.quoted:
                only_places = True
                self.at += 1
            elif not only_places and _is_option(word):
                self._option(word)
            else:
                self._place(word)
        return self.given

    def _option(self, word: Word) -> None:
        flag, equals, inline = word.text.partition("=")
        option = self.options.get(flag)
        if option is None:
            raise UsageProblem(f"{self.kind.usage} has no option {flag}", hint=_suggest(flag, self.options, self.kind))
        self.at += 1
        if not option.metavar:
            if equals:
                raise UsageProblem(f"{flag} takes no value, got {inline!r}", hint=f"write {flag} alone")
            self.given[option.dest] = True
            return
        if not equals:
            if self.at >= len(self.words):
                raise UsageProblem(f"{flag} needs a value", hint=f"write {flag} {option.metavar}")
            inline = self.words[self.at].text
            self.at += 1
        self._set(option, flag, inline)

    def _set(self, option: Option, flag: str, text: str) -> None:
        try:
            got = option.convert(text)
        except UsageProblem:
            raise
        except ValueError as exc:
            raise UsageProblem(f"{flag} cannot be {text!r}: {exc}", hint=f"write {flag} {option.metavar}") from exc
        if option.repeat:
            self.given[option.dest] = (*self.given.get(option.dest, ()), got)
        else:
            self.given[option.dest] = got

    def _place(self, word: Word) -> None:
        if not self.places:
            raise UsageProblem(f"{self.kind.usage} takes no further word, got {word.text!r}", hint=f"see {self.kind.usage} --help")
        place = self.places[0] if self.places[0].many else self.places.pop(0)
        if place.many:
            self.given[place.dest] = (*self.given.get(place.dest, ()), word.text)
            self.at += 1
            return
        if place.rest and not word.quoted:
            self.given[place.dest] = self.line[word.start :].rstrip()
            self.at = len(self.words)
            return
        self.given[place.dest] = word.text
        self.at += 1


def _is_option(word: Word) -> bool:
    return len(word.text) > 1 and word.text[0] == "-" and not word.quoted


def _suggest(flag: str, options: dict[str, Option], kind: type[Arguments]) -> str:
    near = nearest(flag, list(options))
    return f"did you mean {' or '.join(near)}?" if near else f"see {kind.usage} --help"


def _require(kind: type[Arguments], given: dict[str, Any]) -> None:
    for place in positionals_of(kind):
        if place.required and place.dest not in given:
            raise UsageProblem(f"{kind.usage} needs {place.label}: {place.about}", hint=f"write {usage_line(kind)}")


def usage_line(kind: type[Arguments]) -> str:
    """Return how the magic is typed, in one line."""
    places = " ".join(place.label if place.required else f"[{place.label}]" for place in positionals_of(kind))
    return f"{kind.usage} {places}".rstrip() + " [options]"


def help_text(kind: type[Arguments]) -> str:
    """Return the ``--help`` text of ``kind``."""
    summary = (kind.__doc__ or "").strip().split("\n")[0]
    rows = [(place.label, place.about) for place in positionals_of(kind)]
    seen: dict[str, Option] = {option.dest: option for option in options_of(kind).values()}
    rows += [(f"{', '.join(option.flags)} {option.metavar}".rstrip(), option.about) for option in seen.values()]
    width = max((len(left) for left, _ in rows), default=0)
    lines = [usage_line(kind), "", summary, "", *(f"  {left:<{width}}  {about}" for left, about in rows)]
    if kind.notes:
        lines += ["", kind.notes]
    return "\n".join(lines)
