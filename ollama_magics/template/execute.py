"""Running a parsed template on a value.

A template is untrusted: ``Limits`` bound how much one run may do and write. Go knows no such bounds.

Source: Go 1.26 text/template/exec.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from ollama_magics.template.evaluate import Evaluation, Limits, Program, Variables
from ollama_magics.template.format import show
from ollama_magics.template.nodes import (
    ActionNode,
    BranchNode,
    ListNode,
    LoopNode,
    PipeNode,
    TemplateNode,
    TextNode,
)
from ollama_magics.template.values import (
    INVALID,
    Kind,
    Value,
    indirect,
    integer,
    text,
    truth,
)


def run(program: Program, data: Value, limits: Limits) -> str:
    """Return the output of ``program`` on ``data``.

    Raises:
        TemplateError: with Go's words and position, or for a limit.
    """
    execution = _Execution(program, limits)
    try:
        execution.template("", data)
    except RecursionError:
        execution.fail(f"exceeded maximum template depth ({limits.depth})")
    return "".join(execution.output)


class _Execution(Evaluation):
    """Walks the trees and writes; a keyword comes back when a loop has to be left or gone on with."""

    def template(self, name: str, data: Value) -> None:
        """Run the named tree on ``data`` with variables of its own."""
        outer = self._name, self._vars
        self._name, self._vars = name, Variables(data)
        self._walk(data, self._program.trees[name])
        self._name, self._vars = outer

    def _walk(self, dot: Value, tree: ListNode) -> str | None:
        for node in tree.nodes:
            self._at(node)
            if isinstance(node, TextNode):
                self._write(node.text)
            elif isinstance(node, ActionNode):
                value = self._pipeline(dot, node.pipe)
                if not node.pipe.decl:
                    self._print(node, value)
            elif isinstance(node, BranchNode):
                signal = self._range(dot, node) if node.keyword == "range" else self._branch(dot, node)
                if signal is not None:
                    return signal
            elif isinstance(node, LoopNode):
                return node.keyword
            else:
                self._call_template(dot, node)
        return None

    def _print(self, node: ActionNode, value: Value) -> None:
        self._at(node)
        if value.kind is Kind.POINTER:
            value, _ = indirect(value)
        self._write(show(value) if value.is_valid else "<no value>")

    def _branch(self, dot: Value, node: BranchNode) -> str | None:
        mark = self._vars.mark()
        value = self._pipeline(dot, node.pipe)
        signal = None
        if truth(value):
            signal = self._walk(value if node.keyword == "with" else dot, node.body)
        elif node.otherwise is not None:
            signal = self._walk(dot, node.otherwise)
        self._vars.pop(mark)
        return signal

    def _range(self, dot: Value, node: BranchNode) -> str | None:
        outer = self._vars.mark()
        value, _ = indirect(self._pipeline(dot, node.pipe))
        mark = self._vars.mark()
        ran = False
        signal = None
        for key, element in self._elements(node, value):
            ran = True
            self._at(node)
            self._loop_variables(node.pipe, key, element)
            stopped = self._walk(element, node.body)
            self._vars.pop(mark)
            if stopped == "break":
                break
        if not ran and node.otherwise is not None:
            signal = self._walk(dot, node.otherwise)
        self._vars.pop(outer)
        return signal

    def _elements(self, node: BranchNode, value: Value) -> Iterable[tuple[Value, Value]]:
        if not value.is_valid:
            return ()
        if value.kind in (Kind.INT, Kind.UINT8):
            if len(node.pipe.decl) > 1:
                self.fail(f"can't use {show(value)} to iterate over more than one variable")
            return ((INVALID, Value(value.type, number)) for number in range(value.raw))
        if value.kind is Kind.SLICE:
            return ((integer(position), item) for position, item in enumerate(value.items()))
        if value.kind is Kind.MAP:
            return ((text(key), item) for key, item in value.entries())
        self.fail(f"range can't iterate over {show(value)}")

    def _loop_variables(self, pipe: PipeNode, key: Value, element: Value) -> None:
        if not pipe.decl:
            return
        values = [element] if len(pipe.decl) == 1 else [key, element]
        for nth, (variable, value) in enumerate(zip(pipe.decl, values, strict=True)):
            if pipe.is_assign:
                self._assign(variable, value)
            else:
                self._vars.top(len(values) - nth).value = value

    def _call_template(self, dot: Value, node: TemplateNode) -> None:
        if node.name not in self._program.trees:
            self.fail(f"template {node.quoted} not defined")
        if self._depth >= self._limits.depth:
            self.fail(f"exceeded maximum template depth ({self._limits.depth})")
        data = INVALID if node.pipe is None else self._pipeline(dot, node.pipe)
        self._depth += 1
        self.template(node.name, data)
        self._depth -= 1
