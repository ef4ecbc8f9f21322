"""The application: every path of the API with its handler."""

from __future__ import annotations

import re
from typing import Any

from tornado.web import Application

from ollama_magics.server.handler import NotFound, ServerState
from ollama_magics.server.routes import routes
from ollama_magics.server.settings import Settings
from ollama_magics.server.store import Store


def make_app(store: Store, scheduler: Any, settings: Settings) -> Application:
    """Return the tornado application that answers like Ollama.

    Args:
        scheduler: runs the models; with None the routes that need one are not there.

    Notes:
        ``app.settings["state"]`` is the ``ServerState`` with the number of requests being answered.
    """
    state = ServerState(store, settings, scheduler)
    table = routes(with_engine=scheduler is not None)
    compiled = [(re.compile(pattern + r"\Z"), handler) for pattern, handler in table]

    def has_route(method: str, path: str) -> bool:
        return any(pattern.match(path) and _answers(handler, method) for pattern, handler in compiled)

    return Application(
        [(pattern, handler) for pattern, handler in table],
        default_handler_class=NotFound,
        log_function=lambda handler: None,
        state=state,
        has_route=has_route,
    )


def _answers(handler: type[Any], method: str) -> bool:
    name = method.lower()
    return any(name in vars(kind) for kind in handler.__mro__ if kind.__module__.startswith("ollama_magics."))
