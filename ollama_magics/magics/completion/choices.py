"""What can be completed with, and what kinds of words there are: models, files, parameters and the like."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ollama_magics.magics.session import Session
    from ollama_magics.services.modelnames import Seen
    from ollama_magics.wire.options import Option

_MOST_FILES = 500


class Choice(NamedTuple):
    """A completion, and a few words that the front end may show beside it."""

    text: str
    about: str = ""


@dataclass(frozen=True)
class Found:
    """Completions of the last ``len(fragment)`` characters before the cursor; ``kind`` says what those without words of their own are."""

    fragment: str
    choices: tuple[Choice, ...]
    kind: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The completions without the words about them."""
        return tuple(choice.text for choice in self.choices)


def matching(fragment: str, choices: Iterable[Choice | str], kind: str, *, fold: bool = False) -> Found:
    """Return those of ``choices`` that begin with ``fragment``; with ``fold`` whatever its case."""
    start = fragment.casefold() if fold else fragment
    offered = (choice if isinstance(choice, Choice) else Choice(choice) for choice in choices)
    return Found(fragment, tuple(one for one in offered if (one.text.casefold() if fold else one.text).startswith(start)), kind)


@dataclass(frozen=True)
class Asked:
    """One completion that is asked for.

    Attributes:
        session: the magics of the shell.
        fragment: the word so far.
        host: the server that the line names, or None.
        assigns: whether a value with ``=`` follows the name of a parameter.
    """

    session: Session
    fragment: str
    host: str | None = None
    assigns: bool = False


def seen(asked: Asked) -> Seen:
    """Return what is known about the server in use and its models; asks nobody and waits for nobody for long."""
    from ollama_magics.services.servers import servers

    return asked.session.names.seen(asked.host or servers().default_host)


def models(asked: Asked) -> Found:
    """Return the models of the server in use."""
    return matching(asked.fragment, [Choice(model.name, f"model {model.about}".rstrip()) for model in seen(asked).models], "model")


def versions(asked: Asked) -> Found:
    """Return the models, and behind an ``@`` the versions of one that are known here."""
    from ollama_magics.services.versions import VERSIONS

    name, at, _ = asked.fragment.partition("@")
    server = seen(asked).server if at else None
    if server is None:
        return models(asked)
    known = [version.number for version in reversed(VERSIONS.all(server.identity, name))]
    return matching(asked.fragment, [f"{name}@{number}" for number in known], "version")


def parameters(asked: Asked) -> Found:
    """Return the parameters; behind ``=`` what one can be."""
    from ollama_magics.wire.options import OPTIONS

    name, equals, text = asked.fragment.partition("=")
    if asked.assigns and equals:
        return matching(text, parameter_values(OPTIONS[name]) if name in OPTIONS else (), "value")
    after = "=" if asked.assigns else ""
    return matching(asked.fragment, [Choice(f"{name}{after}", about_parameter(option)) for name, option in OPTIONS.items()], "parameter")


def about_parameter(option: Option) -> str:
    """Return type and default of a parameter in a few words."""
    words = {"float": "number", "int": "whole number", "bool": "true or false", "list": "text"}[option.kind]
    return words if option.default is None else f"{words}, {str(option.default).lower()}"


def parameter_values(option: Option) -> list[Choice]:
    """Return values to begin from: both truth values, or the default and an example."""
    if option.kind == "bool":
        return [Choice("true"), Choice("false")]
    values = [] if option.default is None else [Choice(f"{option.default:g}" if option.kind == "float" else str(option.default), "default")]
    if option.example not in [value.text for value in values]:
        values.append(Choice(option.example, "example"))
    return values


def columns(asked: Asked) -> Found:
    """Return what can be a column of a comparison: a model, or where none begins so a parameter."""
    found = versions(asked)
    return found if found.choices else parameters(asked)


def files(asked: Asked) -> Found:
    """Return files and folders below what is typed so far, folders with a slash at their end."""
    return matching(asked.fragment, paths(asked.fragment), "file")


def paths(fragment: str) -> list[Choice]:
    """Return what lies in the folder that ``fragment`` names up to its last slash, spelled as it is; hidden names only behind a dot."""
    head = fragment[: max(fragment.rfind("/"), fragment.rfind(os.sep)) + 1]
    last = fragment[len(head) :]
    try:
        with os.scandir(Path(head or ".").expanduser()) as entries:
            found = [(entry.name, entry.is_dir()) for entry, _ in zip(entries, range(_MOST_FILES), strict=False)]
    except (OSError, ValueError):
        return []
    shown = sorted((name, is_folder) for name, is_folder in found if last.startswith(".") or not name.startswith("."))
    return [Choice(f"{head}{name}/", "folder") if is_folder else Choice(f"{head}{name}", "file") for name, is_folder in shown]


def functions(asked: Asked) -> Found:
    """Return the functions of the notebook."""
    from types import FunctionType

    names = [name for name, value in asked.session.shell.user_ns.items() if isinstance(value, FunctionType) and not name.startswith("_")]
    return matching(asked.fragment, sorted(names), "function")


def topics(asked: Asked) -> Found:
    """Return what there is help about."""
    from ollama_magics.magics.ollama.help import topic_choices

    return matching(asked.fragment, [Choice(word, kind) for word, kind in topic_choices()], "topic")


def _fixed(*words: str) -> Callable[[Asked], Found]:
    return lambda asked: matching(asked.fragment, words, "value")


def _efforts(asked: Asked) -> Found:
    from ollama_magics.services.options import EFFORTS

    return matching(asked.fragment, EFFORTS, "effort")


def _addresses(asked: Asked) -> Found:
    from ollama_magics.services.servers import servers
    from ollama_magics.wire.host import parse_host

    named = [servers().default_host or "", servers().environ.get("OLLAMA_HOST", "")]
    # An address with a password in it is offered without that.
    known = [parse_host(address).url if "@" in address else address for address in named] + [parse_host(None).url]
    return matching(asked.fragment, [address for address in dict.fromkeys(known) if address], "address")


KINDS: Mapping[str, Callable[[Asked], Found]] = {
    **{"model": models, "version": versions, "parameter": parameters, "column": columns, "file": files, "topic": topics},
    **{"FILE": files, "FOLDER": files, "URL": _addresses, "FUNCTION": functions, "EFFORT": _efforts},
    "TIME": _fixed("0", "5m", "1h", "-1"),
    "TYPE": _fixed("q4_K_M", "q4_K_S", "q8_0", "f16", "bf16", "f32"),
}
"""What completes a word: by the ``complete`` of its `Positional` or `Option`, else by what ``--help`` calls it."""


def completed(asked: Asked, complete: str, label: str) -> Found:
    """Return what completes a word of that kind, which ``--help`` calls ``label``; small letters in that are words to choose from."""
    kinds = [complete] if complete else label.split("|")
    words = [Choice(kind, "value") for kind in kinds if kind not in KINDS and kind.islower() and not complete]
    found = [KINDS[kind](asked) for kind in kinds if kind in KINDS]
    fragment = found[0].fragment if found else asked.fragment
    offered = matching(fragment, words, "value").choices
    return Found(fragment, (*offered, *(choice for one in found for choice in one.choices)), found[0].kind if found else "value")
