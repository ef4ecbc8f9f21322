"""Models from and to a registry, in the protocol that Ollama speaks: manifests and blobs over HTTP."""

from ollama_magics.server.registry.incoming import Incoming
from ollama_magics.server.registry.transfers import Transfers

__all__ = ["Incoming", "Transfers"]
