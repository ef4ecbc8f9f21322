"""``%ollama help``: the page of a parameter, an instruction, a rule, a name of templates, an error or a magic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ollama_magics.magics.arguments import help_text, positional
from ollama_magics.magics.ollama.desk import Desk, VerbArguments

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document


@dataclass
class HelpArguments(VerbArguments):
    """Explain an instruction, a parameter, a name of templates, a rule, an error or a verb; without a word list them."""

    usage = "%ollama help"

    word: str = positional(
        *("WORD", "for instance temperature, SYSTEM, .Messages, MF301, no-server, show, or what a server says"),
        required=False,
        rest=True,
        complete="topic",
    )


def show_help(desk: Desk, arguments: HelpArguments) -> Any:
    """Explain one word, or list them all."""
    from ollama_magics.magics.catalogue import magics
    from ollama_magics.magics.ollama import VERBS, overview
    from ollama_magics.services.reference import find_topic, topic

    word = arguments.word
    if arguments.json:
        return [{"word": name, "kind": kind} for name, kind in topic_choices() if name.startswith(word)]
    if not word:
        print(overview())
        desk.screen.document(all_topics())
        return None
    found = find_topic(word)
    known = magics()
    magic = next((usage for usage in (word, f"%ollama {word}", f"%%{word}", f"%{word}") if usage in known), None)
    if found is None and magic is not None:
        print(help_text(known[magic]))
    else:
        desk.screen.document((found or topic(word, tuple(VERBS))).page())
    return None


def topic_choices() -> list[tuple[str, str]]:
    """Return what there is help about: each word, and what it is."""
    from ollama_magics.magics.catalogue import magics
    from ollama_magics.services.reference import topics

    named = [(topic.name, topic.group) for topic in topics() if " " not in topic.name]
    return [*named, *((usage.rpartition(" ")[2], "magic") for usage in magics())]


def all_topics() -> Document:
    """Return the names of all topics, group by group."""
    from ollama_magics.display.segments import Block, Commands, Document, Paragraph, Span
    from ollama_magics.services.reference import GROUPS, topics

    blocks: list[Block] = []
    for group in GROUPS:
        names = [topic.name for topic in topics() if topic.group == group and topic.name.count(".") < 2]
        heading = {"template": "Templates"}.get(group, f"{group.capitalize()}s")
        blocks += [Paragraph(Span(heading, "strong"), apart=True), Paragraph(", ".join(names))]
    return Document((*blocks, Commands(("%ollama help temperature", "%ollama help .Messages"), "For instance")))
