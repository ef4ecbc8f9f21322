"""The comparisons of templates: ``eq ne lt le gt ge``.

Source: Go 1.26 text/template/funcs.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from ollama_magics.template.errors import TemplateError
from ollama_magics.template.format import PLAIN, bad_verb, formatted
from ollama_magics.template.values import Kind, Type, Value, indirect_interface, is_nil

_BASIC = {
    Kind.BOOL: "bool",
    Kind.INT: "int",
    Kind.UINT8: "uint",
    Kind.FLOAT64: "float",
    Kind.COMPLEX128: "complex",
    Kind.STRING: "string",
}
_WHOLE = frozenset({"int", "uint"})


def equal(first: Value, others: Sequence[Value]) -> bool:
    """Say whether ``first`` equals one of ``others``; a nil value equals only another.

    Raises:
        TemplateError: the types do not compare, or there is nothing to compare with.
    """
    first = indirect_interface(first)
    if not others:
        raise TemplateError("missing argument for comparison")
    return any(_equal(first, indirect_interface(other)) for other in others)


def _equal(first: Value, other: Value) -> bool:
    left, right = _BASIC.get(first.kind), _BASIC.get(other.kind)
    if left != right and not (left in _WHOLE and right in _WHOLE):
        if first.is_valid and other.is_valid:
            raise TemplateError(f"incompatible types for comparison: {first.type.name} and {other.type.name}")
        return False
    if left is not None:
        return bool(first.raw == other.raw)
    return _same(first, other)


def _same(first: Value, other: Value) -> bool:
    if first.kind is not other.kind and first.is_valid and other.is_valid:
        shown = f"{_as_string(first)}: {first.type.name}, {_type_as_string(other)}: {formatted(other, 'v', PLAIN)}"
        raise TemplateError(f"non-comparable types {shown}")
    if is_nil(first) or is_nil(other):
        return is_nil(first) is is_nil(other)
    if not _comparable(other.type):
        raise TemplateError(f"non-comparable type {_as_string(other)}: {other.type.name}")
    if first.kind is Kind.POINTER:
        return first.raw is other.raw
    return first.type is other.type and bool(first.raw == other.raw)


def _as_string(value: Value) -> str:
    return formatted(value, "s", PLAIN) if value.is_valid else bad_verb(value, "s")


def _type_as_string(value: Value) -> str:
    return value.type.name


def _comparable(of: Type) -> bool:
    if of.kind is Kind.STRUCT:
        return all(_comparable(each.type) for each in of.fields)
    return of.kind not in (Kind.SLICE, Kind.MAP)


def less(first: Value, other: Value) -> bool:
    """Say whether ``first`` comes before ``other``; integers, floats and strings have an order.

    Raises:
        TemplateError: the types have no order, or not the same one.
    """
    first, other = indirect_interface(first), indirect_interface(other)
    left, right = _BASIC.get(first.kind), _BASIC.get(other.kind)
    if left is None or right is None:
        raise TemplateError("invalid type for comparison")
    if left != right and not (left in _WHOLE and right in _WHOLE):
        raise TemplateError(f"incompatible types for comparison: {first.type.name} and {other.type.name}")
    if left in ("bool", "complex"):
        raise TemplateError("invalid type for comparison")
    if left == "string":
        return bool(first.raw.encode("utf-8", "surrogatepass") < other.raw.encode("utf-8", "surrogatepass"))
    return bool(first.raw < other.raw)


def not_equal(first: Value, other: Value) -> bool:
    """Say whether the two differ."""
    return not equal(first, [other])


def less_or_equal(first: Value, other: Value) -> bool:
    """Say whether ``first`` comes before ``other`` or equals it."""
    return less(first, other) or equal(first, [other])


def greater(first: Value, other: Value) -> bool:
    """Say whether ``first`` comes after ``other``."""
    return not less_or_equal(first, other)


def greater_or_equal(first: Value, other: Value) -> bool:
    """Say whether ``first`` does not come before ``other``."""
    return not less(first, other)
