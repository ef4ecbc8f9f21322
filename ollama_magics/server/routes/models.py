"""``/api/tags``, ``/api/show``, ``/api/copy`` and ``/api/delete``.

Source: Ollama server/routes.go ListHandler, ShowHandler, CopyHandler, DeleteHandler (v0.33.0-rc2); observed, tests/contract
(area ``models``).
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.server import requests
from ollama_magics.server.clock import local_time_ns
from ollama_magics.server.errors import ApiError
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.inspection import listed_capabilities, listed_details
from ollama_magics.server.names import pull_name, read_ref
from ollama_magics.server.show import show
from ollama_magics.server.store import StoredModel
from ollama_magics.text.gostrings import quote
from ollama_magics.wire.names import ModelName, parse_name


class Tags(ApiHandler):
    """``/api/tags``: the models that are here."""

    def get(self) -> None:
        """List the models, the newest first."""
        entries = (self.state.remembered.text("tags", model, partial(self._entry, model)) for model in self.store.list())
        self.reply_text(f'{{"models":[{",".join(entries)}]}}')

    head = get

    def _entry(self, model: StoredModel) -> dict[str, Any]:
        entry = {
            "name": model.name.short,
            "model": model.name.short,
            "remote_model": model.config.get("remote_model"),
            "remote_host": model.config.get("remote_host"),
            "modified_at": local_time_ns(model.modified_ns),
            "size": model.size,
            "digest": model.digest,
            "details": listed_details(self.store, model),
            "capabilities": listed_capabilities(self.store, model, self.state.settings),
        }
        return {key: value for key, value in entry.items() if value or key not in ("remote_model", "remote_host", "capabilities")}


class Show(ApiHandler):
    """``/api/show``: everything about one model."""

    async def post(self) -> None:
        """Answer with the model's parts and its file's header."""
        request = self.read(requests.SHOW)
        text = request.get("model") or request.get("name")
        if not text:
            raise ApiError(400, "model is required")
        model = stored_model(self, text)
        wanted = {key: request[key] for key in ("system", "options", "verbose") if key in request}
        work = partial(show, self.store, self.state.settings, model, **wanted)
        try:
            if wanted.get("verbose"):
                # The arrays of a large vocabulary take long to read, and others must not wait for them.
                self.reply(await asyncio.to_thread(work))
            elif any(wanted.values()):
                self.reply(work())
            else:
                self.reply_text(self.state.remembered.text("show", model, work))
        except FileNotFoundError as problem:
            raise _missing(model.name) from problem


def stored_model(handler: ApiHandler, text: str) -> StoredModel:
    """Return the model that ``text`` names.

    Raises:
        ApiError: 400, it is no name; 404, the model is not here; 403 or 502, it is one of the cloud.
    """
    ref = read_ref(text)
    if ref.source == "cloud":
        raise no_cloud(handler, "remote model details are unavailable")
    name = handler.store.existing_name(ref.name)
    model = handler.store.find(name)
    if model is None:
        raise _missing(name)
    if model.remote_host and handler.state.settings.no_cloud:
        raise no_cloud(handler, "remote model details are unavailable")
    return model


def _missing(name: ModelName) -> ApiError:
    return ApiError(404, f"model '{name.short}' not found")


class Copy(ApiHandler):
    """``/api/copy``: a second name for a model."""

    def post(self) -> None:
        """Copy the manifest."""
        request = self.read(requests.COPY)
        source = self._name(request, "source")
        target = self._name(request, "destination")
        if not self.store.copy(source, target):
            raise ApiError(404, f"model {quote(request['source'])} not found")
        self.empty()

    def _name(self, request: dict[str, Any], key: str) -> ModelName:
        name = parse_name(request.get(key, ""))
        if not name.valid:
            raise ApiError(400, f"{key} {quote(request.get(key, ''))} is invalid")
        return self.store.existing_name(name)


class Delete(ApiHandler):
    """``/api/delete``."""

    def delete(self) -> None:
        """Remove the model and the blobs that only it had."""
        request = self.read(requests.DELETE)
        text = request.get("model") or request.get("name") or ""
        try:
            name = pull_name(text)
        except UsageProblem as problem:
            raise ApiError(400, problem.message) from problem
        if not name.valid:
            raise ApiError(400, f"name {quote(text)} is invalid")
        if not self.store.delete(self.store.existing_name(name)):
            raise ApiError(404, f"model '{text}' not found")
        self.empty()


def no_cloud(handler: ApiHandler, what: str) -> ApiError:
    """Return the error for a request that only a cloud service could answer.

    Args:
        what: the end of Ollama's sentence, ``remote model is unavailable``.
    """
    if handler.state.settings.no_cloud:
        return ApiError(403, f"ollama cloud is disabled: {what}")
    return ApiError(502, "cloud models cannot be reached from the built-in server; ask a real Ollama")


ROUTES: list[tuple[str, type[ApiHandler]]] = [
    (r"/api/tags", Tags),
    (r"/api/show", Show),
    (r"/api/copy", Copy),
    (r"/api/delete", Delete),
]
