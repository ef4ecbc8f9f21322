"""A layer that a new model will have, and the words about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.server.quantise import COMPATIBILITY_PREFIXES
from ollama_magics.server.store import Layer
from ollama_magics.server.store import manifest as kinds

Status = dict[str, Any]

NO_DIGEST = "0" * 19
"""What stands for the digest in lines about work on weights. Source: Ollama server/create.go rewriteLayerWithLlamaQuantize."""


@dataclass(frozen=True)
class Planned:
    """A layer that the new model will have.

    Attributes:
        status: the line that says what became of it.
        header: of a GGUF file.
        uploaded: whether it comes from an upload rather than from another model.
        final: whether this server wrote the file, in the form in which a model keeps it.
        new: whether its blob was stored just now.
    """

    layer: Layer
    status: str
    header: GGUFInfo | None = None
    uploaded: bool = False
    final: bool = False
    new: bool = False

    @property
    def rewritten(self) -> bool:
        """Whether the file is written anew, and so forgets the name it came under."""
        if not (self.uploaded and self.header and self.layer.media_type == kinds.MODEL):
            return False
        return not any(tensor.name.startswith(COMPATIBILITY_PREFIXES) for tensor in self.header.tensors)


def existing(digest: str) -> str:
    """Return the status of a layer that is there."""
    return f"using existing layer {digest}"


def created(digest: str) -> str:
    """Return the status of a layer that was not there."""
    return f"creating new layer {digest}"
