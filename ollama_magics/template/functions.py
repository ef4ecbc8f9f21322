"""The functions a template can call: Go's builtins and Ollama's own four.

Source: Go 1.26 text/template/funcs.go; Ollama template/template.go (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from urllib.parse import quote_plus

from ollama_magics.template.compare import equal, greater, greater_or_equal, less, less_or_equal, not_equal
from ollama_magics.template.errors import TemplateError
from ollama_magics.template.format import sprint, sprintln
from ollama_magics.template.jsontext import marshal
from ollama_magics.template.printf import sprintf
from ollama_magics.template.values import (
    INVALID,
    UINT8,
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


class Wants(Enum):
    """What a parameter takes; the value is how Go names the type in errors."""

    VALUE = "reflect.Value"
    ANY = "interface {}"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Function:
    """A function and what it takes: fixed parameters, then any number of ``rest``."""

    call: Callable[[Sequence[Value]], Value]
    fixed: tuple[Wants, ...] = ()
    rest: Wants | None = None


def _index_argument(index: Value, limit: int) -> int:
    if not index.is_valid:
        raise TemplateError("cannot index slice/array with nil")
    if index.kind not in (Kind.INT, Kind.UINT8):
        raise TemplateError(f"cannot index slice/array with type {index.type.name}")
    at: int = index.raw
    if not 0 <= at <= limit:
        raise TemplateError(f"index out of range: {at}")
    return at


def _length_of(value: Value) -> int:
    if value.kind is Kind.STRING:
        return len(value.raw.encode("utf-8", "surrogatepass"))
    return len(value.raw or ())


def _index(arguments: Sequence[Value]) -> Value:
    item = indirect_interface(arguments[0])
    if not item.is_valid:
        raise TemplateError("index of untyped nil")
    for argument in map(indirect_interface, arguments[1:]):
        item, nil = indirect(item)
        if nil:
            raise TemplateError("index of nil pointer")
        item = _index_once(item, argument)
    return item


def _index_once(item: Value, argument: Value) -> Value:
    if item.kind in (Kind.SLICE, Kind.STRING):
        at = _index_argument(argument, _length_of(item))
        if at == _length_of(item):
            raise TemplateError(f"reflect: {'slice' if item.kind is Kind.SLICE else 'string'} index out of range")
        if item.kind is Kind.STRING:
            return Value(UINT8, item.raw.encode("utf-8", "surrogatepass")[at])
        return Value(item.type.inner, item.raw[at])
    if item.kind is not Kind.MAP:
        raise TemplateError(f"can't index item of type {item.type.name}")
    if not argument.is_valid:
        raise TemplateError("value is nil; should be of type string")
    if argument.kind is not Kind.STRING:
        raise TemplateError(f"value has type {argument.type.name}; should be string")
    entries = item.raw or {}
    return Value(item.type.inner, entries[argument.raw]) if argument.raw in entries else zero(item.type.inner)


def _slice(arguments: Sequence[Value]) -> Value:
    item = indirect_interface(arguments[0])
    if not item.is_valid:
        raise TemplateError("slice of untyped nil")
    item, nil = indirect(item)
    if nil:
        raise TemplateError("slice of nil pointer")
    if len(arguments) > 4:
        raise TemplateError(f"too many slice indexes: {len(arguments) - 1}")
    if item.kind is Kind.STRING and len(arguments) == 4:
        raise TemplateError("cannot 3-index slice a string")
    if item.kind not in (Kind.STRING, Kind.SLICE):
        raise TemplateError(f"can't slice item of type {item.type.name}")
    length = _length_of(item)
    bounds = [_index_argument(argument, length) for argument in arguments[1:]]
    start, end, *_ = [*bounds, *(0, length)[len(bounds) :]]
    for low, high in zip([start, end], [end, *bounds[2:]], strict=False):
        if low > high:
            raise TemplateError(f"invalid slice index: {low} > {high}")
    if item.kind is Kind.STRING:
        return text(item.raw.encode("utf-8", "surrogatepass")[start:end].decode("utf-8", "replace"))
    return Value(item.type, (item.raw or [])[start:end])


def _len(arguments: Sequence[Value]) -> Value:
    item, nil = indirect(arguments[0])
    if nil:
        raise TemplateError("len of nil pointer")
    if item.kind in (Kind.SLICE, Kind.MAP, Kind.STRING):
        return integer(_length_of(item))
    if not item.is_valid:
        raise TemplateError("reflect: call of reflect.Value.Type on zero Value")
    raise TemplateError(f"len of type {item.type.name}")


def _not(arguments: Sequence[Value]) -> Value:
    return boolean(not truth(arguments[0]))


def _call(arguments: Sequence[Value]) -> Value:
    """Refuse to call: no value of a template is a function; the executor puts the callee's source first."""
    name, callee = arguments[0].raw, indirect_interface(arguments[1])
    if not callee.is_valid:
        raise TemplateError("call of nil")
    raise TemplateError(f"non-function {name} of type {callee.type.name}")


_HTML = str.maketrans({"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"})
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _plain(values: Sequence[Value]) -> str:
    """Return the arguments as printing an action would show them."""
    shown = [indirect(value)[0] if value.kind is Kind.POINTER else value for value in values]
    return sprint([value if value.is_valid else text("<no value>") for value in shown])


def _escape_js(source: str) -> str:
    return "".join(_JS.get(char) or (char if char >= " " and char.isprintable() else _js_unicode(char)) for char in source)


def _js_unicode(char: str) -> str:
    # DEL is ASCII and Go leaves it alone.
    return char if char == "\x7f" else f"\\u{ord(char):04X}"


def _type_script(arguments: Sequence[Value]) -> Value:
    value = indirect(arguments[0])[0] if arguments[0].kind is Kind.POINTER else arguments[0]
    method = value.type.methods.get("ToTypeScriptType")
    return method(value) if method is not None else text("any")


def _of_any(result: Callable[[Sequence[Value]], str]) -> Function:
    return Function(lambda arguments: text(result(arguments)), rest=Wants.ANY)


def _compares(result: Callable[[Value, Value], bool]) -> Function:
    return Function(lambda arguments: boolean(result(arguments[0], arguments[1])), (Wants.VALUE, Wants.VALUE))


def _lazy(arguments: Sequence[Value]) -> Value:
    """Stand in for ``and`` and ``or``, whose arguments the executor evaluates itself, one by one."""
    return arguments[-1] if arguments else INVALID


BUILTINS: Mapping[str, Function] = {
    "and": Function(_lazy, (Wants.VALUE,), Wants.VALUE),
    "call": Function(_call, (Wants.VALUE,), Wants.VALUE),
    "html": _of_any(lambda values: _plain(values).translate(_HTML)),
    "index": Function(_index, (Wants.VALUE,), Wants.VALUE),
    "slice": Function(_slice, (Wants.VALUE,), Wants.VALUE),
    "js": _of_any(lambda values: _escape_js(_plain(values))),
    "len": Function(_len, (Wants.VALUE,)),
    "not": Function(_not, (Wants.VALUE,)),
    "or": Function(_lazy, (Wants.VALUE,), Wants.VALUE),
    "print": _of_any(sprint),
    "printf": Function(lambda arguments: text(sprintf(arguments[0].raw, arguments[1:])), (Wants.STRING,), Wants.ANY),
    "println": _of_any(sprintln),
    "urlquery": _of_any(lambda values: quote_plus(_plain(values), safe="", errors="replace")),
    "eq": Function(lambda arguments: boolean(equal(arguments[0], arguments[1:])), (Wants.VALUE,), Wants.VALUE),
    "ge": _compares(greater_or_equal),
    "gt": _compares(greater),
    "le": _compares(less_or_equal),
    "lt": _compares(less),
    "ne": _compares(not_equal),
}


def ollama_functions(today: Callable[[], date] = date.today) -> dict[str, Function]:
    """Return Ollama's own functions; ``today`` is the clock of the dates."""
    return {
        "json": Function(lambda arguments: text(marshal(arguments[0]) if arguments[0].is_valid else "null"), (Wants.ANY,)),
        "currentDate": Function(lambda _: text(today().isoformat()), rest=Wants.STRING),
        "yesterdayDate": Function(lambda _: text((today() - timedelta(days=1)).isoformat()), rest=Wants.STRING),
        "toTypeScriptType": Function(_type_script, (Wants.ANY,)),
    }


FUNCTION_NAMES = frozenset(BUILTINS) | frozenset(ollama_functions())
