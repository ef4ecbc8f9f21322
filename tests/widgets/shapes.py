"""Whether a value of JSON is as a TypedDict says."""

import types
import typing


def misfits(value, kind, where="state"):
    """Yield the places of a value of JSON that are not as a type says."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if typing.is_typeddict(kind):
        fields = typing.get_type_hints(kind)
        if not isinstance(value, dict) or value.keys() != fields.keys():
            yield f"{where} has {sorted(value) if isinstance(value, dict) else value}"
            return
        for key, field in fields.items():
            yield from misfits(value[key], field, f"{where}.{key}")
    elif kind is typing.Any or kind is None:
        return
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{where} is {value!r}"
    elif origin in (typing.Union, types.UnionType):
        if all(list(misfits(value, one, where)) for one in arguments if one is not type(None)) and value is not None:
            yield f"{where} is {value!r}"
    elif origin is list:
        for at, item in enumerate(value):
            yield from misfits(item, arguments[0], f"{where}[{at}]")
    elif origin is tuple:
        if len(value) != len(arguments):
            yield f"{where} is {value!r}"
        for at, (item, one) in enumerate(zip(value, arguments, strict=False)):
            yield from misfits(item, one, f"{where}[{at}]")
    elif origin is None and not isinstance(value, (int, float) if kind is float else kind):
        yield f"{where} is {value!r}"
