"""``%ollama help``: what a parameter, a verb or an instruction of a Modelfile is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, positional
from ollama_magics.magics.session import Session
from ollama_magics.text.suggest import nearest

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document
    from ollama_magics.wire.options import Option


@dataclass
class HelpArguments(Arguments):
    """Explain a parameter or a verb; without a word list them."""

    usage = "%ollama help"

    word: str = positional("PARAMETER", "a parameter, for instance temperature, or a verb", required=False, complete="parameter")


def show_help(session: Session, arguments: HelpArguments) -> None:
    """Explain one word, or list the parameters."""
    from ollama_magics.magics.ollama import VERBS, help_of, overview
    from ollama_magics.wire.options import OPTIONS

    word = arguments.word
    if not word:
        print(overview())
        session.screen.document(parameters())
    elif word in OPTIONS:
        session.screen.document(parameter(OPTIONS[word]))
    elif word in VERBS:
        print(help_of(word))
    else:
        near = nearest(word, [*OPTIONS, *VERBS])
        hint = f"did you mean {' or '.join(near)}?" if near else "%ollama help lists all"
        raise UsageProblem(f"there is no parameter or verb {word}", hint=hint)


def parameters() -> Document:
    """Return the table of all parameters."""
    from ollama_magics.display.segments import Document, Span, Table, Title
    from ollama_magics.wire.options import OPTIONS

    rows = tuple((Span(option.name, "code"), _default(option), option.meaning) for option in OPTIONS.values())
    return Document((Title("", "Parameters"), Table(("Name", "Default", "Meaning"), rows)))


def parameter(option: Option) -> Document:
    """Return what one parameter means, with its type, default and a line to copy."""
    from ollama_magics.display.segments import Block, Document, Facts, Log, Paragraph, Title

    words = {"float": "a number", "int": "a whole number", "bool": "true or false", "list": "text; may stand several times"}
    facts = [("", words[option.kind]), ("default", _default(option))]
    if option.usual:
        facts.append(("usual", f"{option.usual[0]:g} to {option.usual[1]:g}"))
    blocks: list[Block] = [Title("", option.name), Paragraph(option.meaning), Facts(tuple(facts))]
    if option.load_time:
        blocks.append(Paragraph("Changing it loads the model again.", quiet=True))
    return Document((*blocks, Log((f"PARAMETER {option.name} {option.example}",))))


def _default(option: Option) -> str:
    if option.default is None:
        return "the server decides"
    return {"True": "true", "False": "false"}.get(str(option.default), str(option.default or ("none" if option.kind == "list" else 0)))
