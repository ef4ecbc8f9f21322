"""From the text of a Modelfile to its parts and to the verdict of Ollama's parser.

The scanner takes the steps of Ollama's state machine span by span. It differs in two ways only. It finds the end of a quoted value with
one search, where Ollama tests the whole value again at every space, so its time grows with the length of the text and not with the
square of it. And it goes on after an error: the error is kept, then the instruction is read as it was probably meant.

Every search that may look far ahead goes through `Ahead`, which never looks at the same stretch twice; this keeps the recovery linear.

Source: Ollama parser/parser.go (ParseFile, parseRuneForState, unquote), v0.33.0-rc2.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ollama_magics.modelfile.decode import BOM
from ollama_magics.modelfile.nodes import COMMANDS, ROLES, Comment, Fault, FaultAt, Instruction, Node, Space, Value, Word
from ollama_magics.modelfile.printable import character_class, dropped_in, is_printable, often_dropped_too


def _one_of(names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' for name in names]
    return f"must be one of {', '.join(quoted[:-1])}, or {quoted[-1]}"


COMMAND_ERROR = f"command {_one_of(COMMANDS)}"
ROLE_ERROR = f"message role {_one_of(ROLES)}"
END_ERROR = "unexpected EOF"
NO_FROM_ERROR = "no FROM line"

_SPACE = re.compile(r"[ \t\r\n]*+")
_BLANK = re.compile(r"[ \t]*+")
_LINE = re.compile(r"[^\r\n]*+")
_LETTERS = re.compile(r"[A-Za-z]*+")
_NAME = re.compile(r"[A-Za-z0-9_]*+")
_MEANT_NAME = re.compile(r"[^ \t\r\n=:]*+")
_MEANT_SEPARATOR = re.compile(r"[ \t]*+[=:]?[ \t]*+")
_INSTRUCTION = r"[\r\n][ \t]*+(?:" + "|".join(COMMANDS) + r")[ \t]"
_UPPER_INSTRUCTION = re.compile(_INSTRUCTION.replace("|".join(COMMANDS), "|".join(COMMANDS).upper()))
_ANY_INSTRUCTION = re.compile(_INSTRUCTION, re.IGNORECASE)


class _Shapes(NamedTuple):
    """The patterns that depend on which of the text's characters Ollama drops."""

    dropped: re.Pattern[str] | None
    lead: re.Pattern[str]
    triple: re.Pattern[str]
    close_single: re.Pattern[str]
    close_triple: re.Pattern[str]


@lru_cache(maxsize=8)
def _shapes(dropped: frozenset[str]) -> _Shapes:
    members = character_class(dropped)
    skip = f"[{members}]*+" if members else ""
    quotes = f'"{skip}"{skip}"'
    rest = rf"[ \t{members}]*+(?=[\r\n]|\Z)"
    return _Shapes(
        re.compile(f"[{members}]+") if members else None,
        re.compile(rf"[ \t{members}]*+"),
        re.compile(quotes),
        re.compile(f'"{rest}'),
        re.compile(f"{quotes}{rest}"),
    )


class Ahead:
    """Searches for one pattern at places that only move forward, without looking at anything twice."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self._pattern = pattern
        self._text = text
        self._asked: int | None = None
        self._found: re.Match[str] | None = None

    def find(self, at: int) -> re.Match[str] | None:
        """Return the first match at or behind ``at``."""
        known = self._asked is not None and self._asked <= at and (self._found is None or self._found.start() >= at)
        if not known:
            self._asked = at
            self._found = self._pattern.search(self._text, at)
        return self._found


class Scanner:
    """Reads one text once; `nodes`, `error` and `dropped` (characters that no value can hold) are the result.

    Args:
        source: what the nodes' texts are cut from.
        text: the same with every character as Ollama sees it; of the same length.
    """

    def __init__(self, source: str, text: str) -> None:
        self.nodes: list[Node] = []
        self.error: str | None = None
        self._source = source
        self._text = text
        self.dropped = dropped_in(text)
        self._shapes = _shapes(often_dropped_too(self.dropped))
        self._closing = {'"': Ahead(self._shapes.close_single, text), '"""': Ahead(self._shapes.close_triple, text)}
        self._marks = {'"': Ahead(re.compile('"'), text), '"""': Ahead(self._shapes.triple, text)}
        self._upper = Ahead(_UPPER_INSTRUCTION, text)
        self._any = Ahead(_ANY_INSTRUCTION, text)

    def scan(self) -> None:
        """Read the whole text."""
        text, at = self._text, 0
        if text.startswith(BOM):
            at = 1
            self.nodes.append(Space(0, self._source[:1]))
        while at < len(text):
            end = _match_end(_SPACE, text, at)
            if end > at:
                self.nodes.append(Space(at, self._source[at:end]))
            elif text[at] == "#":
                end = _match_end(_LINE, text, at)
                self.nodes.append(Comment(at, self._source[at:end]))
            else:
                node = self._instruction(at)
                self.nodes.append(node)
                end = node.end
            at = end

    def _instruction(self, start: int) -> Instruction:
        """Read an instruction; its first character is part of the keyword whatever it is."""
        text = self._text
        end = _match_end(_LETTERS, text, start + 1)
        keyword = Word(start, text[start:end])
        if not is_printable(text[start]):
            keyword = Word(start + 1, text[start + 1 : end])
        name = keyword.text.lower() if keyword.text.isascii() else ""
        name = name if name in COMMANDS else ""
        if end == len(text):
            self._fail(END_ERROR)
            return self._node(start, end, keyword, name, FaultAt(Fault.KEYWORD_END, end))
        if text[end] in "\r\n":
            self._fail_at(COMMAND_ERROR, end)
            return self._node(start, end, keyword, name, FaultAt(Fault.KEYWORD_END, end))
        if text[end] not in " \t":
            return self._keyword_character(start, end, keyword, name)
        if name == "parameter":
            return self._parameter(start, end + 1, keyword)
        if name == "message":
            return self._message(start, end + 1, keyword)
        if not name:
            self._fail_at(COMMAND_ERROR, end)
            value = self._meant_value(end + 1, keyword)
            return self._node(start, self._line_end(value), keyword, "", FaultAt(Fault.UNKNOWN_KEYWORD, start), value=value)
        value, *faults = self._value(end + 1, keyword)
        command = ("model" if name == "from" else name, value.text)
        return self._node(start, self._line_end(value), keyword, name, *faults, value=value, command=command)

    def _keyword_character(self, start: int, end: int, keyword: Word, name: str) -> Instruction:
        self._fail_at(COMMAND_ERROR, end)
        fault = FaultAt(Fault.KEYWORD_CHARACTER, end)
        if not name:
            return self._node(start, _match_end(_LINE, self._text, end), keyword, name, fault)
        value = self._meant_value(_match_end(_MEANT_SEPARATOR, self._text, _match_end(self._shapes.lead, self._text, end)), keyword)
        return self._node(start, self._line_end(value), keyword, name, fault, value=value)

    def _parameter(self, start: int, at: int, keyword: Word) -> Instruction:
        text = self._text
        end = _match_end(_NAME, text, at)
        argument = Word(at, text[at:end])
        if end < len(text) and text[end] in " \t":
            value, *faults = self._value(end + 1, keyword)
            command = (argument.text, value.text)
            return self._node(start, self._line_end(value), keyword, "parameter", *faults, argument=argument, value=value, command=command)
        return self._word_fault(start, keyword, "parameter", argument, (Fault.NAME_CHARACTER, Fault.NAME_END))

    def _message(self, start: int, at: int, keyword: Word) -> Instruction:
        text = self._text
        end = _match_end(_LETTERS, text, at)
        argument = Word(at, text[at:end])
        if end == len(text) or text[end] not in " \t":
            return self._word_fault(start, keyword, "message", argument, (Fault.ROLE_CHARACTER, Fault.ROLE_END))
        if argument.text in ROLES:
            value, *faults = self._value(end + 1, keyword)
            command = ("message", f"{argument.text}: {value.text}")
            return self._node(start, self._line_end(value), keyword, "message", *faults, argument=argument, value=value, command=command)
        self._fail_at(ROLE_ERROR, end)
        if not argument.text:
            second = _match_end(_BLANK, text, end)
            end = _match_end(_LETTERS, text, second)
            argument = Word(second, text[second:end])
        value = self._meant_value(_match_end(_MEANT_SEPARATOR, text, end), keyword)
        fault = FaultAt(Fault.UNKNOWN_ROLE, at)
        return self._node(start, self._line_end(value), keyword, "message", fault, argument=argument, value=value)

    def _word_fault(self, start: int, keyword: Word, name: str, argument: Word, kinds: tuple[Fault, Fault]) -> Instruction:
        """Read an instruction whose parameter name or role is ended by something else than a space."""
        text, end = self._text, argument.end
        character, line_end = kinds
        self._fail(END_ERROR if end == len(text) else f"{END_ERROR}: {argument.text}")
        if end == len(text) or text[end] in "\r\n":
            return self._node(start, end, keyword, name, FaultAt(line_end, end), argument=argument)
        meant = Word(argument.start, text[argument.start : _match_end(_MEANT_NAME, text, argument.start)])
        value = self._meant_value(_match_end(_MEANT_SEPARATOR, text, meant.end), keyword)
        return self._node(start, self._line_end(value), keyword, name, FaultAt(character, end), argument=meant, value=value)

    def _value(self, at: int, keyword: Word) -> tuple[Value, *tuple[FaultAt, ...]]:
        """Read the value that starts at ``at``, as Ollama does; when it has no end, as it was probably meant."""
        start = _match_end(self._shapes.lead, self._text, at)
        mark, inner = self._opening(start)
        if not mark:
            return (self._bare(start),)
        closing = self._closing[mark].find(inner)
        if closing is not None:
            end = closing.start() + len(closing[0].rstrip(" \t"))
            return (self._quoted(start, inner, closing.start(), end, mark),)
        self._fail(END_ERROR)
        return self._unclosed(start, inner, mark, keyword)

    def _meant_value(self, at: int, keyword: Word) -> Value:
        """Read the value of an instruction that Ollama refuses: several lines only if its quote closes before the next instruction."""
        start = _match_end(self._shapes.lead, self._text, at)
        mark, inner = self._opening(start)
        if mark:
            closing = self._closing[mark].find(inner)
            if closing is not None and closing.start() < self._next_instruction(inner, keyword):
                return self._quoted(start, inner, closing.start(), closing.end(), mark)
        return self._bare(start)

    def _opening(self, start: int) -> tuple[str, int]:
        if not self._text.startswith('"', start):
            return "", start
        triple = self._shapes.triple.match(self._text, start)
        return ('"""', triple.end()) if triple else ('"', start + 1)

    def _bare(self, start: int) -> Value:
        end = _match_end(_LINE, self._text, start)
        text = self._kept(start, end).rstrip(" \t")
        written = self._text[start:end].rstrip(" \t")
        return Value(start, start + len(written), "", start, start + len(written), text)

    def _quoted(self, start: int, inner: int, inner_end: int, end: int, mark: str) -> Value:
        return Value(start, end, mark, inner, inner_end, self._kept(inner, inner_end))

    def _unclosed(self, start: int, inner: int, mark: str, keyword: Word) -> tuple[Value, FaultAt]:
        limit = self._next_instruction(inner, keyword)
        found = self._marks[mark].find(inner)
        if found is not None and found.start() < limit and (mark == '"""' or self._is_only_quote(inner, found)):
            value = self._quoted(start, inner, found.start(), found.end(), mark)
            return value, FaultAt(Fault.AFTER_QUOTE, _match_end(self._shapes.lead, self._text, found.end()))
        end = inner + len(self._text[inner:limit].rstrip(" \t\r\n"))
        return Value(start, end, mark, inner, end, self._kept(inner, end), closed=False), FaultAt(Fault.UNCLOSED, start)

    def _is_only_quote(self, inner: int, found: re.Match[str]) -> bool:
        line_end = _match_end(_LINE, self._text, inner)
        return found.end() <= line_end and '"' not in self._text[found.end() : line_end]

    def _next_instruction(self, at: int, keyword: Word) -> int:
        """Return where the next line starts that looks like an instruction, in capitals if this one is."""
        found = (self._upper if keyword.text.isupper() else self._any).find(at)
        return found.start() if found else len(self._text)

    def _line_end(self, value: Value) -> int:
        return _match_end(_LINE, self._text, value.end)

    def _kept(self, start: int, end: int) -> str:
        text = self._text[start:end]
        return self._shapes.dropped.sub("", text) if self._shapes.dropped else text

    def _fail(self, error: str) -> None:
        self.error = self.error or error

    def _fail_at(self, error: str, offset: int) -> None:
        """Keep an error with Ollama's line number, which counts every CR and every LF up to the character that raised it."""
        if self.error is None:
            lines = self._text.count("\n", 0, offset + 1) + self._text.count("\r", 0, offset + 1)
            self.error = f"(line {lines + 1}): {error}"

    def _node(
        self,
        start: int,
        end: int,
        keyword: Word,
        name: str,
        *faults: FaultAt,
        argument: Word | None = None,
        value: Value | None = None,
        command: tuple[str, str] | None = None,
    ) -> Instruction:
        stored = None if faults else command
        return Instruction(start, self._source[start:end], keyword, name, argument, value, stored, faults)


def _match_end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return the end of a match of a pattern that matches everywhere, if only the empty text."""
    match = pattern.match(text, at)
    return match.end() if match else at
