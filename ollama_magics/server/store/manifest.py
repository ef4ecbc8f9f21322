"""Manifests: which layers a model has.

Source: Ollama manifest/manifest.go (v0.33.0-rc2); media types: server/images.go.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ollama_magics.server.errors import StoreError
from ollama_magics.server.jsonsyntax import explain
from ollama_magics.wire import gojson

_IMAGE = "application/vnd.ollama.image."
MODEL, PROJECTOR, ADAPTER, DRAFT = (_IMAGE + kind for kind in ("model", "projector", "adapter", "draft"))
TEMPLATE, OLD_TEMPLATE, SYSTEM, PARAMS, MESSAGES, LICENSE = (
    _IMAGE + kind for kind in ("template", "prompt", "system", "params", "messages", "license")
)
CONFIG = "application/vnd.docker.container.image.v1+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
TENSOR = _IMAGE + "tensor"


@dataclass(frozen=True)
class Layer:
    """One blob of a model.

    Attributes:
        origin: the model (or the file) it was taken over from, "" for none.
        name: a tensor's name, in layouts that keep each tensor as a layer.
    """

    media_type: str
    digest: str
    size: int
    origin: str = ""
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as the manifest writes it."""
        fields = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        return fields | {key: value for key, value in (("from", self.origin), ("name", self.name)) if value}


@dataclass(frozen=True)
class Manifest:
    """The layers of a model and its configuration.

    Attributes:
        digest: hexadecimal SHA-256 of the manifest's own text.
        modified_ns: when it was written, nanoseconds since 1970.
        given: its text where it came from elsewhere, which keeps its digest the same everywhere.
    """

    config: Layer
    layers: tuple[Layer, ...]
    digest: str = ""
    modified_ns: int = field(default=0, compare=False)
    given: bytes = field(default=b"", compare=False, repr=False)

    @property
    def size(self) -> int:
        """Bytes of all layers and of the configuration together."""
        return sum(layer.size for layer in self.parts())

    def parts(self) -> Iterator[Layer]:
        """Yield the layers, then the configuration."""
        yield from self.layers
        yield self.config

    def digests(self) -> set[str]:
        """Return the digests of all parts."""
        return {layer.digest for layer in self.parts() if layer.digest}

    def text(self) -> bytes:
        """Return the file's content: as it was given, else as Ollama writes it."""
        if self.given:
            return self.given
        fields = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.config.to_json(),
            "layers": [layer.to_json() for layer in self.layers],
        }
        return gojson.dumps(fields).encode() + b"\n"


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of a file.

    Raises:
        FileNotFoundError: there is none.
        StoreError: it is damaged.
    """
    with path.open("rb") as file:
        text = file.read()
        modified_ns = os.fstat(file.fileno()).st_mtime_ns
    try:
        manifest = parse_manifest(text)
    except StoreError as problem:
        raise StoreError(f"bad manifest {path}: {problem}") from problem
    return replace(manifest, modified_ns=modified_ns, given=b"")


def parse_manifest(text: bytes) -> Manifest:
    """Return the manifest that ``text`` is.

    Raises:
        StoreError: it is none.
    """
    try:
        fields = json.loads(text)
        layers = tuple(_layer(layer) for layer in fields.get("layers") or ())
        config = _layer(fields.get("config") or {})
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        raise StoreError(explain(text) or str(problem)) from problem
    return Manifest(config, layers, hashlib.sha256(text).hexdigest(), given=text)


def _layer(fields: dict[str, Any]) -> Layer:
    return Layer(
        str(fields.get("mediaType", "")),
        str(fields.get("digest", "")),
        int(fields.get("size") or 0),
        str(fields.get("from") or ""),
        str(fields.get("name") or ""),
    )
