"""Values with Go's types, as far as templates can see them.

A ``Value`` is a static type and raw data. The raw data of an interface or a pointer is the ``Value`` inside or None (nil), of a slice a
list (bytes for numbers of 8 bits) or None, of a map with text keys a dict or None, of a struct a dict by field name, and of everything
else the Python scalar.
``INVALID`` is Go's zero ``reflect.Value``: no value at all.

Source: Go 1.26 reflect, as text/template/exec.go uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Kind(Enum):
    """The kinds of types."""

    INVALID = auto()
    BOOL = auto()
    INT = auto()
    UINT8 = auto()
    FLOAT64 = auto()
    COMPLEX128 = auto()
    STRING = auto()
    SLICE = auto()
    MAP = auto()
    STRUCT = auto()
    POINTER = auto()
    INTERFACE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct: its Go name, its type, its JSON name (the Go name when empty) and whether JSON leaves out the empty one."""

    name: str
    type: Type
    json_name: str = ""
    omit_empty: bool = False


@dataclass(slots=True, eq=False)
class Type:
    """A Go type; two are the same when they are one object.

    Attributes:
        name: as Go prints it.
        elem: type of the elements, or of what is pointed to.
        methods: by name, what a template can call on a value; each takes the receiver and gives a ``Value``.
        marshal: a JSON form of its own, or None.
    """

    name: str
    kind: Kind
    elem: Type | None = None
    fields: tuple[Field, ...] = ()
    methods: Mapping[str, Callable[[Value], Value]] = field(default_factory=dict)
    marshal: Callable[[Value], str] | None = None

    def declare(self, *fields: Field) -> None:
        """Give the type its fields; for a struct that contains itself."""
        self.fields = fields

    def field(self, name: str) -> Field | None:
        """Return the field called ``name``, or None."""
        return next((each for each in self.fields if each.name == name), None)

    @property
    def inner(self) -> Type:
        """The type of the elements; only for types that have some."""
        assert self.elem is not None
        return self.elem


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """Raw data under its type."""

    type: Type
    raw: Any

    @property
    def kind(self) -> Kind:
        """The kind of its type."""
        return self.type.kind

    @property
    def is_valid(self) -> bool:
        """Whether there is a value at all."""
        return self.type is not _INVALID_TYPE

    def field(self, name: str) -> Value:
        """Return a field of this struct, which has it."""
        found = self.type.field(name)
        assert found is not None
        return Value(found.type, self.raw[name])

    def items(self) -> list[Value]:
        """Return the elements of this slice."""
        elem = self.type.inner
        return [Value(elem, raw) for raw in self.raw or ()]

    def entries(self) -> list[tuple[str, Value]]:
        """Return the entries of this map, sorted by key as Go prints and ranges them."""
        elem = self.type.inner
        return [(key, Value(elem, self.raw[key])) for key in sorted(self.raw or (), key=_utf8)]


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_INVALID_TYPE = Type("invalid", Kind.INVALID)
INVALID = Value(_INVALID_TYPE, None)
BOOL = Type("bool", Kind.BOOL)
INT = Type("int", Kind.INT)
UINT8 = Type("uint8", Kind.UINT8)
FLOAT64 = Type("float64", Kind.FLOAT64)
COMPLEX128 = Type("complex128", Kind.COMPLEX128)
STRING = Type("string", Kind.STRING)
ANY = Type("interface {}", Kind.INTERFACE)
ANY_SLICE = Type("[]interface {}", Kind.SLICE, ANY)
ANY_MAP = Type("map[string]interface {}", Kind.MAP, ANY)
STRINGS = Type("[]string", Kind.SLICE, STRING)

_NIL_ABLE = frozenset({Kind.SLICE, Kind.MAP, Kind.POINTER, Kind.INTERFACE})
_SCALARS = {Kind.BOOL: False, Kind.INT: 0, Kind.UINT8: 0, Kind.FLOAT64: 0.0, Kind.COMPLEX128: 0j, Kind.STRING: ""}


def text(value: str) -> Value:
    """Return a Go string."""
    return Value(STRING, value)


def integer(value: int) -> Value:
    """Return a Go int."""
    return Value(INT, value)


def boolean(value: bool) -> Value:
    """Return a Go bool."""
    return Value(BOOL, value)


def zero(of: Type) -> Value:
    """Return the zero value of a type."""
    if of.kind is Kind.STRUCT:
        return Value(of, {each.name: zero(each.type).raw for each in of.fields})
    return Value(of, _SCALARS.get(of.kind))


def from_python(value: Any) -> Value:
    """Return ``value`` as Go holds it: an int is an ``int``, a mapping a ``map[string]interface {}``; None is ``INVALID``."""
    return _convert(value, INT, int)


def from_json(value: Any) -> Value:
    """Return decoded JSON as Go's decoder gives it: like ``from_python``, and every number is a ``float64``."""
    return _convert(value, FLOAT64, _to_float)


def _to_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _convert(value: Any, number_type: Type, number: Callable[[int], Any]) -> Value:
    if value is None:
        return INVALID
    if isinstance(value, Value):
        return value
    if isinstance(value, bool):
        return Value(BOOL, value)
    if isinstance(value, str):
        return Value(STRING, value)
    if isinstance(value, int):
        return Value(number_type, number(value))
    if isinstance(value, float):
        return Value(FLOAT64, value)
    if isinstance(value, Mapping):
        return Value(ANY_MAP, {str(key): boxed(_convert(item, number_type, number)) for key, item in value.items()})
    if isinstance(value, Sequence):
        return Value(ANY_SLICE, [boxed(_convert(item, number_type, number)) for item in value])
    raise TypeError(f"a template cannot hold a {type(value).__name__}")


def boxed(value: Value) -> Value | None:
    """Return the raw data of an interface that holds ``value``."""
    if value.kind is Kind.INTERFACE:
        inner: Value | None = value.raw
        return inner
    return value if value.is_valid else None


def indirect_interface(value: Value) -> Value:
    """Return what an interface holds, ``INVALID`` for a nil one, and any other value as it is."""
    if value.kind is not Kind.INTERFACE:
        return value
    return INVALID if value.raw is None else value.raw


def indirect(value: Value) -> tuple[Value, bool]:
    """Return what pointers and interfaces lead to, and whether that is a nil one of them."""
    while value.kind in (Kind.POINTER, Kind.INTERFACE):
        if value.raw is None:
            return value, True
        value = value.raw
    return value, False


def is_nil(value: Value) -> bool:
    """Say whether there is no value, or a nil one."""
    return not value.is_valid or (value.kind in _NIL_ABLE and value.raw is None)


def truth(value: Value) -> bool:
    """Say whether ``if`` takes ``value`` for true: not the zero of its type; a struct is always true."""
    value = indirect_interface(value)
    if value.kind is Kind.STRUCT:
        return True
    if value.kind in (Kind.POINTER, Kind.INTERFACE):
        return value.raw is not None
    return bool(value.raw)
