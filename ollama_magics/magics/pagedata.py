"""What a card holds for our JupyterLab extension: fixes of the cell, panels that can be opened, and the version that was created.

It is data only. Without the extension nobody reads it, and the card says the same in words. The browser's end is
``labextension/src/shared/card.ts``.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ollama_magics.display.segments import Block, CodeFrame, Diff, Document, Fold, Log
from ollama_magics.errors import Cancelled, ModelNotFound, OllamaMagicsError
from ollama_magics.magics.opening import KERNEL, can_open
from ollama_magics.widgets.protocol import utf16_length

if TYPE_CHECKING:
    from ollama_magics.modelfile import Modelfile, Problem
    from ollama_magics.services.creation import Creation

_MOST_BASES = 4
"""Names near an unknown base that are offered as fixes."""


@dataclass(frozen=True)
class RunningCell:
    """The cell that runs, as the page has it.

    Attributes:
        source: its whole text.
        start: where the Modelfile begins in it, in code points.
    """

    source: str
    start: int

    @classmethod
    def of(cls, shell: Any, modelfile: Modelfile) -> RunningCell | None:
        """Return the cell that ``modelfile`` was written in; None where the text is not the cell's own, as after ``--subst``.

        Source: Jupyter messaging protocol 5, ``execute_request`` has the code as it was typed. IPython runs it with a line end added.
        """
        message: Mapping[str, Any] = getattr(shell, "get_parent", dict)() or {}
        source, text = str(message.get("content", {}).get("code", "")), modelfile.source_text
        for body in (text, text.removesuffix("\n")):
            if body and source.endswith(body):
                return cls(source, len(source) - len(body))
        return None

    @property
    def checksum(self) -> int:
        """CRC-32 of the text's UTF-16 units, by which the page knows whether the cell is still what it was."""
        return zlib.crc32(self.source.encode("utf-16-le", "surrogatepass"))

    def edit(self, start: int, end: int, text: str) -> list[Any]:
        """Return an edit of the Modelfile as one of the cell, with offsets in UTF-16 units."""
        low = utf16_length(self.source[: self.start + start])
        # IPython's own line end is not in the cell.
        inside = self.source[self.start + start : self.start + end]
        return [low, low + utf16_length(inside), text]


def with_page(document: Document, page: dict[str, Any]) -> Document:
    """Return ``document`` with data for the page, none where there is nothing to say."""
    return Document(document.blocks, document.framed, {**(document.page or {}), **page}) if page else document


def created_page(creation: Creation, document: Document, shell: Any) -> dict[str, Any]:
    """Return what the card of a create holds: buttons that open panels, the version, fixes of what has no effect."""
    server, name, version = creation.server, creation.name, creation.version
    if server is None or version is None:
        return {}
    host = None if server.kind == "embedded" else server.url
    params = {"name": name, "host": host, "version": version, "since": creation.since}
    buttons = [("chat", "Chat", "chat"), ("tune", "Tune", "tune")]
    if creation.since is not None and creation.since != version:
        buttons.append(("compare", f"Compare with v{creation.since}", "cmp"))
    offered = [{"open": what, "label": label, "icon": icon, "params": params} for what, label, icon in buttons if can_open(shell, what)]
    page: dict[str, Any] = {"opens": {"kernel": KERNEL, "buttons": offered}, "request": True}
    if creation.modelfile is not None:
        page["version"] = {
            "model": name,
            "server": server.label,
            "number": version,
            "digest": creation.digest,
            "at": round(time.time(), 3),
            "cell": getattr(getattr(shell, "displayhook", None), "prompt_count", None),
            "quantize": str(creation.request.get("quantize", "")),
            "text": creation.modelfile.source_text,
        }
        page |= _mistakes(creation.modelfile, creation.problems, document, shell)
    return page


def failure_page(error: OllamaMagicsError, document: Document, shell: Any) -> dict[str, Any]:
    """Return what the card of a failure holds: fixes of the cell, or that the cell can be run again."""
    facts = error.details
    modelfile = facts.get("modelfile")
    if isinstance(error, Cancelled) and "while" in facts:
        return {"again": True}
    if modelfile is None:
        return {}
    if isinstance(error, ModelNotFound):
        return _bases(modelfile, facts.get("near") or (), shell)
    mistakes = [problem for problem in modelfile.problems if problem.severity == "error"]
    others = [problem for problem in modelfile.problems if problem.severity != "error"]
    return _mistakes(modelfile, [*mistakes, *others], document, shell)


def _mistakes(modelfile: Modelfile, problems: Sequence[Problem], document: Document, shell: Any) -> dict[str, Any]:
    """Return a fix for each finding that has a certain one, and one for all mistakes."""
    cell = RunningCell.of(shell, modelfile) if any(problem.fix for problem in problems) else None
    if cell is None:
        return {}
    frames = [at for at, block in enumerate(_preformatted(document.blocks)) if isinstance(block, CodeFrame)]
    each = [
        {"label": problem.fix.title, "edits": [cell.edit(problem.fix.start, problem.fix.end, problem.fix.text)], "pre": place}
        for problem, place in zip(problems, frames, strict=False)
        if problem.fix is not None
    ]
    return {"fixes": {"cell": cell.checksum, "all": _all(modelfile, problems, cell), "each": each}}


def _all(modelfile: Modelfile, problems: Sequence[Problem], cell: RunningCell) -> dict[str, Any] | None:
    count = sum(1 for problem in problems if problem.severity == "error")
    mended = modelfile.mended if count > 1 else None
    if mended is None:
        return None
    return {"label": f"Fix {'both' if count == 2 else f'all {count}'} in the cell", "edits": [_change(modelfile, mended, cell)]}


def _bases(modelfile: Modelfile, near: Iterable[str], shell: Any) -> dict[str, Any]:
    """Return fixes that write another base."""
    cell = RunningCell.of(shell, modelfile)
    if cell is None:
        return {}
    each = [
        {"label": f"FROM {base}", "edits": [_change(modelfile, _with_base(modelfile, base), cell)]} for base in list(near)[:_MOST_BASES]
    ]
    return {"fixes": {"cell": cell.checksum, "all": None, "each": each}} if each else {}


def _with_base(modelfile: Modelfile, base: str) -> str:
    from ollama_magics.modelfile import parse

    other = parse(modelfile.source_text)
    other.base = base
    return other.source_text


def _change(modelfile: Modelfile, after: str, cell: RunningCell) -> list[Any]:
    """Return the one edit of the cell that makes ``after`` of a Modelfile's text."""
    before = modelfile.source_text
    start = _shared(before, after)
    kept = _shared(before[start:][::-1], after[start:][::-1])
    return cell.edit(start, len(before) - kept, after[start : len(after) - kept])


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _preformatted(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks that ``display.html`` draws as ``<pre>``, in their order."""
    for block in blocks:
        if isinstance(block, CodeFrame | Diff | Log):
            yield block
        elif isinstance(block, Fold):
            yield from _preformatted(block.blocks)
