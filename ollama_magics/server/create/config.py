"""The configuration blob of a new model.

Source: Ollama types/model/config.go, server/create.go (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.server.errors import ApiError
from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.text.gostrings import quote

_LARGEST = (1 << 63) - 1
_INHERITED = ("renderer", "parser", "requires", "model_format", "capabilities")

# Architectures whose models get a renderer and a parser of their own. Source: Ollama server/create.go createModel.
_DEFAULTS = {
    "gemma4": "gemma4",
    "laguna": "laguna",
    **dict.fromkeys(("nemotron_h", "nemotron_h_moe", "nemotron_h_omni"), "nemotron-3-nano"),
}
GEMMA4_STOP = "<turn|>"


@dataclass
class Config:
    """The fields of the configuration, in the order in which they are written."""

    model_format: str = ""
    model_family: str = ""
    model_families: list[str] | None = None
    model_type: str = ""
    file_type: str = ""
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    remote_host: str = ""
    remote_model: str = ""
    capabilities: list[str] = field(default_factory=list)
    context_length: int = 0
    embedding_length: int = 0
    base_name: str = ""
    draft: dict[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the blob's content; the first five fields are always there."""
        always = ("model_format", "model_family", "model_families", "model_type", "file_type")
        written = {key: value for key, value in vars(self).items() if value or key in always}
        return {**written, "architecture": "amd64", "os": "linux"}

    def inherit(self, base: Mapping[str, Any]) -> None:
        """Take over from the base's configuration what the request left open."""
        for key in _INHERITED:
            if not getattr(self, key) and base.get(key):
                setattr(self, key, base[key])

    def override(self, info: Mapping[str, Any]) -> None:
        """Take over the request's ``info``.

        Raises:
            ApiError: 400, a field has the wrong type.
        """
        capabilities = info.get("capabilities")
        if isinstance(capabilities, list):
            self.capabilities = [*self.capabilities, *(item if isinstance(item, str) else "" for item in capabilities)]
        self.model_family = _text(info, "model_family")
        if self.model_family:
            self.model_families = [self.model_family]
        self.base_name = _text(info, "base_name")
        self.file_type = _text(info, "quantization_level")
        self.model_type = _text(info, "parameter_size")
        self.context_length = _whole(info, "context_length")
        self.embedding_length = _whole(info, "embedding_length")

    def describe_model(self, header: GGUFInfo) -> None:
        """Fill in what the model's file says, where the request says nothing."""
        architecture = header.architecture
        self.model_format = self.model_format or "gguf"
        self.model_family = self.model_family or architecture
        self.model_type = self.model_type or human_number(header.parameter_count)
        self.file_type = self.file_type or header.file_type
        self.model_families = [*(self.model_families or ()), architecture]
        default = _DEFAULTS.get(architecture, "")
        self.renderer = self.renderer or default
        self.parser = self.parser or default


def human_number(count: int) -> str:
    """Return a number of parameters as Ollama shows it.

    Source: Ollama format/format.go HumanNumber.

    Examples:
        >>> [human_number(n) for n in (0, 999, 1500, 3_049_920, 1_000_000, 3_200_000_000, 8_000_000_000)]
        ['0', '999', '2K', '3.05M', '1M', '3.2B', '8B']
    """
    for unit, letter, digits in ((1_000_000_000, "B", 1), (1_000_000, "M", 2)):
        if count >= unit:
            return f"{count // unit}{letter}" if count % unit == 0 else f"{count / unit:.{digits}f}{letter}"
    return f"{count / 1000:.0f}K" if count >= 1000 else str(count)


def _text(info: Mapping[str, Any], key: str) -> str:
    value = info.get(key, "")
    if not isinstance(value, str):
        raise ApiError(400, f"info field {quote(key)} must be a string")
    return value


def _whole(info: Mapping[str, Any], key: str) -> int:
    value = info.get(key, 0.0)
    if not isinstance(value, float):
        raise ApiError(400, f"info field {quote(key)} must be a number")
    if value < 0 or not value.is_integer() or value > _LARGEST:
        raise ApiError(400, f"info field {quote(key)} must be a non-negative integer")
    return int(value)
