"""The files of a create: hashed, and sent where the server lacks them, several at once."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.digests import Digests
from ollama_magics.errors import Cancelled, FileProblem
from ollama_magics.services.progress import Stage, Tracker

if TYPE_CHECKING:
    from ollama_magics.client.client import Client

AT_ONCE = 4
"""Files that are read or sent at the same time; more wait for the same disk and the same network."""

KNOWN = "hashed before, not read"
PRESENT = "on the server already, not sent"

T = TypeVar("T")


class Step(NamedTuple):
    """How far one file is.

    Attributes:
        completed: bytes done.
    """

    path: Path
    status: str
    completed: int


Report = Callable[[Step], None]
Job = Callable[[Report, CancelToken], T]


class Sending:
    """The files of one create on their way.

    Args:
        tracker: told of every step, on the thread that called.
        cancel: ends everything.
        digests: what is known of files that were hashed before.
    """

    def __init__(self, tracker: Tracker, cancel: CancelToken, digests: Digests) -> None:
        self._tracker, self._cancel, self._digests = tracker, cancel, digests

    def hash(self, paths: Iterable[Path]) -> dict[Path, str]:
        """Return the digest of each file; one that was hashed before and has not changed is not read.

        Raises:
            FileProblem: a file cannot be read, or changed meanwhile.
            Cancelled: somebody cancelled.
        """
        wanted = list(dict.fromkeys(paths))
        jobs = [self._hashing(path) for path in wanted]
        return dict(zip(wanted, self._together("hash", wanted, jobs), strict=True))

    def send(self, client: Client, files: Mapping[str, Path], *, timeout: float | None = None) -> None:
        """Send the files, by their digests, that the server does not have.

        Raises:
            FileProblem: a file cannot be read, or is not the one that was hashed any more.
            OllamaMagicsError: the server refused one, or could not be reached.
        """
        jobs = [self._sending(client, digest, path, timeout) for digest, path in files.items()]
        self._together("upload", list(files.values()), jobs)

    def _hashing(self, path: Path) -> Job[str]:
        def job(report: Report, cancel: CancelToken) -> str:
            from ollama_magics.client.transfer import known_digest

            digest, read = known_digest(path, self._digests, _summed(report, path, "hashing"), cancel)
            if not read:
                report(Step(path, KNOWN, _size(path)))
            return digest

        return job

    def _sending(self, client: Client, digest: str, path: Path, timeout: float | None) -> Job[None]:
        def job(report: Report, cancel: CancelToken) -> None:
            from ollama_magics.client.transfer import upload

            try:
                sent = upload(client, path, digest, _summed(report, path, "uploading"), cancel, timeout=timeout)
            except FileProblem:
                self._digests.forget(path)
                raise
            if sent == "present":
                report(Step(path, PRESENT, _size(path)))

        return job

    def _together(self, stage: Stage, paths: list[Path], jobs: list[Job[T]]) -> list[T]:
        """Return what the jobs return, having told the tracker of their steps."""
        sizes = {path: _size(path) for path in paths}
        self._tracker.begin(stage, len(sizes), sum(sizes.values()))
        names = _names(paths)

        def show(step: Step) -> None:
            # Bytes that were not read or sent say nothing about how fast that goes.
            moved = step.status not in (KNOWN, PRESENT)
            self._tracker.step(stage, names[step.path], step.status, step.completed, sizes[step.path], moved=moved)

        return together(jobs, show, self._cancel)


def together(jobs: list[Job[T]], show: Report, cancel: CancelToken, at_once: int = AT_ONCE) -> list[T]:
    """Return what the jobs return, in their order; each runs in a thread, ``show`` on this one. The first that fails ends all.

    Raises:
        Cancelled: ``cancel`` was set.
        Exception: what the first failing job raised.
    """
    if len(jobs) <= 1:
        return [job(show, cancel) for job in jobs]
    inner, todo = CancelToken(), deque(enumerate(jobs))
    results: dict[int, T] = {}
    errors: list[BaseException] = []
    items: queue.SimpleQueue[Step | None] = queue.SimpleQueue()

    def next_job() -> tuple[int, Job[T]] | None:
        with contextlib.suppress(IndexError):  # another thread took the last one
            return todo.popleft()
        return None

    def work() -> None:
        try:
            while not inner.cancelled and (taken := next_job()):
                index, job = taken
                results[index] = job(items.put, inner)
        except BaseException as exc:  # raised again on the thread that waits
            errors.append(exc)
            inner.cancel()
        items.put(None)

    forget = cancel.on_cancel(inner.cancel)
    threads = min(at_once, len(jobs))
    try:
        for _ in range(threads):
            threading.Thread(target=work, name="ollama-magics files", daemon=True).start()
        while threads:
            item = items.get()
            if item is None:
                threads -= 1
            else:
                show(item)
    except BaseException:
        inner.cancel()
        raise
    finally:
        forget()
    cancel.raise_if_cancelled()
    # A job that was ended because of another one says only that.
    failed = [error for error in errors if not isinstance(error, Cancelled)] or errors
    if failed:
        raise failed[0]
    return [results[index] for index in range(len(jobs))]


def _summed(report: Report, path: Path, status: str) -> Callable[[int], None]:
    """Return what takes the sizes of pieces and reports their sum."""
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        report(Step(path, status, done))

    return count


def _names(paths: list[Path]) -> dict[Path, str]:
    """Return what each file is called: its name, with as much of its folder as tells it from the others."""
    known: dict[str, Path] = {}
    for path in paths:
        known.setdefault(path.name, path)
    return {path: path.name if known[path.name] == path else f"{path.parent.name}/{path.name}" for path in paths}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # whoever reads it says so
        return 0


def _of_this_person() -> Path:
    from ollama_magics.server.discovery import state_dir

    return state_dir(os.environ) / "digests.sqlite3"


DIGESTS = Digests(_of_this_person)
"""The digests of the files of this person on this machine."""
