"""The JupyterLab of a run: nothing of the person's own, and a kernel that has started before a notebook wants one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx

TOKEN = "panels"


class LabServer:
    """A running JupyterLab with our extension.

    Attributes:
        url: its address.
        notebooks: the folder it shows.
    """

    def __init__(self, url: str, notebooks: Path) -> None:
        self.url, self.notebooks = url, notebooks
        self._rest = httpx.Client(base_url=url, headers={"Authorization": f"token {TOKEN}"}, trust_env=False, timeout=60)
        # One at a time and in their order: kernels end and start while the next test already has its page.
        self._later = ThreadPoolExecutor(1)
        self._ahead = self._later.submit(self._start_kernel)

    def _start_kernel(self) -> str:
        return str(self._rest.post("/api/kernels", json={"name": "python3", "path": ""}).raise_for_status().json()["id"])

    def give_kernel(self, path: str) -> None:
        """Let the notebook at ``path`` find a kernel of its own: a new one, that nobody has used."""
        ahead, self._ahead = self._ahead, self._later.submit(self._start_kernel)
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"id": ahead.result()}}
        self._rest.post("/api/sessions", json=body).raise_for_status()

    def end_kernels(self) -> Future[None]:
        """End the kernels of all notebooks that are open now, without waiting for it."""
        sessions = [session["id"] for session in self._rest.get("/api/sessions").raise_for_status().json()]
        return self._later.submit(self._end, sessions)

    def _end(self, sessions: list[str]) -> None:
        for session in sessions:
            # One that the page has ended meanwhile is not there any more.
            self._rest.delete(f"/api/sessions/{session}")

    def close(self) -> None:
        """Wait for what was begun."""
        self._later.shutdown()
        self._rest.close()


@contextlib.contextmanager
def lab_server(root: Path, home: Path) -> Iterator[LabServer]:
    """Run JupyterLab in ``home``, where its settings, extensions and runtime files are."""
    notebooks = home / "notebooks"
    notebooks.mkdir()
    extensions = home / "data" / "labextensions"
    extensions.mkdir(parents=True)
    shutil.copytree(root / "ollama_magics" / "labextension", extensions / "ollama-magics")
    news = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}), "utf-8")
    environ = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
        "HF_HUB_OFFLINE": "1",
    }
    # Another JupyterLab, with its own kernel: OLLAMA_MAGICS_LAB_PYTHON is the Python of an environment that has it and what we depend on.
    python = os.environ.get("OLLAMA_MAGICS_LAB_PYTHON", sys.executable)
    command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--notebook-dir={notebooks}", "--LabApp.expose_app_in_browser=True"]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        address = next((found[1] for line in process.stderr if (found := re.search(r"(http://127\.0\.0\.1:\d+)/lab", line))), None)
        assert address, "JupyterLab did not start"
        # A full pipe would stop the server.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        server = LabServer(address, notebooks)
        try:
            yield server
        finally:
            server.close()
            process.terminate()
