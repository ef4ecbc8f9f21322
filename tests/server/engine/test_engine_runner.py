"""One loaded model: what it says, how it is cancelled, how it fails, how it ends."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from ollama_magics.server.engine.completion import Chunk, Completion
from ollama_magics.server.engine.process import EngineProcess
from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.engine.scheduler import start_engine
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.errors import ApiError
from ollama_magics.server.options import effective

HELLO = "<|user|>Hello<|end|><|assistant|>"
STORY = "<|user|>Tell me a story about a robot.<|end|><|assistant|>"
ENDLESS = {"temperature": 30.0, "top_k": 0, "top_p": 1.0}
READY_S = 30.0


def spec_of(path: Path, **changes) -> LoadSpec:
    return LoadSpec(str(path), **{"num_ctx": 512, **changes})


async def loaded(spec: LoadSpec) -> Runner:
    return Runner(await start_engine(spec, READY_S), adds_bos=True)


async def said(runner: Runner, prompt: str, *, format=None, logprobs: int | None = None, truncate: bool = True, **options) -> list[Chunk]:
    request = Completion(
        prompt, effective(512, options), format=format, logprobs=logprobs is not None, top_logprobs=logprobs or 0, truncate=truncate
    )
    return [chunk async for batch in runner.complete(request) for chunk in batch]


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.content for chunk in chunks)


def with_runner(weights: Path, work, **changes):
    """Run ``work(runner)`` with the bundled model loaded."""

    async def run():
        runner = await loaded(spec_of(weights, **changes))
        try:
            return await work(runner)
        finally:
            runner.process.end()

    return asyncio.run(run())


def test_an_answer_has_pieces_and_a_last_chunk_with_metrics(weights: Path):
    chunks = with_runner(weights, lambda runner: said(runner, HELLO, temperature=0))
    *pieces, last = chunks
    assert text(pieces).startswith("Hello")
    assert len(pieces) > 3
    assert not any(piece.done for piece in pieces)
    assert (last.done, last.done_reason) == (True, "stop")
    assert last.metrics.prompt_eval_count == 5
    assert last.metrics.eval_count >= len(pieces)
    assert min(last.metrics.prompt_eval_duration, last.metrics.eval_duration) > 0


def test_options_reach_the_engine(weights: Path):
    async def work(runner: Runner):
        return [
            text(await said(runner, STORY, seed=3, num_predict=40, temperature=1.2)),
            text(await said(runner, STORY, seed=3, num_predict=40, temperature=1.2)),
            text(await said(runner, STORY, seed=4, num_predict=40, temperature=1.2)),
            (await said(runner, STORY, num_predict=7))[-1],
            text(await said(runner, STORY, seed=3, temperature=0, num_predict=60, stop=["."])),
        ]

    first, again, other, short, stopped = with_runner(weights, work)
    assert first == again != other
    assert (short.metrics.eval_count, short.done_reason) == (7, "length")
    assert stopped
    assert "." not in stopped


def test_logprobs_have_bytes_and_alternatives(weights: Path):
    chunks = with_runner(weights, lambda runner: said(runner, HELLO, logprobs=2, temperature=0, num_predict=3))
    entries = [entry for chunk in chunks for entry in chunk.logprobs]
    assert len(entries) == 3
    for entry in entries:
        assert bytes(entry["bytes"]).decode() == entry["token"]
        assert entry["logprob"] <= 0
        assert len(entry["top_logprobs"]) == 2


def test_tokens_come_back_as_text(weights: Path):
    async def work(runner: Runner):
        ids = await runner.tokenize("<|user|>Zaragoza 12 🙂\n")
        return ids, await runner.detokenize(ids)

    ids, back = with_runner(weights, work)
    assert ids[0] == 1
    assert back == "<|begin|><|user|>Zaragoza 12 🙂\n"


def test_a_closed_answer_frees_the_model_for_the_next_one(weights: Path):
    async def work(runner: Runner):
        for tokens in (1, 2, 5, 9, 30):
            async with aclosing(runner.complete(Completion(STORY, effective(512, {"num_predict": 4000, "seed": tokens})))) as batches:
                count = 0
                async for batch in batches:
                    count += len(batch)
                    if count >= tokens:
                        break
        return await asyncio.wait_for(said(runner, HELLO, temperature=0), READY_S)

    assert text(with_runner(weights, work)).startswith("Hello")


def test_a_cancelled_task_frees_the_model_for_the_next_one(weights: Path):
    async def work(runner: Runner):
        for _ in range(5):
            task = asyncio.create_task(said(runner, STORY, num_predict=4000))
            await runner.tokenize("x")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return await asyncio.wait_for(said(runner, HELLO, temperature=0), READY_S)

    assert text(with_runner(weights, work)).startswith("Hello")


def test_a_schema_holds_the_answer(weights: Path):
    schema = {
        "type": "object",
        "properties": {"city": {"enum": ["Rome", "Paris"]}, "big": {"type": "boolean"}},
        "required": ["city", "big"],
    }
    for seed in range(4):
        chunks = with_runner(weights, lambda runner, seed=seed: said(runner, STORY, format=schema, seed=seed, temperature=1.5))
        answer = json.loads(text(chunks))
        assert list(answer) == ["city", "big"]
        assert answer["city"] in ("Rome", "Paris")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "zzz"},
        {"type": "object", "properties": {"a": {"type": ["string", "nope"]}}},
        {"type": "string", "pattern": "(("},
        {"$ref": "#/missing"},
        {"not": {"type": "string"}},
    ],
)
def test_a_schema_that_the_engine_would_ignore_is_an_error(weights: Path, schema):
    with pytest.raises(ApiError) as caught:
        with_runner(weights, lambda runner: said(runner, HELLO, format=schema, num_predict=20))
    assert caught.value.status == 400
    assert "JSON schema conversion failed" in caught.value.text


def test_an_overlong_prompt_loses_its_middle_or_is_refused(weights: Path):
    prompt = "<|user|>" + "Who are you? " * 200 + "<|end|><|assistant|>"
    chunks = with_runner(weights, lambda runner: said(runner, prompt, num_predict=5), num_ctx=256)
    assert 100 < chunks[-1].metrics.prompt_eval_count < 256
    for changes, options in (({"context_shift": False}, {}), ({}, {"truncate": False})):
        with pytest.raises(ApiError) as caught:
            with_runner(weights, lambda runner, options=options: said(runner, prompt, **options), num_ctx=256, **changes)
        assert caught.value.status == 400
        assert "context" in caught.value.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cut": 20}, "failed to read"),
        ({"cut": 100_000}, "not within the file bounds"),
        ({"find": b"GGUF", "put": b"nope"}, "invalid magic"),
        ({"find": b"llama.block_count" + struct.pack("<II", 4, 6), "put": b"llama.block_count" + struct.pack("<II", 4, 0)}, "GGML_ASSERT"),
    ],
)
def test_a_damaged_file_is_an_error_with_the_reason_of_the_engine(damaged, change, reason):
    with pytest.raises(ApiError) as caught:
        asyncio.run(start_engine(spec_of(damaged(**change)), READY_S))
    assert caught.value.status == 500
    assert caught.value.text.startswith("llama-server process has terminated: ")
    assert reason in caught.value.text


def test_a_child_that_dies_in_mid_answer_is_an_error(weights: Path):
    async def work(runner: Runner):
        async for _ in runner.complete(Completion(STORY, effective(512, {"num_predict": 4000, **ENDLESS}))):
            runner.process._child.kill()

    with pytest.raises(ApiError) as caught:
        with_runner(weights, work)
    assert caught.value.text.startswith("model runner has unexpectedly stopped")


def test_nothing_listens_without_a_key(weights: Path):
    async def work(runner: Runner):
        return runner.process.address, runner.process.key, runner.process.port, _tcp_listeners(runner.process.pid)

    address, key, port, listeners = with_runner(weights, work)
    if sys.platform == "win32":
        assert len(key) >= 32
        assert port
    else:
        assert (port, listeners) == (0, set())
        assert Path(address).parent.name.startswith("om-")
        assert not Path(address).exists()


def test_on_a_port_the_engine_wants_the_key(weights: Path, monkeypatch: pytest.MonkeyPatch):
    """What Windows does, where there are no unix sockets for it."""
    monkeypatch.setattr(EngineProcess, "uses_socket_file", False)

    async def work(runner: Runner):
        answer = text(await said(runner, HELLO, temperature=0))
        runner.process.key = "guess"
        with pytest.raises(ApiError) as caught:
            await runner.tokenize("x")
        return answer, caught.value.status

    answer, status = with_runner(weights, work)
    assert answer.startswith("Hello")
    assert status == 401


@pytest.mark.skipif(sys.platform == "win32", reason="no unix sockets for the engine there")
def test_a_long_temporary_folder_is_no_trouble(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A unix socket's path has about a hundred bytes."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert text(with_runner(weights, lambda runner: said(runner, HELLO, temperature=0))).startswith("Hello")
    assert list(long.iterdir()) == []


PARENT = """
import asyncio, sys
from ollama_magics.server.engine.scheduler import start_engine
from ollama_magics.server.engine.spec import LoadSpec
async def main():
    process = await start_engine(LoadSpec(sys.argv[1], num_ctx=256), 30)
    print(process.address, process.port, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def test_the_child_ends_with_its_parent_however_that_ends(weights: Path):
    with subprocess.Popen([sys.executable, "-c", PARENT, str(weights)], stdout=subprocess.PIPE, text=True) as parent:
        address, _, port = parent.stdout.readline().strip().rpartition(" ")
        connection = socket.create_connection(("127.0.0.1", int(port))) if not address else socket.socket(socket.AF_UNIX)
        with connection:
            if address:
                connection.connect(address)
            parent.kill()
            connection.settimeout(READY_S)
            assert connection.recv(1) == b""
        parent.wait()


def _tcp_listeners(pid: int) -> set[str]:
    """Return the inodes of a process's listening TCP sockets, where the system tells them."""
    if not Path("/proc/net/tcp").exists():
        return set()
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path("/proc/net", table).read_text().splitlines()[1:]]
    listening = {row[9] for row in rows if row[3] == "0A"}
    owned = {Path(entry).readlink().name for entry in Path(f"/proc/{pid}/fd").iterdir()}
    return {inode for inode in listening if f"socket:[{inode}]" in owned}
