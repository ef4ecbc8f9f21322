"""``/api/pull`` and ``/api/push``: there is no registry behind this server.

Source: Ollama server/routes.go PullHandler, PushHandler, server/images.go PushModel (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.server import requests
from ollama_magics.server.errors import ApiError, StoreError
from ollama_magics.server.handler import JSON, ApiHandler
from ollama_magics.server.names import INVALID_NAME, pull_name
from ollama_magics.server.pull import pull
from ollama_magics.server.store import Store
from ollama_magics.server.worker import in_thread
from ollama_magics.wire.names import ModelName, parse_name


class Pull(ApiHandler):
    """``/api/pull``."""

    async def post(self) -> None:
        """Bring the bundled model; there is no other to be had."""
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
        store, name = self.store, self.store.existing_name(name)
        await self.progress(in_thread(lambda: pull(store, name)), stream=request.get("stream", True))


class Push(ApiHandler):
    """``/api/push``."""

    async def post(self) -> None:
        """Say that there is nowhere to push to."""
        request = self.read(requests.PUSH)
        text = request.get("model") or request.get("name")
        if not text:
            raise ApiError(400, "model is required")
        self.error_type = JSON
        store, name = self.store, self.store.existing_name(parse_name(text))
        await self.progress(in_thread(lambda: _push(store, name)), stream=request.get("stream", True))


def _push(store: Store, name: ModelName) -> Generator[dict[str, Any], None, None]:
    yield {"status": "retrieving manifest"}
    if not name.valid:
        yield {"status": "couldn't retrieve manifest"}
        raise StoreError(f"unqualified name: {name.full}")
    if store.manifest(name) is None:
        yield {"status": "couldn't retrieve manifest"}
        raise StoreError(f"open {store.manifest_path(name)}: no such file or directory")
    raise StoreError("the built-in server has no registry to push to; push with a real Ollama")


ROUTES: list[tuple[str, type[ApiHandler]]] = [(r"/api/pull", Pull), (r"/api/push", Push)]
