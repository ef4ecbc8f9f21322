"""The files of a model as Hugging Face's tools lay them out, under the names they had, wherever their blobs are.

Source: Ollama convert/convert.go, convert/json_compat.go (v0.33.0-rc2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ollama_magics.server.errors import StoreError
from ollama_magics.server.jsonsyntax import explain

_CUT = ("EOF", "unexpected EOF")


class Folder:
    """Names of files → where their content is."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)

    def __contains__(self, name: str) -> bool:
        return name in self.files and Path(self.files[name]).is_file()

    def open(self, name: str) -> BinaryIO:
        """Return the file, opened.

        Raises:
            StoreError: it is not there; the message is Go's.
        """
        try:
            return Path(self.files[name]).open("rb")
        except (KeyError, FileNotFoundError) as problem:
            raise StoreError(f"open {name}: no such file or directory") from problem

    def object(self, name: str) -> dict[str, Any]:
        """Return the JSON object that a file holds; numbers that are none count as 0.

        Raises:
            StoreError: the file is not there or holds something else.
        """
        with self.open(name) as file:
            return parsed(file.read(), f"parse {name}: ")

    def optional(self, name: str) -> dict[str, Any]:
        """Return the JSON object that a file holds, an empty one when there is no such file."""
        return self.object(name) if name in self else {}

    def matching(self, suffix: str) -> list[str]:
        """Return the names at the top of the folder that end in ``suffix``, in order."""
        return sorted(name for name in self.files if name.endswith(suffix) and "/" not in name)


def parsed(data: bytes, where: str = "") -> dict[str, Any]:
    """Return the JSON object of ``data``.

    Raises:
        StoreError: it is none; the message is Go's behind ``where``.
    """
    try:
        value = json.loads(data, parse_constant=lambda _: 0)
    except (ValueError, RecursionError) as problem:
        reason = explain(data)
        if where and reason in _CUT:
            reason = "unexpected end of JSON input"
        raise StoreError(f"{where}{reason or problem}") from problem
    if not isinstance(value, dict):
        raise StoreError(f"{where}the file holds no object")
    return value
