"""Request bodies decoded as Go's ``encoding/json`` decodes them into a struct.

Field names match in any case, unknown fields are ignored, ``null`` leaves a field unset, what follows the first value is
ignored, and the first value of a wrong type is the error, in Go's words.

Source: Go encoding/json decode.go (Go 1.26); observed, tests/contract (areas ``basics`` and ``create-errors``).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ollama_magics.errors import UsageProblem
from ollama_magics.server.errors import ApiError, BadJSON
from ollama_magics.server.jsonsyntax import explain

_SPACE = " \t\r\n"


class Number:
    """A number of a JSON text as it was written."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def plain(self) -> int | float:
        """Return it as Python's own decoder would."""
        return float(self.text) if any(c in self.text for c in ".eE") else int(self.text)


@dataclass
class Mismatch:
    """Source: Go ``json.UnmarshalTypeError``."""

    value: str
    type: str
    struct: str = ""
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.struct or self.path:
            return f"json: cannot unmarshal {self.value} into Go struct field {self.struct}.{'.'.join(self.path)} of type {self.type}"
        return f"json: cannot unmarshal {self.value} into Go value of type {self.type}"


@dataclass
class Scope:
    """Where the decoder is, and the first error it met; decoding goes on after it, as in Go."""

    struct: str = ""
    path: tuple[str, ...] = ()
    error: Mismatch | str | None = None

    def fail(self, error: Mismatch | str) -> None:
        """Remember ``error`` unless there is one already; a mismatch is put under the field that is being read."""
        if self.error is not None:
            return
        if isinstance(error, Mismatch) and self.path:
            error = Mismatch(error.value, error.type, self.struct, (*self.path, *error.path))
        self.error = error

    def mismatch(self, value: Any, kind: Kind, literal: str = "") -> None:
        """Remember that ``value`` cannot become a ``kind``."""
        self.fail(Mismatch(f"number {literal}" if literal else _word(value), kind.go))


class Kind:
    """A type of Go that a JSON value is read into.

    Attributes:
        go: its name in error texts.
        zero: what an item of a list or map is when it is null.
    """

    go = "interface {}"
    zero: Any = None

    def read(self, value: Any, scope: Scope) -> Any:
        """Return the value in Python, or None after ``scope.fail``; ``value`` is never None."""
        raise NotImplementedError


class AnyKind(Kind):
    """Go's ``any``: every number is a 64-bit float."""

    def read(self, value: Any, scope: Scope) -> Any:
        """Return the value with floats for numbers."""
        if isinstance(value, Number):
            number = float(value.text)
            if number in (float("inf"), float("-inf")):
                scope.fail(Mismatch(f"number {value.text}", "float64"))
            return number
        if isinstance(value, str):
            return _clean(value)
        if isinstance(value, list):
            return [self.read(item, scope) for item in value]
        if isinstance(value, dict):
            return {_clean(key): self.read(item, scope) for key, item in value.items()}
        return value


class RawKind(Kind):
    """Go's ``json.RawMessage``: the value as it was sent, whole numbers as int."""

    def read(self, value: Any, scope: Scope) -> Any:
        """Return the value."""
        if isinstance(value, Number):
            return value.plain()
        if isinstance(value, list):
            return [self.read(item, scope) for item in value]
        if isinstance(value, dict):
            return {_clean(key): self.read(item, scope) for key, item in value.items()}
        return _clean(value) if isinstance(value, str) else value


class StringKind(Kind):
    """Go's ``string``."""

    go = "string"
    zero = ""

    def read(self, value: Any, scope: Scope) -> Any:
        """Return the text; half surrogate pairs become U+FFFD."""
        if isinstance(value, str):
            return _clean(value)
        return scope.mismatch(value, self)


class BoolKind(Kind):
    """Go's ``bool``."""

    go = "bool"
    zero = False

    def read(self, value: Any, scope: Scope) -> Any:
        """Return True or False."""
        return value if isinstance(value, bool) else scope.mismatch(value, self)


class IntKind(Kind):
    """Go's ``int`` on a 64-bit machine."""

    go = "int"
    zero = 0

    def read(self, value: Any, scope: Scope) -> Any:
        """Return the number."""
        if not isinstance(value, Number):
            return scope.mismatch(value, self)
        plain = value.plain()
        if isinstance(plain, float) or not -(1 << 63) <= plain < 1 << 63:
            return scope.mismatch(value, self, value.text)
        return plain


class FloatKind(Kind):
    """Go's ``float32`` and ``float64``."""

    def __init__(self, go: str) -> None:
        self.go = go

    def read(self, value: Any, scope: Scope) -> Any:
        """Return the number."""
        return float(value.text) if isinstance(value, Number) else scope.mismatch(value, self)


class BytesKind(Kind):
    """Go's ``[]byte``: base64 in a string."""

    go = "[]uint8"

    def __init__(self, go: str = "[]uint8") -> None:
        self.go = go

    def read(self, value: Any, scope: Scope) -> Any:
        """Return the bytes."""
        if not isinstance(value, str):
            return scope.mismatch(value, self)
        text = value.replace("\n", "").replace("\r", "")
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return scope.fail(f"illegal base64 data at input byte {_first_bad(value)}")


class ListKind(Kind):
    """Go's slice of one kind."""

    def __init__(self, item: Kind, go: str = "") -> None:
        self.item = item
        self.go = go or f"[]{item.go}"

    def read(self, value: Any, scope: Scope) -> Any:
        """Return a list; an item that is null or wrong is None."""
        if not isinstance(value, list):
            return scope.mismatch(value, self)
        return [_read(self.item, item, scope) for item in value]


class MapKind(Kind):
    """Go's map from strings to one kind."""

    def __init__(self, item: Kind, go: str = "") -> None:
        self.item = item
        self.go = go or f"map[string]{item.go}"

    def read(self, value: Any, scope: Scope) -> Any:
        """Return a dict in the order of the text."""
        if not isinstance(value, dict):
            return scope.mismatch(value, self)
        return {_clean(key): _read(self.item, item, scope) for key, item in value.items()}


class StructKind(Kind):
    """A struct of Go.

    Args:
        name: the name of the Go type.
        fields: JSON name of each field → its kind.
    """

    def __init__(self, name: str, fields: Mapping[str, Kind], package: str = "api") -> None:
        self.name = name
        self.go = f"{package}.{name}"
        self.fields: dict[str, Kind] = {}
        self._folded: dict[str, str] = {}
        self.declare(fields)

    def declare(self, fields: Mapping[str, Kind]) -> None:
        """Add fields; for a struct that contains itself."""
        self.fields.update(fields)
        self._folded.update({key.casefold(): key for key in fields})

    def read(self, value: Any, scope: Scope) -> Any:
        """Return a dict of the fields that are there and not null, under their own names."""
        if not isinstance(value, dict):
            return scope.mismatch(value, self)
        outer = scope.struct, scope.path
        found: dict[str, Any] = {}
        for key, item in value.items():
            name = key if key in self.fields else self._folded.get(key.casefold())
            if name is None or item is None:
                continue
            scope.struct, scope.path = self.name, (*outer[1], name)
            read = self.fields[name].read(item, scope)
            if read is not None:
                found[name] = read
        scope.struct, scope.path = outer
        return found


class CustomKind(Kind):
    """A type of Go with its own ``UnmarshalJSON``.

    Args:
        inner: how the value is read first, with a scope of its own.
        finish: makes the Python value of what was read; raises ``BadJSON`` or ``UsageProblem`` with the error text.
        go: the type's name in error texts.
    """

    def __init__(self, go: str, inner: Kind, finish: Callable[[Any], Any] = lambda value: value, *, zero: Any = None) -> None:
        self.go = go
        self.inner = inner
        self.finish = finish
        self.zero = zero

    def read(self, value: Any, scope: Scope) -> Any:
        """Return what ``finish`` makes; its errors are put under the field that is being read."""
        own = Scope()
        read = self.inner.read(value, own)
        if own.error is not None:
            return scope.fail(own.error)
        try:
            return self.finish(read)
        except BadJSON as problem:
            return scope.fail(str(problem))
        except UsageProblem as problem:
            return scope.fail(problem.message)


def decode(body: bytes, kind: Kind) -> dict[str, Any]:
    """Return the fields of a request that are there and not null.

    Raises:
        ApiError: 400, with the text of Go's decoder, or ``missing request body`` for an empty one.
    """
    try:
        value = loads(body)
    except BadJSON as problem:
        raise ApiError(400, str(problem)) from problem
    scope = Scope()
    read = {} if value is None else kind.read(value, scope)
    if scope.error is not None:
        raise ApiError(400, str(scope.error))
    assert isinstance(read, dict)
    return read


def loads(body: bytes) -> Any:
    """Return the first JSON value of ``body`` with its numbers as ``Number``.

    Raises:
        BadJSON: it is not there or broken; the message is Go's.
    """
    text = body.decode("utf-8", "replace").lstrip(_SPACE)
    if not text:
        raise BadJSON("missing request body")
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as problem:
        raise BadJSON(explain(body) or "exceeded max depth") from problem
    if end < len(text) and text[end] not in _SPACE and not isinstance(value, (dict, list)):
        raise BadJSON(explain(body))
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=_refuse)


def _read(kind: Kind, value: Any, scope: Scope) -> Any:
    return kind.zero if value is None else kind.read(value, scope)


def _word(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case Number():
            return "number"
        case list():
            return "array"
    return "object"


def _clean(text: str) -> str:
    """Return ``text`` with U+FFFD for every half of a surrogate pair."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _first_bad(text: str) -> int:
    """Return the offset that Go names in a text that is not base64: the first character that is none of the alphabet."""
    alphabet = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n")
    for offset, character in enumerate(text):
        if character not in alphabet:
            return len(text[:offset].encode())
    return len(text.encode()) // 4 * 4
