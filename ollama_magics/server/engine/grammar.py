"""What an answer must look like: the ``format`` of a request as llama.cpp's grammar or schema.

llama.cpp starts an answer without any constraint when a schema makes no sense, so a schema is looked at before it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ollama_magics.server.errors import ApiError
from ollama_magics.text.gostrings import quote
from ollama_magics.wire.gojson import dumps

JSON_OBJECT = r"""
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws
object ::=
  "{" ws (
         string ":" ws value
    ("," ws string ":" ws value)*
  )? ws "}"
array  ::=
  "[" ws (
            value
    ("," ws value)*
  )? ws "]"
string ::=
  "\"" (
    [^"\\\x7F\x00-\x1F] |
    "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F]) # escapes
  )* "\""
number ::= ("-"? ([0-9] | [1-9] [0-9]*)) ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
ws ::= ([ \t\n] ws)?
"""
"""Any JSON object. Source: Ollama llm/llama_server.go ``grammarJSON``, character for character."""

_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_SCHEMAS = ("items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames")
_SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_OPEN = frozenset({"additionalProperties", "patternProperties", "anyOf", "oneOf", "if", "$ref"})
_SPACING = {"x-guidance": {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}}


def constraint(wanted: Any) -> dict[str, Any]:
    """Return the fields of a request to llama.cpp that hold an answer to the format ``wanted``.

    One space stands after each comma and colon of the JSON text and none anywhere else: weak models never end a run of spaces.
    An object with ``properties`` gets no others, as in llama.cpp's own grammars, unless the schema says that it may.

    Raises:
        ApiError: 500, ``wanted`` is neither ``"json"`` nor an object; 400, it is no usable schema.
    """
    if wanted in ("", None):
        return {}
    if wanted == "json":
        return {"grammar": JSON_OBJECT}
    if not isinstance(wanted, dict):
        raise ApiError(500, f'invalid format: {quote(dumps(wanted))}; expected "json" or a valid JSON Schema object')
    for schema in _walk(wanted):
        if not _recognised(schema):
            raise bad_schema(f"Unrecognized schema: {json.dumps(schema, separators=(',', ':'), ensure_ascii=False)}")
    closed = wanted if any(isinstance(schema, Mapping) and "allOf" in schema for schema in _walk(wanted)) else _closed(wanted)
    return {"json_schema": {**closed, **_SPACING}}


def bad_schema(reason: str) -> ApiError:
    """Return the error for a schema the engine cannot use, in the form of llama.cpp's answer.

    Source: llama.cpp, tools/server; observed, tests/contract (area ``generate``, "format with a bad schema").
    """
    message = f"Field 'json_schema': \"json_schema\": JSON schema conversion failed:\n{reason}"
    return ApiError(400, dumps({"error": {"code": 400, "message": message, "type": "invalid_request_error"}}))


def _closed(schema: Any) -> Any:
    """Return the schema with ``additionalProperties: false`` where it lists properties and says nothing about others.

    Source: llama.cpp, grammars/README.md: ``additionalProperties`` is false unless it is given.
    """
    if not isinstance(schema, Mapping):
        return schema
    closed = dict(schema)
    for key in _SCHEMAS:
        if key in closed:
            closed[key] = _closed(closed[key])
    for key in _SCHEMA_LISTS:
        if isinstance(closed.get(key), list):
            closed[key] = [_closed(item) for item in closed[key]]
    for key in _SCHEMA_MAPS:
        if isinstance(closed.get(key), Mapping):
            closed[key] = {name: _closed(item) for name, item in closed[key].items()}
    if "properties" in closed and not _OPEN & closed.keys():
        closed["additionalProperties"] = False
    return closed


def _recognised(schema: Any) -> bool:
    if isinstance(schema, bool):
        return True
    if not isinstance(schema, Mapping):
        return False
    kinds = schema.get("type", [])
    return all(isinstance(kind, str) and kind in _TYPES for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _walk(schema: Any) -> Iterator[Any]:
    """Yield a schema and every schema inside it."""
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        yield here
        if not isinstance(here, Mapping):
            continue
        waiting += [here[key] for key in _SCHEMAS if key in here]
        waiting += [item for key in _SCHEMA_LISTS if isinstance(here.get(key), list) for item in here[key]]
        waiting += [item for key in _SCHEMA_MAPS if isinstance(here.get(key), Mapping) for item in here[key].values()]
