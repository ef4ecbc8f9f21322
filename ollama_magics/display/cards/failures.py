"""The cards of a create or a chat that did not come to its end. The server's words are quoted in full, after our sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ollama_magics.display.cards.problems import standing
from ollama_magics.display.cards.reading import named, read, server_label
from ollama_magics.display.quantities import of_total, seconds
from ollama_magics.display.segments import Block, Commands, Document, Paragraph, Span, Title, with_code

_ADDRESS = re.compile(r"[a-z]+://")  # an address in front keeps its spelling


def cancelled_card(
    name: str,
    *,
    while_: str = "",
    version: int | None = None,
    exists: bool | None = None,
    elapsed_s: float | None = None,
    kept: tuple[int, int] | None = None,
) -> Document:
    """Return the card of a cancelled create.

    Args:
        name: the model that was to be created.
        while_: what went on, as the stage says it ("pulling llama3.2").
        version: the version that stands, when it is known.
        exists: whether a model of that name is there; None says nothing about it.
        elapsed_s: seconds since the start.
        kept: bytes of a pull that stay on the server, and of its whole; the next pull goes on from there.
    """
    facts = [f"while {while_}" if while_ else "", f"after {seconds(elapsed_s)}" if elapsed_s is not None else ""]
    blocks: list[Block] = [Title("stop", "Cancelled", " ".join(part for part in facts if part))]
    now = standing(name, version, exists)
    if kept and kept[1]:
        done, whole = of_total(*kept)
        now = f"{now} {done} of {whole} kept. The next pull goes on from {100 * kept[0] // kept[1]} %.".strip()
    if now:
        blocks.append(Paragraph(now))
    return Document(tuple(blocks), framed=True)


def server_error_card(name: str, error: str, *, server: Any = None, hint: str = "", version: int | None = None) -> Document:
    """Return the card of a create that the server refused or broke off; ``error`` is the server's own text."""
    label = server_label(server)
    answered: list[Span | str] = [f"{label or 'The server'} answered ", Span(error, "code"), "."]
    title = Title("error", f"Not created: {named(name)}", "", standing(name, version, None), break_=". ")
    return _failure(title, [Paragraph(answered)], hint)


def unknown_base_card(base: str, *, near: Sequence[str] = (), error: str = "", version: int | None = None, name: str = "") -> Document:
    """Return the card for a base model that the server does not have, with the near names and the way to get it."""
    blocks: list[Block] = []
    if error:
        blocks.append(Paragraph(["The server answered ", Span(error, "code"), "."]))
    if near:
        names: list[Span | str] = [part for other in near for part in (", ", Span(named(other), "code"))][1:]
        blocks.append(Paragraph(["On this server, near it: ", *names]))
    title = Title("error", f"Not created: no base model {named(base)}", "", standing(name, version, None), break_=". ")
    return Document((title, *blocks, Commands((f"%ollama pull {named(base)}",), "Pull it")), framed=True)


def no_server_card(hint: str = "") -> Document:
    """Return the card for the case that no server answers, with what can be done."""
    title = Title("error", "No server answers.")
    if hint:
        return _failure(title, [], hint)
    ways = "Start the built-in server, or start Ollama and run again, or choose another."
    return Document((title, Paragraph(ways), Commands(("%ollama serve", "%ollama host URL"), "Type")), framed=True)


def error_card(error: BaseException, *, title: str = "") -> Document:
    """Return the card of any error of this package: what happened, the server's words if it had any, the remedy."""
    message = str(read(error, "message", default="")) or str(error) or type(error).__name__
    words = str(read(error, "error", default=""))
    blocks: list[Block] = []
    if title:
        blocks.append(Paragraph(with_code(_sentence(message))))
    if words and words not in message:
        blocks.append(Paragraph(["The server answered ", Span(words, "code"), "."]))
    return _failure(Title("error", title or with_code(_sentence(message))), blocks, str(read(error, "hint", default="")))


def _failure(title: Title, blocks: list[Block], hint: str) -> Document:
    remedy = [Paragraph(with_code(_sentence(hint)), quiet=True)] if hint else []
    return Document((title, *blocks, *remedy), framed=True)


def _sentence(message: str) -> str:
    """Return an error's message as a sentence: a capital in front unless it begins with code, a stop behind."""
    text = message[:1].upper() + message[1:] if message[:1].isalpha() and not _ADDRESS.match(message) else message
    return text if text.endswith((".", "!", "?", "…", ":")) or "\n" in text else f"{text}."
