"""The parse tree of a template.

``str(node)`` is the node's source in Go's own layout, which execution errors quote. ``pos`` is an index into the template's text.

Source: Go 1.26 text/template/parse/node.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ollama_magics.template.literals import Number


@dataclass(slots=True)
class TextNode:
    """Text that is copied to the output."""

    pos: int
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class FieldNode:
    """A chain of names on the current value: ``.Function.Name``."""

    pos: int
    names: list[str]

    def __str__(self) -> str:
        return "." + ".".join(self.names)


@dataclass(slots=True)
class VariableNode:
    """A variable, the ``$`` in its name, with the fields that follow it."""

    pos: int
    names: list[str]

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(slots=True)
class IdentifierNode:
    """The name of a function."""

    pos: int
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class DotNode:
    """The current value."""

    pos: int

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class NilNode:
    """The constant ``nil``."""

    pos: int

    def __str__(self) -> str:
        return "nil"


@dataclass(slots=True)
class BoolNode:
    """``true`` or ``false``."""

    pos: int
    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(slots=True)
class NumberNode:
    """A numeric or character constant and its spelling."""

    pos: int
    text: str
    number: Number

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class StringNode:
    """A string constant: its spelling and its value."""

    pos: int
    quoted: str
    text: str

    def __str__(self) -> str:
        return self.quoted


@dataclass(slots=True)
class ChainNode:
    """Fields of the value of an expression: ``(index .Messages 0).Content``."""

    pos: int
    node: Operand
    names: list[str]

    def __str__(self) -> str:
        return _operand_text(self.node) + "".join("." + name for name in self.names)


@dataclass(slots=True)
class CommandNode:
    """One stage of a pipeline: a function or value and its arguments."""

    pos: int
    args: list[Operand] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(map(_operand_text, self.args))


@dataclass(slots=True)
class PipeNode:
    """A pipeline with the variables that it declares or assigns."""

    pos: int
    decl: list[VariableNode] = field(default_factory=list)
    is_assign: bool = False
    cmds: list[CommandNode] = field(default_factory=list)

    def __str__(self) -> str:
        commands = " | ".join(map(str, self.cmds))
        if not self.decl:
            return commands
        return f"{', '.join(map(str, self.decl))} {'=' if self.is_assign else ':='} {commands}"


def _operand_text(node: Operand) -> str:
    return f"({node})" if isinstance(node, PipeNode) else str(node)


@dataclass(slots=True)
class ActionNode:
    """A pipeline whose value is printed."""

    pos: int
    pipe: PipeNode

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


@dataclass(slots=True)
class ListNode:
    """What stands between two control actions."""

    pos: int
    nodes: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(map(str, self.nodes))


@dataclass(slots=True)
class BranchNode:
    """An ``if``, ``with`` or ``range`` (its ``keyword``) with its body and the part after ``else``."""

    pos: int
    keyword: str
    pipe: PipeNode
    body: ListNode
    otherwise: ListNode | None

    def __str__(self) -> str:
        otherwise = "" if self.otherwise is None else f"{{{{else}}}}{self.otherwise}"
        return f"{{{{{self.keyword} {self.pipe}}}}}{self.body}{otherwise}{{{{end}}}}"


@dataclass(slots=True)
class TemplateNode:
    """The call of a named template; ``quoted`` is its name as a Go string."""

    pos: int
    name: str
    quoted: str
    pipe: PipeNode | None

    def __str__(self) -> str:
        return f"{{{{template {self.quoted}{'' if self.pipe is None else f' {self.pipe}'}}}}}"


@dataclass(slots=True)
class LoopNode:
    """A ``break`` or ``continue`` (its ``keyword``)."""

    pos: int
    keyword: str

    def __str__(self) -> str:
        return f"{{{{{self.keyword}}}}}"


@dataclass(slots=True)
class MarkNode:
    """An ``end`` or ``else`` (its ``keyword``); it never stays in a finished tree."""

    pos: int
    keyword: str

    def __str__(self) -> str:
        return f"{{{{{self.keyword}}}}}"


Operand: TypeAlias = (
    FieldNode | VariableNode | IdentifierNode | DotNode | NilNode | BoolNode | NumberNode | StringNode | ChainNode | PipeNode
)
Node: TypeAlias = TextNode | ActionNode | BranchNode | TemplateNode | LoopNode


def is_blank(tree: ListNode) -> bool:
    """Say whether a tree holds nothing but white space."""
    return all(isinstance(node, TextNode) and not node.text.strip() for node in tree.nodes)
