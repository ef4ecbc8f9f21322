"""What a client gets when the engine breaks, before the first line and after it."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from ollama_magics.server.app import make_app
from ollama_magics.server.engine.scheduler import Scheduler
from ollama_magics.server.settings import Settings
from ollama_magics.server.store import Store
from ollama_magics.server.tutor import restore

STORY = {
    "model": "tutor",
    "prompt": "Tell me a story.",
    "options": {"num_predict": 3000, "temperature": 30, "seed": 2, "top_k": 0, "top_p": 1},
}


class Served:
    """A server inside this process, whose engines a test can reach."""

    def __init__(self, url: str, store: Store, scheduler: Scheduler) -> None:
        self.url = url
        self.store = store
        self.scheduler = scheduler

    async def post(self, path: str, body: dict, on_bytes: Callable[[bytes], None] | None = None):
        client = AsyncHTTPClient()
        return await client.fetch(
            self.url + path, method="POST", body=json.dumps(body), raise_error=False, streaming_callback=on_bytes, request_timeout=30
        )

    def break_engine(self) -> None:
        """End the process of every loaded model, as a crash does."""
        for entry in self.scheduler._entries.values():
            entry.runner.process._child.kill()


@pytest.fixture
def served(tmp_path: Path):
    """Return what runs ``work(served)`` against a server with ``tutor``."""

    def run(work: Callable[[Served], Awaitable[None]], **settings) -> None:
        async def main() -> None:
            chosen = Settings(**settings)
            store = Store(tmp_path / "models")
            restore(store)
            scheduler = Scheduler(chosen)
            server = HTTPServer(make_app(store, scheduler, chosen))
            sockets = bind_sockets(0, "127.0.0.1")
            server.add_sockets(sockets)
            try:
                await work(Served(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", store, scheduler))
            finally:
                server.stop()
                await scheduler.close()

        asyncio.run(main())

    return run


def test_after_the_first_line_an_error_is_the_last_line_and_the_next_request_works(served):
    async def work(server: Served) -> None:
        seen = bytearray()

        def heard(part: bytes) -> None:
            if not seen:
                server.break_engine()
            seen.extend(part)

        answer = await server.post("/api/generate", STORY, heard)
        first, *_, last = [json.loads(line) for line in bytes(seen).splitlines()]
        assert answer.code == 200
        assert first["done"] is False
        assert list(last) == ["error"]
        assert last["error"].startswith("model runner has unexpectedly stopped")
        again = await server.post("/api/generate", {**STORY, "stream": False, "options": {"num_predict": 3}})
        assert json.loads(again.body)["done"]

    served(work)


def test_in_the_openai_api_an_error_is_the_last_event_of_a_stream(served):
    async def work(server: Served) -> None:
        seen = bytearray()

        def heard(part: bytes) -> None:
            if not seen:
                server.break_engine()
            seen.extend(part)

        # This API has no top_k; with the usual one an answer may end before its engine does.
        await server.post("/api/create", {"model": "talker", "from": "tutor", "parameters": STORY["options"], "stream": False})
        await server.post("/v1/completions", {"model": "talker", "prompt": STORY["prompt"], "temperature": 30, "stream": True}, heard)
        *_, last, rest = bytes(seen).split(b"\n\n")
        error = json.loads(last.removeprefix(b"data: "))["error"]
        assert error["message"].startswith("model runner has unexpectedly stopped")
        assert (error["type"], rest) == ("api_error", b"")

    served(work)


def test_without_streaming_the_error_has_a_status(served):
    async def work(server: Served) -> None:
        await server.post("/api/generate", {"model": "tutor"})
        asking = asyncio.create_task(server.post("/api/generate", {**STORY, "stream": False}))
        while not any(entry.uses for entry in server.scheduler._entries.values()) and not asking.done():
            await asyncio.sleep(0)
        server.break_engine()
        answer = await asking
        assert answer.code == 500
        assert "unexpectedly stopped" in json.loads(answer.body)["error"]

    served(work)


BLOCKS = b"llama.block_count" + struct.pack("<II", 4, 6)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:100_000], "the model's file is damaged: "),
        (lambda data: data.replace(BLOCKS, BLOCKS[:-4] + bytes(4)), "llama-server process has terminated: signal: aborted"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_a_500_with_the_reason_and_the_server_lives(served, change, reason):
    async def work(server: Served) -> None:
        path = server.store.find("tutor").model_path
        data = path.read_bytes()
        path.write_bytes(change(data))
        answer = await server.post("/api/generate", {"model": "tutor", "prompt": "x"})
        assert answer.code == 500
        assert json.loads(answer.body)["error"].startswith(reason)
        path.write_bytes(data)
        again = await server.post("/api/generate", {"model": "tutor", "prompt": "Hello", "stream": False})
        assert json.loads(again.body)["done_reason"] == "stop"

    served(work)


def test_a_missing_file_is_a_404(served):
    async def work(server: Served) -> None:
        server.store.find("tutor").model_path.unlink()
        answer = await server.post("/api/generate", {"model": "tutor", "prompt": "x"})
        assert (answer.code, json.loads(answer.body)) == (404, {"error": 'model "tutor" not found, try pulling it first'})

    served(work)


def test_a_full_queue_is_a_503(served):
    async def work(server: Served) -> None:
        loads = [server.post("/api/generate", {"model": "tutor", "options": {"num_ctx": 256 * size}}) for size in range(1, 9)]
        answers = await asyncio.gather(*loads)
        codes = {answer.code for answer in answers}
        assert codes == {200, 503}
        refused = next(answer for answer in answers if answer.code == 503)
        assert json.loads(refused.body) == {"error": "server busy, please try again.  maximum pending requests exceeded"}

    served(work, max_queue=2)
