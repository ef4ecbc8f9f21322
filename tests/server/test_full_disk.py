"""A disk that is full at any moment of a create: the old model answers as before, nothing is left over, and the message is true."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from contract.model_files import Variants

from ollama_magics.server.create import check_request, create
from ollama_magics.server.errors import ApiError
from ollama_magics.server.store import Store
from ollama_magics.server.tutor import restore
from ollama_magics.wire.names import parse_name

PROTOTYPE = Path(__file__).parents[1] / "contract" / "fixtures" / "prototype.gguf"


class FullDisk:
    """Stands for a file system on which the operation number ``fatal`` (from 0) and all after it find no space.

    What it counts is what can need space: a new file, its content, its end (when buffers are written), a new name, a new folder.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fatal: int) -> None:
        self.fatal = fatal
        self.count = 0
        self.real = {"mkstemp": tempfile.mkstemp, "fdopen": os.fdopen, "replace": os.replace}
        monkeypatch.setattr(tempfile, "mkstemp", self.mkstemp)
        monkeypatch.setattr(os, "fdopen", lambda descriptor, mode: _File(self, self.real["fdopen"](descriptor, mode)))
        monkeypatch.setattr(os, "replace", self.replace)

    def need_space(self, name: str) -> None:
        self.count += 1
        if self.count > self.fatal:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    def mkstemp(self, **options: Any) -> tuple[int, str]:
        self.need_space(str(options["dir"]))
        return self.real["mkstemp"](**options)

    def replace(self, source: Any, target: Any) -> None:
        self.need_space(str(target))
        self.real["replace"](source, target)


class _File:
    def __init__(self, disk: FullDisk, file: Any) -> None:
        self._disk = disk
        self._file = file

    def write(self, data: bytes) -> None:
        self._disk.need_space("")
        self._file.write(data)

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            self._disk.need_space("")

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "models")
    restore(store)
    make(store, model="m", **{"from": "tutor"}, system="old")
    return store


def no_pull(name: object) -> Iterator[dict[str, Any]]:
    raise AssertionError("nothing is pulled here")


def make(store: Store, **fields: Any) -> list[str]:
    return [line["status"] for line in create(store, check_request(fields), no_pull)]


def state(store: Store) -> dict[str, str]:
    return {
        str(path.relative_to(store.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in store.root.rglob("*") if path.is_file()
    }


def failure(work: Callable[[], object]) -> Exception | None:
    """Return what the work raises."""
    try:
        work()
    except (ApiError, OSError) as problem:
        return problem
    return None


NEW = {"system": "new", "template": "{{ .Prompt }}!", "license": ["MIT"], "parameters": {"temperature": 1}}


def test_every_write_of_a_create_can_fail(store: Store) -> None:
    """The disk is full one step later each time, until the create comes through."""
    before = state(store)
    for fatal in itertools.count():
        with pytest.MonkeyPatch.context() as patch:
            FullDisk(patch, fatal)
            problem = failure(lambda: make(store, model="m", **{"from": "tutor"}, **NEW))
        if problem is None:
            break
        assert isinstance(problem, ApiError)
        assert (problem.status, "no space left on device" in problem.text) == (500, True), fatal
        assert state(store) == before, fatal
        assert store.find("m").system == "old"
    assert fatal > 15
    assert store.find("m").system == "new"


@pytest.mark.parametrize("work", ["copy", "upload"])
def test_a_copy_and_an_upload_leave_nothing(store: Store, work: str) -> None:
    before = state(store)
    for fatal in itertools.count():
        with pytest.MonkeyPatch.context() as patch:
            FullDisk(patch, fatal)
            tried = partial(store.copy, parse_name("m"), parse_name("n")) if work == "copy" else partial(store.blobs.put, b"x" * 1000)
            problem = failure(tried)
        if problem is None:
            break
        assert isinstance(problem, OSError)
        assert problem.errno == errno.ENOSPC
        assert state(store) == before, fatal
    assert fatal >= 3


@contextmanager
def small_files_only(most: int) -> Iterator[None]:
    """Let no file of this process and of those it starts grow beyond ``most`` bytes."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
@pytest.mark.parametrize("fields", [{}, {"quantize": "q8_0"}])
def test_the_process_that_works_on_weights_finds_no_space(store: Store, fields: dict[str, Any]) -> None:
    """A real limit of the operating system, which the worker inherits; its reason arrives, and its file goes."""
    digest, _ = store.blobs.put(Variants(PROTOTYPE.read_bytes()).models()["tiny-f16.gguf"])
    before = state(store)
    with small_files_only(1_000_000), pytest.raises(ApiError) as caught:
        make(store, model="m", files={"tiny.gguf": digest}, **fields)
    assert (caught.value.status, "file too large" in caught.value.text) == (500, True)
    assert state(store) == before
