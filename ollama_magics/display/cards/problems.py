"""The card of a Modelfile that was not sent, and findings below other cards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ollama_magics.display.cards.reading import named, read
from ollama_magics.display.quantities import count
from ollama_magics.display.segments import (
    Block,
    CaretNote,
    CodeFrame,
    Document,
    Fold,
    FrameLine,
    Log,
    Paragraph,
    Span,
    Style,
    Title,
    with_code,
)

_STYLES: dict[str, Style] = {"error": "error", "warning": "warn", "info": "dim"}
_WIDEST = 160  # code points of a source line that a frame shows; a data URL in a line must not fill the page


def problems_card(modelfile: Any, name: str, *, version: int | None = None, exists: bool | None = None, first_line: int = 1) -> Document:
    """Return the card that says where a Modelfile is wrong, with every mistake at its line.

    Args:
        modelfile: has ``problems``, ``source_text`` and ``verdict.error``, and perhaps ``mended``.
        name: the model that was to be created.
        version: the version that stands, when it is known.
        exists: whether a model of that name is there; None says nothing about it.
        first_line: the number of the Modelfile's first line as the person sees it (2 below a cell magic).
    """
    problems = list(read(modelfile, "problems", default=()))
    mistakes = [problem for problem in problems if read(problem, "severity") == "error"]
    others = [problem for problem in problems if read(problem, "severity") != "error"]
    upstream = read(read(modelfile, "verdict"), "error")
    source = str(read(modelfile, "source_text", default=""))
    head = f"Not created: {count(len(mistakes), 'mistake')}" if mistakes else "Not created"
    blocks: list[Block] = [Title("error", head, "", standing(name, version, exists), break_=". ")]
    blocks += findings([*mistakes, *others], source, first_line)
    mended = read(modelfile, "mended")
    if mended:
        blocks.append(Fold("The Modelfile with the mistakes put right", (Log(tuple(_lines(str(mended)))),), brief=True))
    if upstream:
        note = str(read(modelfile, "error_note", default=""))
        remark = (Paragraph(f"{note}.", quiet=True),) if note else ()
        blocks.append(Fold("What Ollama itself would answer", (Log((str(upstream),)), *remark)))
    return Document(tuple(blocks), framed=True)


def standing(name: str, version: int | None, exists: bool | None) -> str:
    """Return the sentence that says what is on the server now; empty when that is not known."""
    if version:
        return f"{named(name)} is still v{version}."
    if exists is None:
        return ""
    return f"{named(name)} is as it was." if exists else f"There is no {named(name)} yet."


def findings(problems: Iterable[Any], source: Any, first_line: int = 1) -> list[Block]:
    """Return the blocks of problems in their order: what, where, and how to mend it."""
    text = source if isinstance(source, str) else str(read(source, "source_text", default=""))
    lines = _lines(text)
    return [block for problem in problems for block in _finding(problem, lines, first_line)]


def frame(problem: Any, source: str, first_line: int = 1) -> CodeFrame | None:
    """Return the line of a problem with the one before it and its characters underlined; None where it has no line."""
    return _frame(problem, _lines(source), first_line)


def _finding(problem: Any, lines: list[str], first_line: int) -> list[Block]:
    severity = str(read(problem, "severity", default="error"))
    rule = " ".join(str(part) for part in (read(problem, "code", default=""), read(problem, "name", default="")) if part)
    title = [Span(f"{severity} ", _STYLES.get(severity, "")), *with_code(str(read(problem, "message", default="")))]
    blocks: list[Block] = [Paragraph([*title, Span(f" [{rule}]", "dim")] if rule else title, apart=True)]
    shown = _frame(problem, lines, first_line)
    if shown:
        blocks.append(shown)
    advice = read(problem, "help", default="")
    if advice:
        blocks.append(Paragraph(with_code(str(advice)), quiet=True))
    return blocks


def _frame(problem: Any, lines: list[str], first_line: int) -> CodeFrame | None:
    line, column = int(read(problem, "line", default=0)), int(read(problem, "column", default=1))
    if not 1 <= line <= len(lines):
        return None
    source = lines[line - 1]
    end_line, end_column = read(problem, "end_line", default=line), read(problem, "end_column", default=column + 1)
    stop = int(end_column) if int(end_line) == line else len(source) + 1
    fix = read(problem, "fix")
    note = str(read(fix, "title", default="") if fix is not None else read(problem, "note", default=""))
    shown, column = _clipped(source, column)
    length = max(min(stop - column, len(shown) - column + 1), 1)
    style = _STYLES.get(str(read(problem, "severity", default="error")), "error")
    marked = FrameLine(line + first_line - 1, shown, (CaretNote(column, length, note, style),))
    before = lines[line - 2] if line >= 2 else ""
    context = (FrameLine(line + first_line - 2, _clipped(before, 1)[0]),) if before.strip() else ()
    return CodeFrame((*context, marked))


def _clipped(source: str, column: int) -> tuple[str, int]:
    """Return the piece of a long line around ``column``, and the column in that piece."""
    if len(source) <= _WIDEST:
        return source, column
    start = max(0, min(column - _WIDEST // 2, len(source) - _WIDEST))
    piece = source[start : start + _WIDEST]
    head, tail = "…" if start else "", "…" if start + _WIDEST < len(source) else ""
    return f"{head}{piece}{tail}", column - start + len(head)


def _lines(text: str) -> list[str]:
    """Return the lines of ``text`` as ``text.positions`` counts them: LF, CRLF and CR each end one, nothing else does."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
