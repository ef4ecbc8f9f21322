"""The kernel's end of the panel protocol: a state, and the deltas that carry it on.

A state is a tree of JSON. A snapshot is ``{"seq", "state"}``; a delta is ``{"kind": "delta", "seq", "ops"}`` and carries a state from
``seq - 1`` to ``seq``. An op sets a value, ``{"p": path, "v": value}``; adds text, ``{"p": path, "o": offset, "d": text}``, where the
offset counts UTF-16 code units, as the browser's strings do; or changes a list, ``{"p": path, "i": index, "n": removed, "l": added}``. The
browser's end is ``labextension/src/shared/protocol.ts``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from ollama_magics.widgets.json_tree import plain, same

Path: TypeAlias = tuple[str | int, ...]


class _Append:
    """Text to add at a path, in pieces: joining a long answer again for every token would be quadratic."""

    def __init__(self, path: Path, offset: int, text: str) -> None:
        self.path, self.offset = path, offset
        self.pieces: list[str] = [text]
        self.joined = 0

    def op(self) -> dict[str, Any]:
        return {"p": list(self.path), "o": self.offset, "d": "".join(self.pieces)}


class _Set:
    def __init__(self, path: Path, value: Any) -> None:
        self.path, self.value = path, value

    def op(self) -> dict[str, Any]:
        return {"p": list(self.path), "v": self.value}


class _Splice:
    def __init__(self, path: Path, index: int, removed: int, added: list[Any]) -> None:
        self.path, self.index, self.removed, self.added = path, index, removed, added

    def op(self) -> dict[str, Any]:
        return {"p": list(self.path), "i": self.index, "n": self.removed, "l": self.added}


_Change: TypeAlias = _Append | _Set | _Splice


class LiveState:
    """A state that remembers what of it has not been sent. Every method may be called from any thread.

    Args:
        state: the first state; it is copied.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self._lock = threading.RLock()
        self._state: dict[str, Any] = plain(state)
        self._seq = 0
        self._pending: list[_Change] = []
        self._settled = 0  # so many of the pending changes stand before one that moved indices: they are left as they are
        self._appends: dict[Path, _Append] = {}
        self._lengths: dict[Path, int] = {}

    def set(self, *path: str | int, value: Any) -> None:
        """Put ``value`` at ``path``; the place it stands in has to exist, an index one past the end of a list adds to it.

        Only what differs from what stands there is sent: of lists the entries between the equal ones at both ends, of texts that grow
        what is new.

        Raises:
            LookupError: there is no such place.
            TypeError: ``value`` is not JSON.
        """
        value = plain(value)
        with self._lock:
            self._join(path)
            holder, last = self._holder(path), path[-1]
            if isinstance(holder, dict) and last not in holder:
                self._change(_Set(path, value))
            elif isinstance(holder, list) and last == len(holder):
                self._change(_Splice(path[:-1], len(holder), 0, [value]))
            elif isinstance(holder, dict) or (isinstance(last, int) and 0 <= last < len(holder)):
                for change in _smallest(path, self._place(path), value):
                    self._change(change)
            else:
                raise IndexError(f"no place for {path}")

    def append(self, *path: str | int, text: str) -> None:
        """Add ``text`` to the string at ``path``."""
        if text:
            with self._lock:
                self._change(_Append(path, 0, text))

    def splice(self, *path: str | int, index: int, remove: int = 0, add: Iterable[Any] = ()) -> None:
        """Take ``remove`` entries out of the list at ``path``, from ``index`` on, and put ``add`` there.

        Raises:
            IndexError: the list has no such entries.
        """
        added = plain(list(add))
        with self._lock:
            self._join(path)
            place = self._place(path)
            if not 0 <= index <= index + remove <= len(place):
                raise IndexError(f"no entries {index} to {index + remove} at {path}")
            if remove or added:
                self._change(_Splice(path, index, remove, added))

    def value(self, *path: str | int) -> Any:
        """Return a copy of what stands at ``path``."""
        with self._lock:
            self._join(path)
            return plain(self._place(path))

    def take_delta(self) -> dict[str, Any] | None:
        """Return the delta of everything since the last call, or None when there is nothing."""
        with self._lock:
            if not self._pending:
                return None
            self._join(())
            self._seq += 1
            delta = {"kind": "delta", "seq": self._seq, "ops": [change.op() for change in self._pending]}
            self._pending, self._appends, self._settled = [], {}, 0
            return delta

    def snapshot(self) -> dict[str, Any]:
        """Return the state as the deltas taken so far have made it, or later: what is pending counts as a delta that nobody saw."""
        with self._lock:
            self.take_delta()
            return {"seq": self._seq, "state": plain(self._state)}

    @property
    def seq(self) -> int:
        """The number of the last delta that was taken."""
        with self._lock:
            return self._seq

    def _place(self, path: Path) -> Any:
        place: Any = self._state
        for key in path:
            place = place[key]
        return place

    def _holder(self, path: Path) -> Any:
        return self._place(path[:-1])

    def _length(self, path: Path) -> int:
        if path not in self._lengths:
            self._lengths[path] = utf16_length(self._place(path))
        return self._lengths[path]

    def _change(self, change: _Change) -> None:
        """Make a change and remember to send it."""
        match change:
            case _Append():
                self._grow(change)
            case _Set():
                self._holder(change.path)[change.path[-1]] = plain(change.value)
                self._forget(change.path)
                self._pending.append(change)
            case _Splice():
                at = change.index
                self._join(change.path)
                place = self._place(change.path)
                if at + change.removed < len(place):
                    self._stay(change.path)
                else:
                    for index in range(at, len(place)):
                        self._forget((*change.path, index))
                place[at : at + change.removed] = plain(change.added)
                self._pending.append(change)

    def _grow(self, change: _Append) -> None:
        path, text = change.path, change.pieces[0]
        waiting = self._appends.get(path)
        if waiting is None:
            change.offset = self._length(path)
            self._appends[path] = change
            self._pending.append(change)
        else:
            waiting.pieces.append(text)
        self._lengths[path] += utf16_length(text)

    def _join(self, path: Path) -> None:
        """Bring the state up to date above and below ``path``."""
        for place, waiting in self._appends.items():
            shorter = min(len(place), len(path))
            if waiting.joined < len(waiting.pieces) and place[:shorter] == path[:shorter]:
                self._holder(place)[place[-1]] += "".join(waiting.pieces[waiting.joined :])
                waiting.joined = len(waiting.pieces)

    def _forget(self, path: Path) -> None:
        """Leave out pending changes below a place that is set anew, and what is known of their lengths."""
        below = len(path)
        free = self._pending[self._settled :]
        self._pending[self._settled :] = [change for change in free if change.path[:below] != path]
        self._drop_texts(path)

    def _stay(self, path: Path) -> None:
        """Leave pending changes as they are from now on: indices in the list at ``path`` will mean others."""
        self._settled = len(self._pending)
        self._drop_texts(path)

    def _drop_texts(self, path: Path) -> None:
        below = len(path)
        self._appends = {place: change for place, change in self._appends.items() if place[:below] != path}
        self._lengths = {place: length for place, length in self._lengths.items() if place[:below] != path}


def _smallest(path: Path, old: Any, new: Any) -> list[_Change]:
    """Return the changes from ``old`` to ``new``: those of their parts, unless the whole is shorter."""
    parts: list[_Change] = list(_differences(path, old, new))
    whole = _Set(path, new)
    if len(parts) > 1 and sum(len(json.dumps(part.op())) for part in parts) >= len(json.dumps(whole.op())):
        return [whole]
    return parts


def _differences(path: Path, old: Any, new: Any) -> Iterator[_Change]:
    if same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() <= new.keys():
        for key, value in new.items():
            if key in old:
                yield from _differences((*path, key), old[key], value)
            else:
                yield _Set((*path, key), value)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_differences(path, old, new)
    elif isinstance(old, str) and isinstance(new, str) and old and new.startswith(old):
        yield _Append(path, 0, new[len(old) :])
    else:
        yield _Set(path, new)


def _list_differences(path: Path, old: list[Any], new: list[Any]) -> Iterator[_Change]:
    shorter = min(len(old), len(new))
    start = next((index for index in range(shorter) if not same(old[index], new[index])), shorter)
    rest = shorter - start
    end = next((index for index in range(rest) if not same(old[-1 - index], new[-1 - index])), rest)
    if len(old) == len(new):
        for index in range(start, len(new) - end):
            yield from _differences((*path, index), old[index], new[index])
    else:
        yield _Splice(path, start, len(old) - start - end, new[start : len(new) - end])


def utf16_length(text: str) -> int:
    """Return how many UTF-16 code units ``text`` takes.

    >>> utf16_length("a\\U0001f600")
    3
    """
    return len(text) if text.isascii() else len(text) + sum(1 for char in text if ord(char) > 0xFFFF)
