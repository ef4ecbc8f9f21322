"""The kernel's end of the panel protocol: a state, and the deltas that carry it on.

A state is a tree of JSON. A snapshot is ``{"seq", "state"}``; a delta is ``{"kind": "delta", "seq", "ops"}`` and carries a state from
``seq - 1`` to ``seq``. An op sets a value, ``{"p": path, "v": value}``, or adds text, ``{"p": path, "o": offset, "d": text}``, where
the offset counts UTF-16 code units, as the browser's strings do. The browser's end is ``labextension/src/shared/protocol.ts``.
"""

from __future__ import annotations

import threading
from copy import deepcopy
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]


class _Append:
    """Text to add at a path, in pieces: joining a long answer again for every token would be quadratic."""

    def __init__(self, path: Path, offset: int) -> None:
        self.path, self.offset = path, offset
        self.pieces: list[str] = []
        self.joined = 0

    def op(self) -> dict[str, Any]:
        return {"p": list(self.path), "o": self.offset, "d": "".join(self.pieces)}


class _Set:
    def __init__(self, path: Path, value: Any) -> None:
        self.path, self.value = path, value

    def op(self) -> dict[str, Any]:
        return {"p": list(self.path), "v": self.value}


class LiveState:
    """A state that remembers what of it has not been sent. Every method may be called from any thread.

    Args:
        state: the first state; it is copied.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self._lock = threading.RLock()
        self._state = deepcopy(state)
        self._seq = 0
        self._pending: list[_Append | _Set] = []
        self._appends: dict[Path, _Append] = {}
        self._lengths: dict[Path, int] = {}

    def set(self, *path: str | int, value: Any) -> None:
        """Put ``value`` at ``path``; the place it stands in has to exist, an index one past the end of a list adds to it."""
        with self._lock:
            self._join()
            holder, last = self._holder(path), path[-1]
            if isinstance(holder, list) and last == len(holder):
                holder.append(deepcopy(value))
            elif isinstance(holder, dict) or 0 <= int(last) < len(holder):
                if holder.get(last, _MISSING) == value if isinstance(holder, dict) else holder[last] == value:
                    return
                holder[last] = deepcopy(value)
            else:
                raise IndexError(f"no place for {path}")
            self._forget(path)
            self._pending.append(_Set(path, deepcopy(value)))

    def append(self, *path: str | int, text: str) -> None:
        """Add ``text`` to the string at ``path``."""
        if not text:
            return
        with self._lock:
            waiting = self._appends.get(path)
            if waiting is None:
                waiting = self._appends[path] = _Append(path, self._length(path))
                self._pending.append(waiting)
            waiting.pieces.append(text)
            self._lengths[path] += utf16_length(text)

    def value(self, *path: str | int) -> Any:
        """Return a copy of what stands at ``path``."""
        with self._lock:
            self._join()
            place: Any = self._state
            for key in path:
                place = place[key]
            return deepcopy(place)

    def take_delta(self) -> dict[str, Any] | None:
        """Return the delta of everything since the last call, or None when there is nothing."""
        with self._lock:
            if not self._pending:
                return None
            self._join()
            self._seq += 1
            delta = {"kind": "delta", "seq": self._seq, "ops": [change.op() for change in self._pending]}
            self._pending, self._appends = [], {}
            return delta

    def snapshot(self) -> dict[str, Any]:
        """Return the state as the deltas taken so far have made it, or later: what is pending counts as a delta that nobody saw."""
        with self._lock:
            self.take_delta()
            return {"seq": self._seq, "state": deepcopy(self._state)}

    @property
    def seq(self) -> int:
        """The number of the last delta that was taken."""
        with self._lock:
            return self._seq

    def _holder(self, path: Path) -> Any:
        place: Any = self._state
        for key in path[:-1]:
            place = place[key]
        return place

    def _length(self, path: Path) -> int:
        if path not in self._lengths:
            self._lengths[path] = utf16_length(self._holder(path)[path[-1]])
        return self._lengths[path]

    def _join(self) -> None:
        for waiting in self._appends.values():
            if waiting.joined < len(waiting.pieces):
                self._holder(waiting.path)[waiting.path[-1]] += "".join(waiting.pieces[waiting.joined :])
                waiting.joined = len(waiting.pieces)

    def _forget(self, path: Path) -> None:
        """Leave out pending changes below a place that is set anew, and what is known of their lengths."""
        below = len(path)
        self._pending = [change for change in self._pending if change.path[:below] != path]
        self._appends = {place: change for place, change in self._appends.items() if place[:below] != path}
        self._lengths = {place: length for place, length in self._lengths.items() if place[:below] != path}


_MISSING = object()


def utf16_length(text: str) -> int:
    """Return how many UTF-16 code units ``text`` takes.

    >>> utf16_length("a\\U0001f600")
    3
    """
    return len(text) if text.isascii() else len(text) + sum(1 for char in text if ord(char) > 0xFFFF)
