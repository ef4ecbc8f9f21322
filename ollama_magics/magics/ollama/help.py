"""``%ollama help``: what a parameter, a rule of Modelfiles or a verb is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, positional
from ollama_magics.magics.session import Session
from ollama_magics.text.suggest import nearest

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document
    from ollama_magics.wire.options import FormerOption, Option


@dataclass
class HelpArguments(Arguments):
    """Explain a parameter, a rule or a verb; without a word list them."""

    usage = "%ollama help"

    word: str = positional("WORD", "a parameter as temperature, a rule as MF301, or a verb", required=False, complete="topic")


def show_help(session: Session, arguments: HelpArguments) -> None:
    """Explain one word, or list the parameters."""
    from ollama_magics.display.cards import rule_page
    from ollama_magics.magics.ollama import VERBS, help_of, overview
    from ollama_magics.modelfile.rules import RULES, example_of, find_rule
    from ollama_magics.wire.options import FORMER, OPTIONS

    word = arguments.word
    if not word:
        print(overview())
        session.screen.document(parameters())
    elif word in OPTIONS:
        session.screen.document(parameter(OPTIONS[word]))
    elif word in FORMER:
        session.screen.document(former_parameter(FORMER[word]))
    elif word in VERBS:
        print(help_of(word))
    elif rule := find_rule(word):
        session.screen.document(rule_page(rule, example_of(rule)))
    else:
        near = nearest(word, [*OPTIONS, *VERBS, *RULES, *(rule.name for rule in RULES.values())])
        hint = f"did you mean {' or '.join(near)}?" if near else "%ollama help lists all"
        raise UsageProblem(f"there is no parameter or verb {word}", hint=hint)


def topic_choices() -> list[tuple[str, str]]:
    """Return what there is help about: each word, and what it is."""
    from ollama_magics.magics.ollama import VERBS
    from ollama_magics.modelfile.rules import RULES
    from ollama_magics.wire.options import OPTIONS

    rules = ((code, rule.name) for code, rule in RULES.items())
    return [*((name, "parameter") for name in OPTIONS), *((verb, "verb") for verb in VERBS), *rules]


def parameters() -> Document:
    """Return the table of all parameters."""
    from ollama_magics.display.segments import Document, Span, Table, Title
    from ollama_magics.wire.options import OPTIONS

    rows = tuple((Span(option.name, "code"), _default(option), option.meaning) for option in OPTIONS.values())
    return Document((Title("", "Parameters"), Table(("Name", "Default", "Meaning"), rows)))


def parameter(option: Option) -> Document:
    """Return what one parameter means, with its type, default, first version and effect, and a line to copy."""
    from ollama_magics.display.segments import Block, Document, Facts, Log, Paragraph, Title
    from ollama_magics.wire.options import SOURCE

    words = {"float": "a number", "int": "a whole number", "bool": "true or false", "list": "text; may stand several times"}
    facts = [("", words[option.kind]), ("default", _default(option))]
    if option.usual:
        facts.append(("usual", f"{option.usual[0]:g} to {option.usual[1]:g}"))
    facts.append(("since Ollama", option.since))
    blocks: list[Block] = [Title("", option.name), Paragraph(option.meaning), Facts(tuple(facts)), Paragraph(option.effect)]
    if option.load_time:
        blocks.append(Paragraph("Changing it loads the model again.", quiet=True))
    blocks += [Log((f"PARAMETER {option.name} {option.example}",)), Paragraph(f"Source: {SOURCE}", quiet=True)]
    return Document(tuple(blocks))


def former_parameter(option: FormerOption) -> Document:
    """Return from when to when there was a parameter, and what a create does about it now."""
    from ollama_magics.display.segments import Document, Facts, Paragraph, Title
    from ollama_magics.wire.options import SOURCE

    now = "A create warns about it and leaves it out." if option.deprecated else "A create refuses a Modelfile with it."
    facts = Facts((("since Ollama", option.since), ("until", option.until)))
    return Document((Title("", option.name), Paragraph(now), facts, Paragraph(f"Source: {SOURCE}", quiet=True)))


def _default(option: Option) -> str:
    if option.default is None:
        return "the server decides"
    return {"True": "true", "False": "false"}.get(str(option.default), str(option.default or ("none" if option.kind == "list" else 0)))
