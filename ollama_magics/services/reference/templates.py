"""Pages about the template language."""

from __future__ import annotations

from ollama_magics.display.segments import Block, Document, Facts, Log, Paragraph, Title, with_code
from ollama_magics.template.reference import SOURCE, Entry

KINDS = {"variable": "a variable of templates", "function": "a function of templates", "keyword": "a word of the template language"}


def page(entry: Entry) -> Document:
    """Return what a name of the template language means, and an example with what it gives."""
    facts = (("", KINDS[entry.kind]), ("value" if entry.kind == "variable" else "form", entry.form))
    blocks: list[Block] = [Title("", entry.name), Paragraph(with_code(entry.meaning)), Facts(facts)]
    if entry.example:
        blocks += [Log((entry.example,), "template"), Paragraph("gives, for a system text and one question,"), Log((entry.result,))]
    return Document((*blocks, Paragraph(f"Source: {SOURCE}", quiet=True)))
