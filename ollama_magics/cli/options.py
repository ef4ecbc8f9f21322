"""The arguments of magics as those of a shell's command, so that both are declared once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TypeVar

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.magics.arguments import Arguments, Option, Positional, options_of, positionals_of

A = TypeVar("A", bound=Arguments)


def declare(parser: argparse.ArgumentParser, kind: type[Arguments]) -> None:
    """Give ``parser`` the words and options of a magic."""
    for place in positionals_of(kind):
        _declare_place(parser, place)
    for option in {option.dest: option for option in options_of(kind).values()}.values():
        if option.dest != "help":
            _declare_option(parser, option)


def given(kind: type[A], arguments: argparse.Namespace) -> A:
    """Return the arguments of the magic that a command line gave; those it did not give have their defaults."""
    known = vars(arguments)
    found: dict[str, Any] = {}
    for place in positionals_of(kind):
        value = known.get(place.dest)
        if value:
            found[place.dest] = tuple(value) if place.many else " ".join(value) if place.rest else value
    for option in options_of(kind).values():
        value = known.get(option.dest)
        if value is not None:
            found[option.dest] = tuple(value) if option.repeat else value
    return kind(**found)


def _declare_place(parser: argparse.ArgumentParser, place: Positional) -> None:
    many = place.many or place.rest
    count = ("+" if place.required else "*") if many else None if place.required else "?"
    parser.add_argument(place.dest, metavar=place.label, nargs=count, help=_percent(place.about))


def _declare_option(parser: argparse.ArgumentParser, option: Option) -> None:
    named: dict[str, Any] = {"dest": option.dest, "help": _percent(option.about), "default": None}
    if not option.metavar:
        parser.add_argument(*option.flags, action="store_true", **named)
        return
    action = "append" if option.repeat else "store"
    parser.add_argument(*option.flags, metavar=option.metavar, action=action, type=_converted(option.convert), **named)


def _converted(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return convert(text)
        except OllamaMagicsError as exc:
            raise argparse.ArgumentTypeError(_percent(f"{exc.message}; {exc.hint}" if exc.hint else exc.message)) from exc
        except ValueError as exc:
            raise argparse.ArgumentTypeError(_percent(f"cannot be {text!r}: {exc}")) from exc

    return read


def _percent(text: str) -> str:
    """Return ``text`` for argparse, which formats it."""
    return text.replace("%", "%%")
