"""How much memory a loaded model takes, and how much there is.

Source: Ollama server/sched.go (``availableMemoryForPlacement``: a model may take 80 % of what is free) (v0.33.0-rc2).
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from ollama_magics.server.gguf import GGUFInfo

_SHARE = 0.8
_BITS = {"f32": 32.0, "f16": 16.0, "bf16": 16.0, "q8_0": 8.5, "q5_1": 6.0, "q5_0": 5.5, "q4_1": 5.0, "q4_0": 4.5, "iq4_nl": 4.5}
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_of_load(header: GGUFInfo, adapters: Iterable[str], tokens: int, cache_type: str) -> int:
    """Return the bytes that a model takes: its weights, its adapters, and the keys and values of ``tokens``."""
    return header.size + sum(_size(path) for path in adapters) + int(tokens * _cache_bits(header, cache_type) / 8)


def memory_limit(configured: int) -> int:
    """Return the bytes that all loaded models may take: ``configured``, or 80 % of the machine's where that is 0; 0 is unknown."""
    return configured or int(_physical() * _SHARE)


def _cache_bits(header: GGUFInfo, cache_type: str) -> float:
    """Return the bits that one token takes in the cache of keys and values."""
    heads = header.uint("attention.head_count")
    width = header.uint("embedding_length") // heads if heads else 0
    key, value = (header.uint(f"attention.{part}_length") or width for part in ("key", "value"))
    shared = header.uint("attention.head_count_kv") or heads
    return header.uint("block_count") * shared * (key + value) * _BITS.get(cache_type, 16.0)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _physical() -> int:
    """Return the bytes of memory of this machine, or of the container around this process; 0 where nobody says."""
    if sys.platform == "win32":
        return _physical_windows()
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0
    return min([total, *_limits()])


def _limits() -> list[int]:
    found = []
    for path in _CGROUP_LIMITS:
        try:
            text = path.read_text("ascii").strip()
        except (OSError, UnicodeError):
            continue
        if text.isdigit():
            found.append(int(text))
    return found


if sys.platform == "win32":

    class _MemoryStatus(ctypes.Structure):
        """Source: Windows sysinfoapi.h, MEMORYSTATUSEX."""

        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("total", ctypes.c_uint64),
            ("rest", ctypes.c_uint64 * 6),
        )

    def _physical_windows() -> int:
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        return int(status.total) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0
