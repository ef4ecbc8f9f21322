"""Models on disk, in the layout that Ollama uses: manifests that name layers, and blobs named by their digest."""

from ollama_magics.server.store.blobs import Blobs, digest_of
from ollama_magics.server.store.manifest import Layer, Manifest
from ollama_magics.server.store.model import StoredModel
from ollama_magics.server.store.store import Store

__all__ = ["Blobs", "Layer", "Manifest", "Store", "StoredModel", "digest_of"]
