"""File name patterns as Go matches them: case counts, ``*`` matches a leading dot, and the folder's own path is part of the pattern.

Source: Go path/filepath (Match, Glob, Go 1.26).
"""

from __future__ import annotations

import os
import re

_ESCAPES = os.sep != "\\"
_META = re.compile(r"[*?\[\\]" if _ESCAPES else r"[*?\[]")


class BadPattern(ValueError):
    """A pattern is malformed."""


def glob(pattern: str) -> list[str]:
    """Return the existing paths that match an absolute pattern, sorted within each folder.

    Raises:
        BadPattern: the pattern is malformed.
    """
    translate(pattern)
    if not _META.search(pattern):
        return [pattern] if os.path.lexists(pattern) else []
    folder, _, name = pattern.rpartition(os.sep)
    folder = folder or os.sep
    folders = glob(folder) if _META.search(folder) else [folder]
    wanted = translate(name)
    return [os.path.join(found, entry) for found in folders for entry in _entries(found) if wanted.fullmatch(entry)]


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def translate(pattern: str) -> re.Pattern[str]:
    """Return the regular expression for a pattern.

    Raises:
        BadPattern: the pattern is malformed.

    Examples:
        >>> [bool(translate(pattern).fullmatch(".a")) for pattern in ("*a", "[.-0]?", "[^.]?", "*A")]
        [True, True, False, False]
    """
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            parts.append(r"[^/]*")
        elif character == "?":
            parts.append(r"[^/]")
        elif character == "[":
            part, at = _class(pattern, at)
            parts.append(part)
        elif character == "\\" and _ESCAPES:
            if at == len(pattern):
                raise BadPattern(pattern)
            parts.append(re.escape(pattern[at]))
            at += 1
        else:
            parts.append(re.escape(character))
    return re.compile("".join(parts), re.DOTALL)


def _class(pattern: str, at: int) -> tuple[str, int]:
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[str] = []
    while not (ranges and pattern.startswith("]", at)):
        first, at = _member(pattern, at)
        last = first
        if pattern.startswith("-", at):
            last, at = _member(pattern, at + 1)
        ranges.append(f"{re.escape(first)}-{re.escape(last)}" if first <= last else "")
    members = "".join(ranges)
    if not members:
        return (r"[^/]" if negated else r"(?!)"), at + 1
    return f"[{'^' if negated else ''}{members}]", at + 1


def _member(pattern: str, at: int) -> tuple[str, int]:
    if at >= len(pattern) or pattern[at] in "-]":
        raise BadPattern(pattern)
    if pattern[at] == "\\" and _ESCAPES:
        at += 1
    if at + 1 >= len(pattern):
        raise BadPattern(pattern)
    return pattern[at], at + 1
