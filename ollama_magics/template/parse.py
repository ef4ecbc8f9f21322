"""From the text of a template to its trees.

The parser looks three tokens back at most and mirrors Go's, so that its one error has the same words and the same line. Blocks and
parentheses may nest ``MAX_DEPTH`` deep (`ollama_magics.template.tokens`).

Source: Go 1.26 text/template/parse/parse.go.
"""

from __future__ import annotations

from collections.abc import Collection

from ollama_magics.template.errors import TemplateError
from ollama_magics.template.lex import Kind, Lexer, Token
from ollama_magics.template.literals import read_character, read_complex, read_number
from ollama_magics.template.nodes import (
    ActionNode,
    BoolNode,
    BranchNode,
    ChainNode,
    CommandNode,
    DotNode,
    FieldNode,
    IdentifierNode,
    ListNode,
    LoopNode,
    MarkNode,
    NilNode,
    Node,
    NumberNode,
    Operand,
    PipeNode,
    StringNode,
    TemplateNode,
    TextNode,
    VariableNode,
    is_blank,
)
from ollama_magics.template.tokens import TokenReader
from ollama_magics.text.gostrings import quote

_OPERANDS = frozenset(
    {
        Kind.BOOL,
        Kind.CHARACTER_CONSTANT,
        Kind.COMPLEX,
        Kind.DOT,
        Kind.FIELD,
        Kind.IDENTIFIER,
        Kind.NUMBER,
        Kind.NIL,
        Kind.RAW_STRING,
        Kind.STRING,
        Kind.VARIABLE,
        Kind.LEFT_PAREN,
    }
)
_CONTROLS = {Kind.IF: "if", Kind.RANGE: "range", Kind.WITH: "with"}
_LOOPS = {Kind.BREAK: "break", Kind.CONTINUE: "continue"}
_NUMBERS = {Kind.CHARACTER_CONSTANT: read_character, Kind.COMPLEX: read_complex, Kind.NUMBER: read_number}


def parse_trees(text: str, functions: Collection[str]) -> dict[str, ListNode]:
    """Return the trees of ``text`` by name; the template itself is ``""``.

    Raises:
        TemplateError: with Go's words and line.
    """
    trees: dict[str, ListNode] = {}
    parser = _Parser(Lexer(text), functions, trees, depth=0)
    try:
        parser.parse_all()
    except RecursionError:
        parser.fail("max expression depth exceeded")
    return trees


class _Parser(TokenReader):
    """Parser of one named tree; the trees of one text share the lexer."""

    def __init__(self, lexer: Lexer, functions: Collection[str], trees: dict[str, ListNode], depth: int) -> None:
        super().__init__(lexer, depth)
        self._functions = functions
        self._trees = trees
        self._vars = ["$"]
        self._known = {"$": 1}
        self._ranges = 0

    def _declare(self, name: str) -> None:
        self._vars.append(name)
        self._known[name] = self._known.get(name, 0) + 1

    def _forget(self, count: int) -> None:
        for name in self._vars[count:]:
            self._known[name] -= 1
        del self._vars[count:]

    def _variable(self, pos: int, name: str) -> VariableNode:
        node = VariableNode(pos, name.split("."))
        if not self._known.get(node.names[0]):
            self.fail(f"undefined variable {quote(node.names[0])}")
        return node

    def parse_all(self) -> None:
        """Parse the whole text, definitions included, and add its tree as ``""``."""
        root = ListNode(self._peek().pos)
        while self._peek().kind is not Kind.EOF:
            if self._peek().kind is Kind.LEFT_DELIM:
                delim = self._next()
                if self._next_word().kind is Kind.DEFINE:
                    self._child().definition()
                    continue
                self._push_back(delim)
            node = self._text_or_action()
            if isinstance(node, MarkNode):
                self.fail(f"unexpected {node}")
            root.nodes.append(node)
        self._add("", root)

    def _child(self) -> _Parser:
        return _Parser(self._lexer, self._functions, self._trees, self._depth)

    def definition(self) -> None:
        """Parse what follows the word ``define``."""
        name = self._unquote(self._expect((Kind.STRING, Kind.RAW_STRING), "define clause"))
        self._expect((Kind.RIGHT_DELIM,), "define clause")
        self._body(name, "define clause")

    def _body(self, name: str, context: str) -> None:
        root, end = self._item_list()
        if end.keyword != "end":
            self.fail(f"unexpected {end} in {context}")
        self._add(name, root)

    def _add(self, name: str, root: ListNode) -> None:
        if name not in self._trees or is_blank(self._trees[name]):
            self._trees[name] = root
        elif not is_blank(root):
            self.fail(f"template: multiple definition of template {quote(name)}")

    def _item_list(self) -> tuple[ListNode, MarkNode]:
        items = ListNode(self._peek_word().pos)
        while self._peek_word().kind is not Kind.EOF:
            node = self._text_or_action()
            if isinstance(node, MarkNode):
                return items, node
            items.nodes.append(node)
        self.fail("unexpected EOF")

    def _text_or_action(self) -> Node | MarkNode:
        token = self._next_word()
        if token.kind is Kind.TEXT:
            return TextNode(token.pos, token.text)
        if token.kind is not Kind.LEFT_DELIM:
            self._unexpected(token, "input")
        self._action_line = token.line
        node = self._action()
        self._action_line = 0
        return node

    # Actions; the opening delimiter is past.

    def _action(self) -> Node | MarkNode:
        token = self._next_word()
        kind = token.kind
        if kind in _CONTROLS:
            return self._control(_CONTROLS[kind])
        if kind in _LOOPS:
            return self._loop(token, _LOOPS[kind])
        if kind is Kind.END:
            return MarkNode(self._expect((Kind.RIGHT_DELIM,), "end").pos, "end")
        if kind is Kind.ELSE:
            return self._else()
        if kind is Kind.TEMPLATE:
            return self._template()
        if kind is Kind.BLOCK:
            return self._block()
        self._back()
        pos = self._peek().pos
        return ActionNode(pos, self._pipeline("command", Kind.RIGHT_DELIM))

    def _loop(self, token: Token, keyword: str) -> LoopNode:
        self._expect((Kind.RIGHT_DELIM,), f"{{{{{keyword}}}}}")
        if self._ranges == 0:
            self.fail(f"{{{{{keyword}}}}} outside {{{{range}}}}")
        return LoopNode(token.pos, keyword)

    def _else(self) -> MarkNode:
        token = self._peek_word()
        if token.kind in (Kind.IF, Kind.WITH):
            return MarkNode(token.pos, "else")
        return MarkNode(self._expect((Kind.RIGHT_DELIM,), "else").pos, "else")

    def _control(self, keyword: str) -> BranchNode:
        self._deeper()
        mark = len(self._vars)
        pipe = self._pipeline(keyword, Kind.RIGHT_DELIM)
        self._ranges += keyword == "range"
        body, end = self._item_list()
        self._ranges -= keyword == "range"
        otherwise = self._otherwise(keyword, end) if end.keyword == "else" else None
        self._forget(mark)
        self._depth -= 1
        return BranchNode(pipe.pos, keyword, pipe, body, otherwise)

    def _otherwise(self, keyword: str, mark: MarkNode) -> ListNode:
        if keyword in ("if", "with") and _CONTROLS.get(self._peek().kind) == keyword:
            # "else if" is an if of its own inside the else; the one {{end}} closes both.
            self._next()
            return ListNode(mark.pos, [self._control(keyword)])
        otherwise, end = self._item_list()
        if end.keyword != "end":
            self.fail(f"expected end; found {end}")
        return otherwise

    def _template_name(self, token: Token, context: str) -> str:
        if token.kind not in (Kind.STRING, Kind.RAW_STRING):
            self._unexpected(token, context)
        return self._unquote(token)

    def _template(self) -> TemplateNode:
        token = self._next_word()
        name = self._template_name(token, "template clause")
        pipe = None
        if self._next_word().kind is not Kind.RIGHT_DELIM:
            self._back()
            pipe = self._pipeline("template clause", Kind.RIGHT_DELIM)
        return TemplateNode(token.pos, name, quote(name), pipe)

    def _block(self) -> TemplateNode:
        token = self._next_word()
        name = self._template_name(token, "block clause")
        pipe = self._pipeline("block clause", Kind.RIGHT_DELIM)
        self._deeper()
        self._child()._body(name, "block clause")
        self._depth -= 1
        return TemplateNode(token.pos, name, quote(name), pipe)

    # Pipelines.

    def _pipeline(self, context: str, end: Kind) -> PipeNode:
        pipe = PipeNode(self._peek_word().pos)
        self._declarations(pipe, context)
        while True:
            token = self._next_word()
            if token.kind is end:
                self._check(pipe, context)
                return pipe
            if token.kind not in _OPERANDS:
                self._unexpected(token, context)
            self._back()
            pipe.cmds.append(self._command())

    def _declarations(self, pipe: PipeNode, context: str) -> None:
        while (variable := self._peek_word()).kind is Kind.VARIABLE:
            self._next()
            after = self._peek()
            following = self._peek_word()
            if following.kind in (Kind.ASSIGN, Kind.DECLARE):
                pipe.is_assign = following.kind is Kind.ASSIGN
                self._take_declaration(pipe, variable)
                return
            if following.kind is not Kind.CHAR or following.text != ",":
                self._push_back(*((after, variable) if after.kind is Kind.SPACE else (variable,)))
                return
            self._take_declaration(pipe, variable)
            if context != "range" or len(pipe.decl) >= 2:
                self.fail(f"too many declarations in {context}")
            if self._peek_word().kind not in (Kind.VARIABLE, Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
                self.fail("range can only initialize variables")

    def _take_declaration(self, pipe: PipeNode, variable: Token) -> None:
        self._next_word()
        pipe.decl.append(VariableNode(variable.pos, variable.text.split(".")))
        self._declare(variable.text)

    def _check(self, pipe: PipeNode, context: str) -> None:
        if not pipe.cmds:
            self.fail(f"missing value for {context}")
        for stage, command in enumerate(pipe.cmds[1:], start=2):
            if isinstance(command.args[0], BoolNode | DotNode | NilNode | NumberNode | StringNode):
                self.fail(f"non executable command in pipeline stage {stage}")

    def _command(self) -> CommandNode:
        command = CommandNode(self._peek_word().pos)
        while True:
            self._peek_word()
            operand = self._operand()
            if operand is not None:
                command.args.append(operand)
            token = self._next()
            if token.kind is Kind.SPACE:
                continue
            if token.kind in (Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
                self._back()
            elif token.kind is not Kind.PIPE:
                self._unexpected(token, "operand")
            break
        if not command.args:
            self.fail("empty command")
        return command

    def _operand(self) -> Operand | None:
        node = self._term()
        if node is None or self._peek().kind is not Kind.FIELD:
            return node
        pos = self._peek().pos
        names: list[str] = []
        while self._peek().kind is Kind.FIELD:
            names.append(self._next().text[1:])
        if isinstance(node, FieldNode):
            return FieldNode(pos, node.names + names)
        if isinstance(node, VariableNode):
            return VariableNode(pos, node.names + names)
        if isinstance(node, BoolNode | StringNode | NumberNode | NilNode | DotNode):
            self.fail(f"unexpected . after term {quote(str(node))}")
        return ChainNode(pos, node, names)

    def _term(self) -> Operand | None:
        token = self._next_word()
        kind, pos, text = token.kind, token.pos, token.text
        if kind not in _OPERANDS:
            self._back()
            return None
        if kind is Kind.FIELD:
            return FieldNode(pos, [text[1:]])
        if kind is Kind.LEFT_PAREN:
            self._deeper()
            pipe = self._pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)
            self._depth -= 1
            return pipe
        if kind is Kind.IDENTIFIER:
            if text not in self._functions:
                self.fail(f"function {quote(text)} not defined")
            return IdentifierNode(pos, text)
        if kind is Kind.VARIABLE:
            return self._variable(pos, text)
        return self._constant(token)

    def _constant(self, token: Token) -> Operand:
        kind, pos, text = token.kind, token.pos, token.text
        if kind is Kind.DOT:
            return DotNode(pos)
        if kind is Kind.NIL:
            return NilNode(pos)
        if kind is Kind.BOOL:
            return BoolNode(pos, text == "true")
        if kind in _NUMBERS:
            try:
                return NumberNode(pos, text, _NUMBERS[kind](text))
            except TemplateError as error:
                self.fail(str(error))
        return StringNode(pos, text, self._unquote(token))
