"""Servers without an engine, in this process, over real connections."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from ollama_magics.server.app import make_app
from ollama_magics.server.settings import Settings
from ollama_magics.server.store import Store

PATIENCE_S = 5.0


@pytest.fixture
def serve_store() -> Iterator[Callable[..., int]]:
    """Return what serves a store and returns the port; keywords are settings."""
    with contextlib.ExitStack() as running:
        yield lambda store, **settings: running.enter_context(_serving(store, Settings(models=store.root, **settings)))


@contextlib.contextmanager
def _serving(store: Store, settings: Settings) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    ready, found = threading.Event(), []

    async def serve() -> None:
        server = HTTPServer(make_app(store, None, settings))
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        found.append(sockets[0].getsockname()[1])
        loop.call_soon(ready.set)
        await stopped.wait()
        server.stop()

    stopped = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(PATIENCE_S)
    yield found[0]
    loop.call_soon_threadsafe(stopped.set)
    thread.join(PATIENCE_S)
    loop.close()
