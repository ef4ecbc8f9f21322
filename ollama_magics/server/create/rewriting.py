"""Uploaded GGUF files in the form in which a model keeps them: whole, checked, their tensors in llama-quantize's order.

Source: Ollama server/create.go copyLayerWithLlamaQuantize, mergeSplitGGUFLayers (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ollama_magics.server.create.planned import NO_DIGEST, Planned, Status, created, existing
from ollama_magics.server.store import Layer, Store
from ollama_magics.server.store.store import Hold
from ollama_magics.server.weightwork import written_blob


def rewritten(store: Store, hold: Hold, parts: Sequence[Planned]) -> Generator[Status, None, Planned]:
    """Yield how far the work is; return the layer of the whole file.

    Args:
        parts: one file, or the parts of one in their order.

    Raises:
        StoreError: a file is damaged, or its numbers are.

    Notes:
        A file that was rewritten before, by this server and since it started, is not read again.
    """
    sources = tuple(planned.layer.digest for planned in parts)
    digest, new = store.rewritten(sources), False
    if digest is None:
        work = written_blob(store, hold, "failed to validate GGUF", work="join", parts=[str(store.blob_path(source)) for source in sources])
        total = sum(planned.layer.size for planned in parts)
        try:
            while True:
                yield {"status": "validating GGUF model", "digest": NO_DIGEST, "total": total, "completed": min(next(work), total)}
        except StopIteration as end:
            digest, new = end.value
        finally:
            work.close()
        store.note_rewritten(sources, digest)
    hold.add(digest)
    header = store.header(store.blob_path(digest))
    layer = Layer(parts[0].layer.media_type, digest, header.size)
    return Planned(layer, created(digest) if new else existing(digest), header, uploaded=True, final=True, new=new)
