"""The IPython surface: ``%%modelfile``, ``%modelfile``, ``%%chat``, ``%chat``, ``%tune`` and ``%ollama``.

Loading registers functions and loads nothing else; what a magic needs is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_LOADED = "_ollama_magics"


def load(shell: InteractiveShell) -> None:
    """Register the magics and their completion in ``shell``; a second call does nothing."""
    from ollama_magics.magics.registration import Registration

    if getattr(shell, _LOADED, None) is None:
        setattr(shell, _LOADED, Registration(shell))


def unload(shell: InteractiveShell) -> None:
    """Take everything out of ``shell`` that `load` put in."""
    registration: Any = getattr(shell, _LOADED, None)
    if registration is not None:
        registration.undo()
        delattr(shell, _LOADED)
