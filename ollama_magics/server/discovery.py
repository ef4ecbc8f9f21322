"""Where the built-in server of this machine and user is, and starting it when there is none.

One server for each version of the package: it holds ``server-VERSION.lock`` as long as it lives and writes its address to
``server-VERSION.json``. Standard library only, so that a kernel may ask without loading a server.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from ollama_magics.errors import EngineProblem
from ollama_magics.server.settings import default_state
from ollama_magics.wire.host import parse_host

# The package is loaded whenever its modules are; importing its root would turn the layers upside down.
VERSION: str = sys.modules[__name__.partition(".")[0]].__version__

_ANSWER_S = 2.0
_LOOK_AGAIN_S = 0.02
_LOG_TAIL = 2000
_LONGEST_LOG = 1 << 20


@dataclass(frozen=True)
class Running:
    """A built-in server that answers.

    Attributes:
        url: where, ``http://127.0.0.1:PORT``.
        pid: its process id.
        version: of this package.
    """

    url: str
    pid: int
    version: str


def state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder where servers announce themselves; ``OLLAMA_MAGICS_STATE`` names another one."""
    return default_state(environ)


def log_file(state: Path) -> Path:
    """Return the file that a server started on demand writes its log to."""
    return state / f"server-{VERSION}.log"


def announced(state: Path) -> Running | None:
    """Return the server that is announced in ``state`` and answers, or None."""
    try:
        running = Running(**json.loads(_announcement(state).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return running if _answers(running.url) else None


def announce(state: Path, url: str) -> None:
    """Tell everybody who looks into ``state`` that this process answers at ``url``."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = _announcement(state)
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(asdict(Running(url, os.getpid(), VERSION))), "utf-8")
    os.replace(draft, target)


def withdraw(state: Path) -> None:
    """Take this process's announcement back; another one's stays."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if json.loads(_announcement(state).read_text("utf-8")).get("pid") == os.getpid():
            _announcement(state).unlink()


@contextlib.contextmanager
def only_one(state: Path, patience_s: float = 10.0) -> Iterator[bool]:
    """Hold the lock of the running server; yields False when another server is there.

    One that is about to end has taken its announcement back and still holds the lock: it is waited for. The operating system
    takes the lock back when a process ends, however it ends. Where a file system knows no locks the answer is True.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + patience_s
    with _lock_file(state, "lock").open("a+b") as file:
        while not (locked := try_lock(file)) and time.monotonic() < deadline and not announced(state):
            time.sleep(_LOOK_AGAIN_S)
        yield locked


def start_detached(
    environ: Mapping[str, str] = os.environ, *, idle_exit_s: float | None = None, timeout_s: float = 30.0, state: Path | None = None
) -> Running:
    """Return the built-in server, starting it first when there is none.

    It outlives this process and opens no window; what it has to say goes to ``log_file``. Of several processes that call this
    at once one starts the server, and all get the same.

    Args:
        idle_exit_s: seconds without a request after which it ends by itself; None is its own choice.
        timeout_s: how long it may take to answer.

    Raises:
        EngineProblem: it did not come up; the end of its log is in the message.
    """
    state = state or state_dir(environ)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + timeout_s
    with _lock_file(state, "starting").open("a+b") as file:
        while not try_lock(file) and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN_S)
        if running := announced(state):
            return running
        child = _spawn(state, environ, idle_exit_s)
        while time.monotonic() < deadline:
            if running := announced(state):
                return running
            if child.poll():
                break
            time.sleep(_LOOK_AGAIN_S)
    raise EngineProblem(
        f"the built-in server did not start: {_end_of_log(state) or 'it said nothing'}",
        hint="start it by hand to see what is wrong: ollama-magics serve",
        details={"log": str(log_file(state))},
    )


def _announcement(state: Path) -> Path:
    return state / f"server-{VERSION}.json"


def _lock_file(state: Path, suffix: str) -> Path:
    return state / f"server-{VERSION}.{suffix}"


def _answers(url: str) -> bool:
    """Return whether a server speaks Ollama's protocol at ``url``."""
    host = parse_host(url)
    connection = http.client.HTTPConnection(host.host, host.port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/api/version")
        return "version" in json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def try_lock(file: IO[bytes]) -> bool:
    """Lock an open file for this process without waiting; return whether it is ours now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


def _spawn(state: Path, environ: Mapping[str, str], idle_exit_s: float | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ollama_magics", "serve", "--on-demand"]
    if idle_exit_s is not None:
        command += ["--idle-exit", str(idle_exit_s)]
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, environ.get("PYTHONPATH", "")]))
    with log_file(state).open("wb" if _is_long(log_file(state)) else "ab") as log:
        options: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": log,
            "stderr": log,
            "cwd": state,
            "env": {**environ, "PYTHONPATH": path, "OLLAMA_MAGICS_STATE": str(state)},
        }
        child = _popen_detached(command, options)
    threading.Thread(target=child.wait, daemon=True).start()
    return child


def _popen_detached(command: list[str], options: dict[str, Any]) -> subprocess.Popen[bytes]:
    if sys.platform != "win32":
        return subprocess.Popen(command, start_new_session=True, **options)
    flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    try:
        return subprocess.Popen(command, creationflags=flags | subprocess.CREATE_BREAKAWAY_FROM_JOB, **options)
    except PermissionError:
        return subprocess.Popen(command, creationflags=flags, **options)


def _is_long(log: Path) -> bool:
    try:
        return log.stat().st_size > _LONGEST_LOG
    except OSError:
        return False


def _end_of_log(state: Path) -> str:
    with contextlib.suppress(OSError):
        return log_file(state).read_bytes()[-_LOG_TAIL:].decode("utf-8", "replace").strip().rpartition("\n")[2]
    return ""
