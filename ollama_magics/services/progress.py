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

_SPAN_S = 0.5
_SETTLED_S = 1.0
"""How long something runs before its rate and the time left are told."""


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
        files: how many are worked on in this stage.
        all_completed: bytes done of all of them; None where they are not known.
        all_total: bytes of all of them.
        rate: bytes a second of the stage as a whole; None until it can be told.
    """

    stage: Stage
    item: str
    status: str
    completed: int | None = None
    total: int | None = None
    elapsed_s: float = 0.0
    files: int = 1
    all_completed: int | None = None
    all_total: int | None = None
    rate: float | None = None

    @property
    def subject(self) -> str:
        """What the stage works on: the item, or how many files."""
        return f"{self.files} files" if self.files > 1 else self.item

    @property
    def words(self) -> str:
        """What goes on, as a phrase: ``pulling llama3.2``."""
        return f"{_WORDS[self.stage]} {self.subject}".rstrip()

    @property
    def amount(self) -> tuple[int, int] | None:
        """Bytes done and bytes in all, of everything in the stage; None where bytes say nothing."""
        if self.all_total:
            return self.all_completed or 0, self.all_total
        return (self.completed or 0, self.total) if self.total else None

    @property
    def left_s(self) -> float | None:
        """Seconds until the stage is done at this rate; None where that cannot be told."""
        if not self.rate or self.amount is None:
            return None
        return max(self.amount[1] - self.amount[0], 0) / self.rate


class Pace:
    """How fast bytes come, smoothed over the last seconds; nothing before there is enough to tell."""

    def __init__(self) -> None:
        self._since: tuple[float, int] | None = None
        self._began_s = 0.0
        self._rate = 0.0

    def take(self, now_s: float, moved: int) -> float | None:
        """Return bytes a second, given how many were moved so far."""
        if self._since is None or moved < self._since[1]:
            self._since, self._began_s, self._rate = (now_s, moved), now_s, 0.0
            return None
        span = now_s - self._since[0]
        if span >= _SPAN_S:
            fresh = (moved - self._since[1]) / span
            self._rate = fresh if not self._rate else 0.7 * self._rate + 0.3 * fresh
            self._since = now_s, moved
        return self._rate if self._rate and now_s - self._began_s >= _SETTLED_S else None


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
        self._enter("check")

    @property
    def elapsed_s(self) -> float:
        """Seconds since the tracker was made."""
        return self._clock() - self._began

    def begin(self, stage: Stage, files: int, total: int) -> None:
        """Note that a stage works on so many files with so many bytes together."""
        self._enter(stage)
        self._files, self._total = max(files, 1), total

    def step(
        self,
        stage: Stage,
        item: str = "",
        status: str = "",
        completed: int | None = None,
        total: int | None = None,
        *,
        moved: bool = True,
    ) -> None:
        """Report one step.

        Args:
            moved: whether the bytes were really read or sent; those that were there before say nothing about the rate.
        """
        if stage != self._stage:
            self._enter(stage)
        if completed is not None:
            key = item if self._total else f"{item} {status}"
            # What a pull says first of a layer may have been there before.
            before = self._done.get(key, 0 if self._total else completed)
            self._moved += completed - before if moved else 0
            self._done[key] = completed
        rate = self._pace.take(self.elapsed_s, self._moved) if total else None
        done, whole = (sum(self._done.values()), self._total) if self._total else (None, None)
        self.last = Progress(stage, item, status, completed, total, self.elapsed_s, self._files, done, whole, rate)
        if self._report is not None:
            self._report(self.last)

    def _enter(self, stage: Stage) -> None:
        self._stage: Stage = stage
        self._files, self._total, self._moved = 1, 0, 0
        self._done: dict[str, int] = {}
        self._pace = Pace()

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
