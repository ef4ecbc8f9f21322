"""``/v1/models`` and ``/v1/models/:model``, and what all paths of the OpenAI API have in common: their errors.

Source: Ollama middleware/openai.go, server/cloud_proxy.go (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.server.errors import ApiError
from ollama_magics.server.handler import JSON, JSON_UTF8, ApiHandler
from ollama_magics.server.openai import answers
from ollama_magics.server.routes.models import no_cloud, stored_model
from ollama_magics.wire.names import parse_name, split_source


class OpenAIErrors(ApiHandler):
    """Errors in the form of the OpenAI API, but for models of the cloud: those Ollama answers before it translates."""

    error_type = JSON
    _own_errors = False

    def error_object(self, status: int, text: str) -> Mapping[str, Any]:
        """Return the body of an error."""
        return super().error_object(status, text) if self._own_errors else answers.error(status, text)

    def cloud_refused(self, error: ApiError) -> ApiError:
        """Return the error for a model of the cloud, to be told in Ollama's own form."""
        self._own_errors, self.error_type = True, JSON_UTF8
        return error


def is_cloud(text: str) -> bool:
    """Return whether a name asks for a model of the cloud."""
    try:
        return split_source(text)[1] == "cloud"
    except UsageProblem:
        return False


class Models(OpenAIErrors):
    """``/v1/models``: the models that are here."""

    def get(self) -> None:
        """List the models, the newest first."""
        data = [answers.model(model.name.short, model.modified_ns, model.name.namespace) for model in self.store.list()]
        # Source: Go writes a slice that nothing was added to as null.
        self.reply({"object": "list", "data": data or None}, content_type=JSON)


class Model(OpenAIErrors):
    """``/v1/models/:model``: one model that is here."""

    def get(self, name: str) -> None:
        """Answer with the model under the name that was asked for."""
        if is_cloud(name):
            raise self.cloud_refused(no_cloud(self, "remote model details are unavailable"))
        model = stored_model(self, name)
        self.reply(answers.model(name, model.modified_ns, parse_name(name).namespace), content_type=JSON)


ROUTES: list[tuple[str, type[ApiHandler]]] = [(r"/v1/models", Models), (r"/v1/models/([^/]+)", Model)]
