"""What stands at a place of a template that is being written: the value that ``.`` is there, the variables, and what can come next.

Only the text before the place is looked at; it may break off anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ollama_magics.template.lex import Kind as TokenKind
from ollama_magics.template.lex import Lexer, Token
from ollama_magics.template.messages import ROOT
from ollama_magics.template.values import BOOL, INT, STRING, Kind, Type

_CHAIN = re.compile(r"\$?\w*(?:\.\w*)*\Z")
_OPENS = (TokenKind.IF, TokenKind.RANGE, TokenKind.WITH, TokenKind.DEFINE, TokenKind.BLOCK)
_RESULTS = {"len": INT, **dict.fromkeys(("json", "print", "printf", "println", "html", "js", "urlquery"), STRING)}
_RESULTS |= dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "not"), BOOL)


class Place(NamedTuple):
    """A place inside an action.

    Attributes:
        kind: ``field`` behind a dot, ``variable`` behind a dollar, ``word`` where neither is typed yet.
        chain: what is typed of the operand so far, for instance ``$m.Function.Na``.
        fragment: its last part, the one that is completed, with its dot or dollar.
        owner: what the field belongs to; None when that cannot be told. For a word: what ``.`` is here.
        variables: the names of variables in reach, ``$`` included.
        depth: how many blocks are open.
    """

    kind: Literal["field", "variable", "word"]
    chain: str
    fragment: str
    owner: Type | None
    variables: tuple[str, ...]
    depth: int


@dataclass(slots=True)
class _Block:
    """An open block: what ``.`` is inside and around it, and the variables that it declares."""

    keyword: TokenKind
    dot: Type | None
    around: Type | None
    variables: dict[str, Type | None] = field(default_factory=dict)


def place_in(before: str) -> Place | None:
    """Return the place at the end of ``before``; None outside of actions, and inside a text in quotes or a comment."""
    match = _CHAIN.search(before)
    chain = match.group() if match else ""
    walk = _Walk()
    if not walk.through(before[: len(before) - len(chain)]):
        return None
    head, dot, last = chain.rpartition(".")
    variables = tuple(name for block in walk.blocks for name in block.variables)
    if not dot:
        kind: Literal["variable", "word"] = "variable" if chain.startswith("$") else "word"
        return Place(kind, chain, chain, walk.blocks[-1].dot, variables, len(walk.blocks) - 1)
    owner = walk.chained(head, before[: len(before) - len(chain)])
    return Place("field", chain, f".{last}", owner, variables, len(walk.blocks) - 1)


def fields_of(owner: Type | None) -> tuple[tuple[str, Type], ...]:
    """Return names and types of what can follow a dot on a value of this type; pointers are followed."""
    while owner is not None and owner.kind is Kind.POINTER:
        owner = owner.inner
    return () if owner is None else tuple((each.name, each.type) for each in owner.fields)


class _Walk:
    """One walk through the complete actions of a text, with the blocks that are open."""

    def __init__(self) -> None:
        self.blocks = [_Block(TokenKind.DEFINE, ROOT, None, {"$": ROOT})]
        self.open: list[Token] = []

    def through(self, text: str) -> bool:
        """Walk through ``text``; return whether it ends inside an action, of which `open` has the tokens then."""
        inside = False
        for token in _tokens(text):
            if token.kind is TokenKind.LEFT_DELIM:
                inside, self.open = True, []
            elif token.kind is TokenKind.RIGHT_DELIM:
                inside = False
                self._action(self.open)
            elif token.kind is TokenKind.ERROR:
                return inside and token.text == "unclosed action"
            elif inside:
                self.open.append(token)
        return False

    def _action(self, tokens: Sequence[Token]) -> None:
        words = [token for token in tokens if token.kind is not TokenKind.SPACE]
        first = words[0].kind if words else None
        if first in _OPENS:
            self._opened(first, words[0], tokens)
        elif first is TokenKind.ELSE:
            block = self.blocks[-1]
            block.dot = block.around
            if len(words) > 1 and words[1].kind is TokenKind.WITH:
                block.dot = self._declared(words[1], tokens, block)
        elif first is TokenKind.END and len(self.blocks) > 1:
            self.blocks.pop()
        elif any(token.kind is TokenKind.DECLARE for token in words):
            self._declared(None, tokens, self.blocks[-1])

    def _opened(self, keyword: TokenKind, at: Token, tokens: Sequence[Token]) -> None:
        around = self.blocks[-1].dot
        block = _Block(keyword, around, around)
        value = self._declared(at, tokens, block)
        if keyword is TokenKind.WITH:
            block.dot = value
        elif keyword is TokenKind.RANGE:
            block.dot = _element(value)
            names = list(block.variables)
            for name in names:
                block.variables[name] = block.dot if name == names[-1] else INT
        elif keyword in (TokenKind.DEFINE, TokenKind.BLOCK):
            block.dot = None
        self.blocks.append(block)

    def _declared(self, keyword: Token | None, tokens: Sequence[Token], block: _Block) -> Type | None:
        """Note what an action declares, and return the type of its value."""
        start = next((at + 1 for at, token in enumerate(tokens) if token is keyword), 0)
        sign = next((at for at, token in enumerate(tokens) if token.kind is TokenKind.DECLARE), None)
        value = self.type_of(tokens[start if sign is None else sign + 1 :])
        if sign is not None:
            block.variables.update({token.text: value for token in tokens[start:sign] if token.kind is TokenKind.VARIABLE})
        return value

    def type_of(self, tokens: Sequence[Token]) -> Type | None:
        """Return the type of a pipeline; None when it cannot be told."""
        operands = list(_operands(tokens))
        if not operands or any(token.kind is TokenKind.PIPE for token in tokens):
            return None
        first = operands[0]
        if first[0].kind is TokenKind.IDENTIFIER:
            if first[0].text in ("index", "slice") and len(operands) > 1:
                whole = self.type_of(operands[1])
                return _element(whole) if first[0].text == "index" else whole
            return _RESULTS.get(first[0].text)
        if first[0].kind is TokenKind.LEFT_PAREN:
            close = max(at for at, token in enumerate(first) if token.kind is TokenKind.RIGHT_PAREN) if _closed(first) else len(first)
            return _followed(self.type_of(first[1:close]), "".join(token.text for token in first[close + 1 :]))
        return self._operand("".join(token.text for token in first))

    def _operand(self, chain: str) -> Type | None:
        name, _, rest = chain.partition(".")
        if not name:
            return _followed(self.blocks[-1].dot, f".{rest}" if rest else "")
        found = next((block.variables[name] for block in reversed(self.blocks) if name in block.variables), None)
        return _followed(found, f".{rest}" if rest else "")

    def chained(self, head: str, before: str) -> Type | None:
        """Return what a field behind ``head`` belongs to; ``before`` is the text up to it."""
        if before.endswith(")") and not head.startswith("$"):
            opened = next((operand for operand in reversed(list(_operands(self.open)))), None)
            return None if opened is None else _followed(self.type_of(opened), head)
        return self._operand(head)


def _tokens(text: str) -> Iterator[Token]:
    lexer = Lexer(text)
    while True:
        token = lexer.next_token()
        if token.kind is TokenKind.EOF:
            return
        yield token
        if token.kind is TokenKind.ERROR:
            return


def _operands(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each operand; a space outside of parentheses separates them."""
    operand: list[Token] = []
    depth = 0
    for token in tokens:
        depth += {TokenKind.LEFT_PAREN: 1, TokenKind.RIGHT_PAREN: -1}.get(token.kind, 0)
        if token.kind is TokenKind.SPACE and depth <= 0:
            if operand:
                yield operand
            operand = []
        else:
            operand.append(token)
    if operand:
        yield operand


def _closed(operand: Sequence[Token]) -> bool:
    return any(token.kind is TokenKind.RIGHT_PAREN for token in operand)


def _element(kind: Type | None) -> Type | None:
    return kind.elem if kind is not None and kind.kind in (Kind.SLICE, Kind.MAP) else None


def _followed(kind: Type | None, chain: str) -> Type | None:
    """Return the type of the field at the end of ``.A.B`` on a value; None when it cannot be told."""
    for name in chain.split(".")[1:]:
        kind = dict(fields_of(kind)).get(name)
    return kind
