"""The program that works on weights: numpy and the engine's library live here, and go with it.

Started as ``python -m ollama_magics.server.weightchild``. Standard input carries one line of JSON: ``work`` names what to do,
the rest are its arguments. Standard output carries ``{"completed": BYTES}`` now and then, and at the end ``{"digest": …}`` or
``{"error": …}``. It ends when nobody reads any more.
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

from ollama_magics.server.errors import StoreError, disk_words

TICK_S = 0.1
"""The least time between two progress lines."""


def main() -> int:
    """Do the work that standard input names; return the exit status."""
    order = json.loads(sys.stdin.buffer.readline())
    try:
        answer = {"digest": _WORK[order.pop("work")](**order)}
    except StoreError as problem:
        answer = {"error": str(problem)}
    except OSError as problem:
        answer = {"error": disk_words(problem)}
    _say(answer)
    return 0


def _quantise(source: str, target: str, file_type: str) -> str:
    from ollama_magics.server.quantise.rewrite import quantise

    return quantise(Path(source), Path(target), file_type, ticker())


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


_WORK: dict[str, Callable[..., str]] = {"quantise": _quantise}

if __name__ == "__main__":
    os._exit(main())
