"""What a create is doing, read from the status lines of its stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Stage = Literal["check", "pull", "push", "hash", "upload", "convert", "quantise", "build", "done"]

# First words of a status -> its stage. Source: Ollama server/create.go, server/images.go, server/download.go (v0.33.0-rc2).
_STAGES: tuple[tuple[str, Stage], ...] = (
    ("pulling", "pull"),
    ("verifying sha256 digest", "pull"),
    ("removing unused layers", "pull"),
    ("pushing", "push"),
    ("retrieving manifest", "push"),
    ("couldn't retrieve manifest", "push"),
    ("parsing GGUF", "convert"),
    ("converting", "convert"),
    ("validating", "convert"),
    ("verifying conversion", "convert"),
    ("updating GGUF", "convert"),
    ("quantizing", "quantise"),
    ("using existing layer", "build"),
    ("creating new layer", "build"),
    ("using autodetected template", "build"),
)

_WORDS: Mapping[Stage, str] = {
    "check": "checking",
    "pull": "pulling",
    "push": "pushing",
    "hash": "hashing",
    "upload": "uploading",
    "convert": "converting",
    "quantise": "quantising",
    "build": "building",
    "done": "done",
}


@dataclass(frozen=True)
class Progress:
    """One step of a create.

    Attributes:
        stage: what kind of work it is.
        item: what is worked on: a file's name, the base, the first characters of a layer's digest.
        status: the server's own words, or ours for work on this machine.
        completed: bytes done, or None where bytes say nothing.
        total: bytes in all; a server may end without reaching it.
        elapsed_s: seconds since the create began.
    """

    stage: Stage
    item: str
    status: str
    completed: int | None = None
    total: int | None = None
    elapsed_s: float = 0.0

    @property
    def words(self) -> str:
        """What goes on, as a phrase: ``pulling llama3.2``."""
        return f"{_WORDS[self.stage]} {self.item}".rstrip()


class Tracker:
    """Turns status lines into `Progress`, counts layers, and reports.

    Args:
        report: called with each step.
        clock: seconds.
    """

    def __init__(self, report: Callable[[Progress], None] | None, clock: Callable[[], float]) -> None:
        self._report, self._clock = report, clock
        self._began = clock()
        self.last = Progress("check", "", "checking")
        self.new_layers = 0
        self.kept_layers = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the tracker was made."""
        return self._clock() - self._began

    def step(self, stage: Stage, item: str = "", status: str = "", completed: int | None = None, total: int | None = None) -> None:
        """Report one step."""
        self.last = Progress(stage, item, status, completed, total, self.elapsed_s)
        if self._report is not None:
            self._report(self.last)

    def line(self, line: Mapping[str, Any], base: str) -> None:
        """Report one status line of the server.

        ``writing manifest`` and ``success`` belong to the stage they end: a pull inside a create has its own.
        """
        status = str(line.get("status", ""))
        stage: Stage = next((stage for words, stage in _STAGES if status.startswith(words)), self.last.stage)
        self.new_layers += status.startswith("creating new layer")
        self.kept_layers += status.startswith("using existing layer")
        total = line.get("total")
        completed = line.get("completed", 0) if total else None
        self.step(stage, _item(stage, str(line.get("digest", "")), base), status, completed, total)


def _item(stage: Stage, digest: str, base: str) -> str:
    if stage in ("pull", "push"):
        return base
    return digest.removeprefix("sha256:")[:12] if digest.startswith("sha256:") else ""
