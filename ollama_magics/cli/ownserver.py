"""A built-in server for the time of one command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ollama_magics.errors import EngineProblem

_LEAVE_S = 10


@contextmanager
def own_server(models: Path, *, idle_s: float, environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Run the built-in server on a free port with the model folder ``models``, give its address, and stop it at the end.

    Args:
        idle_s: seconds without a request after which it ends by itself: a command that is killed leaves no orphan.

    Raises:
        EngineProblem: it did not come up; its own words are in the message.
    """
    command = [sys.executable, "-m", "ollama_magics", "serve", "--host", "127.0.0.1:0"]
    command += ["--models", str(models), "--idle-exit", str(idle_s)]
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, environ.get("PYTHONPATH", "")]))
    settings = {**{name: value for name, value in environ.items() if not name.startswith("OLLAMA_")}, "PYTHONPATH": path}
    process = subprocess.Popen(
        command, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_LEAVE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    first = process.stdout.readline()
    if not first.startswith("listening at "):
        _, said = process.communicate()
        raise EngineProblem(f"the built-in server did not start: {said.strip() or first.strip() or 'it said nothing'}")
    return first.removeprefix("listening at ").partition(",")[0].strip()
