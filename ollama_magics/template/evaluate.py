"""Values of pipelines: what stands between the braces of a template.

Source: Go 1.26 text/template/exec.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from ollama_magics.template.errors import TemplateError
from ollama_magics.template.format import MAX_TEXT
from ollama_magics.template.functions import BUILTINS, Function, Wants
from ollama_magics.template.literals import Number
from ollama_magics.template.nodes import (
    BoolNode,
    ChainNode,
    CommandNode,
    DotNode,
    FieldNode,
    IdentifierNode,
    ListNode,
    NilNode,
    Node,
    NumberNode,
    Operand,
    PipeNode,
    StringNode,
    VariableNode,
)
from ollama_magics.template.values import (
    COMPLEX128,
    FLOAT64,
    INVALID,
    Kind,
    Value,
    boolean,
    indirect,
    indirect_interface,
    integer,
    text,
    truth,
    zero,
)
from ollama_magics.text.gostrings import quote


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may do: nodes visited, characters written or made by functions, calls of templates inside each other."""

    steps: int = 2_000_000
    characters: int = MAX_TEXT
    depth: int = 50


@dataclass(frozen=True, slots=True)
class Program:
    """A parsed template ready to run.

    Attributes:
        source: the text the nodes' positions refer to.
        trees: by name; the template itself is ``""``.
        functions: beside the builtins.
        zero_missing: a name that a map lacks gives the zero of its elements instead of no value (Go's ``missingkey=zero``).
    """

    source: str
    trees: Mapping[str, ListNode]
    functions: Mapping[str, Function]
    zero_missing: bool


@dataclass(slots=True)
class _Variable:
    name: str
    value: Value


class Variables:
    """A stack of variables that finds the topmost of a name at once."""

    def __init__(self, root: Value) -> None:
        self._stack: list[_Variable] = []
        self._by_name: dict[str, list[_Variable]] = {}
        self.push("$", root)

    def push(self, name: str, value: Value) -> None:
        """Declare a variable."""
        cell = _Variable(name, value)
        self._stack.append(cell)
        self._by_name.setdefault(name, []).append(cell)

    def mark(self) -> int:
        """Return where the stack ends now."""
        return len(self._stack)

    def pop(self, mark: int) -> None:
        """Forget what was declared since `mark` gave this."""
        for cell in self._stack[mark:]:
            self._by_name[cell.name].pop()
        del self._stack[mark:]

    def top(self, nth: int) -> _Variable:
        """Return the variable that was declared as the ``nth`` last, from 1."""
        return self._stack[-nth]

    def find(self, name: str) -> _Variable | None:
        """Return the latest variable of that name, or None."""
        cells = self._by_name.get(name)
        return cells[-1] if cells else None


class Evaluation:
    """Evaluates operands and pipelines of one run, within its limits."""

    def __init__(self, program: Program, limits: Limits) -> None:
        self._program = program
        self._limits = limits
        self._name = ""
        self._depth = 0
        self._steps = 0
        self._characters = 0
        self._vars = Variables(INVALID)
        self._node: Node | Operand | CommandNode | None = None
        self.output: list[str] = []

    def fail(self, message: str) -> NoReturn:
        """Raise Go's error for the node that is being evaluated."""
        node = self._node
        if node is None:
            raise TemplateError(f"template: {self._name}: {message}")
        before = self._program.source[: node.pos]
        column = len(before[before.rfind("\n") + 1 :].encode("utf-8", "surrogatepass"))
        place = f":{1 + before.count(chr(10))}:{column}"
        try:
            shown = str(node)
        except RecursionError:
            shown = "..."
        raise TemplateError(f"template: {place}: executing {quote(self._name)} at <{shown}>: {message}")

    def _at(self, node: Node | Operand | CommandNode) -> None:
        self._node = node
        self._steps += 1
        if self._steps > self._limits.steps:
            self.fail(f"exceeded the limit of {self._limits.steps} steps")

    def _spend(self, produced: str) -> None:
        self._characters += len(produced)
        if self._characters > self._limits.characters:
            self.fail(f"exceeded the limit of {self._limits.characters} characters")

    def _write(self, produced: str) -> None:
        self._spend(produced)
        self.output.append(produced)

    def _assign(self, variable: VariableNode, value: Value) -> None:
        cell = self._vars.find(variable.names[0])
        if cell is None:
            self.fail(f"undefined variable: {variable.names[0]}")
        cell.value = value

    def _pipeline(self, dot: Value, pipe: PipeNode) -> Value:
        self._at(pipe)
        value: Value | None = None
        for command in pipe.cmds:
            value = indirect_interface(self._command(dot, command, value))
        assert value is not None
        for variable in pipe.decl:
            if pipe.is_assign:
                self._assign(variable, value)
            else:
                self._vars.push(variable.names[0], value)
        return value

    def _command(self, dot: Value, command: CommandNode, final: Value | None) -> Value:
        """Evaluate one stage of a pipeline; ``final`` is what the stage before gave."""
        first = command.args[0]
        if isinstance(first, FieldNode):
            self._at(first)
            return self._fields(dot, first, first.names, command.args, final)
        if isinstance(first, IdentifierNode):
            return self._function(dot, first, command, command.args, final)
        if isinstance(first, ChainNode):
            return self._chain(dot, first, command.args, final)
        if isinstance(first, VariableNode):
            return self._variable(first, command.args, final)
        if isinstance(first, PipeNode):
            self._no_arguments(command.args, final)
            return self._pipeline(dot, first)
        self._at(first)
        self._no_arguments(command.args, final)
        if isinstance(first, DotNode):
            return dot
        if isinstance(first, NilNode):
            self.fail("nil is not a command")
        return self._constant(first)

    def _no_arguments(self, args: Sequence[Operand], final: Value | None) -> None:
        if len(args) > 1 or final is not None:
            self.fail(f"can't give argument to non-function {args[0]}")

    def _constant(self, node: Operand) -> Value:
        if isinstance(node, StringNode):
            return text(node.text)
        if isinstance(node, BoolNode):
            return boolean(node.value)
        assert isinstance(node, NumberNode)
        self._at(node)
        return self._ideal(node.text, node.number)

    def _ideal(self, spelling: str, number: Number) -> Value:
        """Return a constant under the type that its spelling gives it."""
        if number.complex128 is not None:
            return Value(COMPLEX128, number.complex128)
        hexadecimal = len(spelling) > 2 and spelling[:2] in ("0x", "0X") and not any(char in "pP" for char in spelling)
        looks_like_float = not hexadecimal and not spelling.startswith("'") and any(char in ".eEpP" for char in spelling)
        if number.float64 is not None and looks_like_float:
            return Value(FLOAT64, number.float64)
        if number.integer is None:
            self.fail(f"{spelling} overflows int")
        return integer(number.integer)

    def _variable(self, node: VariableNode, args: Sequence[Operand], final: Value | None) -> Value:
        self._at(node)
        cell = self._vars.find(node.names[0])
        if cell is None:
            self.fail(f"undefined variable: {node.names[0]}")
        if len(node.names) == 1:
            self._no_arguments(args, final)
            return cell.value
        return self._fields(cell.value, node, node.names[1:], args, final)

    def _chain(self, dot: Value, node: ChainNode, args: Sequence[Operand], final: Value | None) -> Value:
        self._at(node)
        return self._fields(self._argument(dot, None, node.node), node, node.names, args, final)

    def _fields(self, receiver: Value, node: Operand, names: Sequence[str], args: Sequence[Operand], final: Value | None) -> Value:
        for name in names[:-1]:
            receiver = self._field(receiver, name, 0)
        return self._field(receiver, names[-1], max(len(args) - 1, 0) + (final is not None))

    def _field(self, receiver: Value, name: str, arguments: int) -> Value:
        if not receiver.is_valid:
            return INVALID
        type_name = receiver.type.name
        receiver, nil = indirect(receiver)
        if nil and receiver.kind is Kind.INTERFACE:
            self.fail(f"nil pointer evaluating {type_name}.{name}")
        method = (receiver.type.inner if nil else receiver.type).methods.get(name)
        if method is not None:
            if arguments:
                self.fail(f"wrong number of args for {name}: want 0 got {arguments}")
            return method(receiver)
        if receiver.kind is Kind.STRUCT and receiver.type.field(name) is not None:
            if arguments:
                self.fail(f"{name} has arguments but cannot be invoked as function")
            return receiver.field(name)
        if receiver.kind is Kind.MAP:
            if arguments:
                self.fail(f"{name} is not a method but has arguments")
            return self._entry(receiver, name)
        if nil and (receiver.type.inner.kind is not Kind.STRUCT or receiver.type.inner.field(name) is not None):
            self.fail(f"nil pointer evaluating {type_name}.{name}")
        self.fail(f"can't evaluate field {name} in type {type_name}")

    def _entry(self, receiver: Value, name: str) -> Value:
        if receiver.raw and name in receiver.raw:
            return Value(receiver.type.inner, receiver.raw[name])
        return zero(receiver.type.inner) if self._program.zero_missing else INVALID

    # Calling.

    def _function(
        self, dot: Value, node: IdentifierNode, command: CommandNode | Operand, args: Sequence[Operand], final: Value | None
    ) -> Value:
        self._at(node)
        name = node.name
        function = self._program.functions.get(name) or BUILTINS.get(name)
        if function is None:
            self.fail(f"{quote(name)} is not a defined function")
        self._count(name, function, max(len(args) - 1, 0), final)
        if name in ("and", "or"):
            return self._first_decisive(dot, args[1:], final, wanted=name == "or")
        values = [self._argument(dot, self._wants(function, position), arg) for position, arg in enumerate(args[1:])]
        if final is not None:
            values.append(self._valid(final, self._wants(function, len(values))))
        if name == "call":
            values.insert(0, text(str(args[1]) if len(args) > 1 else _callee(final)))
        try:
            result = function.call(values)
        except TemplateError as error:
            self._at(command)
            self.fail(f"error calling {name}: {error}")
        if result.kind is Kind.STRING:
            self._spend(result.raw)
        return result

    def _count(self, name: str, function: Function, given: int, final: Value | None) -> None:
        total = given + (final is not None)
        wanted = len(function.fixed)
        if function.rest is not None:
            if total < wanted:
                self.fail(f"wrong number of args for {name}: want at least {wanted} got {given}")
        elif total != wanted:
            self.fail(f"wrong number of args for {name}: want {wanted} got {total}")

    def _wants(self, function: Function, position: int) -> Wants:
        wants = function.fixed[position] if position < len(function.fixed) else function.rest
        assert wants is not None
        return wants

    def _first_decisive(self, dot: Value, args: Sequence[Operand], final: Value | None, *, wanted: bool) -> Value:
        """Evaluate the arguments of ``and`` and ``or`` until one decides."""
        value = INVALID
        for arg in args:
            value = self._argument(dot, Wants.VALUE, arg)
            if truth(value) is wanted:
                return value
        return value if final is None else final

    def _argument(self, dot: Value, wants: Wants | None, node: Operand) -> Value:
        self._at(node)
        if isinstance(node, NilNode):
            if wants is Wants.STRING:
                self.fail("cannot assign nil to string")
            return INVALID
        if isinstance(node, BoolNode | NumberNode | StringNode):
            if wants is Wants.STRING and not isinstance(node, StringNode):
                self.fail(f"expected string; found {node}")
            return self._constant(node)
        return self._valid(self._operand(dot, node), wants)

    def _operand(self, dot: Value, node: Operand) -> Value:
        if isinstance(node, FieldNode):
            return self._fields(dot, node, node.names, (), None)
        if isinstance(node, PipeNode):
            return self._pipeline(dot, node)
        if isinstance(node, VariableNode):
            return self._variable(node, (), None)
        if isinstance(node, IdentifierNode):
            return self._function(dot, node, node, (), None)
        if isinstance(node, ChainNode):
            return self._chain(dot, node, (), None)
        return dot

    def _valid(self, value: Value, wants: Wants | None) -> Value:
        """Return ``value`` as the parameter takes it."""
        if wants is Wants.ANY:
            return indirect_interface(value)
        if wants is not Wants.STRING:
            return value
        if not value.is_valid:
            self.fail("invalid value; expected string")
        inner = value.raw if value.kind is Kind.INTERFACE and value.raw is not None else value
        if inner.kind is not Kind.STRING:
            self.fail(f"wrong type for value; expected string; got {inner.type.name}")
        return Value(inner.type, inner.raw)


def _callee(final: Value | None) -> str:
    """Return how Go names a function that comes out of a pipe."""
    if final is None or not final.is_valid:
        return "<invalid Value>"
    return final.raw if final.kind is Kind.STRING else f"<{final.type.name} Value>"
