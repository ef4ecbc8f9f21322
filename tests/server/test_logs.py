"""The server's log: what a line says, and what never stands in it."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest

from ollama_magics.server import logs


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, logs.LOG.level, logs.REQUESTS.level
    yield io.StringIO()
    root.handlers[:] = before[0]
    for logger, level in zip((root, logs.LOG, logs.REQUESTS), before[1:], strict=True):
        logger.setLevel(level)


def test_a_request_is_one_line_with_time_level_status_duration_and_client(log: io.StringIO) -> None:
    logs.set_up(0, stream=log)
    logs.request_line("POST", "/api/chat", 200, 0.0215, "127.0.0.1")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO +200 +21\.5ms 127\.0\.0\.1 POST /api/chat\n", log.getvalue()
    )


@pytest.mark.parametrize("path", ["/a\nERROR forged", "/a\r2026", "/\x1b[31m", "/" + "x" * 10_000])
def test_a_path_cannot_forge_or_flood(log: io.StringIO, path: str) -> None:
    logs.set_up(0, stream=log)
    logs.request_line("GET", path, 404, 0.001, "10.0.0.1")
    text = log.getvalue()
    assert text.count("\n") == 1
    assert text.strip("\n").isprintable()
    assert len(text) < 400


@pytest.mark.parametrize(
    ("level", "quiet", "status", "said"),
    [(0, False, 200, True), (0, True, 200, False), (0, True, 500, True), (1, True, 200, True)],
)
def test_a_server_started_on_demand_tells_of_failures_only(log: io.StringIO, level: int, quiet: bool, status: int, said: bool) -> None:
    logs.set_up(level, quiet_requests=quiet, stream=log)
    logs.request_line("GET", "/api/tags", status, 0.001, "127.0.0.1")
    assert bool(log.getvalue()) is said


def test_details_are_for_debugging(log: io.StringIO) -> None:
    logs.set_up(0, stream=log)
    logs.LOG.debug("what the engine says")
    assert log.getvalue() == ""
    logs.set_up(1, stream=log)
    logs.LOG.debug("what the engine says")
    assert "DEBUG   what the engine says" in log.getvalue()
