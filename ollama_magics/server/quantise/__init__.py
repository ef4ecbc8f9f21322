"""Writing a GGUF file again with its weights packed into fewer bits, as llama-quantize does it.

Importing this package loads neither numpy nor the engine; only the worker process needs them.
"""

from ollama_magics.server.quantise.plan import COMPATIBILITY_PREFIXES, FILE_TYPE_OF, SUPPORTED, target_types

__all__ = ["COMPATIBILITY_PREFIXES", "FILE_TYPE_OF", "SUPPORTED", "target_types"]
