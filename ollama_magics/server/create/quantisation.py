"""The layers of a new model that are quantised on the way.

Source: Ollama server/create.go createModel, quantizeLayer, rewriteLayerWithLlamaQuantize (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ollama_magics.server.create.planned import NO_DIGEST, Planned, Status, created, existing
from ollama_magics.server.create.request import CreateRequest
from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import GGUFArray, GGUFInfo
from ollama_magics.server.quantise import FILE_TYPE_OF, SUPPORTED
from ollama_magics.server.store import Layer, Store
from ollama_magics.server.store import manifest as kinds
from ollama_magics.server.store.store import Hold
from ollama_magics.server.weightwork import written_blob

_UNQUANTISED = ("F16", "BF16", "F32")


def wanted_type(request: CreateRequest, planned: Planned) -> str:
    """Return the type that the layer is to be quantised to, as the request spells it; "" when it stays as it is.

    Raises:
        StoreError: the type is unknown, or the layer's file has been quantised before.
    """
    assert planned.header is not None
    media_type, have = planned.layer.media_type, planned.header.file_type
    wanted = {kinds.MODEL: request.quantize, kinds.DRAFT: request.draft_quantize}.get(media_type, "")
    if not wanted and media_type == kinds.MODEL and have in _UNQUANTISED and _made_of_8_bit_floats(planned.header):
        wanted = "Q8_0"
    if not wanted:
        return ""
    if wanted not in FILE_TYPE_OF:
        raise StoreError(f"unsupported quantization type {wanted} - supported types are {SUPPORTED}")
    if have not in _UNQUANTISED:
        if media_type == kinds.DRAFT:
            raise StoreError(f"draft quantization requires an unquantized draft model, got {have}")
        raise StoreError("quantization is only supported for F16, BF16 and F32 models")
    return wanted if have != FILE_TYPE_OF[wanted] else ""


def quantised(store: Store, hold: Hold, planned: Planned, wanted: str) -> Generator[Status, None, Planned]:
    """Yield how far the work is; return the new layer, which no longer knows what it came from.

    Raises:
        StoreError: the file cannot be quantised.
    """
    assert planned.header is not None
    size, data = planned.header.size, max(planned.header.size - planned.header.data_offset, 1)
    line: dict[str, Any] = {"status": f"quantizing {planned.header.file_type} model to {wanted}", "digest": NO_DIGEST, "total": size}
    order: dict[str, Any] = {"work": "quantise", "source": str(store.blob_path(planned.layer.digest)), "file_type": FILE_TYPE_OF[wanted]}
    work = written_blob(store, hold, "llama-quantize failed", **order)
    try:
        while True:
            yield {**line, "completed": min(next(work) * size // data, size)}
    except StopIteration as end:
        digest, new = end.value
    finally:
        work.close()
    path = store.blob_path(digest)
    header = store.header(path)
    layer = Layer(planned.layer.media_type, digest, header.size)
    return Planned(layer, created(digest) if new else existing(digest), header, new=new)


def _made_of_8_bit_floats(header: GGUFInfo) -> bool:
    """Source: Ollama server/create.go hasSourceFP8Tensors."""
    tensors = header.value("source_fp8_tensors")
    return header.value("source_quantization") == "hf_fp8" and isinstance(tensors, GGUFArray) and tensors.count > 0
