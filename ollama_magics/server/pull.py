"""Bringing models: only the bundled one can be had without a network.

Source: Ollama server/images.go PullModel (v0.33.0-rc2) for the statuses and their order.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ollama_magics.server.errors import StoreError
from ollama_magics.server.store import Store
from ollama_magics.wire.names import ModelName, parse_name

BUNDLED = parse_name("tutor")


def pull(store: Store, name: ModelName) -> Generator[dict[str, Any], None, None]:
    """Bring the model, yielding a status before each part.

    Raises:
        StoreError: there is no such model to be had.
    """
    yield {"status": "pulling manifest"}
    if (name.host, name.namespace, name.model, name.tag) != (BUNDLED.host, BUNDLED.namespace, BUNDLED.model, BUNDLED.tag):
        raise StoreError("pull model manifest: file does not exist")
    from ollama_magics.server.tutor import restore

    for layer in restore(store).parts():
        short = layer.digest.removeprefix("sha256:")[:12]
        yield {"status": f"pulling {short}", "digest": layer.digest, "total": layer.size, "completed": layer.size}
    for status in ("verifying sha256 digest", "writing manifest", "success"):
        yield {"status": status}
