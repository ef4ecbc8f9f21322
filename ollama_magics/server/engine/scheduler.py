"""Which models are loaded, for whom, and for how long.

All state belongs to one event loop, so nothing here is locked except the order of loads.

Source: Ollama server/sched.go (v0.33.0-rc2).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

from ollama_magics.server.engine.memory import memory_limit
from ollama_magics.server.engine.process import EngineProcess
from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.errors import QUEUE_FULL, ApiError
from ollama_magics.server.logs import LOG, duration
from ollama_magics.server.settings import FOREVER_NS, Settings
from ollama_magics.server.store import StoredModel

TOO_LARGE = "model requires more system memory ({:.1f} GiB) than is available ({:.1f} GiB)"
_MODELS_PER_DEVICE = 3
_GIB, _MIB = 1 << 30, 1 << 20
_SECOND_NS = 1_000_000_000
_LONGEST_TIMER_S = 10 * 24 * 3600.0

Load = Callable[[LoadSpec, float | None], Awaitable[EngineProcess]]


@dataclass(frozen=True)
class LoadedModel:
    """One line of ``ps``.

    Attributes:
        model: the model that loaded the file; others that share the file and the options use it too.
        size: bytes that it takes in memory.
        context_length: tokens, as the request gave it.
        expires_ns: when it is unloaded, nanoseconds since 1970.
    """

    model: StoredModel
    size: int
    context_length: int
    expires_ns: int


@dataclass(eq=False)
class _Entry:
    """A model in memory and who uses it.

    Attributes:
        draining: it is unloaded as soon as its last request has ended, and takes no new ones.
        gone: set when it is unloaded.
    """

    model: StoredModel
    runner: Runner
    keep_alive_ns: int
    uses: int = 0
    expires_ns: int = 0
    draining: bool = False
    timer: asyncio.TimerHandle | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> str:
        return self.runner.spec.model_path

    @property
    def size(self) -> int:
        return self.runner.spec.memory


class Lease:
    """The right to use a loaded model, as long as the ``async with`` lasts."""

    def __init__(self, runner: Runner, release: Callable[[], None]) -> None:
        self.runner = runner
        self._release = release

    async def __aenter__(self) -> Lease:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._release()


async def start_engine(spec: LoadSpec, stall_s: float | None) -> EngineProcess:
    """Return a child that has loaded its model; it is ended if the wait for it is cancelled.

    Raises:
        ApiError: 500 with the engine's reason.
    """
    process = EngineProcess(spec)
    try:
        await process.ready(stall_s)
    except BaseException:
        process.end()
        raise
    return process


class Scheduler:
    """Loads models when they are asked for and unloads them when their time is over.

    Args:
        settings: keep-alive, number of loaded models and their memory, length of the queue.
        clock_ns: the time, nanoseconds since 1970.
        load: starts an engine.
    """

    def __init__(self, settings: Settings, *, clock_ns: Callable[[], int] = time.time_ns, load: Load = start_engine) -> None:
        self._settings = settings
        self._clock_ns = clock_ns
        self._load = load
        self._limit = memory_limit(settings.max_memory)
        self._entries: dict[str, _Entry] = {}
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def acquire(self, model: StoredModel, spec: LoadSpec, keep_alive_ns: int | None, *, adds_bos: bool = False) -> Lease:
        """Return a lease of the model loaded by ``spec``, loading it first where needed.

        Args:
            keep_alive_ns: how long it stays after this request; None keeps what an earlier request or the settings said.

        Raises:
            ApiError: 503 when too many requests wait for a load, 500 when the model cannot be loaded or needs more memory than the
                settings allow.
        """
        if (entry := self._usable(spec)) is None:
            with self._in_queue():
                async with self._turn:
                    entry = await self._loaded(model, spec, adds_bos)
        return self._use(entry, keep_alive_ns)

    def borrow(self, model: StoredModel) -> Lease | None:
        """Return a lease of the model's file as it is loaded, whatever it was loaded for; None when it is not loaded."""
        entry = self._entries.get(str(model.model_path))
        if entry is None or entry.draining or not entry.runner.process.running:
            return None
        return self._use(entry, None)

    def loaded(self) -> list[LoadedModel]:
        """Return the loaded models, those that stay longest first."""
        now = self._clock_ns()
        models = [
            LoadedModel(entry.model, entry.size, entry.runner.spec.num_ctx, entry.expires_ns or now + entry.keep_alive_ns)
            for entry in self._entries.values()
        ]
        return sorted(models, key=lambda loaded: -(loaded.expires_ns // _SECOND_NS))

    def unload(self, model: StoredModel) -> None:
        """Unload the model's file now, or as soon as the requests that use it have ended."""
        if entry := self._entries.get(str(model.model_path)):
            entry.expires_ns = self._clock_ns()
            self._expire(entry)

    async def close(self) -> None:
        """End every engine."""
        for entry in list(self._entries.values()):
            self._remove(entry)

    @contextmanager
    def _in_queue(self) -> Iterator[None]:
        """Count one more request that needs a load; the one whose load is going on is not in the queue any more."""
        if self._waiting > self._settings.max_queue:
            raise ApiError(503, QUEUE_FULL)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def _usable(self, spec: LoadSpec) -> _Entry | None:
        entry = self._entries.get(spec.model_path)
        if entry is None or entry.draining or not entry.runner.spec.serves(spec):
            return None
        if not entry.runner.process.running:
            self._remove(entry)
            return None
        return entry

    async def _loaded(self, model: StoredModel, spec: LoadSpec, adds_bos: bool) -> _Entry:
        """Return an entry that serves ``spec``, after unloading what stands in its way."""
        if self._settings.max_memory and spec.memory > self._limit:
            raise ApiError(500, TOO_LARGE.format(spec.memory / _GIB, self._limit / _GIB))
        while (entry := self._usable(spec)) is None:
            if in_the_way := self._entries.get(spec.model_path):
                await self._drained(in_the_way)
            elif self._crowded(spec):
                await self._drained(self._least_wanted())
            else:
                return await self._start(model, spec, adds_bos)
        return entry

    def _crowded(self, spec: LoadSpec) -> bool:
        """Return whether a loaded model has to go before this one comes: there are too many, or together they are too large."""
        if len(self._entries) >= (self._settings.max_loaded or _MODELS_PER_DEVICE):
            return True
        taken = sum(entry.size for entry in self._entries.values())
        return bool(self._entries and self._limit) and taken + spec.memory > self._limit

    async def _start(self, model: StoredModel, spec: LoadSpec, adds_bos: bool) -> _Entry:
        stall_ns = self._settings.load_timeout_ns
        began = time.monotonic()
        try:
            process = await self._load(spec, None if stall_ns >= FOREVER_NS else stall_ns / _SECOND_NS)
        except ApiError as exc:
            LOG.warning("cannot load %s: %s", model.name.short, exc.text)
            raise
        took = duration(time.monotonic() - began)
        LOG.info("loaded %s in %s: %.1f MiB, context %d, process %d", model.name.short, took, spec.memory / _MIB, spec.num_ctx, process.pid)
        entry = _Entry(model, Runner(process, adds_bos=adds_bos), self._settings.keep_alive_ns)
        self._entries[entry.key] = entry
        return entry

    def _use(self, entry: _Entry, keep_alive_ns: int | None) -> Lease:
        entry.uses += 1
        self._stop_timer(entry)
        if keep_alive_ns is not None:
            entry.keep_alive_ns = keep_alive_ns
        return Lease(entry.runner, lambda: self._release(entry))

    def _release(self, entry: _Entry) -> None:
        entry.uses -= 1
        if entry.uses or entry.gone.is_set():
            return
        if entry.draining or entry.keep_alive_ns <= 0 or not entry.runner.process.running:
            self._remove(entry)
            return
        entry.expires_ns = self._clock_ns() + entry.keep_alive_ns
        self._start_timer(entry)

    def _start_timer(self, entry: _Entry) -> None:
        """Wake up when the entry expires; a longer wait than asyncio can count is made of several."""
        left_s = (entry.expires_ns - self._clock_ns()) / _SECOND_NS
        loop = asyncio.get_running_loop()
        if left_s > _LONGEST_TIMER_S:
            entry.timer = loop.call_later(_LONGEST_TIMER_S, self._start_timer, entry)
        else:
            entry.timer = loop.call_later(max(left_s, 0.0), self._remove, entry)

    def _stop_timer(self, entry: _Entry) -> None:
        if entry.timer:
            entry.timer.cancel()
            entry.timer = None

    def _expire(self, entry: _Entry) -> None:
        entry.keep_alive_ns = 0
        if not entry.uses:
            self._remove(entry)

    async def _drained(self, entry: _Entry) -> None:
        entry.draining = True
        self._expire(entry)
        await entry.gone.wait()

    def _remove(self, entry: _Entry) -> None:
        self._stop_timer(entry)
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]
            LOG.info("unloaded %s, process %d", entry.model.name.short, entry.runner.process.pid)
        entry.runner.process.end()
        entry.gone.set()

    def _least_wanted(self) -> _Entry:
        """Return the entry to give up: an idle one if there is any, of these the one with the shortest keep-alive."""
        ranked = sorted(self._entries.values(), key=lambda entry: (entry.uses > 0, entry.keep_alive_ns, entry.key))
        return ranked[0]
