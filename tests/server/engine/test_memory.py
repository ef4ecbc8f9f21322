"""What a loaded model takes in memory, and which one has to go when there is too little."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_magics.server.engine.memory import memory_limit, memory_of_load
from ollama_magics.server.engine.scheduler import Scheduler
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.errors import ApiError
from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.server.settings import Settings
from ollama_magics.server.store import Store
from ollama_magics.server.tutor import restore

GIB = 1 << 30
# Llama 3.1 8B: 32 layers, 32 heads of which 8 are shared, 4096 wide.
LLAMA_8B = {"general.architecture": "llama"} | {
    f"llama.{key}": value
    for key, value in {
        "block_count": 32,
        "embedding_length": 4096,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
    }.items()
}


def header(**changes) -> GGUFInfo:
    return GGUFInfo(3, {**LLAMA_8B, **changes}, (), 0, 5 * GIB)


@pytest.mark.parametrize(
    ("changes", "tokens", "cache_type", "expected"),
    [
        ({}, 8192, "", 5 * GIB + GIB),
        ({}, 4 * 8192, "f16", 5 * GIB + 4 * GIB),
        ({}, 8192, "q8_0", 5 * GIB + GIB * 85 // 160),
        ({"llama.attention.key_length": 256, "llama.attention.value_length": 256}, 8192, "", 5 * GIB + 2 * GIB),
        ({"llama.attention.head_count": 0}, 8192, "", 5 * GIB),
    ],
)
def test_weights_and_cache(changes: dict[str, int], tokens: int, cache_type: str, expected: int):
    assert memory_of_load(header(**changes), (), tokens, cache_type) == expected


def test_the_machine_sets_the_limit_when_nobody_does():
    assert memory_limit(GIB) == GIB
    assert memory_limit(0) > 0


class Child:
    """Stands for the process of a loaded model; the scheduler is what is looked at."""

    running = True

    def __init__(self, spec: LoadSpec) -> None:
        self.spec = spec
        self.pid = 0

    def end(self) -> None:
        self.running = False


@pytest.fixture
def model(tmp_path: Path):
    store = Store(tmp_path / "models")
    restore(store)
    return store.find("tutor")


def schedule(model, sizes_gib: list[int], **settings) -> list[str]:
    """Load models of these sizes one after the other; return those that are loaded at the end."""

    async def load(spec: LoadSpec, stall_s: float | None) -> Child:
        return Child(spec)

    async def work() -> list[str]:
        running = Scheduler(Settings(**settings), load=load)
        for number, size in enumerate(sizes_gib):
            one = replace(model, model_path=Path(f"m{number}"))
            async with await running.acquire(one, LoadSpec(f"m{number}", memory=size * GIB), None):
                pass
        loaded = sorted(str(line.model.model_path) for line in running.loaded())
        await running.close()
        return loaded

    return asyncio.run(work())


def test_models_stay_while_they_fit_together(model):
    assert schedule(model, [2, 3, 3], max_memory=8 * GIB) == ["m0", "m1", "m2"]


def test_as_many_go_as_the_next_one_needs(model):
    assert schedule(model, [2, 3, 6], max_memory=8 * GIB, max_loaded=9) == ["m2"]
    assert schedule(model, [2, 3, 5], max_memory=8 * GIB, max_loaded=9) == ["m1", "m2"]


def test_more_than_the_settings_allow_is_refused_and_nothing_is_unloaded_for_it(model):
    with pytest.raises(ApiError) as caught:
        schedule(model, [2, 9], max_memory=8 * GIB)
    assert caught.value.text == "model requires more system memory (9.0 GiB) than is available (8.0 GiB)"
