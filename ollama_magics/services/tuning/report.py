"""What was tuned and what is tried, as rows to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ollama_magics.services.tuning.parts import parameters_of
from ollama_magics.services.tuning.state import EXAMPLES, SYSTEM
from ollama_magics.wire.options import OPTIONS

if TYPE_CHECKING:
    from ollama_magics.modelfile import Modelfile
    from ollama_magics.services.tuning.tuner import Tuner

_LONG = 60


def value_text(value: Any) -> str:
    """Return a value as a Modelfile writes it; texts of a list divided by commas.

    Examples:
        >>> value_text(0.60), value_text(True), value_text(["a", "b"]), value_text(None)
        ('0.6', 'true', 'a, b', '')
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def rows(tuner: Tuner) -> list[tuple[str, str, str]]:
    """Return name, stored value and tried value of each place that is set; the last is empty where nothing is tried."""
    ours, theirs = tuner.state.tried, tuner.stored.modelfile
    before, after = parameters_of(theirs), parameters_of(ours)
    changes = tuner.changes
    found: list[tuple[str, str, str]] = []
    for name in OPTIONS:
        old, new = before.get(name), after.get(name)
        if old is not None or new is not None:
            found.append((name, value_text(old) or "not set", (value_text(new) or "not set") if name in changes else ""))
    if SYSTEM in changes:
        found += _system_rows(theirs.system or "", ours.system or "")
    if EXAMPLES in changes:
        found.append(("MESSAGE lines", _lines(theirs), _lines(ours)))
    found += [(name.upper(), "", "changed") for name in changes if name not in {SYSTEM, EXAMPLES, *OPTIONS}]
    return found


def _system_rows(before: str, after: str) -> list[tuple[str, str, str]]:
    """Return the lines that differ; both whole where they have not as many lines."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) != len(new):
        return [("SYSTEM", _short(before) or "not set", _short(after) or "not set")]
    differing = [(number, pair) for number, pair in enumerate(zip(old, new, strict=True), 1) if pair[0] != pair[1]]
    named = "SYSTEM" if len(old) == 1 else "SYSTEM, line {}"
    return [(named.format(number), *_apart(*pair)) for number, pair in differing]


def _apart(old: str, new: str) -> tuple[str, str]:
    """Return two lines without the words that both begin and end with."""
    left, right = old.split(), new.split()
    start = next((at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), min(len(left), len(right)))
    room = min(len(left), len(right)) - start
    end = next((at for at in range(room) if left[-1 - at] != right[-1 - at]), room)
    return _short(" ".join(left[start : len(left) - end])), _short(" ".join(right[start : len(right) - end])) or "nothing"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"


def _lines(modelfile: Modelfile) -> str:
    count = len(modelfile.messages)
    return f"{count} line{'' if count == 1 else 's'}"
