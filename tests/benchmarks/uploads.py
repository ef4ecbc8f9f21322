"""How long a create takes from a large file, ours beside the official command line, on the same server and the same file.

    python tests/benchmarks/uploads.py 127.0.0.1:11434 --ollama PATH/TO/ollama --gigabytes 1

Each round uploads a file that the server has never seen, once by us and once by the command line, and then creates again from the
file that is known. Printed are the medians in seconds and their ratio, and how long ours takes until the server has all it needs: what
follows is the server's own work, the same for both. The models it makes are removed; the blobs go with them, or an
hour later. It takes the disk three times the size of the file, and is no part of the tests: what they hold is that a known file is not
even opened (``tests/services/test_sending.py``).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from statistics import median

from ollama_magics.client.client import Client
from ollama_magics.client.digests import Digests
from ollama_magics.services import creation
from ollama_magics.services.progress import Progress
from ollama_magics.services.versions import Versions

NAME = "ollama-magics-upload"
_PIECE = 1 << 20


def main() -> int:
    """Measure, print, and clean up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host", help="the server")
    parser.add_argument("--ollama", help="the official command line; without it only ours is measured")
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _measuring(arguments.host) as client:
        ready: list[float] = []
        ways = {"ours": _ours(client, Path(folder), ready)}
        if arguments.ollama:
            ways["command line"] = _theirs(arguments.host, arguments.ollama)
        first: dict[str, list[float]] = {way: [] for way in ways}
        again: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(arguments.rounds):
            for way, create in ways.items():
                path = _file(Path(folder), int(arguments.gigabytes * 1e9), f"{way} {number} {time.time_ns()}")
                threading.Event().wait(3)  # so that the file is older than its clock can tell: a younger one is always read
                first[way].append(_timed(create, path))
                again[way] += [_timed(create, path) for _ in range(3)]
                client.delete(NAME)
                path.unlink()
    _report("first upload", first)
    _report("known file", again)
    print(f"known file, until the server has all it needs: {median(seconds for index, seconds in enumerate(ready) if index % 4):.4f} s")
    return 0


@contextmanager
def _measuring(host: str) -> Iterator[Client]:
    """Give a client, and take away what the measurement left on the server."""
    with Client(host) as client:
        yield client


def _ours(client: Client, folder: Path, ready: list[float]) -> Callable[[Path], None]:
    """Return our create; ``ready`` gets the seconds until the server had the file."""
    creation.DIGESTS = Digests(lambda: folder / "digests.sqlite3")

    def create(path: Path) -> None:
        steps: list[Progress] = []
        source = f"FROM {path}\nSYSTEM {time.time_ns()}"
        creation.create(NAME, source, client=client, versions=Versions(), on_progress=steps.append)
        ready.append(max(step.elapsed_s for step in steps if step.stage == "upload"))

    return create


def _theirs(host: str, ollama: str) -> Callable[[Path], None]:
    def create(path: Path) -> None:
        modelfile = path.with_suffix(".Modelfile")
        modelfile.write_text(f"FROM {path}\nSYSTEM {time.time_ns()}\n")
        command = [ollama, "create", NAME, "-f", str(modelfile)]
        subprocess.run(command, env={**os.environ, "OLLAMA_HOST": host}, check=True, capture_output=True)

    return create


def _file(folder: Path, size: int, salt: str) -> Path:
    """Return a GGUF file of ``size`` bytes that no server has: a small model, and after its tensors what nobody reads."""
    weights = next(file for file in files("ollama_magics.server.tutor").iterdir() if file.name.endswith(".gguf")).read_bytes()
    path = folder / "weights.gguf"
    with path.open("wb") as file:
        file.write(weights)
        file.write(salt.encode())
        while file.tell() < size:
            file.write(os.urandom(_PIECE))
    return path


def _timed(create: Callable[[Path], None], path: Path) -> float:
    began = time.perf_counter()
    create(path)
    return time.perf_counter() - began


def _report(what: str, seconds: dict[str, list[float]]) -> None:
    medians = {way: median(found) for way, found in seconds.items()}
    told = ", ".join(f"{way} {value:.3f} s" for way, value in medians.items())
    ratio = f", ratio {medians['ours'] / medians['command line']:.4f}" if "command line" in medians else ""
    print(f"{what}: {told}{ratio}")


if __name__ == "__main__":
    sys.exit(main())
