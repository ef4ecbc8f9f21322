"""A real Jupyter Server with our extension enabled the way the wheel enables it, and a model server beside it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TOKEN = "a-token-of-this-test"


@dataclass(frozen=True)
class Jupyter:
    """Where the Jupyter Server listens and what it printed at its start."""

    url: str
    started: str


class _Version(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = {"/api/version": b'{"version":"0.33.0"}', "/": b"Ollama is running"}
        self.send_response(200 if self.path in known else 404)
        self.end_headers()
        self.wfile.write(known.get(self.path, b"404 page not found"))

    do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        """Keep the tests' output free of requests."""


@pytest.fixture(scope="session")
def ollama() -> Iterator[str]:
    """Return the address of a server that says it is an Ollama of version 0.33.0."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Version)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def jupyter(root: Path, ollama: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """Start Jupyter Server; every handler must ask for authentication or it does not serve."""
    home = tmp_path_factory.mktemp("jupyter")
    enabled = home / "config" / "jupyter_server_config.d"
    enabled.mkdir(parents=True)
    shutil.copy(root / "ollama_magics" / "lab" / "server_config.json", enabled / "ollama_magics.json")
    environ = {
        **os.environ,
        "OLLAMA_HOST": ollama,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "0",
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
    }
    options = ["--port=0", "--no-browser", "--allow-root", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={home}"]
    options.append("--ServerApp.allow_unauthenticated_access=False")
    command = [sys.executable, "-m", "jupyter_server", *options]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        jupyter = _started(process)
        reader = threading.Thread(target=process.stderr.read)
        reader.start()
        yield jupyter
        process.terminate()
        reader.join()


def _started(process: subprocess.Popen) -> Jupyter:
    said = ""
    for line in process.stderr:
        said += line
        if match := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return Jupyter(match[0], said)
    raise RuntimeError(f"Jupyter Server ended:\n{said}")


@pytest.fixture
def get(jupyter: Jupyter):
    """Return a function that asks the Jupyter Server for a path and returns status and JSON or text."""
    import httpx

    def ask(path: str, *, token: str | None = TOKEN) -> tuple[int, object]:
        headers = {"Authorization": f"token {token}"} if token else {}
        answer = httpx.get(jupyter.url + path, headers=headers, timeout=30, trust_env=False)
        try:
            return answer.status_code, json.loads(answer.text)
        except ValueError:
            return answer.status_code, answer.text

    return ask
