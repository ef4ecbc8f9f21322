"""Where a JSON text breaks Go's grammar, in Go's words.

Python's ``json`` decodes; this scanner only names the mistake of a text that it refused.

Source: Go encoding/json scanner.go (Go 1.26); observed, tests/contract (area ``basics``).
"""

from __future__ import annotations

from ollama_magics.server.errors import BadJSON

MAX_DEPTH = 10_000
"""Source: Go encoding/json ``maxNestingDepth``."""

_SPACE = b" \t\r\n"
_DIGITS = b"0123456789"
_HEX = b"0123456789abcdefABCDEF"
_ESCAPES = b'bfnrt\\/"'
_LITERALS = {b"t": b"true", b"f": b"false", b"n": b"null"}


def explain(body: bytes) -> str:
    """Return what Go's decoder says about the first value of ``body``: an error text, or "" when the value is well-formed."""
    try:
        _Scanner(body).scan()
    except BadJSON as problem:
        return str(problem)
    return ""


class _Scanner:
    """One pass over the bytes with a stack of open brackets, so that depth costs no recursion."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.position = 0
        self.stack: list[bytes] = []

    def scan(self) -> None:
        self._value()
        while self.stack:
            self._continue()

    def _continue(self) -> None:
        """Read what follows a value inside the innermost bracket."""
        closer, context = (b"}", "after object key:value pair") if self.stack[-1] == b"{" else (b"]", "after array element")
        character = self._next()
        if character == closer:
            self.stack.pop()
            return
        if character != b",":
            raise self._invalid(character, context)
        if closer == b"}":
            self._key(self._next())
        self._value()

    def _value(self) -> None:
        """Read a scalar, or every opening bracket up to the first scalar or empty bracket."""
        character = self._next()
        while character in (b"{", b"["):
            if not self._open(character):
                return
            character = self._next()
        self._scalar(character)
        if not self.stack and self.position < len(self.body) and self._peek() not in _SPACE:
            raise self._invalid(self._peek(), "after top-level value")

    def _open(self, opener: bytes) -> bool:
        """Read up to the first value inside; return False when there is none."""
        self.stack.append(opener)
        if len(self.stack) > MAX_DEPTH:
            raise BadJSON("exceeded max depth")
        character = self._next()
        if character == (b"}" if opener == b"{" else b"]"):
            self.stack.pop()
            return False
        if opener == b"{":
            self._key(character)
        else:
            self.position -= 1
        return True

    def _key(self, character: bytes) -> None:
        if character != b'"':
            raise self._invalid(character, "looking for beginning of object key string")
        self._string()
        character = self._next()
        if character != b":":
            raise self._invalid(character, "after object key")

    def _scalar(self, character: bytes) -> None:
        if character == b'"':
            self._string()
        elif character == b"-" or character in _DIGITS:
            self._number(character)
        elif character in _LITERALS:
            self._literal(_LITERALS[character])
        else:
            raise self._invalid(character, "looking for beginning of value")

    def _string(self) -> None:
        while (character := self._take()) != b'"':
            if character < b" ":
                raise self._invalid(character, "in string literal")
            if character != b"\\":
                continue
            escape = self._take()
            if escape == b"u":
                for _ in range(4):
                    if (digit := self._take()) not in _HEX:
                        raise self._invalid(digit, "in \\u hexadecimal character escape")
            elif escape not in _ESCAPES:
                raise self._invalid(escape, "in string escape code")

    def _literal(self, word: bytes) -> None:
        for index in range(1, len(word)):
            character, expected = self._take(), word[index : index + 1]
            if character != expected:
                raise self._invalid(character, f"in literal {word.decode()} (expecting {_quote(expected)})")

    def _number(self, character: bytes) -> None:
        if character == b"-":
            character = self._digit("in numeric literal")
        if character != b"0":
            self._digits()
        if self._peek() == b".":
            self.position += 1
            self._digit("after decimal point in numeric literal")
            self._digits()
        if self._peek() in (b"e", b"E"):
            self.position += 1
            if self._peek() in (b"+", b"-"):
                self.position += 1
            self._digit("in exponent of numeric literal")
            self._digits()

    def _digit(self, context: str) -> bytes:
        character = self._take()
        if character not in _DIGITS:
            raise self._invalid(character, context)
        return character

    def _digits(self) -> None:
        while self.position < len(self.body) and self._peek() in _DIGITS:
            self.position += 1

    def _next(self) -> bytes:
        """Return the next byte that is no white space."""
        while (character := self._take()) in _SPACE:
            pass
        return character

    def _take(self) -> bytes:
        character = self._peek()
        if not character:
            raise BadJSON("unexpected EOF")
        self.position += 1
        return character

    def _peek(self) -> bytes:
        return self.body[self.position : self.position + 1]

    def _invalid(self, character: bytes, context: str) -> BadJSON:
        return BadJSON(f"invalid character {_quote(character)} {context}")


def _quote(character: bytes) -> str:
    """Return one byte in single quotes, as Go's ``quoteChar`` does."""
    text = character.decode("latin-1")
    if text == "'":
        return "'\\''"
    if text == '"':
        return "'\"'"
    named = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
    if text in named:
        return f"'{named[text]}'"
    if text.isprintable():
        return f"'{text}'"
    code = ord(text)
    return f"'\\x{code:02x}'" if code < 0x80 else f"'\\u{code:04x}'"
