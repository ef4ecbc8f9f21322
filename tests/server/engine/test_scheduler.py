"""Which models stay loaded, with real engines."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_magics.server.engine.completion import Completion
from ollama_magics.server.engine.scheduler import QUEUE_FULL, Scheduler
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.errors import ApiError
from ollama_magics.server.options import effective
from ollama_magics.server.settings import FOREVER_NS, Settings
from ollama_magics.server.store import Store, StoredModel
from ollama_magics.server.tutor import restore

SECOND = 1_000_000_000
PATIENCE_S = 30.0


@pytest.fixture
def model(tmp_path: Path) -> StoredModel:
    store = Store(tmp_path / "models")
    restore(store)
    found = store.find("tutor")
    assert found
    return found


def spec_of(model: StoredModel, **changes) -> LoadSpec:
    return LoadSpec(str(model.model_path), **{"num_ctx": 256, "memory": 5_000_000, **changes})


def other(model: StoredModel, number: int) -> StoredModel:
    """Return a model whose file is a copy, so that it needs a process of its own."""
    path = model.model_path.with_name(f"copy-{number}")
    path.write_bytes(model.model_path.read_bytes())
    return replace(model, model_path=path)


@asynccontextmanager
async def scheduler(**settings):
    running = Scheduler(Settings(**settings))
    try:
        yield running
    finally:
        await running.close()


async def use(running: Scheduler, model: StoredModel, keep_alive_ns: int | None = None, **changes):
    """Use the model once and return its process."""
    async with await running.acquire(model, spec_of(model, **changes), keep_alive_ns) as lease:
        return lease.runner.process


def test_a_model_stays_for_the_next_request_and_shows_when_it_goes(model: StoredModel):
    async def work():
        async with scheduler() as running:
            first, second = await use(running, model), await use(running, model)
            (line,) = running.loaded()
            return first.pid, second.pid, line

    first, second, line = asyncio.run(work())
    assert first == second
    assert line.model is model
    assert line.context_length == 256
    assert line.size == 5_000_000


def test_keep_alive_of_a_request_lasts_until_another_says_otherwise(model: StoredModel):
    now = 1_000 * SECOND

    async def work():
        running = Scheduler(Settings(keep_alive_ns=300 * SECOND), clock_ns=lambda: now)
        seen = []
        for keep_alive_ns in (None, 60 * SECOND, None, FOREVER_NS):
            await use(running, model, keep_alive_ns)
            seen.append(running.loaded()[0].expires_ns - now)
        await running.close()
        return seen

    assert asyncio.run(work()) == [300 * SECOND, 60 * SECOND, 60 * SECOND, FOREVER_NS]


@pytest.mark.parametrize("keep_alive_ns", [0, 20_000_000])
def test_an_expired_model_is_unloaded(model: StoredModel, keep_alive_ns: int):
    async def work():
        async with scheduler() as running:
            process = await use(running, model, keep_alive_ns)
            await asyncio.wait_for(process.ended, PATIENCE_S)
            return running.loaded()

    assert asyncio.run(work()) == []


def test_unload_waits_for_the_requests_that_run(model: StoredModel):
    async def work():
        async with scheduler() as running:
            async with await running.acquire(model, spec_of(model), None) as lease:
                running.unload(model)
                chunks = [
                    c async for batch in lease.runner.complete(Completion("Hello", effective(256, {"num_predict": 3}))) for c in batch
                ]
                alive = lease.runner.process.running
            await asyncio.wait_for(lease.runner.process.ended, PATIENCE_S)
            return chunks[-1].done, alive, running.loaded()

    assert asyncio.run(work()) == (True, True, [])


def test_other_load_options_load_again_after_the_running_request(model: StoredModel):
    async def work():
        async with scheduler() as running:
            async with await running.acquire(model, spec_of(model), None) as lease:
                waiting = asyncio.create_task(use(running, model, num_ctx=512))
                same = await asyncio.wait({waiting}, timeout=0.05)
                alive = lease.runner.process.running
            second = await asyncio.wait_for(waiting, PATIENCE_S)
            return bool(same[0]), alive, lease.runner.process.pid != second.pid, [line.context_length for line in running.loaded()]

    assert asyncio.run(work()) == (False, True, True, [512])


def test_num_keep_alone_loads_nothing_again(model: StoredModel):
    async def work():
        async with scheduler() as running:
            return (await use(running, model)).pid == (await use(running, model, num_keep=9)).pid

    assert asyncio.run(work())


def test_the_idle_model_with_the_shortest_keep_alive_makes_room(model: StoredModel):
    async def work():
        models = [other(model, number) for number in range(3)]
        async with scheduler(max_loaded=2) as running:
            await use(running, models[0], 100 * SECOND)
            await use(running, models[1], 50 * SECOND)
            await use(running, models[2], 10 * SECOND)
            return {line.model.model_path.name for line in running.loaded()}

    assert asyncio.run(work()) == {"copy-0", "copy-2"}


def test_a_full_queue_is_a_503(model: StoredModel):
    """One request may be about to load, and one may wait behind it."""

    async def work():
        async with scheduler(max_queue=1) as running:
            async with await running.acquire(model, spec_of(model), None):
                waiting = [asyncio.create_task(use(running, model, num_ctx=num_ctx)) for num_ctx in (512, 768)]
                await asyncio.wait(waiting, timeout=0.05)
                with pytest.raises(ApiError) as caught:
                    await use(running, model, num_ctx=1024)
            await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE_S)
            return caught.value

    problem = asyncio.run(work())
    assert (problem.status, problem.text) == (503, QUEUE_FULL)


def test_a_dead_engine_is_replaced_at_the_next_request(model: StoredModel):
    async def work():
        async with scheduler() as running:
            first = await use(running, model)
            first._child.kill()
            await asyncio.wait_for(first.ended, PATIENCE_S)
            second = await use(running, model)
            return first.pid != second.pid, second.running, len(running.loaded())

    assert asyncio.run(work()) == (True, True, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="no unix sockets for the engine there")
def test_an_engine_whose_socket_was_swept_up_is_replaced(model: StoredModel):
    async def work():
        async with scheduler() as running:
            first = await use(running, model)
            Path(first.address).unlink()
            second = await use(running, model)
            await asyncio.wait_for(first.ended, PATIENCE_S)
            return first.pid != second.pid, second.running

    assert asyncio.run(work()) == (True, True)


def test_a_load_that_nobody_waits_for_any_more_is_ended(model: StoredModel):
    async def work():
        async with scheduler() as running:
            task = asyncio.create_task(use(running, model))
            while not running._turn.locked():
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            return task.cancelled(), running.loaded(), (await use(running, model)).running

    assert asyncio.run(work()) == (True, [], True)


def test_parallel_requests_share_one_load_and_answer_all(model: StoredModel):
    async def ask(running: Scheduler, number: int):
        async with await running.acquire(model, spec_of(model, parallel=2), None) as lease:
            request = Completion("<|user|>Hello<|end|><|assistant|>", effective(256, {"temperature": 0, "num_predict": 20}))
            return lease.runner.process.pid, "".join([c.content async for batch in lease.runner.complete(request) for c in batch])

    async def work():
        async with scheduler(num_parallel=2) as running:
            return await asyncio.gather(*(ask(running, number) for number in range(12)))

    answers = asyncio.run(work())
    assert len(answers) == 12
    assert len(set(answers)) == 1
