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

_MODULE = "ollama_magics.server.weightchild"


def written_blob(store: Store, hold: Hold, failure: str, **order: Any) -> Generator[int, None, tuple[str, bool]]:
    """Let a worker write a new blob, yielding how many bytes are done; return its digest and whether it is new.

    Args:
        hold: keeps the blob from being swept up.
        failure: what an end without a reason is called.
        order: what the worker is told besides the file to write.

    Raises:
        StoreError: the worker's reason.

    Notes:
        Closing the generator ends the worker and removes what it wrote.
    """
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


def _worked(order: dict[str, Any], failure: str) -> Generator[int, None, str]:
    child = _start()
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
            else:
                raise StoreError(said["error"])
        raise StoreError(f"{failure}: exit status {child.wait()}")
    finally:
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
