"""What Ollama asks about the tree of a template, and how it cuts it.

Source: Ollama template/template.go, thinking/template.go (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ollama_magics.template.errors import TemplateCrash, TemplateError
from ollama_magics.template.nodes import (
    ActionNode,
    BranchNode,
    CommandNode,
    FieldNode,
    ListNode,
    Node,
    Operand,
    PipeNode,
    TemplateNode,
    TextNode,
    VariableNode,
)


def identifiers(trees: Iterable[ListNode]) -> set[str]:
    """Return the names that the trees mention, in lower case; names inside a parenthesised chain are not seen.

    Raises:
        TemplateError: ``undefined template specified``, for a ``{{ template }}`` without argument.
    """
    found: set[str] = set()
    for tree in trees:
        _collect(tree, found)
    return found


def _collect(node: Node | ListNode | PipeNode | Operand, found: set[str]) -> None:
    if isinstance(node, ListNode):
        for each in node.nodes:
            _collect(each, found)
    elif isinstance(node, TemplateNode):
        if node.pipe is None:
            raise TemplateError("undefined template specified")
        _collect(node.pipe, found)
    elif isinstance(node, ActionNode):
        _collect(node.pipe, found)
    elif isinstance(node, BranchNode):
        _collect(node.pipe, found)
        _collect(node.body, found)
        if node.otherwise is not None:
            _collect(node.otherwise, found)
    elif isinstance(node, PipeNode):
        for command in node.cmds:
            for arg in command.args:
                _collect(arg, found)
    elif isinstance(node, FieldNode | VariableNode):
        found.update(name.lower() for name in node.names)


def cut_after(tree: ListNode, name: str) -> ListNode:
    """Return a copy of ``tree`` that ends after the first field called ``name``.

    The field itself stays, and so does what encloses it; of a pipeline only the stages up to it. Conditions are not looked into.

    Raises:
        TemplateCrash: the field stands in the first part of an ``if … else``, where Ollama itself fails.
    """
    return _Cut(name).items(tree)


class _Cut:
    """One walk: everything that comes after the first field called ``name`` is left out."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._done = False

    def items(self, tree: ListNode) -> ListNode:
        kept: list[Node] = []
        for node in tree.nodes:
            if self._done:
                break
            left = self._node(node)
            if left is not None:
                kept.append(left)
        return ListNode(tree.pos, kept)

    def _node(self, node: Node) -> Node | None:
        if isinstance(node, ActionNode):
            pipe = self._pipe(node.pipe)
            return None if pipe is None else replace(node, pipe=pipe)
        if isinstance(node, BranchNode):
            body = self.items(node.body)
            otherwise = node.otherwise
            if otherwise is not None:
                if self._done:
                    raise TemplateCrash("interface conversion: parse.Node is nil, not *parse.ListNode")
                otherwise = self.items(otherwise)
            return replace(node, body=body, otherwise=otherwise)
        return node

    def _pipe(self, pipe: PipeNode) -> PipeNode | None:
        commands: list[CommandNode] = []
        for command in pipe.cmds:
            args = [arg for arg in map(self._argument, command.args) if arg is not None]
            if not args:
                return None
            commands.append(replace(command, args=args))
        return replace(pipe, cmds=commands)

    def _argument(self, arg: Operand) -> Operand | None:
        if isinstance(arg, FieldNode) and self._name in arg.names:
            self._done = True
            return arg
        if self._done:
            return None
        return self._pipe(arg) if isinstance(arg, PipeNode) else arg


def thinking_tags(tree: ListNode) -> tuple[str, str]:
    """Return the texts around ``.Thinking`` in a loop over ``.Messages``: the opening and the closing tag, ``""`` where there is none."""
    opening = closing = ""
    for names, path in _fields(tree, ()):
        if names[0] != "Thinking":
            continue
        loops = [node for node in path if isinstance(node, BranchNode) and node.keyword == "range"]
        if not loops or not _mentions(loops[-1].pipe, "Messages"):
            continue
        nearest = [node for node in path if isinstance(node, ListNode)][-1]
        first, last = nearest.nodes[0], nearest.nodes[-1]
        opening = first.text.strip() if isinstance(first, TextNode) else opening
        closing = last.text.strip() if isinstance(last, TextNode) else closing
    return opening, closing


_Path = tuple[Node | ListNode | PipeNode, ...]


def _fields(node: Node | ListNode | PipeNode | Operand, path: _Path) -> Iterator[tuple[list[str], _Path]]:
    """Yield every field under ``node`` in the order of the text with the nodes that enclose it."""
    if isinstance(node, FieldNode):
        yield node.names, path
    elif isinstance(node, ListNode):
        for each in node.nodes:
            yield from _fields(each, (*path, node))
    elif isinstance(node, BranchNode):
        for part in (node.pipe, node.body, node.otherwise):
            if part is not None:
                yield from _fields(part, (*path, node))
    elif isinstance(node, ActionNode | TemplateNode):
        if node.pipe is not None:
            yield from _fields(node.pipe, (*path, node))
    elif isinstance(node, PipeNode):
        for command in node.cmds:
            for arg in command.args:
                yield from _fields(arg, (*path, node))


def _mentions(pipe: PipeNode, name: str) -> bool:
    return any(names[0] == name for names, _ in _fields(pipe, ()))


def tool_call_tag(tree: ListNode) -> str:
    """Return the text that introduces a tool call: the first after ``if .ToolCalls``, up to a brace; ``{`` when there is none.

    Source: Ollama tools/template.go (v0.33.0-rc2).
    """
    branch = _tool_calls_branch(tree)
    text = None if branch is None else _first_text(branch.body)
    tag = "" if text is None else text.replace("\r\n", "\n").partition("{")[0].strip()
    return tag or "{"


def _tool_calls_branch(tree: ListNode) -> BranchNode | None:
    for node in tree.nodes:
        if not isinstance(node, BranchNode):
            continue
        if node.keyword == "if" and any(
            isinstance(arg, FieldNode) and "ToolCalls" in arg.names for command in node.pipe.cmds for arg in command.args
        ):
            return node
        for part in (node.body, node.otherwise):
            found = None if part is None else _tool_calls_branch(part)
            if found is not None:
                return found
    return None


def _first_text(tree: ListNode) -> str | None:
    """Return the first text in ``tree`` that stands before any printed value."""
    for node in tree.nodes:
        if isinstance(node, TextNode) and node.text.strip():
            return node.text
        if isinstance(node, ActionNode):
            return None
        if isinstance(node, BranchNode):
            found = _first_text(node.body)
            return _first_text(node.otherwise) if found is None and node.otherwise is not None else found
    return None
