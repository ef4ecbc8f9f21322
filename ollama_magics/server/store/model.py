"""A model as it is stored: what its layers say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ollama_magics.server.errors import StoreError
from ollama_magics.server.store import manifest as kinds
from ollama_magics.server.store.blobs import Blobs
from ollama_magics.server.store.manifest import Layer, Manifest
from ollama_magics.wire.names import ModelName


@dataclass(frozen=True)
class StoredModel:
    """One model, read from its layers; never changes.

    Attributes:
        config: the configuration (``model_format``, ``model_family``, ``renderer`` …).
        model_path: the GGUF file, None for a remote stub.
        template: the Go template, None when the model has no template layer.
        params: parameters with the types of their JSON, numbers as floats.
        messages: example turns as dicts with ``role`` and ``content``.
        parent: short name of the model this one was made from, "" for none.
        digest: hexadecimal digest of the manifest.
        size: bytes of all parts.
        modified_ns: nanoseconds since 1970.
    """

    name: ModelName
    manifest: Manifest
    config: Mapping[str, Any]
    model_path: Path | None = None
    draft_path: Path | None = None
    adapter_paths: tuple[Path, ...] = ()
    projector_paths: tuple[Path, ...] = ()
    template: str | None = None
    system: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    licenses: list[str] = field(default_factory=list)
    parent: str = ""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers in the order of the manifest."""
        return self.manifest.layers

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the manifest."""
        return self.manifest.digest

    @property
    def size(self) -> int:
        """Bytes of all parts together."""
        return self.manifest.size

    @property
    def modified_ns(self) -> int:
        """When it was written, nanoseconds since 1970."""
        return self.manifest.modified_ns

    @property
    def renderer(self) -> str:
        """Name of the built-in prompt renderer, "" for none."""
        return str(self.config.get("renderer") or "")

    @property
    def parser(self) -> str:
        """Name of the built-in output parser, "" for none."""
        return str(self.config.get("parser") or "")

    @property
    def remote_host(self) -> str:
        """Address of the server that really runs it, "" for a local model."""
        return str(self.config.get("remote_host") or "")


def read_model(name: ModelName, manifest: Manifest, blobs: Blobs) -> StoredModel:
    """Return the model that ``manifest`` describes.

    Raises:
        StoreError: a layer is not there or cannot be read; the message is Ollama's.
    """
    found: dict[str, Any] = {"adapter_paths": [], "projector_paths": [], "licenses": []}
    for layer in manifest.layers:
        reader = _READERS.get(layer.media_type)
        if reader:
            reader(found, layer, blobs)
    for key in ("adapter_paths", "projector_paths"):
        found[key] = tuple(found[key])
    config = _json(blobs, manifest.config.digest) if manifest.config.digest else {}
    return StoredModel(name, manifest, config if isinstance(config, dict) else {}, **found)


def _weights(found: dict[str, Any], layer: Layer, blobs: Blobs) -> None:
    found["model_path"] = blobs.path(layer.digest)
    found["parent"] = layer.origin


def _path(key: str) -> Callable[[dict[str, Any], Layer, Blobs], None]:
    def read(found: dict[str, Any], layer: Layer, blobs: Blobs) -> None:
        path = blobs.path(layer.digest)
        if isinstance(found.get(key), list):
            found[key].append(path)
        else:
            found[key] = path

    return read


def _text(key: str) -> Callable[[dict[str, Any], Layer, Blobs], None]:
    def read(found: dict[str, Any], layer: Layer, blobs: Blobs) -> None:
        text = blobs.read(layer.digest).decode("utf-8", "replace")
        if isinstance(found.get(key), list):
            found[key].append(text)
        else:
            found[key] = text

    return read


def _params(found: dict[str, Any], layer: Layer, blobs: Blobs) -> None:
    value = _json(blobs, layer.digest)
    found["params"] = {**found.get("params", {}), **(value if isinstance(value, dict) else {})}


def _messages(found: dict[str, Any], layer: Layer, blobs: Blobs) -> None:
    value = _json(blobs, layer.digest)
    found["messages"] = value if isinstance(value, list) else []


_READERS: dict[str, Callable[[dict[str, Any], Layer, Blobs], None]] = {
    kinds.MODEL: _weights,
    kinds.DRAFT: _path("draft_path"),
    kinds.ADAPTER: _path("adapter_paths"),
    kinds.PROJECTOR: _path("projector_paths"),
    kinds.TEMPLATE: _text("template"),
    kinds.OLD_TEMPLATE: _text("template"),
    kinds.SYSTEM: _text("system"),
    kinds.LICENSE: _text("licenses"),
    kinds.PARAMS: _params,
    kinds.MESSAGES: _messages,
}


def _json(blobs: Blobs, digest: str) -> Any:
    try:
        return json.loads(blobs.read(digest), parse_int=float)
    except (ValueError, RecursionError) as problem:
        raise StoreError(f"bad layer {digest}: {problem}") from problem
