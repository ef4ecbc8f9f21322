"""The server's log: times, levels and one line for each request; no headers, no bodies, no prompts.

Levels: DEBUG what the engine says and clients that went away, INFO requests, loads and work on weights, WARNING what has no effect or
failed here, ERROR a fault of this program.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TextIO

LOG = logging.getLogger("ollama_magics.server")
REQUESTS = LOG.getChild("requests")

CLIENT_GONE = 499
"""The status of a request whose client did not wait. Source: nginx, and Ollama server/routes.go (v0.33.0-rc2)."""

_LONGEST_PATH = 200


def set_up(level: int, *, quiet_requests: bool = False, stream: TextIO | None = None) -> None:
    """Write the log of this program to ``stream`` (standard error without one).

    Args:
        level: 0 is INFO and above, 1 and more is everything.
        quiet_requests: leave out the lines of requests that went well.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    LOG.setLevel(logging.DEBUG if level else logging.INFO)
    REQUESTS.setLevel(logging.WARNING if quiet_requests and not level else logging.NOTSET)


def request_line(method: str, path: str, status: int, seconds: float, client: str) -> None:
    """Log an answered request; the query is no part of ``path``."""
    level = logging.WARNING if status >= 500 else logging.INFO
    REQUESTS.log(level, "%d %9s %s %s %s", status, duration(seconds), client, method, _one_line(path))


def duration(seconds: float) -> str:
    """Return a time with three digits and its unit.

    Examples:
        >>> [duration(seconds) for seconds in (0.000_123, 0.0215, 3.14159, 600)]
        ['123µs', '21.5ms', '3.14s', '600s']
    """
    for unit, factor in (("µs", 1e6), ("ms", 1e3)):
        if (value := seconds * factor) < 1000:
            return f"{value:.3g}{unit}"
    return f"{seconds:.0f}s" if seconds >= 100 else f"{seconds:.3g}s"


def _one_line(path: str) -> str:
    """Return a path that cannot forge another line: what is not printable is escaped, and its end may be cut."""
    shown = path if path.isprintable() else path.encode("unicode_escape").decode()
    return shown if len(shown) <= _LONGEST_PATH else shown[:_LONGEST_PATH] + "…"


class _Lines(logging.Formatter):
    """``2026-11-21T18:04:05.678+01:00 INFO    words``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        moment = time.localtime(record.created)
        zone = time.strftime("%z", moment)
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', moment)}.{int(record.msecs):03d}{zone[:3]}:{zone[3:]}"
