"""The Modelfiles that a file holds: itself, or the ``%%modelfile`` cells of a notebook; read, and written back changed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ollama_magics.cli.reading import read_modelfile
from ollama_magics.errors import FileProblem
from ollama_magics.modelfile import Modelfile, parse

_MAGIC = re.compile(r"(?:[ \t]*\n)*%%modelfile(?=[ \t\n]|\Z)(?P<words>[^\n]*)\n?")
_SUBST = re.compile(r"(?:\A|[ \t])--subst(?:[ \t]|\Z)")
_PLACE = re.compile(r"\$\{[^{}\n]*\}")


@dataclass(frozen=True, slots=True)
class Source:
    """A Modelfile and where it stands.

    Attributes:
        file: the path as it was given, ``-`` for standard input.
        folder: what the Modelfile's own paths are relative to.
        modelfile: its parsed form.
        cell: number of the cell, from 1, all cells counted; None outside a notebook.
        first_line: the number of the Modelfile's first line in the file or in the cell.
        substituted: the notebook's variables are put in for ``${name}`` before it is read.
    """

    file: str
    folder: Path
    modelfile: Modelfile
    cell: int | None = None
    first_line: int = 1
    substituted: bool = False

    @property
    def label(self) -> str:
        """The name for messages: the path, and the cell of a notebook."""
        return self.file if self.cell is None else f"{self.file}:cell {self.cell}"

    def is_open(self, line: int) -> bool:
        """Whether what a line (from 1) says is decided only when the notebook runs."""
        return self.substituted and _PLACE.search(self.modelfile.lines.line_text(line)) is not None


def read_sources(name: str) -> list[Source]:
    """Return the Modelfiles of a file; of a notebook (``*.ipynb``) those of its cells, perhaps none.

    Raises:
        FileProblem: it cannot be read, or is no notebook.
    """
    data, folder = read_modelfile(name)
    if not name.endswith(".ipynb"):
        return [Source(name, folder, parse(data, folder=folder))]
    found = []
    for number, cell in enumerate(_cells(_notebook(name, data)), 1):
        match = _MAGIC.match(_text(cell)) if cell.get("cell_type") == "code" else None
        if match:
            first_line = match[0].count("\n") + 1
            body = _text(cell)[match.end() :]
            subst = _SUBST.search(match["words"]) is not None
            found.append(Source(name, folder, parse(body, first_line=first_line, folder=folder), number, first_line, subst))
    return found


def write_back(name: str, changed: Mapping[int | None, Modelfile]) -> None:
    """Write the changed Modelfiles of a file, by cell; everything else in it stays byte for byte.

    Raises:
        FileProblem: it cannot be written; or it is a notebook in a layout that no program known to us writes.
    """
    try:
        if not name.endswith(".ipynb"):
            text = changed[None].text
            data = text.encode() if isinstance(text, str) else text
            if name == "-":
                sys.stdout.buffer.write(data)
                return
            Path(name).write_bytes(data)
            return
        Path(name).write_bytes(_rewritten(name, Path(name).read_bytes(), changed))
    except OSError as exc:
        raise FileProblem(f"cannot write {name}: {exc.strerror or exc}") from exc


def _rewritten(name: str, data: bytes, changed: Mapping[int | None, Modelfile]) -> bytes:
    notebook = _notebook(name, data)
    layout = next((layout for layout in _LAYOUTS if _dumped(notebook, layout) == data), None)
    if layout is None:
        raise FileProblem(f"{name} is not laid out as Jupyter writes notebooks", hint="save it in Jupyter once")
    for number, cell in enumerate(_cells(notebook), 1):
        after = changed.get(number)
        match = _MAGIC.match(_text(cell)) if after is not None else None
        if after is not None and match is not None:
            text = match[0] + after.source_text
            cell["source"] = re.findall(r"[^\n]*\n|[^\n]+", text) if isinstance(cell["source"], list) else text
    return _dumped(notebook, layout)


_LAYOUTS = [(indent, ascii_, end) for indent in (1, 2, 4, None) for ascii_ in (False, True) for end in ("\n", "")]
"""Indentation, whether everything beyond ASCII is escaped, and what stands at the end."""


def _dumped(notebook: Any, layout: tuple[int | None, bool, str]) -> bytes:
    indent, ascii_, end = layout
    return (json.dumps(notebook, indent=indent, ensure_ascii=ascii_) + end).encode("utf-8", "surrogatepass")


def _notebook(name: str, data: bytes) -> Any:
    try:
        notebook = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as exc:
        raise FileProblem(f"{name} is no notebook: {exc}") from exc
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise FileProblem(f"{name} is no notebook: it has no cells", hint="notebooks of version 4 are read; open and save it in Jupyter")
    return notebook


def _cells(notebook: Any) -> list[dict[str, Any]]:
    return [cell if isinstance(cell, dict) else {} for cell in notebook["cells"]]


def _text(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
