"""Pages about the instructions of a Modelfile."""

from __future__ import annotations

from ollama_magics.display.segments import Block, Document, Facts, Log, Paragraph, Title, with_code
from ollama_magics.modelfile.instructions import PARSERS, RENDERERS, SOURCE, InstructionFacts

VALUES = {"RENDERER": RENDERERS, "PARSER": PARSERS}
"""The values that an instruction can have, where Ollama knows a fixed set of them."""


def page(facts: InstructionFacts) -> Document:
    """Return what an instruction is for, how it is written and what counts when it stands several times, with an example."""
    blocks: list[Block] = [Title("", facts.name), Paragraph(facts.meaning), Log((facts.form,))]
    blocks.append(Paragraph(with_code(" ".join((facts.repeated, *facts.notes)))))
    if facts.since:
        blocks.append(Facts((("since Ollama", facts.since),)))
    if facts.name in VALUES:
        blocks.append(Facts((("names", ", ".join(sorted(VALUES[facts.name]))),)))
    blocks += [Paragraph("For example", apart=True), Log(lines(facts.example), "modelfile"), Paragraph(f"Source: {SOURCE}", quiet=True)]
    return Document(tuple(blocks))


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of an example."""
    return tuple(text.splitlines())
