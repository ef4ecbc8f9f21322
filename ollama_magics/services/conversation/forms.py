"""Answers as data: JSON, a JSON schema, or a class that describes itself by one as pydantic's models do."""

from __future__ import annotations

import json
from typing import Any

from ollama_magics.wire.types import Format


def schema_of(format: Any) -> Format | None:
    """Return a format as the API takes it: a class with ``model_json_schema`` gives its schema."""
    describe = getattr(format, "model_json_schema", None)
    found: Format | None = describe() if describe is not None else format
    return found


def value_of(format: Any, text: str) -> Any:
    """Return an answer as what its format asks for: an instance of the class, or decoded JSON.

    Raises:
        ValueError: the text is no JSON, or does not fit the class (pydantic's errors are ValueErrors).
    """
    validate = getattr(format, "model_validate_json", None)
    if validate is not None:
        return validate(text)
    return json.loads(text)
