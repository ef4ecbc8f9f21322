"""Pages about errors: those of this package by their code, and what servers and Ollama's parser say, by their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ollama_magics import errors
from ollama_magics.client.faults import HINTS
from ollama_magics.display.segments import Block, Document, Paragraph, Span, Table, Title, with_code


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a person can meet.

    Attributes:
        name: the code of our error, or a piece of what Ollama says.
        summary: one sentence on when it happens.
        remedies: what to do, the likeliest first.
        rules: codes of the rules that say more.
    """

    name: str
    summary: str
    remedies: tuple[str, ...]
    rules: tuple[str, ...] = ()


REMEDIES = {
    "usage": ("The message names what cannot be meant and the nearest that can; `--help` on the magic lists what it takes.",),
    "modelfile": ("Each mistake is shown at its place with the way out; `ollama-magics lint --fix` makes those fixes that are certain.",),
    "file": ("Check the path: it counts from the folder of the notebook, or of the Modelfile.",),
    "connection": ("`%ollama status` says which server is meant; `%ollama host URL` chooses another.",),
    "no-server": (
        "Start Ollama: `ollama serve`.",
        'Or install the built-in server: `pip install "ollama-magics[embedded]"`.',
        "Or name another: `%ollama host URL`, `--host URL`, or the variable `OLLAMA_HOST`.",
    ),
    "not-ollama": ("Check the address: a proxy, a gateway or another program answers there.",),
    "timeout": ("Give a longer timeout, or look whether the server is still at work: `%ollama ps`.",),
    "response": ("The server's own words are in the message; those that are known are below.",),
    "server": ("The server's own words are in the message; those that are known are below.",),
    "model-not-found": ("`%ollama list` shows the models of the server; `%ollama pull NAME` brings one.",),
    "server-busy": ("Wait and ask again; the server's `OLLAMA_MAX_QUEUE` says how many may wait.",),
    "stream": ("What had arrived is kept in `partial`; ask again.",),
    "stream-error": ("The server's own words are in the message; its log says more.",),
    "stream-cut": ("Ask again; if it happens again, look into the server's log and at proxies on the way.",),
    "stream-garbled": ("Something on the way changes the answer: check proxies and the address.",),
    "model-stuck": ("Unload the model with `%ollama stop NAME`, then ask again.",),
    "cancelled": ("Nothing needs to be done: the message says what stands now.",),
    "engine": ("`ollama-magics serve` in a shell shows the engine's own messages; an Ollama works where its wheels do not.",),
}
"""What to do about each error of ours, by its code."""


def faults() -> Iterator[Fault]:
    """Yield every error that is known, ours first."""
    for kind in dict.fromkeys(_kinds(errors.OllamaMagicsError)):
        if kind.__module__ == errors.__name__:
            yield Fault(kind.code, (kind.__doc__ or "").split("\n")[0], REMEDIES[kind.code])
    for piece, remedy in HINTS:
        yield Fault(piece, "The server says so.", (f"{remedy[0].upper()}{remedy[1:].removesuffix('.')}.",))
    yield from _verdicts()


def by_name() -> list[Fault]:
    """Return every error once: what a server and the parser say in the same words has the remedies of both."""
    found: dict[str, Fault] = {}
    for fault in faults():
        old = found.get(fault.name)
        both = (
            fault
            if old is None
            else Fault(fault.name, f"{old.summary} {fault.summary}", (*old.remedies, *fault.remedies), (*old.rules, *fault.rules))
        )
        found[fault.name] = both
    return list(found.values())


def _kinds(kind: type[errors.OllamaMagicsError]) -> Iterator[type[errors.OllamaMagicsError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


_VARIES = re.compile(r"^\(line \d+\): |: .*| one of .*")


def _verdicts() -> Iterator[Fault]:
    """Yield what Ollama's own parser says, with the rules that explain it: found by what it says to their bad examples."""
    from ollama_magics.modelfile.modelfile import parse
    from ollama_magics.modelfile.rules import RULES

    said: dict[str, list[str]] = {}
    for rule in RULES.values():
        error = None if rule.needs_folder else parse(rule.bad).verdict.error
        if error:
            said.setdefault(_VARIES.sub("", error), []).append(rule.code)
    for words, codes in said.items():
        yield Fault(
            words, "Ollama's own parser says so to a Modelfile.", ("One of these is meant; a check says which, and where.",), tuple(codes)
        )


def page(fault: Fault) -> Document:
    """Return when an error happens and what to do."""
    from ollama_magics.modelfile.rules import RULES

    blocks: list[Block] = [Title("", fault.name), Paragraph(with_code(fault.summary))]
    blocks += [Paragraph(with_code(remedy), apart=not at) for at, remedy in enumerate(fault.remedies)]
    if fault.rules:
        rows = tuple((Span(code, "code"), with_code(RULES[code].summary)) for code in fault.rules)
        blocks.append(Table(("Rule", "What is wrong"), rows))
    return Document(tuple(blocks))
