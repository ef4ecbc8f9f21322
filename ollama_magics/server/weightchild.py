"""The program that works on weights: numpy and the engine's library live here, and go with it.

Started as ``python -m ollama_magics.server.weightchild``. Standard input carries one line of JSON: ``work`` names what to do,
the rest are its arguments. Standard output carries ``{"completed": BYTES}`` now and then, and at the end ``{"digest": …}``,
``{"error": …}`` or ``{"disk": [NUMBER, WORDS, FILE]}``. It ends when nobody reads any more.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ollama_magics.server.errors import StoreError

TICK_S = 0.1
"""The least time between two progress lines."""


def main() -> int:
    """Do the work that standard input names; return the exit status."""
    order = json.loads(sys.stdin.buffer.readline())
    answer: dict[str, Any]
    try:
        answer = {"digest": _WORK[order.pop("work")](**order)}
    except StoreError as problem:
        answer = {"error": str(problem)}
    except OSError as problem:
        answer = {"disk": [problem.errno, problem.strerror or str(problem), problem.filename]}
    _say(answer)
    return 0


def _quantise(source: str, target: str, file_type: str) -> str:
    from ollama_magics.server.quantise.rewrite import quantise

    return quantise(Path(source), Path(target), file_type, ticker())


def _convert(files: dict[str, str], target: str) -> str:
    from ollama_magics.server.convert.folder import Folder
    from ollama_magics.server.convert.model import convert_model

    return convert_model(Folder(files), Path(target), ticker())


def _convert_adapter(files: dict[str, str], base: dict[str, Any], target: str) -> str:
    from ollama_magics.server.convert.adapter import convert_adapter
    from ollama_magics.server.convert.folder import Folder

    return convert_adapter(Folder(files), Path(target), base, ticker())


def _join(parts: list[str], target: str) -> str:
    from ollama_magics.server.joining import join

    return join([Path(part) for part in parts], Path(target), ticker())


def ticker(clock: Callable[[], float] = time.monotonic) -> Callable[[int], None]:
    """Return what passes on how far the work is, not more often than a reader can follow."""
    last = -math.inf

    def tell(completed: int) -> None:
        nonlocal last
        if clock() - last >= TICK_S:
            last = clock()
            _say({"completed": completed})

    return tell


def _say(line: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    except OSError:
        os._exit(1)  # the server has gone or does not want it any more


_WORK: dict[str, Callable[..., str]] = {"quantise": _quantise, "convert": _convert, "convert adapter": _convert_adapter, "join": _join}

if __name__ == "__main__":
    os._exit(main())
