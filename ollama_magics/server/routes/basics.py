"""``/``, ``/api/version``, ``/api/status`` and the account endpoints.

Source: Ollama server/routes.go GenerateRoutes (v0.33.0-rc2).
"""

from __future__ import annotations

import os
from hashlib import sha256

from ollama_magics.server.discovery import VERSION
from ollama_magics.server.errors import ApiError
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.openai.answers import error as openai_error

OLLAMA_VERSION = "0.33.0"
"""The version of Ollama whose behaviour the server has."""


class Root(ApiHandler):
    """``/``: the sign of life."""

    def get(self) -> None:
        """Say that a server is here."""
        self.text("Ollama is running", content_type="text/plain; charset=utf-8")

    head = get


class Version(ApiHandler):
    """``/api/version``."""

    def get(self) -> None:
        """Tell the version of Ollama that the server is like."""
        self.reply({"version": OLLAMA_VERSION})

    head = get


class BuiltIn(ApiHandler):
    """``/api/ollama-magics``, which no Ollama has: how our own programs know whom they talk to."""

    def get(self) -> None:
        """Tell the version of this package, and what stays the same when the same models are served at another address."""
        folder = sha256(os.fsencode(self.state.settings.models.resolve())).hexdigest()[:16]
        self.reply({"version": VERSION, "models": folder})


class Status(ApiHandler):
    """``/api/status``."""

    def get(self) -> None:
        """Tell whether cloud features are switched off."""
        disabled = self.state.settings.no_cloud
        self.reply({"cloud": {"disabled": disabled, "source": "env" if disabled else "none"}})


class Account(ApiHandler):
    """``/api/me``: there is no account here."""

    def post(self) -> None:
        """Say that the account cannot be asked."""
        raise ApiError(503, "account unavailable")


class NotOffered(ApiHandler):
    """A part of Ollama's API that this server does not have."""

    def post(self) -> None:
        """Say so, in the form of the OpenAI API where the path is of that API."""
        text = f"{self.request.path} is not offered by the built-in server; ask a real Ollama"
        self.reply(openai_error(501, text) if self.request.path.startswith("/v1/") else {"error": text}, 501)


class NoProcesses(ApiHandler):
    """``/api/ps`` of a server without an engine."""

    def get(self) -> None:
        """Tell that nothing is loaded."""
        self.reply({"models": []})


ROUTES: list[tuple[str, type[ApiHandler]]] = [
    (r"/", Root),
    (r"/api/version", Version),
    (r"/api/ollama-magics", BuiltIn),
    (r"/api/status", Status),
    (r"/api/me", Account),
    ("/v1/audio/transcriptions", NotOffered),
]
IDLE_ROUTES: list[tuple[str, type[ApiHandler]]] = [
    (r"/api/ps", NoProcesses),
    (r"/api/embed(?:dings)?", NotOffered),
    (r"/v1/(?:chat/completions|completions|embeddings|responses|messages)", NotOffered),
]
