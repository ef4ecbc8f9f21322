"""Uploaded parts of one split GGUF file.

Source: Ollama server/create.go splitGGUFGroupKey, mergeSplitGGUFLayers (v0.33.0-rc2).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from ollama_magics.server.create.planned import Planned, Status
from ollama_magics.server.create.rewriting import rewritten
from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.server.store import Store
from ollama_magics.server.store.store import Hold
from ollama_magics.text.gostrings import quote

_NAME = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf\Z", re.S)


@dataclass(frozen=True)
class Part:
    """One part: ``index`` of ``count``, counted from 0; those with the same ``key`` belong together."""

    path: str
    key: tuple[str, str, int]
    index: int
    count: int
    planned: Planned


def part_of(planned: Planned, path: str) -> Part | None:
    """Return what part of a split file a file is, None for a whole one.

    Raises:
        StoreError: its name and its keys do not agree; the message is Ollama's.
    """
    assert planned.header is not None
    count = _whole(planned.header, "split.count")
    if count is None or count <= 1:
        return None
    match = _NAME.match(posixpath.basename(path))
    if not match or not int(match[2]) or not int(match[3]):
        raise StoreError(f"split GGUF {quote(path)} must use llama.cpp split filename pattern")
    if int(match[3]) != count:
        raise StoreError(f"split GGUF {quote(path)} filename count {int(match[3])} does not match metadata count {count}")
    number, index = _whole(planned.header, "split.no"), int(match[2]) - 1
    if number is None:
        raise StoreError(f"split GGUF {quote(path)} is missing split.no metadata")
    if number != index:
        raise StoreError(f"split GGUF {quote(path)} filename index {index} does not match metadata index {number}")
    return Part(path, (planned.layer.media_type, match[1], count), index, count, planned)


def joined(store: Store, hold: Hold, parts: Sequence[Part]) -> Generator[Status, None, Planned]:
    """Yield how far the joining is; return the layer of the whole file.

    Raises:
        StoreError: parts are missing or damaged; the message is Ollama's where it has one.
    """
    count = parts[0].count
    if len(parts) != count:
        raise StoreError(f"split GGUF {quote(parts[0].path)} has {len(parts)} shards, expected {count}")
    parts = sorted(parts, key=lambda part: part.index)
    for index, part in enumerate(parts):
        if part.index != index:
            raise StoreError(f"split GGUF has duplicate shard index {part.index}")
    return (yield from rewritten(store, hold, [part.planned for part in parts]))


def _whole(header: GGUFInfo, key: str) -> int | None:
    for value in (header.value(key), header.kv.get(key)):
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None
