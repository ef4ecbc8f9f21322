"""``/api/create``.

Source: Ollama server/create.go CreateHandler (v0.33.0-rc2).
"""

from __future__ import annotations

from ollama_magics.server import requests
from ollama_magics.server.create import check_request, create
from ollama_magics.server.handler import JSON, ApiHandler
from ollama_magics.server.worker import in_thread


class Create(ApiHandler):
    """``/api/create``: a model from a model, from files, or of a remote one."""

    async def post(self) -> None:
        """Make the model and tell how it goes."""
        request = check_request(self.read(requests.CREATE))
        self.error_type = JSON
        store, transfers = self.store, self.state.transfers
        await self.progress(in_thread(lambda: create(store, request, transfers.pull)), stream=request.stream)


ROUTES: list[tuple[str, type[ApiHandler]]] = [(r"/api/create", Create)]
