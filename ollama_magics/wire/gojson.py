"""JSON text as Go's encoding/json writes it, byte for byte.

Source: Go encoding/json (Go 1.26) with HTML escaping on, which is what Ollama's client and server use.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring  # the accelerated one where there is one
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.text.floats import go_float

Put = Callable[[str], object]

_ESCAPED = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def dumps(obj: Any) -> str:
    """Return ``obj`` as JSON text: no spaces, keys in the order given, ``<``, ``>``, ``&``, U+2028 and U+2029 escaped.

    ``bytes`` become base64 text, half a surrogate pair becomes U+FFFD, a float has the shortest digits (Go's rules for the exponent).

    Raises:
        UsageProblem: nan or infinity, in Go's words (``json: unsupported value: NaN``), or a type that JSON has not.

    Examples:
        >>> dumps({"a": [1.0, True, None], "b": "<x>\\u2028"})
        '{"a":[1,true,null],"b":"\\\\u003cx\\\\u003e\\\\u2028"}'
    """
    parts: list[str] = []
    _write(obj, parts.append)
    return "".join(parts)


def _write(obj: Any, put: Put) -> None:
    if isinstance(obj, str):
        put(_string(obj))
    elif obj is None or isinstance(obj, bool):
        put("null" if obj is None else "true" if obj else "false")
    elif isinstance(obj, int):
        put(int.__repr__(obj))
    elif isinstance(obj, float):
        put(_number(obj))
    elif isinstance(obj, Mapping):
        _write_object(obj, put)
    elif isinstance(obj, (list, tuple)):
        _write_array(obj, put)
    elif isinstance(obj, bytes):
        put(f'"{base64.b64encode(obj).decode()}"')
    else:
        raise UsageProblem(f"json: unsupported type: {type(obj).__name__}")


def _write_object(obj: Mapping[str, Any], put: Put) -> None:
    before = "{"
    for key, value in obj.items():
        put(before)
        put(_string(str(key)))
        put(":")
        _write(value, put)
        before = ","
    put("}" if before == "," else "{}")


def _write_array(items: list[Any] | tuple[Any, ...], put: Put) -> None:
    before = "["
    for value in items:
        put(before)
        _write(value, put)
        before = ","
    put("]" if before == "," else "[]")


def _string(text: str) -> str:
    quoted: str = encode_basestring(text)
    return _ESCAPED.sub(_escape, quoted) if _ESCAPED.search(quoted) else quoted


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{0xFFFD if 0xD800 <= code <= 0xDFFF else code:04x}"


def _number(value: float) -> str:
    if math.isfinite(value):
        return go_float(value)
    text = "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    raise UsageProblem(f"json: unsupported value: {text}")
