"""One layout for all Modelfiles. Values and quotes stay as they are written, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ollama_magics.errors import ModelfileProblem
from ollama_magics.modelfile.decode import BOM
from ollama_magics.modelfile.edit import line_end_of
from ollama_magics.modelfile.modelfile import Modelfile
from ollama_magics.modelfile.nodes import Comment, Instruction, Space

_ORDER = ("from", "adapter", "draft", "requires", "renderer", "parser", "parameter", "template", "system", "message", "license")


@dataclass(slots=True)
class _Block:
    """An instruction with the comments right above it, and whether an empty line stands before them."""

    rank: int
    lines: list[str]
    apart: bool


def formatted(file: Modelfile, *, sort: bool = False, final_line_end: bool = True) -> str:
    """Return the text of a Modelfile in the one layout.

    Names of instructions in capitals, one space between words, no space at the ends of lines, at most one empty line in a row, and the
    line end that the text has first. What a value holds, and how it is quoted, is not touched.

    Args:
        file: what to format; it stays as it is.
        sort: bring the instructions into one order, each with the comments right above it; those of one kind keep theirs.
        final_line_end: end the last line, as files do and cells of notebooks do not.

    Raises:
        ModelfileProblem: Ollama refuses it, so nobody knows what is a value.

    Examples:
        >>> from ollama_magics.modelfile import parse
        >>> formatted(parse("system  hi  \\n\\n\\nfrom a"), sort=True)
        'FROM a\\nSYSTEM hi\\n'
    """
    if file.verdict.error is not None:
        raise ModelfileProblem("a Modelfile with mistakes cannot be formatted", problems=file.problems, upstream=file.verdict.error)
    blocks = list(_blocks(file))
    if sort:
        blocks.sort(key=lambda block: block.rank)
    line_end = line_end_of(file)
    lines = [line for at, block in enumerate(blocks) for line in ([""] if block.apart and at else []) + block.lines]
    text = "".join(f"{line}{line_end}" for line in lines)
    text = text if final_line_end else text.removesuffix(line_end)
    return (BOM if file.source_text.startswith(BOM) else "") + text


def _blocks(file: Modelfile) -> Iterator[_Block]:
    lines: list[str] = []
    apart, gap, first = False, False, True
    for node in file.nodes:
        if isinstance(node, Space):
            gap = _line_ends(node.text) > 1
            if gap and lines and first:  # the head of the file is about no instruction
                yield _Block(-1, lines, apart)
                lines, first = [], False
            continue
        if not lines:
            apart = gap
        elif gap:
            lines.append("")
        gap = False
        if isinstance(node, Comment):
            lines.append(node.text.rstrip(" \t"))
        elif isinstance(node, Instruction):
            yield _Block(_ORDER.index(node.name), [*lines, _line(node)], apart)
            lines, first = [], False
    if lines:
        yield _Block(len(_ORDER), lines, apart)


def _line_ends(space: str) -> int:
    return space.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def _line(node: Instruction) -> str:
    head = node.name.upper() if node.argument is None else f"{node.name.upper()} {node.argument.text}"
    value = node.value
    written = node.text[value.start - node.start : value.end - node.start] if value is not None else ""
    return f"{head} {written}"
