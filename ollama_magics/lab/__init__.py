"""JupyterLab server extension: authenticated routes for the labextension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return the modules that Jupyter Server loads.

    Source: Jupyter Server, developers/extensions: this name is looked up in every enabled module.
    """
    return [{"module": "ollama_magics.lab"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Add the routes to the running Jupyter Server."""
    from ollama_magics.lab.routes import routes

    application: Any = server.web_app
    application.add_handlers(".*$", routes(application.settings["base_url"]))
