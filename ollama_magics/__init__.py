"""Write, tune and understand Ollama models inside Jupyter.

``%load_ext ollama_magics`` in a notebook, or the same from Python::

    import ollama_magics as om

    om.create("mario", "FROM tutor\\nSYSTEM You are Mario.")
    om.Chat("mario").ask("Who are you?")

Names are loaded when they are first used, so that the import itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module

# Spelled out, as ``typing`` takes four fifths of the time of this import where nothing else has loaded it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from IPython.core.interactiveshell import InteractiveShell

__version__ = "0.1.0"

# Public name -> the module that holds it.
_EXPORTS: dict[str, str] = {
    "Answer": "ollama_magics.services.conversation",
    "AsyncClient": "ollama_magics.client.async_client",
    "CancelToken": "ollama_magics.client.cancel",
    "Chat": "ollama_magics.services.conversation",
    "Client": "ollama_magics.client.client",
    "Comparison": "ollama_magics.services.comparison",
    "Creation": "ollama_magics.services.creation",
    "compare": "ollama_magics.services.comparisonplan",
    "create": "ollama_magics.services.functions",
    "history": "ollama_magics.services.history",
    "fetch_picture": "ollama_magics.services.conversation.fetching",
    "find_server": "ollama_magics.services.servers",
    "set_default_host": "ollama_magics.services.servers",
    "Tuner": "ollama_magics.services.tuning.tuner",
    "Modelfile": "ollama_magics.modelfile.modelfile",
    "parse": "ollama_magics.modelfile.modelfile",
}

# What a notebook written for the official Python client looks for besides; a star import leaves it out, as ``list`` would hide Python's.
_OFFICIAL: dict[str, str] = {
    **dict.fromkeys(
        ("generate", "chat", "embed", "embeddings", "pull", "push", "delete", "list", "copy", "show", "ps"),
        "ollama_magics.services.functions",
    ),
    **dict.fromkeys(
        (
            *("ChatResponse", "EmbedResponse", "EmbeddingsResponse", "GenerateResponse", "Image", "ListResponse", "Message", "Options"),
            *("ProcessResponse", "ProgressResponse", "ShowResponse", "StatusResponse", "Tool"),
        ),
        "ollama_magics.wire.types",
    ),
    **dict.fromkeys(("web_search", "web_fetch", "RequestError"), "ollama_magics.services.functions"),
    "ResponseError": "ollama_magics.errors",
}

__all__ = ["__version__", *sorted(_EXPORTS)]


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name) or _OFFICIAL.get(name)
    if module is None:
        raise AttributeError(f"module 'ollama_magics' has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS, *_OFFICIAL})


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Return where the built JupyterLab extension lies, for ``jupyter-builder develop``."""
    return [{"src": "labextension", "dest": "ollama-magics"}]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics; called by ``%load_ext ollama_magics``."""
    from ollama_magics.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics out again; called by ``%unload_ext ollama_magics``."""
    from ollama_magics.magics import unload

    unload(shell)
