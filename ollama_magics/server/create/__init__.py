"""Making a model: from another model, from GGUF files, or as a stub of a remote one.

Source: Ollama server/create.go (v0.33.0-rc2); observed, tests/contract (areas ``create``, ``create-errors``, ``create-files``).
"""

from ollama_magics.server.create.job import create
from ollama_magics.server.create.request import CreateRequest, check_request

__all__ = ["CreateRequest", "check_request", "create"]
