"""The tokens of a template as the parser wants them: three to look back at, and Go's words for one that does not fit.

Source: Go 1.26 text/template/parse/parse.go.
"""

from __future__ import annotations

from typing import NoReturn

from ollama_magics.template.errors import TemplateError
from ollama_magics.template.lex import Kind, Lexer, Token
from ollama_magics.template.literals import unquote

MAX_DEPTH = 100
"""How deep blocks and parentheses may nest. Go allows 10,000 parentheses and any number of blocks."""


class TokenReader:
    """Reads tokens with look-back.

    Args:
        lexer: where they come from; readers may share one.
        depth: how deep the text is nested where this reader begins.
    """

    def __init__(self, lexer: Lexer, depth: int) -> None:
        self._lexer = lexer
        self._depth = depth
        self._tokens = [Token(Kind.EOF, 0, "", 0)] * 3
        self._peeked = 0
        self._action_line = 0

    def _next(self) -> Token:
        if self._peeked > 0:
            self._peeked -= 1
        else:
            self._tokens[0] = self._lexer.next_token()
        return self._tokens[self._peeked]

    def _peek(self) -> Token:
        if self._peeked > 0:
            return self._tokens[self._peeked - 1]
        self._peeked = 1
        self._tokens[0] = self._lexer.next_token()
        return self._tokens[0]

    def _back(self) -> None:
        self._peeked += 1

    def _push_back(self, *tokens: Token) -> None:
        """Put ``tokens`` (last read first) before the one that was read last."""
        self._tokens[1 : 1 + len(tokens)] = tokens
        self._peeked = 1 + len(tokens)

    def _next_word(self) -> Token:
        token = self._next()
        while token.kind is Kind.SPACE:
            token = self._next()
        return token

    def _peek_word(self) -> Token:
        token = self._next_word()
        self._back()
        return token

    def fail(self, message: str) -> NoReturn:
        """Raise Go's error for the line of the last token."""
        raise TemplateError(f"template: :{self._tokens[0].line}: {message}")

    def _unexpected(self, token: Token, context: str) -> NoReturn:
        if token.kind is not Kind.ERROR:
            self.fail(f"unexpected {token} in {context}")
        extra = ""
        if self._action_line not in (0, token.line):
            extra = f" in action started at :{self._action_line}"
            if token.text.endswith(" action"):
                extra = extra.removeprefix(" in action")
        self.fail(f"{token}{extra}")

    def _expect(self, kinds: tuple[Kind, ...], context: str) -> Token:
        token = self._next_word()
        if token.kind not in kinds:
            self._unexpected(token, context)
        return token

    def _unquote(self, token: Token) -> str:
        try:
            return unquote(token.text)
        except TemplateError as error:
            self.fail(str(error))

    def _deeper(self) -> None:
        if self._depth >= MAX_DEPTH:
            self.fail("max expression depth exceeded")
        self._depth += 1
