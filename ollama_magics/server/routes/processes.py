"""``/api/ps``: what is loaded.

Source: Ollama server/routes.go PsHandler (v0.33.0-rc2).
"""

from __future__ import annotations

from typing import Any

from ollama_magics.server.clock import local_time
from ollama_magics.server.engine.scheduler import LoadedModel, Scheduler
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.inspection import details


class Processes(ApiHandler):
    """``/api/ps``."""

    def get(self) -> None:
        """List the loaded models, those that stay longest first."""
        scheduler = self.state.scheduler
        assert isinstance(scheduler, Scheduler)
        self.reply({"models": [_entry(loaded) for loaded in scheduler.loaded()]})


def _entry(loaded: LoadedModel) -> dict[str, Any]:
    model = loaded.model
    return {
        "name": model.name.short,
        "model": model.name.short,
        "size": loaded.size,
        "digest": model.digest,
        "details": {**details(model), "parent_model": ""},
        "expires_at": local_time(loaded.expires_ns / 1e9),
        "size_vram": 0,
        "context_length": loaded.context_length,
    }


ROUTES: list[tuple[str, type[ApiHandler]]] = [("/api/ps", Processes)]
