"""``/api/pull`` and ``/api/push``: models from and to a registry.

Source: Ollama server/routes.go PullHandler, PushHandler (v0.33.0-rc2).
"""

from __future__ import annotations

from ollama_magics.errors import UsageProblem
from ollama_magics.server import requests
from ollama_magics.server.errors import ApiError
from ollama_magics.server.handler import JSON, ApiHandler
from ollama_magics.server.names import INVALID_NAME, pull_name
from ollama_magics.server.worker import in_thread
from ollama_magics.wire.names import parse_name


class Pull(ApiHandler):
    """``/api/pull``."""

    async def post(self) -> None:
        """Bring a model."""
        request = self.read(requests.PULL)
        text = request.get("model") or request.get("name") or ""
        try:
            name = pull_name(text)
        except UsageProblem as problem:
            conflict = problem.message.startswith("use either")
            raise ApiError(400, problem.message if conflict else INVALID_NAME) from problem
        if not name.valid:
            raise ApiError(400, INVALID_NAME)
        self.error_type = JSON
        transfers, name, insecure = self.state.transfers, self.store.existing_name(name), bool(request.get("insecure"))
        await self.progress(in_thread(lambda: transfers.pull(name, insecure=insecure)), stream=request.get("stream", True))


class Push(ApiHandler):
    """``/api/push``."""

    async def post(self) -> None:
        """Send a model."""
        request = self.read(requests.PUSH)
        text = request.get("model") or request.get("name")
        if not text:
            raise ApiError(400, "model is required")
        self.error_type = JSON
        transfers, name, insecure = self.state.transfers, self.store.existing_name(parse_name(text)), bool(request.get("insecure"))
        await self.progress(in_thread(lambda: transfers.push(name, insecure=insecure)), stream=request.get("stream", True))


ROUTES: list[tuple[str, type[ApiHandler]]] = [(r"/api/pull", Pull), (r"/api/push", Push)]
