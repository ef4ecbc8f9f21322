"""The routes of the API, one module for each group."""

from __future__ import annotations

from importlib import import_module

from ollama_magics.server.handler import ApiHandler

Route = tuple[str, type[ApiHandler]]


def routes(*, with_engine: bool) -> list[Route]:
    """Return every path (a regular expression) with its handler; those that run models only ``with_engine``."""
    from ollama_magics.server.routes import basics, blobs, create, models, openai_models, registry, transfers

    table = [*basics.ROUTES, *blobs.ROUTES, *models.ROUTES, *openai_models.ROUTES, *create.ROUTES, *transfers.ROUTES, *registry.ROUTES]
    if with_engine:
        for module in ("generate", "chat", "embed", "openai", "processes", "tokens"):
            table += import_module(f"{__name__}.{module}").ROUTES
    else:
        table += basics.IDLE_ROUTES
    return table
