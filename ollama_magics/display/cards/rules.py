"""The page of a rule of Modelfiles, made from the rule itself."""

from __future__ import annotations

from typing import Any

from ollama_magics.display.cards.problems import findings
from ollama_magics.display.cards.reading import read
from ollama_magics.display.segments import Block, Document, Log, Paragraph, Title, with_code


def rule_page(rule: Any, problem: Any = None) -> Document:
    """Return what a rule is about, what breaks it, what is said then, and what to write instead.

    Args:
        rule: has ``code``, ``name``, ``severity``, ``summary``, and ``bad`` and ``good`` Modelfiles.
        problem: what the rule says about the bad one, when that is known.
    """
    code, severity = str(read(rule, "code")), str(read(rule, "severity"))
    bad, good = (str(read(rule, name)) for name in ("bad", "good"))
    blocks: list[Block] = [Title("", f"{code} {read(rule, 'name')}", severity), Paragraph(with_code(str(read(rule, "summary"))))]
    blocks += [Paragraph("Instead of", apart=True), Log(tuple(bad.splitlines()), f"modelfile {code}")]
    if problem is not None:
        blocks += findings([problem], bad)
    if read(rule, "given"):
        blocks.append(
            Paragraph(with_code(f"It is found where a server is asked: after a create and by `%ollama check`; here {read(rule, 'given')}."))
        )
    blocks += [Paragraph("write", apart=True), Log(tuple(good.splitlines()), "modelfile")]
    if problem is not None and read(problem, "fix") is not None:
        blocks.append(Paragraph(with_code(f"`ollama-magics lint --fix` can: {read(read(problem, 'fix'), 'title')}."), apart=True))
    if severity == "error":
        blocks.append(Paragraph("Ollama refuses to create a model from it.", quiet=True, apart=True))
    else:
        silence = f"`# ollama-magics: ignore {code}` above the instruction ignores it there."
        blocks.append(Paragraph(with_code(silence), quiet=True, apart=True))
    return Document(tuple(blocks))
