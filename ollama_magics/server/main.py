"""``ollama-magics serve``: the built-in server as a program."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ollama_magics.errors import EngineProblem
from ollama_magics.server import discovery, logs, variables
from ollama_magics.server.settings import REGISTRY, Settings
from ollama_magics.wire.host import Host

_ON_DEMAND_IDLE_S = 15 * 60.0
_LEAVING_S = 3.0
_LARGEST_BODY = 1 << 29  # of JSON, which is kept in memory; uploads of blobs have no limit
_READ_BYTES = 1 << 18  # uploads of gigabytes in few steps; a larger buffer is felt by each small request
_SECOND_NS = 1_000_000_000


def serve_command(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Run ``ollama-magics serve`` with the arguments ``argv``; return the exit status."""
    arguments = _parser().parse_args(argv)
    settings = _settings(arguments, environ)
    logs.set_up(settings.log_level, quiet_requests=arguments.on_demand)
    for doubt in variables.doubts(environ):
        logs.LOG.warning("%s", doubt)
    try:
        if arguments.on_demand:
            with discovery.only_one(settings.state) as alone:
                return serve(settings, announce=True) if alone else 0
        return serve(settings)
    except EngineProblem as problem:
        print(problem, file=sys.stderr)
        return 1


def serve(settings: Settings, *, announce: bool = False) -> int:
    """Answer requests until a signal or the idle time ends it; return the exit status.

    Raises:
        EngineProblem: the engine is not installed, or the address cannot be listened at.
    """
    return asyncio.run(_serve(settings, announce))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ollama-magics serve",
        description="Run the built-in, Ollama-compatible server. It logs to standard error and ends at Ctrl-C or a request to terminate.",
        epilog=variables.help_text(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", help="address to listen at, as OLLAMA_HOST spells it")
    parser.add_argument("--models", type=Path, help="folder of the models, for instance ~/.ollama/models (default: OLLAMA_MODELS)")
    parser.add_argument("--idle-exit", type=float, metavar="SECONDS", help="end after so many seconds without a request; 0 is never")
    parser.add_argument("--debug", action="store_true", help="log everything, as OLLAMA_DEBUG=1 does")
    parser.add_argument(
        "--registry",
        choices=REGISTRY,
        help="what other servers may do with the models here under /v2/: pull them (read, the default), push as well, or nothing",
    )
    parser.add_argument("--on-demand", action="store_true", help="listen at a free port and announce it to this user's kernels")
    return parser


def _settings(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """Return the settings; the server has a model folder of its own, so that it never touches somebody's models."""
    environ = {**environ, **({"OLLAMA_HOST": arguments.host} if arguments.host else {})}
    settings = Settings.from_environ(environ)
    if not environ.get("OLLAMA_MODELS"):
        settings = replace(settings, models=settings.state / "models")
    if arguments.models:
        settings = replace(settings, models=arguments.models.expanduser())
    if arguments.debug:
        settings = replace(settings, log_level=max(settings.log_level, 1))
    if arguments.registry:
        settings = replace(settings, registry=arguments.registry)
    if arguments.on_demand:
        idle_ns = settings.idle_exit_ns or int(_ON_DEMAND_IDLE_S * _SECOND_NS)
        settings = replace(settings, host=Host(port=0), idle_exit_ns=idle_ns)
    if arguments.idle_exit is not None:
        settings = replace(settings, idle_exit_ns=int(arguments.idle_exit * _SECOND_NS))
    return settings


async def _serve(settings: Settings, announce: bool) -> int:
    try:
        from tornado.httpserver import HTTPServer

        from ollama_magics.server import weightwork, worker
        from ollama_magics.server.app import make_app
        from ollama_magics.server.engine.scheduler import Scheduler
        from ollama_magics.server.store import Store
        from ollama_magics.server.tutor import seed
    except ImportError as exc:
        raise EngineProblem(
            f"the built-in server needs a package that is not installed: {exc.name}",
            hint='install it with python -m pip install "ollama-magics[embedded]"',
        ) from exc
    store = Store(settings.models, no_prune=settings.no_prune)
    if not settings.no_prune:
        store.sweep()
    seed(store)
    scheduler = Scheduler(settings)
    app = make_app(store, scheduler, settings)
    server = HTTPServer(app, max_body_size=_LARGEST_BODY, chunk_size=_READ_BYTES)
    url = _listen(server, settings)
    stopped = asyncio.Event()
    idle = _IdleWatch(app, settings.idle_exit_ns / _SECOND_NS)
    with _stopped_by_signals(stopped), _announced(settings.state, url if announce else ""):
        print(f"listening at {url}, models in {settings.models}", flush=True)
        logs.LOG.info("version %s, process %d, %d models in %s", discovery.VERSION, os.getpid(), len(store.names()), settings.models)
        await idle.wait(stopped)
    server.stop()
    await scheduler.close()
    await server.close_all_connections()
    weightwork.end_all()
    await asyncio.to_thread(worker.wait_for_threads, _LEAVING_S)
    logs.LOG.info("stopped")
    return 0


def _listen(server: Any, settings: Settings) -> str:
    """Bind the server and return the address that reaches it."""
    from tornado.netutil import bind_sockets

    host = settings.host
    try:
        sockets = bind_sockets(host.port, host.host or None)
    except OSError as exc:
        raise EngineProblem(
            f"cannot listen at {host.netloc}: {exc.strerror or exc}", hint="choose another address with --host 127.0.0.1:PORT"
        ) from exc
    server.add_sockets(sockets)
    return replace(host, port=sockets[0].getsockname()[1], scheme="http", path="").connectable.url


@contextlib.contextmanager
def _announced(state: Path, url: str) -> Iterator[None]:
    if url:
        discovery.announce(state, url)
    try:
        yield
    finally:
        if url:
            discovery.withdraw(state)


@contextlib.contextmanager
def _stopped_by_signals(stopped: asyncio.Event) -> Iterator[None]:
    """Set the event at Ctrl-C, at a request to terminate and, on Windows, at Ctrl-Break."""
    loop = asyncio.get_running_loop()
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    previous = {number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class _IdleWatch:
    """Tells when nobody has asked for anything for a while.

    Args:
        app: the application whose requests count.
        limit_s: seconds without a request, 0 for never.
    """

    def __init__(self, app: Any, limit_s: float) -> None:
        self._state = app.settings["state"]
        self._limit_s = limit_s
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()

    async def wait(self, stopped: asyncio.Event) -> None:
        """Return when ``stopped`` is set or the idle time is over."""
        while not stopped.is_set():
            self._last = self._loop.time() if self._state.busy else max(self._last, self._state.last_answer_s)
            left_s = self._last + self._limit_s - self._loop.time() if self._limit_s else None
            if left_s is not None and left_s <= 0:
                logs.LOG.info("nothing to do for %.0f s, leaving", self._limit_s)
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), left_s)
