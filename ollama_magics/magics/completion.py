"""Completion of magics: verbs, options, models, parameters and the instructions of a Modelfile.

Source: IPython, ``IPython.core.completer`` (matcher API version 2, since 8.6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.magics.arguments import Arguments, options_of, positionals_of
from ollama_magics.magics.words import Word, split_words

if TYPE_CHECKING:
    from ollama_magics.magics.session import Session

_INSTRUCTIONS = ("FROM", "PARAMETER", "SYSTEM", "TEMPLATE", "MESSAGE", "ADAPTER", "LICENSE", "REQUIRES", "RENDERER", "PARSER", "DRAFT")
_ROLES = ("system", "user", "assistant")
_MODELS_S = 0.5
"""How long a key press may wait for the names of models."""
_FRESH_S = 5.0


@dataclass(frozen=True)
class Found:
    """Completions of the last ``len(fragment)`` characters before the cursor; ``kind`` is shown beside them."""

    fragment: str
    texts: tuple[str, ...]
    kind: str


def complete(session: Session, context: Any) -> dict[str, Any]:
    """Return what completes the text before the cursor, in IPython's form; empty outside of our magics."""
    from IPython.core.completer import SimpleCompletion

    found = candidates(session, context.full_text, context.cursor_line, context.text_until_cursor)
    if found is None:
        return {"completions": []}
    return {
        "completions": [SimpleCompletion(text, type=found.kind) for text in found.texts],
        "matched_fragment": found.fragment,
        "suppress": True,
        "ordered": True,
    }


def candidates(session: Session, cell: str, cursor_line: int, before: str) -> Found | None:
    """Return the completions at a place, or None when the place is not ours.

    Args:
        cell: the whole cell.
        cursor_line: 0-based line of the cursor in it.
        before: the cursor's line up to the cursor.
    """
    line = before.lstrip()
    first = cell.lstrip().split("\n", 1)[0]
    if cursor_line > 0 and first.startswith("%%modelfile"):
        return _in_modelfile(session, before)
    kind = _magic_of(line)
    if kind is None:
        return None
    arguments, rest = kind
    if arguments is None:
        return _matching(rest, _verbs(), "verb")
    return _in_line(session, arguments, rest)


def _magic_of(line: str) -> tuple[type[Arguments] | None, str] | None:
    """Return the arguments of the magic that ``line`` begins with, and the rest of the line; None for a verb that is being typed."""
    from ollama_magics.magics.chat import ChatArguments, ShowChatArguments
    from ollama_magics.magics.compare import CompareArguments, CompareFileArguments
    from ollama_magics.magics.modelfile import ModelfileArguments, ShowModelfileArguments
    from ollama_magics.magics.ollama import ALIASES, VERBS
    from ollama_magics.magics.tune import TuneArguments

    name, blank, rest = line.partition(" ")
    ours: tuple[type[Arguments], ...] = (ModelfileArguments, ShowModelfileArguments, ChatArguments, ShowChatArguments, TuneArguments)
    ours += (CompareArguments, CompareFileArguments)
    kinds = {kind.usage: kind for kind in ours}
    if not blank:
        return None
    if name in kinds:
        return kinds[name], rest
    if name != "%ollama":
        return None
    verb, blank, rest = rest.lstrip().partition(" ")
    if not blank:
        return None, verb
    known = VERBS.get(ALIASES.get(verb, verb))
    return (known.arguments, rest) if known else None


def _verbs() -> Iterable[str]:
    from ollama_magics.magics.ollama import VERBS

    return VERBS


def _in_line(session: Session, kind: type[Arguments], rest: str) -> Found | None:
    try:
        words = split_words(rest)
    except UsageProblem:
        return None
    last = Word("", len(rest), len(rest)) if not words or rest[-1:].isspace() else words.pop()
    options = options_of(kind)
    if words and (option := options.get(words[-1].text)) and option.metavar:
        return _named(session, option.complete, last.text, after="=")
    if last.text.startswith("-"):
        return _matching(last.text, [flag for flag in options if flag.startswith("--")], "option")
    takes_value = {flag for flag, option in options.items() if option.metavar}
    places = [word for at, word in enumerate(words) if word.text[:1] != "-" and not (at and words[at - 1].text in takes_value)]
    positionals = positionals_of(kind)
    if positionals and positionals[-1].many:
        return _named(session, positionals[min(len(places), len(positionals) - 1)].complete, last.text, after="=")
    if len(places) >= len(positionals):
        return None
    return _named(session, positionals[len(places)].complete, last.text)


def _named(session: Session, what: str, fragment: str, after: str = "") -> Found | None:
    if what == "model":
        return _matching(fragment, models(session), "model")
    if what == "version":
        return _versions(session, fragment)
    if what == "parameter":
        return _parameters(fragment, after)
    if what == "column":
        return _columns(session, fragment, after)
    return None


def _columns(session: Session, fragment: str, after: str) -> Found:
    """Return what can be a column of a comparison: a model, or where none begins so a parameter."""
    found = _versions(session, fragment)
    return found if found.texts else _parameters(fragment, after)


def _versions(session: Session, fragment: str) -> Found:
    """Return the models, and behind an ``@`` the versions of one that are known here."""
    from ollama_magics.services.servers import known_server
    from ollama_magics.services.versions import VERSIONS

    name, at, _ = fragment.partition("@")
    server = known_server()
    if not at or server is None:
        return _matching(fragment, models(session), "model")
    known = [version.number for version in reversed(VERSIONS.all(server.identity, name))]
    return _matching(fragment, [f"{name}@{number}" for number in known], "version")


def _parameters(fragment: str, after: str = "") -> Found:
    from ollama_magics.wire.options import OPTIONS

    return _matching(fragment, [f"{name}{after}" for name in OPTIONS], "parameter")


def _in_modelfile(session: Session, before: str) -> Found | None:
    word, blank, rest = before.lstrip().partition(" ")
    if not blank:
        return _matching(word, [f"{name} " for name in _INSTRUCTIONS], "instruction", fold=True)
    instruction, rest = word.upper(), rest.lstrip()
    if " " in rest:
        return None
    if instruction == "FROM":
        return _matching(rest, models(session), "model")
    if instruction == "PARAMETER":
        return _parameters(rest)
    if instruction == "MESSAGE":
        return _matching(rest, _ROLES, "role")
    return None


def _matching(fragment: str, names: Iterable[str], kind: str, *, fold: bool = False) -> Found:
    start = fragment.upper() if fold else fragment
    return Found(fragment, tuple(name for name in names if name.startswith(start)), kind)


def models(session: Session, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """Return the names of the models of the server in use, at most five seconds old; starts no server, and fails silently."""
    from ollama_magics.services.servers import client_for, known_server
    from ollama_magics.services.tuning.drafts import without_drafts

    at, names = session.model_names
    server = known_server()
    if server is None or clock() - at < _FRESH_S:
        return names
    try:
        _, client = client_for(server.url)
        names = [str(model.name).removesuffix(":latest") for model in without_drafts(client.list(timeout=_MODELS_S).models or (), server)]
    except OllamaMagicsError:
        return names  # a key press is no moment for an error
    session.model_names = (clock(), names)
    return names
