"""Tokens of a template: text, delimiters, and the words between them.

The scanner gives one token at a time and stops at the first mistake, which is a token of its own (``ERROR``).
Positions are indexes into the str; lines count from 1.

Source: Go 1.26 text/template/parse/lex.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, auto

from ollama_magics.template.literals import unicode_name
from ollama_magics.text.gostrings import quote


class Kind(IntEnum):
    """What a token is; the keywords come after ``KEYWORD``."""

    ERROR = auto()
    BOOL = auto()
    CHAR = auto()
    CHARACTER_CONSTANT = auto()
    COMPLEX = auto()
    ASSIGN = auto()
    DECLARE = auto()
    EOF = auto()
    FIELD = auto()
    IDENTIFIER = auto()
    LEFT_DELIM = auto()
    LEFT_PAREN = auto()
    NUMBER = auto()
    PIPE = auto()
    RAW_STRING = auto()
    RIGHT_DELIM = auto()
    RIGHT_PAREN = auto()
    SPACE = auto()
    STRING = auto()
    TEXT = auto()
    VARIABLE = auto()
    KEYWORD = auto()
    BLOCK = auto()
    BREAK = auto()
    CONTINUE = auto()
    DOT = auto()
    DEFINE = auto()
    ELSE = auto()
    END = auto()
    IF = auto()
    NIL = auto()
    RANGE = auto()
    TEMPLATE = auto()
    WITH = auto()


KEYWORDS = {
    "block": Kind.BLOCK,
    "break": Kind.BREAK,
    "continue": Kind.CONTINUE,
    "define": Kind.DEFINE,
    "else": Kind.ELSE,
    "end": Kind.END,
    "if": Kind.IF,
    "nil": Kind.NIL,
    "range": Kind.RANGE,
    "template": Kind.TEMPLATE,
    "with": Kind.WITH,
    "true": Kind.BOOL,
    "false": Kind.BOOL,
}
"""The words of the language that name no function. Source: Go 1.26 text/template/parse/lex.go (key)."""

_SINGLE = {"=": Kind.ASSIGN, "|": Kind.PIPE}
_SPACES = " \t\r\n"
_TERMINATORS = frozenset(" \t\r\n.,|:)(")
_SPACE_RUN = re.compile(r"[ \t\r\n]+")
# Letters, decimal digits and the underscore, as Go's unicode.IsLetter and IsDigit; \w has other numbers as well.
_WORD_RUN = re.compile(r"\w*")
_RIGHT_DELIM = re.compile(r"[ \t\r\n]-\}\}|\}\}")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, where it starts, its text (the message of an ``ERROR``) and its line."""

    kind: Kind
    pos: int
    text: str
    line: int

    def __str__(self) -> str:
        if self.kind is Kind.EOF:
            return "EOF"
        if self.kind is Kind.ERROR:
            return self.text
        if self.kind > Kind.KEYWORD:
            return f"<{self.text}>"
        if len(self.text.encode("utf-8", "surrogatepass")) > 10:
            return quote(self.text[:10]) + "..."
        return quote(self.text)


class Lexer:
    """Scanner over ``text``; ``next_token()`` gives ``EOF`` for ever once the text is used up."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pos = 0
        self._line = 1
        self._inside = False
        self._parens = 0

    def next_token(self) -> Token:
        """Return the next token."""
        while True:
            token = self._inside_action() if self._inside else self._outside()
            if token is not None:
                return token

    def _emit(self, kind: Kind, end: int) -> Token:
        token = Token(kind, self._pos, self._text[self._pos : end], self._line)
        self._skip_to(end)
        return token

    def _skip_to(self, end: int) -> None:
        self._line += self._text.count("\n", self._pos, end)
        self._pos = end

    def _error(self, message: str) -> Token:
        token = Token(Kind.ERROR, self._pos, message, self._line)
        self._text = ""
        self._pos = 0
        return token

    def _outside(self) -> Token | None:
        """Scan text up to the next action, or the action's opening; None after a comment."""
        opening = self._text.find("{{", self._pos)
        if opening < 0:
            end = len(self._text)
            return self._emit(Kind.TEXT if end > self._pos else Kind.EOF, end)
        if opening > self._pos:
            end = opening
            if self._left_trim(opening + 2):
                end = self._pos + len(self._text[self._pos : opening].rstrip(_SPACES))
            token = self._emit(Kind.TEXT, end) if end > self._pos else None
            self._skip_to(opening)
            return token
        return self._left_delim()

    def _left_trim(self, at: int) -> bool:
        return self._text.startswith("-", at) and self._text[at + 1 : at + 2] in tuple(_SPACES)

    def _left_delim(self) -> Token | None:
        after = self._pos + 2
        inner = after + 2 if self._left_trim(after) else after
        if self._text.startswith("/*", inner):
            self._skip_to(inner)
            return self._comment()
        token = self._emit(Kind.LEFT_DELIM, after)
        self._inside = True
        self._parens = 0
        self._skip_to(inner)
        return token

    def _comment(self) -> Token | None:
        end = self._text.find("*/", self._pos + 2)
        if end < 0:
            return self._error("unclosed comment")
        closing = _RIGHT_DELIM.match(self._text, end + 2)
        if closing is None:
            return self._error("comment ends before closing delimiter")
        self._skip_to(self._after_right_delim(closing))
        return None

    def _after_right_delim(self, closing: re.Match[str]) -> int:
        end = closing.end()
        if closing.end() - closing.start() > 2:
            trimmed = _SPACE_RUN.match(self._text, end)
            end = trimmed.end() if trimmed else end
        return end

    def _right_delim(self, closing: re.Match[str]) -> Token:
        self._skip_to(closing.end() - 2)
        token = self._emit(Kind.RIGHT_DELIM, closing.end())
        self._skip_to(self._after_right_delim(closing))
        self._inside = False
        return token

    def _inside_action(self) -> Token:
        closing = _RIGHT_DELIM.match(self._text, self._pos)
        if closing is not None:
            return self._right_delim(closing) if self._parens == 0 else self._error("unclosed left paren")
        if self._pos >= len(self._text):
            return self._error("unclosed action")
        char = self._text[self._pos]
        if char in _SPACES:
            return self._space()
        if char in _SINGLE:
            return self._emit(_SINGLE[char], self._pos + 1)
        if char in "()":
            return self._paren(char)
        return self._operand(char)

    def _paren(self, char: str) -> Token:
        self._parens += 1 if char == "(" else -1
        if self._parens < 0:
            return self._error("unexpected right paren")
        return self._emit(Kind.LEFT_PAREN if char == "(" else Kind.RIGHT_PAREN, self._pos + 1)

    def _operand(self, char: str) -> Token:
        if char == ":":
            if not self._text.startswith(":=", self._pos):
                return self._error("expected :=")
            return self._emit(Kind.DECLARE, self._pos + 2)
        if char in "\"'`":
            return self._quoted(char)
        if char == "$":
            return self._field_or_variable(Kind.VARIABLE)
        following = self._text[self._pos + 1 : self._pos + 2]
        if char == "." and following and not "0" <= following <= "9":
            return self._field_or_variable(Kind.FIELD)
        if char in "+-." or "0" <= char <= "9":
            return self._number()
        if is_word_character(char):
            return self._identifier()
        if "!" <= char <= "~":
            return self._emit(Kind.CHAR, self._pos + 1)
        return self._error(f"unrecognized character in action: {unicode_name(char)}")

    def _space(self) -> Token:
        run = _SPACE_RUN.match(self._text, self._pos)
        assert run is not None
        end = run.end()
        if _RIGHT_DELIM.match(self._text, end - 1):
            # The last blank belongs to the trim marker of the closing delimiter.
            if end - self._pos == 1:
                return self._inside_action()
            end -= 1
        return self._emit(Kind.SPACE, end)

    def _quoted(self, mark: str) -> Token:
        if mark == "`":
            end = self._text.find("`", self._pos + 1)
            return self._emit(Kind.RAW_STRING, end + 1) if end >= 0 else self._error("unterminated raw quoted string")
        match = (_QUOTED if mark == '"' else _CHARACTER).match(self._text, self._pos)
        if match is None:
            return self._error("unterminated quoted string" if mark == '"' else "unterminated character constant")
        return self._emit(Kind.STRING if mark == '"' else Kind.CHARACTER_CONSTANT, match.end())

    def _at_terminator(self, at: int) -> bool:
        return at >= len(self._text) or self._text[at] in _TERMINATORS or self._text.startswith("}}", at)

    def _bad_character(self, at: int) -> Token:
        return self._error(f"bad character {unicode_name(self._text[at])}")

    def _field_or_variable(self, kind: Kind) -> Token:
        end = self._pos + 1
        if self._at_terminator(end):
            return self._emit(Kind.DOT if kind is Kind.FIELD else kind, end)
        end = word_end(self._text, end)
        return self._emit(kind, end) if self._at_terminator(end) else self._bad_character(end)

    def _identifier(self) -> Token:
        end = word_end(self._text, self._pos)
        if not self._at_terminator(end):
            return self._bad_character(end)
        return self._emit(KEYWORDS.get(self._text[self._pos : end], Kind.IDENTIFIER), end)

    def _number(self) -> Token:
        end, good = scan_number(self._text, self._pos)
        kind = Kind.NUMBER
        if good and self._text[end : end + 1] in ("+", "-"):
            end, good = scan_number(self._text, end)
            good = good and self._text[end - 1] == "i"
            kind = Kind.COMPLEX
        if not good:
            return self._error(f"bad number syntax: {quote(self._text[self._pos : end])}")
        return self._emit(kind, end)


def is_word_character(char: str) -> bool:
    """Say whether ``char`` may stand in an identifier: a letter, a decimal digit or the underscore."""
    return char == "_" or char.isalpha() or char.isdecimal()


def word_end(text: str, start: int) -> int:
    """Return the index after the run of word characters at ``start``."""
    match = _WORD_RUN.match(text, start)
    assert match is not None
    if match.group().isascii():
        return match.end()
    end = start
    while end < len(text) and is_word_character(text[end]):
        end += 1
    return end


_NUMBER = re.compile(
    r"""[+-]?
    (?: 0[xX] [0-9a-fA-F_]* (?:\.[0-9a-fA-F_]*)? (?:[pP][+-]?[0-9_]*)?
      | 0[oO] [0-7_]* (?:\.[0-7_]*)?
      | 0[bB] [01_]* (?:\.[01_]*)?
      | [0-9_]* (?:\.[0-9_]*)? (?:[eE][+-]?[0-9_]*)?
    ) i?""",
    re.VERBOSE,
)


def scan_number(text: str, start: int) -> tuple[int, bool]:
    """Return the index after what looks like a number at ``start``, and whether a word does not run on from it."""
    match = _NUMBER.match(text, start)
    assert match is not None
    end = match.end()
    if end < len(text) and is_word_character(text[end]):
        return end + 1, False
    return end, True
