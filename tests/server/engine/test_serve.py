"""The server as a program: signals, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

PATIENCE_S = 30.0


@pytest.fixture
def server(tmp_path: Path):
    command = [sys.executable, "-m", "ollama_magics", "serve", "--host", "127.0.0.1:0", "--models", str(tmp_path / "models")]
    temporary = tmp_path / "t"
    temporary.mkdir()
    environ = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        yield process, process.stdout.readline().split()[2].rstrip(","), temporary
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a program can answer")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_its_engines_and_their_files(server, number):
    process, url, temporary = server
    assert httpx.post(f"{url}/api/generate", json={"model": "tutor"}, timeout=PATIENCE_S).json()["done_reason"] == "load"
    (folder,) = temporary.iterdir()
    with socket.socket(socket.AF_UNIX) as engine:
        engine.connect(str(folder / "e.sock"))
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
        engine.settimeout(PATIENCE_S)
        assert engine.recv(1) == b""
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the engine listens at a port there")
def test_a_killed_server_leaves_no_engine_and_no_file(server):
    process, url, temporary = server
    httpx.post(f"{url}/api/generate", json={"model": "tutor"}, timeout=PATIENCE_S)
    (folder,) = temporary.iterdir()
    with socket.socket(socket.AF_UNIX) as engine:
        engine.connect(str(folder / "e.sock"))
        process.kill()
        engine.settimeout(PATIENCE_S)
        assert engine.recv(1) == b""
    assert list(temporary.iterdir()) == []
