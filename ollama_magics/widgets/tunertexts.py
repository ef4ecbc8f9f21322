"""The texts in the tuner's panel: the system prompt, the examples and the Modelfile with its change marked."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal

from ollama_magics.display.diff import mark_words
from ollama_magics.display.quantities import count
from ollama_magics.display.segments import DiffLine, plain, spans
from ollama_magics.modelfile.naming import character_name
from ollama_magics.modelfile.printable import character_class, dropped_in
from ollama_magics.services.tuning.counting import Counter
from ollama_magics.services.tuning.merging import matching
from ollama_magics.services.tuning.state import Tuning
from ollama_magics.widgets.protocol import utf16_length
from ollama_magics.widgets.tunerstate import Example, Examples, Line, ModelfileTab, Problem, Span, State, System

_MOST_PROBLEMS = 100
_MOST_WORDS = 2_000
_WHOLE = 400
_CONTEXT = 3
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_SHORT_NAMES = {"\u00a0": "NBSP", "\u200b": "ZWSP", "\u200d": "ZWJ", "\u200c": "ZWNJ", "\ufeff": "BOM", "\u00ad": "SHY", "\u2028": "LSEP"}


class Places:
    """Offsets of a text in UTF-16 code units, as the page counts."""

    def __init__(self, text: str) -> None:
        self._wide = None if text.isascii() or max(text) <= "\uffff" else [at for at, character in enumerate(text) if character > "\uffff"]

    def of(self, offset: int) -> int:
        """Return the offset in code units."""
        return offset + (bisect_right(self._wide, offset - 1) if self._wide else 0)

    def span(self, start: int, end: int) -> Span:
        """Return two of them."""
        return self.of(start), self.of(end)


def system(tuning: Tuning, counter: Counter) -> System:
    """Return the system prompt as its editor shows it."""
    inherited = tuning.stored.inherited.system
    own, before = tuning.tried.system or "", tuning.stored.modelfile.system or ""
    typed = tuning.system
    text = typed if typed is not None else own or inherited
    stored = before or inherited
    state = _system_state(tuning, own, before, inherited)
    problems = list(_problems(text)) if text.strip() and not tuning.base.escapes else []
    tokens, stored_tokens = counter.about(tuning.usable(text)), counter.about(stored)
    places = Places(text)
    tried = state == "tried"
    return System(
        text=text,
        stored=stored,
        state=state,
        state_words={"tried": "tried", "inherited": f"from {tuning.stored.base}", "unset": "not set"}.get(state, ""),
        tokens=tokens,
        stored_tokens=stored_tokens,
        tokens_words=counter.words(tuning.usable(text)) + (f", was {count(stored_tokens)}" if tokens != stored_tokens else ""),
        about=counter.known(tuning.usable(text)) is None or counter.known(stored) is None,
        problems=problems,
        problem_words=tuning.system_problem or _problem_words(text, problems),
        changed=[places.span(*span) for span in changed_spans(stored, text)] if tried else [],
        can_reset=tried or bool(before),
        reset_label=f"Back to {tuning.stored.label}" if tried else "Remove from the Modelfile" if before else "",
    )


def _system_state(tuning: Tuning, own: str, before: str, inherited: str) -> State:
    if own != before or tuning.system is not None or tuning.system_problem:
        return "tried"
    if own:
        return "same" if own == inherited else "set"
    return "inherited" if inherited else "unset"


def _problems(text: str) -> Iterator[Problem]:
    """Yield the runs of characters that Modelfile text would lose."""
    lost = dropped_in(text)
    if not lost:
        return
    places = Places(text)
    for found, match in enumerate(re.finditer(f"[{character_class(lost)}]+", text)):
        if found == _MOST_PROBLEMS:
            return
        start, end = places.span(*match.span())
        label, fix = _fix(match[0])
        yield Problem(
            start=start,
            end=end,
            line=text.count("\n", 0, match.start()) + 1,
            name=_SHORT_NAMES.get(match[0], f"U+{ord(match[0][0]):04X}"),
            text=f"{_names(match[0])}: the Modelfile text drops it",
            fix_label=label,
            fix=fix,
        )


def _fix(run: str) -> tuple[str, str]:
    kinds = {unicodedata.category(character) for character in run}
    if kinds == {"Zs"}:
        return ("Make it a space" if len(run) == 1 else "Make them spaces"), " " * len(run)
    if kinds <= {"Zl", "Zp"}:
        return "Make it a line end", "\n" * len(run)
    if kinds <= {"Cf", "Cc"} and not {"\u200c", "\u200d"}.intersection(run):
        return ("Remove it" if len(run) == 1 else "Remove them"), ""
    return "", ""


def _names(run: str) -> str:
    distinct = list(dict.fromkeys(run))
    return ", ".join(character_name(character).partition(" (")[0] for character in distinct[:3])


def _problem_words(text: str, problems: Sequence[Problem]) -> str:
    if not problems:
        return ""
    lost = dropped_in(text)
    number = sum(text.count(character) for character in lost)
    first = problems[0]
    verb = "would be lost in Modelfile text"
    where = f"{first['text'].partition(':')[0]}, line {first['line']}"
    more = "" if len(problems) == 1 else f", and {count(len(problems) - 1, 'more place')}"
    return f"{count(number, 'character')} {verb}: {where}{more}."


def changed_spans(before: str, after: str) -> list[tuple[int, int]]:
    """Return the parts of ``after`` that are not in ``before``, by words; of a long run of new lines the whole run.

    Examples:
        >>> changed_spans("Answer in one sentence.", "Answer in two sentences. Now.")
        [(10, 23), (24, 29)]
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[tuple[int, int]] = []
    low = left = at = 0
    for a, b, size in [*matching(old, new), (len(old), len(new), 0)]:
        gone, came = "".join(old[low:a]), "".join(new[left:b])
        found += [(at + start, at + end) for start, end in _new_words(gone, came)]
        at += len(came) + sum(map(len, new[b : b + size]))
        low, left = a + size, b + size
    return found


def _new_words(gone: str, came: str) -> Iterator[tuple[int, int]]:
    if not came:
        return
    old, new = _WORD.findall(gone), _WORD.findall(came)
    if not gone or len(old) > _MOST_WORDS or len(new) > _MOST_WORDS:
        yield 0, len(came.rstrip("\n"))
        return
    at = low = 0
    spans: list[tuple[int, int]] = []
    for _, b, size in [*matching(old, new), (len(old), len(new), 0)]:
        end = at + sum(map(len, new[low:b]))
        if end > at:
            # Blanks between two changed words belong to the change.
            joins = spans and came[spans[-1][1] : at].isspace()
            spans[-1:] = [(spans[-1][0], end)] if joins else [*spans[-1:], (at, end)]
        at = end + sum(map(len, new[b : b + size]))
        low = b + size
    yield from spans


def examples(tuning: Tuning, counter: Counter) -> Examples:
    """Return the MESSAGE lines as rows."""
    stored = {(message["role"], message["content"]) for message in tuning.stored.modelfile.messages}
    inherited = tuning.examples_inherited
    rows = [
        Example(
            id=row.id,
            role=row.role,  # type: ignore[typeddict-item]  # roles are those of MESSAGE
            text=row.text,
            state="inherited" if inherited else "set" if (row.role, tuning.usable(row.text)) in stored else "tried",
            problem=row.problem,
        )
        for row in tuning.examples
    ]
    said = "\n".join(row.text for row in tuning.examples if row.is_used)
    tokens = counter.about(said)
    tried = tuning.rows is not None or tuning.tried.messages != tuning.stored.modelfile.messages
    can_reset = tried or bool(stored)
    label = f"Back to {tuning.stored.label}" if tried else "Remove all from the Modelfile" if stored else ""
    return Examples(
        tokens=tokens, words=_example_words(tuning, rows, counter.words(said)), rows=rows, can_reset=can_reset, reset_label=label
    )


def _example_words(tuning: Tuning, rows: Sequence[Example], tokens: str) -> str:
    if not rows:
        return "none"
    roles = [row["role"] for row in rows]
    pairs = len(rows) % 2 == 0 and roles == ["user", "assistant"] * (len(rows) // 2)
    number = count(len(rows) // 2, "pair") if pairs else count(len(rows), "message")
    unused = ", empty ones are not used" if any(not row["text"] for row in rows) else ""
    return f"{number}, {tokens}{unused}" + (f", from {tuning.stored.base}" if tuning.examples_inherited else "")


def modelfile_tab(tuning: Tuning) -> ModelfileTab:
    """Return the text that is tried, line by line, with what is not stored marked; far from a change, long texts are folded."""
    old, new = tuning.home.source_text.splitlines(), tuning.tried.source_text.splitlines()
    runs = list(_runs(old, new))
    added = sum(len(run) for sign, run in runs if sign == "+")
    removed = sum(len(run) for sign, run in runs if sign == "-")
    fold = len(new) > _WHOLE
    lines: list[Line] = []
    numbers = [0, 0]
    for place, (sign, run) in enumerate(runs):
        if sign == " ":
            lines += _kept(run, numbers[1], place > 0, place < len(runs) - 1, fold=fold)
            numbers = [number + len(run) for number in numbers]
        elif sign == "-" and runs[place + 1 : place + 2] and runs[place + 1][0] == "+":
            came = runs[place + 1][1]
            lines += _changed(run, came, *numbers)
            numbers = [numbers[0] + len(run), numbers[1] + len(came)]
        elif sign == "-":
            lines += _changed(run, [], *numbers)
            numbers[0] += len(run)
        elif not (place and runs[place - 1][0] == "-"):
            lines += _changed([], run, *numbers)
            numbers[1] += len(run)
    cell = "your cell" if tuning.in_cell else "the Modelfile"
    note = f"Only the changed words differ. Comments, order and layout of {cell} stay." if added or removed else "As stored."
    return ModelfileTab(lines=lines, words=f"+{added} −{removed}" if added or removed else "", note=note)


Sign = Literal[" ", "-", "+"]


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[Sign, list[str]]]:
    low = left = 0
    for a, b, size in [*matching(old, new), (len(old), len(new), 0)]:
        if a > low:
            yield "-", old[low:a]
        if b > left:
            yield "+", new[left:b]
        if size:
            yield " ", new[b : b + size]
        low, left = a + size, b + size


def _kept(run: list[str], number: int, after: bool, before: bool, *, fold: bool) -> Iterator[Line]:
    """Yield unchanged lines; of a long run those near a change, or its beginning where there is no change at all."""
    first = _CONTEXT if after or before else _WHOLE // 2
    head, tail = (first if after or not before else 0), (_CONTEXT if before else 0)
    if not fold or len(run) <= head + tail + 1:
        yield from (_line(number + at, " ", text) for at, text in enumerate(run, 1))
        return
    yield from (_line(number + at, " ", text) for at, text in enumerate(run[:head], 1))
    yield Line(number=0, sign="…", text=f"{count(len(run) - head - tail, 'line')} the same", marks=[])
    yield from (_line(number + len(run) - tail + at, " ", text) for at, text in enumerate(run[len(run) - tail :], 1))


def _changed(gone: list[str], came: list[str], old_number: int, new_number: int) -> Iterator[Line]:
    """Yield changed lines, each new one behind the one it stands for; of very many the first."""
    if len(gone) + len(came) > 2 * _WHOLE:
        yield from _many("-", gone, old_number)
        yield from _many("+", came, new_number)
        return
    for line in mark_words([*(DiffLine("-", text) for text in gone), *(DiffLine("+", text) for text in came)]):
        if line.sign == "-":
            old_number += 1
        else:
            new_number += 1
        sign: Literal["-", "+"] = "-" if line.sign == "-" else "+"
        yield Line(number=old_number if sign == "-" else new_number, sign=sign, text=plain(line.text), marks=_marks(line))


def _many(sign: Literal["-", "+"], lines: list[str], number: int) -> Iterator[Line]:
    yield from (_line(number + at, sign, text) for at, text in enumerate(lines[:_WHOLE], 1))
    if len(lines) > _WHOLE:
        word = "gone" if sign == "-" else "new"
        yield Line(number=0, sign="…", text=f"{count(len(lines) - _WHOLE, 'line')} {word}", marks=[])


def _line(number: int, sign: Literal[" ", "-", "+"], text: str) -> Line:
    return Line(number=number, sign=sign, text=text, marks=[])


def _marks(line: DiffLine) -> list[Span]:
    found: list[Span] = []
    at = 0
    for span in spans(line.text):
        end = at + utf16_length(span.text)
        if span.style in ("ins", "del"):
            found.append((at, end))
        at = end
    return found
