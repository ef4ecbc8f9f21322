"""The layer that a folder of safetensors files becomes.

Source: Ollama server/create.go convertFromSafetensors (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ollama_magics.server.create.planned import NO_DIGEST, Planned, Status, created, existing
from ollama_magics.server.create.request import BAD_PATH, valid_path
from ollama_magics.server.errors import StoreError
from ollama_magics.server.store import Layer, Store
from ollama_magics.server.store import manifest as kinds
from ollama_magics.server.store.store import Hold
from ollama_magics.server.weightwork import written_blob


def layer_of_folder(
    store: Store, hold: Hold, files: Mapping[str, str], bases: Sequence[Planned] | None
) -> Generator[Status, None, Planned]:
    """Yield how far the conversion is; return the new layer.

    Args:
        bases: the layers of the model that an adapter is for; None when the files are a model.

    Raises:
        StoreError: the files cannot be converted.
    """
    for path in files:
        if not valid_path(path):
            raise StoreError(f"{BAD_PATH}: {path}")
    blobs = {path: str(store.blob_path(digest)) for path, digest in files.items()}
    order: dict[str, Any] = {"work": "convert", "files": blobs}
    if bases is not None:
        order = {"work": "convert adapter", "files": blobs, "base": _described(bases)}
    line: dict[str, Any] = {"status": "converting model" if bases is None else "converting adapter"}
    yield line
    total = sum(size for path, blob in blobs.items() if path.endswith(".safetensors") and (size := _size(blob)))
    work = written_blob(store, hold, "conversion failed", **order)
    try:
        while True:
            yield {**line, "digest": NO_DIGEST, "total": total, "completed": min(next(work), total)}
    except StopIteration as end:
        digest, new = end.value
    finally:
        work.close()
    header = store.header(store.blob_path(digest))
    layer = Layer(kinds.MODEL if bases is None else kinds.ADAPTER, digest, header.size)
    return Planned(layer, created(digest) if new else existing(digest), header, uploaded=True, final=True, new=new)


def _described(bases: Sequence[Planned]) -> dict[str, Any]:
    header = next((planned.header for planned in bases if planned.header is not None), None)
    if header is None:
        raise StoreError("no base model was found")
    counts = {key: header.uint(f"attention.{key}") for key in ("head_count", "head_count_kv")}
    return {"architecture": header.architecture, **counts}


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except FileNotFoundError:
        return 0
