"""``%ollama embed``: the vectors of texts, and how near they are to each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import FileProblem, UsageProblem
from ollama_magics.magics.arguments import positional, value
from ollama_magics.magics.ollama.desk import Desk, ServerArguments
from ollama_magics.services.options import keep_alive_value

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document, Text
    from ollama_magics.wire.types import EmbedResponse

_COMPARED = 12
"""So many texts at most are compared with each other on the screen; the data holds all."""


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError("it is 1 or more")
    return count


@dataclass
class EmbedArguments(ServerArguments):
    """Give the vectors of a text, or of each line of a file, and how near they are."""

    usage = "%ollama embed"
    notes = "Options stand before TEXT, which is the rest of the line. With --json the vectors are in embeddings."

    name: str = positional("NAME", "the model", complete="model")
    text: str = positional("TEXT", "the text", required=False, rest=True)
    file: str | None = value("-f", "--file", metavar="FILE", about="a file with one text a line")
    dimensions: int | None = value("--dimensions", metavar="N", about="how many numbers a vector has", convert=_count)
    keep_alive: int | str | None = value(
        "--keepalive", "--keep-alive", metavar="TIME", about="how long the model stays loaded, for instance 10m", convert=keep_alive_value
    )


def embed(desk: Desk, arguments: EmbedArguments) -> Any:
    """Show the vectors of texts."""
    texts = _texts(arguments)
    server, client = desk.server(arguments.host)
    name, size, keep = arguments.name, arguments.dimensions, arguments.keep_alive
    got = desk.work(lambda report, cancel: client.embed(name, texts, dimensions=size, keep_alive=keep, cancel=cancel))
    if arguments.json:
        return got
    desk.screen.document(vectors_table(arguments.name, texts, got, server.label))


def _texts(arguments: EmbedArguments) -> list[str]:
    if arguments.file:
        if arguments.text:
            raise UsageProblem("%ollama embed takes a text or a file", hint="leave one of them out")
        path = Path(arguments.file).expanduser()
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeError) as exc:
            raise FileProblem(f"cannot read {path}: {exc}", hint="give a text file in UTF-8, one text a line") from exc
        texts = [line for line in lines if line.strip()]
    else:
        texts = [arguments.text] if arguments.text else []
    if not texts:
        raise UsageProblem("there is nothing to embed", hint="write the text behind the name of the model, or -f FILE")
    return texts


def vectors_table(name: str, texts: Sequence[str], got: EmbedResponse, server: str) -> Document:
    """Return what was embedded: the first numbers of each vector, and the cosine of the angle between every two."""
    from ollama_magics.display.quantities import count
    from ollama_magics.display.segments import Document, Facts, Span, Table, Title

    vectors = got.embeddings or []
    title = Title("", name, f"on {server}")
    facts = Facts(
        (
            ("", count(len(vectors), "vector")),
            ("", f"{count(len(vectors[0]))} numbers each" if vectors else ""),
            ("", f"{count(got.prompt_eval_count)} tokens" if got.prompt_eval_count else ""),
        )
    )
    near = vectors[:_COMPARED] if len(vectors) > 1 else []
    header = ("Text", "Begins with", *(str(number) for number, _ in enumerate(near, 1)))
    rows: list[tuple[Text, ...]] = []
    for number, (text, vector) in enumerate(zip(texts, vectors, strict=False), 1):
        shown = f"{number} {text}" if len(vectors) > 1 else text
        begin = " ".join(f"{figure:.3f}" for figure in vector[:3])
        rows.append(
            (Span(shown if len(shown) <= 48 else f"{shown[:47]}…", "strong"), begin, *(f"{cosine(vector, other):.2f}" for other in near))
        )
    return Document((title, facts, Table(header, tuple(rows), frozenset(range(2, len(header))))))


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the cosine of the angle between two vectors, 0 where one of them is nothing.

    Examples:
        >>> cosine([1, 0], [0, 2]), cosine([1, 1], [2, 2])
        (0.0, 1.0)
    """
    lengths = math.sqrt(sum(x * x for x in left)) * math.sqrt(sum(y * y for y in right))
    return round(sum(x * y for x, y in zip(left, right, strict=True)) / lengths, 12) if lengths else 0.0
