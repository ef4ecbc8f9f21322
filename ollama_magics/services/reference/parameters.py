"""Pages about parameters."""

from __future__ import annotations

from ollama_magics.display.segments import Block, Document, Facts, Log, Paragraph, Title
from ollama_magics.wire.options import SOURCE, FormerOption, Option

TYPES = {"float": "a number", "int": "a whole number", "bool": "true or false", "list": "text; may stand several times"}
"""What the value of a parameter of each kind is, in words."""


def page(option: Option) -> Document:
    """Return what one parameter means, with its type, default, first version and effect, and a line to copy."""
    facts = [("", TYPES[option.kind]), ("default", default(option))]
    if option.usual:
        facts.append(("usual", usual(option)))
    facts.append(("since Ollama", option.since))
    blocks: list[Block] = [Title("", option.name), Paragraph(option.meaning), Facts(tuple(facts)), Paragraph(option.effect)]
    if option.load_time:
        blocks.append(Paragraph("Changing it loads the model again.", quiet=True))
    blocks += [Log((f"PARAMETER {option.name} {option.example}",)), Paragraph(f"Source: {SOURCE}", quiet=True)]
    return Document(tuple(blocks))


def former_page(option: FormerOption) -> Document:
    """Return from when to when there was a parameter, and what a create does about it now."""
    facts = Facts((("since Ollama", option.since), ("until", option.until)))
    return Document((Title("", option.name), Paragraph(now(option)), facts, Paragraph(f"Source: {SOURCE}", quiet=True)))


def now(option: FormerOption) -> str:
    """Return what a create does about a parameter that is gone."""
    return "A create warns about it and leaves it out." if option.deprecated else "A create refuses a Modelfile with it."


def default(option: Option) -> str:
    """Return the default of a parameter as it is written."""
    if option.default is None:
        return "none" if option.kind == "list" else "the server decides"
    return str(option.default).lower()


def usual(option: Option) -> str:
    """Return the range of a parameter that makes sense; empty when there is none."""
    return f"{option.usual[0]:g} to {option.usual[1]:g}" if option.usual and option.usual[1] < 10**6 else _wide(option)


def _wide(option: Option) -> str:
    return f"{option.usual[0]:,.0f} to {option.usual[1]:,.0f}" if option.usual else ""
