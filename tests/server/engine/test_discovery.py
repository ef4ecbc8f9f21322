"""The built-in server of this user: found, started once, gone by itself."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from ollama_magics.errors import EngineProblem
from ollama_magics.server import discovery

PATIENCE_S = 30.0


@pytest.fixture
def environ(tmp_path: Path):
    """Return an environment with folders of this test; the server that was started in it ends with the test."""
    state = tmp_path / "state"
    environ = {**os.environ, "OLLAMA_MAGICS_STATE": str(state), "OLLAMA_MODELS": str(tmp_path / "models"), "OLLAMA_HOST": "127.0.0.1:1"}
    yield environ
    if running := discovery.announced(state):
        with connected(running.url) as connection:
            os.kill(running.pid, signal.SIGTERM)
            wait_for_end(connection)


def state_of(environ) -> Path:
    return discovery.state_dir(environ)


def connected(url: str) -> socket.socket:
    where = urlsplit(url)
    connection = socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(4096)
    return connection


def wait_for_end(connection: socket.socket) -> None:
    """Return when the server has closed its end."""
    with contextlib.suppress(ConnectionResetError):
        assert connection.recv(1) == b""


def test_a_server_is_started_found_again_and_shared(environ):
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: discovery.start_detached(environ), range(3)))
    assert len({(running.pid, running.url) for running in found}) == 1
    running = found[0]
    assert running == discovery.announced(state_of(environ)) == discovery.start_detached(environ)
    assert running.pid != os.getpid()
    assert urlsplit(running.url).hostname == "127.0.0.1"
    assert [model["name"] for model in httpx.get(f"{running.url}/api/tags").json()["models"]] == ["tutor:latest"]


STARTER = """
import sys
from ollama_magics.server import discovery
print(discovery.start_detached().pid)
"""


def test_processes_that_start_at_once_get_the_same_server_and_it_outlives_them(environ):
    starters = [subprocess.Popen([sys.executable, "-c", STARTER], env=environ, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {starter.communicate()[0].strip() for starter in starters}
    running = discovery.announced(state_of(environ))
    assert running
    assert pids == {str(running.pid)}


def test_an_idle_server_ends_by_itself_and_takes_its_announcement_back(environ):
    running = discovery.start_detached(environ, idle_exit_s=0.3)
    with connected(running.url) as connection:
        wait_for_end(connection)
    assert discovery.announced(state_of(environ)) is None
    assert not list(state_of(environ).glob("*.json"))
    assert discovery.start_detached(environ).pid != running.pid


def test_a_server_that_is_about_to_end_is_waited_for(environ):
    """It has taken its announcement back and holds the lock until it is gone."""
    with ThreadPoolExecutor(1) as pool:
        with discovery.only_one(state_of(environ)) as alone:
            assert alone
            starting = pool.submit(discovery.start_detached, environ)
            for _ in range(3):
                subprocess.run([sys.executable, "-c", "import tornado.web"], check=True)
            assert not starting.done()
        assert starting.result(PATIENCE_S) == discovery.announced(state_of(environ))


def test_a_second_server_leaves_at_once(environ):
    running = discovery.start_detached(environ)
    second = subprocess.run([sys.executable, "-m", "ollama_magics", "serve", "--on-demand"], env=environ, timeout=PATIENCE_S, check=False)
    assert second.returncode == 0
    assert discovery.announced(state_of(environ)) == running


def test_removing_tutor_lasts_until_it_is_pulled(environ):
    first = discovery.start_detached(environ)
    httpx.request("DELETE", f"{first.url}/api/delete", json={"model": "tutor"})
    with connected(first.url) as connection:
        os.kill(first.pid, signal.SIGTERM)
        wait_for_end(connection)
    second = discovery.start_detached(environ)
    assert httpx.get(f"{second.url}/api/tags").json()["models"] == []
    assert httpx.post(f"{second.url}/api/pull", json={"model": "tutor", "stream": False}).json() == {"status": "success"}
    answer = httpx.post(f"{second.url}/api/generate", json={"model": "tutor", "prompt": "Hello", "stream": False}, timeout=PATIENCE_S)
    assert answer.json()["response"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "http://127.0.0.1:9", "pid": 1, "version": "0"}', '{"pid": 1}'])
def test_a_stale_or_damaged_announcement_counts_as_none(tmp_path: Path, text: str):
    discovery.announce(tmp_path, "http://127.0.0.1:9")
    (announcement,) = tmp_path.glob("*.json")
    assert json.loads(announcement.read_text())["pid"] == os.getpid()
    announcement.write_text(text)
    assert discovery.announced(tmp_path) is None


def test_only_the_announcing_process_withdraws(tmp_path: Path):
    discovery.announce(tmp_path, "http://127.0.0.1:9")
    (announcement,) = tmp_path.glob("*.json")
    others = announcement.read_text().replace(str(os.getpid()), "1")
    announcement.write_text(others)
    discovery.withdraw(tmp_path)
    assert announcement.read_text() == others
    discovery.announce(tmp_path, "http://127.0.0.1:9")
    discovery.withdraw(tmp_path)
    assert not announcement.exists()


def test_a_server_that_cannot_start_says_why(environ, tmp_path: Path):
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(EngineProblem) as caught:
        discovery.start_detached(environ)
    assert "the built-in server did not start: " in caught.value.message
    assert str(tmp_path / "models") in caught.value.message
    assert caught.value.hint


def test_an_address_in_use_is_an_error_with_a_remedy():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-m", "ollama_magics", "serve", "--host", address], capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"cannot listen at {address}: ")
    assert "--host" in done.stderr
