"""The cards of what has no effect: below a create in a line each, and by itself in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ollama_magics.display.cards.problems import findings
from ollama_magics.display.cards.reading import named, read, server_label
from ollama_magics.display.quantities import count
from ollama_magics.display.segments import Block, Document, Log, Paragraph, Span, Title, with_code


def effects_card(name: str, problems: Sequence[Any], *, first_line: int = 1) -> Document:
    """Return what a server makes of a created model otherwise than it seems, a line each.

    Args:
        name: the model.
        problems: have ``severity code name message line``.
        first_line: the number of the Modelfile's first line as the person sees it.
    """
    lines: list[Block] = []
    for problem in problems:
        mark = "⚠" if read(problem, "severity") == "warning" else "ⓘ"
        where = f"{mark} line {int(read(problem, 'line', default=1)) + first_line - 1}: "
        rule = Span(f" [{read(problem, 'code')} {read(problem, 'name')}]", "dim")
        lines.append(Paragraph([where, *with_code(str(read(problem, "message", default=""))), ".", rule]))
    more = Paragraph(with_code(f"`%ollama check {named(name)}` says more, at the lines."), quiet=True)
    return Document((*lines, more))


def check_card(check: Any, *, first_line: int = 1) -> Document:
    """Return everything that a check found, at its lines, and both renderings where a TEMPLATE is ignored.

    Args:
        check: has ``name server modelfile problems effects``.
        first_line: the number of the Modelfile's first line as the person sees it.
    """
    problems = list(read(check, "problems", default=()))
    head = named(str(read(check, "name", default=""))) or "The Modelfile"
    facts = f"{count(len(problems), 'remark')}" if problems else "nothing to remark: every line has its effect"
    blocks: list[Block] = [Title("warn" if problems else "ok", head, facts, f"asked {server_label(read(check, 'server'))}")]
    blocks += findings(problems, read(check, "modelfile"), first_line)
    effects = read(check, "effects")
    yours, theirs = read(effects, "yours"), read(effects, "theirs")
    if yours is not None and theirs is not None:
        blocks += [Paragraph("Yours would give", apart=True), Log(tuple(str(yours).split("\n")))]
        blocks += [Paragraph("The model gets", apart=True), Log(tuple(str(theirs).split("\n")))]
    return Document(tuple(blocks), framed=True)
