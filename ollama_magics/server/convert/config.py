"""The numbers of a model's ``config.json``, by any of the names that they have had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ollama_magics.server.errors import StoreError

_LARGEST = (1 << 32) - 1


class ModelConfig:
    """Fields of a JSON object; what is not there, or null, counts as 0 or ""."""

    def __init__(self, fields: Mapping[str, Any], file: str = "config.json") -> None:
        self.fields = fields
        self.file = file

    def whole(self, *names: str) -> int:
        """Return the first whole number that is not 0 among the fields, else 0.

        Raises:
            StoreError: a field is something else.
        """
        for name in names:
            value = self.fields.get(name)
            if value is not None and (type(value) is not int or not 0 <= value <= _LARGEST):
                raise StoreError(f"parse {self.file}: {name} must be a whole number of 32 bits")
            if value:
                return int(value)
        return 0

    def real(self, *names: str) -> float:
        """Return the first number that is not 0 among the fields, else 0.

        Raises:
            StoreError: a field is something else.
        """
        for name in names:
            value = self.fields.get(name)
            if value is not None and type(value) not in (int, float):
                raise StoreError(f"parse {self.file}: {name} must be a number")
            if value:
                return float(value)
        return 0.0

    def text(self, *names: str) -> str:
        """Return the first text that is not empty among the fields, else ""."""
        return next((value for name in names if isinstance(value := self.fields.get(name), str) and value), "")

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list, an empty list without one."""
        value = self.fields.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def part(self, name: str) -> ModelConfig:
        """Return an object among the fields, an empty one without it."""
        value = self.fields.get(name)
        return ModelConfig(value if isinstance(value, dict) else {}, self.file)
