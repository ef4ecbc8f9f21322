"""The recordings by area, the differences that are known, and the run of one area."""

from __future__ import annotations

import fnmatch
import gzip
import http.client
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .matching import Difference, differences, short
from .requests_sent import Fixtures
from .session import Session

HERE = Path(__file__).parent
RECORDINGS = HERE / "recordings"
KNOWN = HERE / "known_differences.json"

ORDER = (
    *("basics", "blobs", "create", "create-errors", "create-files", "quantise", "show", "models", "lifetime", "generate", "chat"),
    *("render", "native", "embed", "pull-push", "registry", "openai", "concurrency", "templates", "unreachable"),
)
"""``blobs`` comes before ``create``: the recordings were made in one run in this order, on a folder that was empty at its start."""


def load_area(name: str) -> dict[str, Any]:
    """Return the recording of an area, ``SETTING/AREA`` for one of a server with other settings."""
    return json.loads(gzip.decompress((RECORDINGS / f"{name}.json.gz").read_bytes()))


def save_area(area: dict[str, Any]) -> None:
    """Write the recording of an area; the same content gives the same bytes."""
    text = json.dumps(area, ensure_ascii=False, separators=(",", ":")).encode()
    (RECORDINGS / f"{area['area']}.json.gz").write_bytes(gzip.compress(text, mtime=0))


@dataclass
class KnownDifferences:
    """Differences with a reason.

    Each entry has ``areas`` (names) and ``reason``; ``steps`` (shell patterns), ``kind`` and ``text`` (a shell pattern) narrow
    it down. An entry must match something in each of its areas.
    """

    entries: list[dict[str, Any]]
    used: set[tuple[int, str]] = field(default_factory=set)

    def covers(self, area: str, step: str, kind: str, text: str) -> bool:
        """Return whether a difference is known, and remember which entry knew it."""
        for index, entry in enumerate(self.entries):
            if (
                area in entry["areas"]
                and any(fnmatch.fnmatchcase(step, pattern) for pattern in entry.get("steps", ["*"]))
                and kind == entry.get("kind", kind)
                and fnmatch.fnmatchcase(text, entry.get("text", "*"))
            ):
                self.used.add((index, area))
                return True
        return False

    def unused(self, area: str) -> list[str]:
        """Return the entries for ``area`` that matched nothing in it."""
        return [json.dumps(e) for index, e in enumerate(self.entries) if area in e["areas"] and (index, area) not in self.used]


def known_differences() -> KnownDifferences:
    """Return the list of the embedded server."""
    return KnownDifferences(json.loads(KNOWN.read_text("utf-8")))


def run_area(area: dict[str, Any], host: str, fixtures: Fixtures, known: KnownDifferences, timeout: float = 60) -> list[str]:
    """Run one area on a server that is emptied first; return a report for each step with an unknown difference."""
    session = Session(host, fixtures, timeout)
    session.client.wipe()
    reports = []
    for step in area["steps"]:
        try:
            found = differences(step, session.run(step))
        except (OSError, ValueError, http.client.HTTPException) as problem:
            found = [("status", f"{type(problem).__name__}: {problem}")]
        unknown = [(kind, text) for kind, text in found if not known.covers(area["area"], step["name"], kind, text)]
        if unknown:
            reports.append(_report(area["area"], step, unknown))
    return reports


def _report(area: str, step: dict[str, Any], found: list[Difference], limit: int = 6) -> str:
    lines = [f"[{area}] {step['name']}" + (f"  ({step['why']})" if step.get("why") else "")]
    request = step.get("request") or (step.get("requests") or [None])[0]
    if request:
        body = request.get("json", request.get("raw", request.get("file", "")))
        lines.append(f"    {request.get('method')} {request['path']} {short(body, 300)}")
    lines += [f"    {kind}: {text}" for kind, text in found[:limit]]
    return "\n".join([*lines, *([f"    … {len(found) - limit} more"] if len(found) > limit else [])])
