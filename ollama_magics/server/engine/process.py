"""Starting, watching and ending the child process of a loaded model, on every platform and event loop."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import Any

from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.errors import ApiError
from ollama_magics.server.logs import LOG

_KEPT_LINES = 200
_SOCKET = "e.sock"
_LONGEST_SOCKET_PATH = 103
"""Bytes. Source: macOS sys/un.h, ``sun_path[104]`` with its final zero; Linux has 108."""

_MODULE = "ollama_magics.server.engine.child"
_MARK = "mark of the parent "
_IGNORED_SCHEMA = "llg error:"
_ERROR_LINE = re.compile(r"^\d+\.\d+\.\d+\.\d+ E (.*)")
_LOADING = "error loading model"
_FATAL = ("out of memory", "failed to allocate", "GGML_ABORT", "CUDA error", "terminate called")


class EngineProcess:
    """One child process and where it listens.

    Attributes:
        address: path of its unix socket, or "" where it listens on a port of 127.0.0.1 (Windows, or no folder for a socket).
        port: that port, 0 with a unix socket.
        complaints: how often the engine said that it ignores a schema.
        last_complaint: its words.
        key: the secret every request must carry as a bearer token; empty with a unix socket, which only this user can open.
    """

    uses_socket_file = sys.platform != "win32"
    """Whether the child listens at a file that only this user can open, instead of a port with a key."""

    def __init__(self, spec: LoadSpec) -> None:
        self.spec = spec
        self.port = 0
        self._folder = _socket_folder() if self.uses_socket_file else None
        self.address = os.path.join(self._folder, _SOCKET) if self._folder else ""
        self.key = "" if self.address else secrets.token_hex(24)
        self.complaints = 0
        self.last_complaint = ""
        self._marks = itertools.count()
        self._heard: dict[str, asyncio.Future[None]] = {}
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self.ended: asyncio.Future[int] = self._loop.create_future()
        self._child = self._spawn()
        for target in (self._read_errors, self._read_ready):
            threading.Thread(target=target, daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child has not ended and can be reached: temporary files of long-lived servers are swept up on some systems."""
        return self._child.poll() is None and (not self.address or os.path.exists(self.address))

    async def ready(self, stall_s: float | None) -> None:
        """Return when the model is loaded.

        Args:
            stall_s: seconds after which a silent load is given up, or None.

        Raises:
            ApiError: 500, the model cannot be loaded; the engine's own reason is in the text.
        """
        settled: set[asyncio.Future[Any]] = {self._ready, self.ended}
        done, _ = await asyncio.wait(settled, timeout=stall_s, return_when=asyncio.FIRST_COMPLETED)
        if self._ready in done:
            return
        self.end()
        if not done:
            raise ApiError(500, f"timed out waiting for llama-server to start - {self.reason()}")
        status = self.ended.result()
        raise ApiError(500, ": ".join(filter(None, ["llama-server process has terminated", _exit_text(status), self.reason()])))

    async def heard(self) -> None:
        """Return when everything that the child has written to standard error by now is read."""
        mark = f"{_MARK}{next(self._marks)}"
        read = self._heard[mark] = self._loop.create_future()
        try:
            assert self._child.stdin
            self._child.stdin.write(mark.encode() + b"\n")
            self._child.stdin.flush()
            waiting: set[asyncio.Future[Any]] = {read, self.ended}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, ValueError):
            await asyncio.wait({self.ended})
        finally:
            del self._heard[mark]

    def reason(self) -> str:
        """Return the line on the child's standard error that explains why it ended, or "".

        A failed assertion is the reason whenever there is one; of a failed load, the first error is, as the others follow from it.
        """
        lines = list(self._lines)
        if broken := next((line for line in lines if "GGML_ASSERT" in line), ""):
            return broken[broken.index("GGML_ASSERT") :].strip()
        errors = [found.group(1) for line in lines if (found := _ERROR_LINE.match(line))]
        if self._ready.done():
            errors = [line for line in errors if any(word in line for word in _FATAL)]
        elif not errors:
            errors = [line for line in lines if line.startswith("error:")]
        reason = errors[0] if errors else ""
        return reason[reason.index(_LOADING) :] if _LOADING in reason else reason

    def end(self) -> None:
        """End the child at once; a model holds nothing that could be lost."""
        with contextlib.suppress(OSError):
            self._child.kill()
        with contextlib.suppress(OSError):
            if self._child.stdin:
                self._child.stdin.close()
        self._clear()

    def _clear(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _spawn(self) -> subprocess.Popen[bytes]:
        options: dict[str, Any] = {}
        if sys.platform == "win32":
            options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        else:
            options["start_new_session"] = True
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],  # -P: a json.py in the folder where the server was started is not meant
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": python_path()},
            **options,
        )
        assert child.stdin
        config = json.dumps(self.spec.for_child(self.address, self.key)).encode() + b"\n"
        with contextlib.suppress(OSError):
            child.stdin.write(config)
            child.stdin.flush()
        return child

    def _read_errors(self) -> None:
        assert self._child.stderr
        for raw in self._child.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            if line.startswith(_MARK):
                if line in self._heard:
                    self._tell(self._heard[line], None)
                continue
            self._lines.append(line)
            LOG.debug("process %d: %s", self._child.pid, line)
            if _IGNORED_SCHEMA in line:
                self.last_complaint = line.split(_IGNORED_SCHEMA, 1)[1].strip()
                self.complaints += 1
        self._child.stderr.close()
        status = self._child.wait()
        self._clear()  # a child that is killed as it loads may still have made its socket
        self._tell(self.ended, status)

    def _read_ready(self) -> None:
        assert self._child.stdout
        line = self._child.stdout.readline()
        if line:
            address = json.loads(line)["address"]
            if not self.address:
                self.port = int(address.rsplit(":", 1)[1])
            self._tell(self._ready, None)
        self._child.stdout.close()

    def _tell(self, future: asyncio.Future[Any], value: Any) -> None:
        def settle() -> None:
            if not future.done():
                future.set_result(value)

        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(settle)


def _socket_folder() -> str | None:
    """Return a new folder that only this user can enter, with a path short enough for a unix socket in it, or None."""
    for parent in (None, "/tmp"):
        with contextlib.suppress(OSError):
            folder = tempfile.mkdtemp(prefix="om-", dir=parent)
            if len(os.fsencode(os.path.join(folder, _SOCKET))) <= _LONGEST_SOCKET_PATH:
                return folder
            os.rmdir(folder)
    return None


def python_path() -> str:
    """Return a module path with which a child finds this very package, installed or not."""
    root = str(Path(__file__).parents[3])
    rest = os.environ.get("PYTHONPATH", "")
    return root if not rest else root + os.pathsep + rest


def _exit_text(status: int) -> str:
    """Return how a process ended in the words of Go."""
    if status >= 0:
        return f"exit status {status}"
    try:
        name = signal.strsignal(-status)
    except ValueError:
        name = None
    return f"signal: {(name or str(-status)).lower()}"
