"""The routes under ``/ollama-magics/``: a fixed list, each for signed-in people only, none that passes on an address given by the page."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from ollama_magics.lab.status import status
from ollama_magics.services.servers import Server, Servers


class StatusHandler(APIHandler):
    """``GET /ollama-magics/status``: the package and the model server that this Jupyter Server would use."""

    @authenticated
    async def get(self) -> None:
        """Answer with the object of `ollama_magics.lab.status.status`; no server found is an answer, not an error."""
        answer = await asyncio.to_thread(status, _find)
        self.finish(json.dumps(answer))


def routes(base_url: str) -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """Return the routes, below the address that Jupyter Server lives at."""
    return [(url_path_join(base_url, "ollama-magics", "status"), StatusHandler, {})]


def _find() -> Server:
    """Look again each time: a page that polls must see a server come and go."""
    servers = Servers(environ=os.environ)
    try:
        return servers.find(start=False)
    finally:
        servers.forget()
