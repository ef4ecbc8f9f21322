"""Characters that a Modelfile cannot carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from ollama_magics.modelfile.decode import encoding_of
from ollama_magics.modelfile.escapes import ESCAPE, directive_in, escaped
from ollama_magics.modelfile.naming import character_name
from ollama_magics.modelfile.printable import character_class, often_dropped_too
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

DROPPED = Rule(
    *("MF501", "dropped-characters", "warning", "Ollama's parser leaves characters out, without a word."),
    *("FROM a\nSYSTEM no\u00a0break\n", "FROM a\nSYSTEM no break\n"),
)
REPLACED = Rule(
    *("MF502", "not-text", "warning", "Bytes that are no character have become U+FFFD."),
    *("FROM a\nSYSTEM h\udce9\n", "FROM a\nSYSTEM hé\n"),
)
OWN_ESCAPES = Rule(
    *("MF505", "own-escapes", "info", "Escapes such as \\u{A0} are read by ollama-magics alone."),
    *("# ollama-magics: escapes\nFROM a\nSYSTEM no\\u{A0}break\n", "FROM a\nSYSTEM no break\n"),
)
RULES = (DROPPED, REPLACED, OWN_ESCAPES)

_MOST = 100
"""Places that are pointed at one by one; the last one says how many more there are."""

_SURROGATES = re.compile("[\ud800-\udfff]+")
_REPLACEMENTS = re.compile("\ufffd+")

_JOINERS = frozenset("\u200c\u200d")
"""Characters that change how their neighbours look, so that leaving them out is nobody's wish."""


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield the places where the stored values will differ from what is written."""
    if file.dropped:
        yield from _dropped(file, _pattern(often_dropped_too(file.dropped)))
    if file.escapes:
        yield from _own_escapes(file)
    if isinstance(file.text, bytes):
        yield from _not_text(file, file.text)
    else:
        for match in islice(_SURROGATES.finditer(file.text), _MOST):
            yield REPLACED.at(*match.span(), "Half a surrogate pair becomes U+FFFD", help="No file can hold it.")


@lru_cache(maxsize=8)
def _pattern(dropped: frozenset[str]) -> re.Pattern[str]:
    return re.compile(f"[{character_class(dropped)}]+")


def _dropped(file: Modelfile, pattern: re.Pattern[str]) -> Iterator[Finding]:
    runs: list[tuple[int, int]] = []
    more = 0
    for node in file.instructions:
        faults = {fault.offset for fault in node.faults}
        found = (match.span() for match in pattern.finditer(file.source_text, node.start, node.end) if match.start() not in faults)
        runs += islice(found, _MOST - len(runs))
        more += sum(1 for _ in found)
    for place, (start, end) in enumerate(runs, 1):
        finding = _lost(file, start, end, more if place == _MOST else 0)
        yield replace(finding, fix=_as_escape(file, start, end)) if file.escapes and finding.fix is None else finding


def _own_escapes(file: Modelfile) -> Iterator[Finding]:
    count = sum(len(ESCAPE.findall(node.value.text)) for node in file.instructions if node.value is not None)
    comment = directive_in(file.nodes)
    if count and comment is not None:
        message = f"{'1 escape is' if count == 1 else f'{count} escapes are'} read by ollama-magics alone"
        help = "`ollama create` stores them as they are written; what we create and send has the characters themselves."
        yield OWN_ESCAPES.at(comment.start, comment.end, message, help=help)


def _as_escape(file: Modelfile, start: int, end: int) -> Fix | None:
    inside = any(node.value is not None and node.value.inner_start <= start < node.value.inner_end for node in file.instructions)
    text = escaped(file.source_text[start:end])
    return Fix(f"Write {text}", start, end, text) if inside and text else None


def _lost(file: Modelfile, start: int, end: int, more: int) -> Finding:
    import unicodedata

    run = file.source_text[start:end]
    distinct = list(dict.fromkeys(run))
    shown = ", ".join(map(character_name, distinct[:3])) + (" and others" if len(distinct) > 3 else "")
    count = "1 character is" if len(run) == 1 else f"{len(run)} characters are"
    kinds = {unicodedata.category(character) for character in distinct}
    fix = None
    if kinds == {"Zs"}:
        fix = Fix("Make it a space" if len(run) == 1 else "Make them spaces", start, end, " " * len(run))
    elif kinds <= {"Cf", "Cc"} and not _JOINERS.intersection(distinct):
        fix = Fix("Remove it" if len(run) == 1 else "Remove them", start, end, "")
    help = "A Modelfile cannot hold what Ollama's parser drops." + (f" So are the characters at {more} more places." if more else "")
    return DROPPED.at(start, end, f"{count} lost: {shown}", help=help, fix=fix)


def _not_text(file: Modelfile, source: bytes) -> Iterator[Finding]:
    if "\ufffd" not in file.source_text or file.source_text.encode(encoding_of(source)) == source:
        return
    for match in islice(_REPLACEMENTS.finditer(file.source_text), _MOST):
        yield REPLACED.at(*match.span(), "Bytes that are no character become U+FFFD", help="Save the file as UTF-8.")
