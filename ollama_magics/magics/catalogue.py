"""Every magic by the way it is typed, with its arguments: what completion, help and the reference are made from."""

from __future__ import annotations

from ollama_magics.magics.arguments import Arguments


def magics() -> dict[str, type[Arguments]]:
    """Return the arguments of each magic, by its usage: ``%%modelfile``, ``%tune``, ``%ollama show``."""
    from ollama_magics.magics.chat import ChatArguments, ShowChatArguments
    from ollama_magics.magics.compare import CompareArguments, CompareFileArguments
    from ollama_magics.magics.modelfile import ModelfileArguments, ShowModelfileArguments
    from ollama_magics.magics.ollama import VERBS
    from ollama_magics.magics.tune import TuneArguments

    own: tuple[type[Arguments], ...] = (ModelfileArguments, ChatArguments, CompareArguments)
    own += (TuneArguments, ShowModelfileArguments, ShowChatArguments, CompareFileArguments)
    return {**{kind.usage: kind for kind in own}, **{f"%ollama {name}": verb.arguments for name, verb in VERBS.items()}}


def magic_of(line: str) -> tuple[str, str] | None:
    """Return the magic that a line begins with, as `magics` calls it, and the rest of the line; None when it is none of ours.

    A value may be assigned: ``models = %ollama list``. Of a verb that is still being typed the magic is ``%ollama``.
    """
    from ollama_magics.magics.ollama import ALIASES

    head, sign, tail = line.partition("%")
    if not sign or (head.strip() and not head.rstrip().endswith("=")):
        return None
    name, blank, rest = f"%{tail}".partition(" ")
    if not blank:
        return None
    if name != "%ollama":
        return (name, rest) if name in magics() else None
    verb, blank, after = rest.lstrip().partition(" ")
    if not blank:
        return name, verb
    usage = f"%ollama {ALIASES.get(verb, verb)}"
    return (usage, after) if usage in magics() else None
