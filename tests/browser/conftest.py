"""A real JupyterLab in a real browser: one server and one Chromium for the run, one page a test."""

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
from pathlib import Path

import pytest
from labpage import LabPage
from playwright.sync_api import Browser, BrowserContext, Locator, expect, sync_playwright
from recorder import Recorder, recording
from tunerpage import MODELFILE


@dataclass
class LabServer:
    """A running JupyterLab with our extension and a folder of notebooks."""

    url: str
    token: str
    notebooks: Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a browser test the time that a JupyterLab needs to start."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture(scope="session")
def lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """Start JupyterLab with nothing of the person's own: settings, extensions and runtime files are the run's."""
    home = tmp_path_factory.mktemp("lab")
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
    token = "panels"
    # Another JupyterLab, with its own kernel: OLLAMA_MAGICS_LAB_PYTHON is the Python of an environment that has it and what we depend on.
    python = os.environ.get("OLLAMA_MAGICS_LAB_PYTHON", sys.executable)
    command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command += [f"--IdentityProvider.token={token}", f"--notebook-dir={notebooks}", "--LabApp.expose_app_in_browser=True"]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        address = next((found[1] for line in process.stderr if (found := re.search(r"(http://127\.0\.0\.1:\d+)/lab", line))), None)
        assert address, "JupyterLab did not start"
        # A full pipe would stop the server.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield LabServer(address, token, notebooks)
        process.terminate()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Start the machine's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> BrowserContext:
    """Return one profile for a module: JupyterLab's own code is fetched once."""
    return browser.new_context(viewport={"width": 1100, "height": 800})


@pytest.fixture
def lab_page(lab: LabServer, context: BrowserContext, root: Path) -> Iterator[LabPage]:
    """Return a page of its own; what it asks of other hosts, and every dialog, is remembered."""
    pictures = root / "test-results"
    pictures.mkdir(exist_ok=True)
    page = LabPage(context.new_page(), lab.url, lab.token, lab.notebooks, pictures)
    yield page
    page.shut_down()
    page.page.close()


@pytest.fixture
def server(embedded: str) -> Iterator[Recorder]:
    # A try may build a draft and load it; on a busy machine that takes more than Playwright's five seconds.
    expect.set_options(timeout=20_000)
    with recording(embedded) as recorder:
        yield recorder
    expect.set_options(timeout=5_000)


@pytest.fixture
def tuner(lab_page: LabPage, server: Recorder, request: pytest.FixtureRequest) -> Locator:
    """Return the tuner of a model that was created in the cell above it."""
    name = request.node.name.replace("_", "-")
    magic = f"%load_ext ollama_magics\n%ollama host {server.url}"
    lab_page.open(name, [magic, f"%%modelfile {name}\n{MODELFILE}", f"%tune {name}"])
    lab_page.run_all()
    panel = lab_page.output(2).locator(".om-tuner")
    expect(panel.locator(".om-head").first).to_contain_text("v1", timeout=40_000)
    return panel
