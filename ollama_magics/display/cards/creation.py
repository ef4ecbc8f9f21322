"""The card after a create."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ollama_magics.display import diff
from ollama_magics.display.cards.problems import findings
from ollama_magics.display.cards.reading import named, read, server_label
from ollama_magics.display.quantities import count, seconds, size
from ollama_magics.display.segments import Block, Commands, Diff, Document, Facts, Fold, Log, Paragraph, Span, Text, Title


def created_card(creation: Any, *, request: str = "", first_line: int = 1, next_commands: tuple[str, ...] | None = None) -> Document:
    """Return the card of a finished create: what changed, the facts, what can be done next.

    Args:
        creation: has ``name base version since changed size new_layers kept_layers seconds server digest unchanged problems request``;
            ``changed`` are diff lines or strings that begin with ``-`` or ``+``, sizes are bytes.
        request: the request that was sent, as text, for a fold; empty leaves the fold out.
        first_line: the number of the Modelfile's first line as the person sees it (2 below a cell magic).
        next_commands: what to offer; None offers chat and show.
    """
    name, version = named(str(read(creation, "name", default=""))), read(creation, "version")
    shown_version = f"v{version}" if version else ""
    if read(creation, "unchanged", default=False):
        blocks: list[Block] = [Title("ok", name, f"{shown_version} is the same as before. Nothing was built.".lstrip())]
    else:
        blocks = [_title(creation, name, shown_version), *_news(creation, version), _facts(creation)]
    blocks += findings(read(creation, "problems", default=()), read(creation, "modelfile", "text"), first_line)
    if request:
        blocks.append(Fold("Request", (Log(tuple(request.split("\n"))),), brief=True))
    commands = (f"%chat {name}", f"%ollama show {name}") if next_commands is None else next_commands
    return Document((*blocks, Commands(commands)) if commands else tuple(blocks), framed=True)


def _title(creation: Any, name: str, version: str) -> Title:
    base = named(str(read(creation, "base", default="")))
    facts = ", ".join(part for part in (version, f"from {base}" if base else "") if part)
    problems = read(creation, "problems", default=())
    idle = sum(1 for problem in problems if read(problem, "severity") == "warning")
    aside = f"created in {seconds(float(read(creation, 'seconds', default=0.0)))}"
    if idle:
        aside += f" · {count(idle, 'warning')}"
    return Title("ok", name, facts, aside)


def _news(creation: Any, version: int | None) -> list[Block]:
    changed = diff.from_strings(read(creation, "changed", default=()) or ())
    if changed and version and version > 1:
        return [Paragraph(f"Changed since v{read(creation, 'since') or version - 1}:"), Diff(changed)]
    if changed and version is None:
        return [Paragraph("Changed:"), Diff(changed)]
    sets = _sets(read(creation, "request", default={}) or {})
    return [Paragraph(sets)] if sets else []


def _sets(request: Mapping[str, Any]) -> str:
    """Return one sentence on what a first version sets, read from the request that was sent."""
    parts = []
    if request.get("system"):
        parts.append(f"SYSTEM ({count(len(str(request['system'])), 'character')})")
    if request.get("template"):
        parts.append("TEMPLATE")
    parameters = request.get("parameters") or {}
    parts += list(parameters) if len(parameters) <= 4 else [count(len(parameters), "parameter")]
    for key, noun, plural in (("messages", "example message", ""), ("adapters", "adapter", ""), ("license", "licence", "")):
        value = request.get(key)
        if value:
            parts.append(count(len(value) if not isinstance(value, str) else 1, noun, plural))
    if not parts:
        return ""
    return "Sets " + (" and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]) + "."


def _facts(creation: Any) -> Facts:
    pairs: list[tuple[str, Text]] = []
    total = read(creation, "size")
    if total:
        pairs.append(("", size(int(total))))
    new, kept = read(creation, "new_layers"), read(creation, "kept_layers")
    if new is not None and kept is not None:
        pairs.append(("", f"{count(_length(new), 'layer')} new, {_length(kept)} kept"))
    label = server_label(read(creation, "server"))
    if label:
        pairs.append(("", label))
    digest = str(read(creation, "digest", default="")).removeprefix("sha256:")
    if digest:
        pairs.append(("id", Span(digest[:12], "code")))
    return Facts(tuple(pairs))


def _length(value: Any) -> int:
    return value if isinstance(value, int) else len(value)
