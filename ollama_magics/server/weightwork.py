"""Work on weights in a process of its own, so that the server stays small and answers meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ollama_magics.server.engine.process import python_path
from ollama_magics.server.errors import StoreError
from ollama_magics.server.store import Store
from ollama_magics.server.store.store import Hold
from ollama_magics.server.weightturns import Turns

_MODULE = "ollama_magics.server.weightchild"
_WAITING_S = 1.0

TURNS = Turns()
"""The line of all work of this process."""

_CHILDREN: set[subprocess.Popen[bytes]] = set()


def written_blob(store: Store, hold: Hold, failure: str, *, turns: Turns = TURNS, **order: Any) -> Generator[int, None, tuple[str, bool]]:
    """Let a worker write a new blob, yielding how many bytes are done, 0 as long as others' work comes first.

    Returns:
        Its digest and whether it is new.

    Args:
        hold: keeps the blob from being swept up.
        failure: what an end without a reason is called.
        order: what the worker is told besides the file to write.

    Raises:
        StoreError: the worker's reason.
        OSError: the file system's.
        ApiError: 503, too much work waits already.

    Notes:
        Closing the generator ends the worker and removes what it wrote.
    """
    with turns.place() as place:
        while not place.reached(_WAITING_S):
            yield 0
        store.blobs.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="sha256-", dir=store.blobs.folder)
        os.close(descriptor)
        target = Path(name)
        try:
            digest = yield from _worked({**order, "target": name}, failure)
            hold.add(digest)
            new = not store.blobs.has(digest)
            store.blobs.adopt(target, digest)
            return digest, new
        finally:
            target.unlink(missing_ok=True)


def end_all() -> None:
    """End the work that goes on and let none begin; the threads behind it clear up and end."""
    TURNS.close()
    for child in list(_CHILDREN):
        child.kill()


def _worked(order: dict[str, Any], failure: str) -> Generator[int, None, str]:
    child = _start()
    _CHILDREN.add(child)
    assert child.stdin
    assert child.stdout
    try:
        with suppress(OSError):
            child.stdin.write(json.dumps(order).encode() + b"\n")
            child.stdin.close()
        for line in child.stdout:
            said = json.loads(line)
            if "completed" in said:
                yield said["completed"]
            elif "digest" in said:
                return str(said["digest"])
            elif "disk" in said:
                raise OSError(*said["disk"])
            else:
                raise StoreError(said["error"])
        raise StoreError(f"{failure}: exit status {child.wait()}")
    finally:
        _CHILDREN.discard(child)
        child.kill()
        child.stdout.close()
        child.wait()


def _start() -> subprocess.Popen[bytes]:
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": python_path()},
        **options,
    )
