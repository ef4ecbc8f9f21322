"""Digests that are remembered: a known file is not read, and a file that may have changed is never believed."""

import os
import time

import pytest

from ollama_magics.client.digests import _MOST, Digests, Stamp, stamp_of
from ollama_magics.client.transfer import hash_file, known_digest
from ollama_magics.errors import FileProblem

OLD_NS = 1_700_000_000 * 10**9
LATER_NS = time.time_ns() + 3600 * 10**9


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"weights" * 1000)
    os.utime(path, ns=(OLD_NS, OLD_NS))
    return path


@pytest.fixture
def digests(tmp_path):
    """Digests on disk, by a clock that is an hour ahead: what was just written counts as old."""
    digests = Digests(lambda: tmp_path / "state" / "digests.sqlite3", now_ns=lambda: LATER_NS)
    yield digests
    digests.close()


def test_a_known_file_is_not_read(path, digests):
    counts = []
    first = known_digest(path, digests, counts.append)
    assert first == (hash_file(path), True)
    assert sum(counts) == path.stat().st_size
    assert known_digest(path, digests, counts.append) == (first[0], False)
    assert sum(counts) == path.stat().st_size


def test_it_is_known_in_the_next_kernel_too(path, digests, tmp_path):
    digest, _ = known_digest(path, digests)
    another = Digests(lambda: tmp_path / "state" / "digests.sqlite3", now_ns=lambda: LATER_NS)
    assert another.find(stamp_of(path)) == digest
    link = tmp_path / "link.gguf"
    link.symlink_to(path)
    assert another.find(stamp_of(link)) == digest
    another.close()


@pytest.mark.parametrize("change", ["content", "content, with its old time", "another file in its place", "size"])
def test_a_file_that_changed_is_read_again(path, digests, change):
    known_digest(path, digests)
    content = b"WEIGHTS" * 1000 + (b"!" if change == "size" else b"")
    if change == "another file in its place":
        other = path.with_name("other")
        other.write_bytes(content)
        os.utime(other, ns=(OLD_NS, OLD_NS))
        other.replace(path)
    else:
        path.write_bytes(content)
        if change != "content":
            os.utime(path, ns=(OLD_NS, OLD_NS))
    assert known_digest(path, digests) == (hash_file(path), True)


@pytest.mark.parametrize("ahead_ns", [0, 10**9, -3600 * 10**9], ids=["just written", "a second ago", "in the future"])
def test_a_file_younger_than_the_clock_can_tell_is_never_believed(path, ahead_ns):
    digests = Digests(now_ns=lambda: stamp_of(path).status + ahead_ns)
    assert known_digest(path, digests)[1]
    assert known_digest(path, digests)[1]
    digests.remember(stamp_of(path), "sha256:wrong", LATER_NS)
    assert digests.find(stamp_of(path)) is None


def test_a_file_that_changes_while_it_is_hashed_is_told(path, digests):
    def spoil(count):
        path.write_bytes(b"x" * 7000)

    with pytest.raises(FileProblem, match="changed while it was read"):
        known_digest(path, digests, spoil)
    assert digests.find(stamp_of(path)) is None
    with pytest.raises(FileProblem, match="cannot be read"):
        known_digest(path.with_name("none"), digests)


def test_what_is_forgotten_is_read_again(path, digests):
    known_digest(path, digests)
    digests.forget(path)
    assert known_digest(path, digests)[1]


def test_only_the_last_files_are_remembered(digests):
    clock = iter(range(LATER_NS, LATER_NS + 10 * _MOST))
    digests._now_ns = lambda: next(clock)
    digests._db = None
    stamps = [Stamp(str(number).encode(), 1, 0, 0, "0:0") for number in range(_MOST + 2)]
    with digests._lock:
        digests._opened().execute("BEGIN")
    for stamp in stamps:
        digests.remember(stamp, "sha256:x", LATER_NS)
    assert [digests.find(stamp) is None for stamp in (stamps[0], stamps[1], stamps[2], stamps[-1])] == [True, True, False, False]


@pytest.mark.parametrize("content", [b"this is no database" * 100, None], ids=["damaged", "a folder"])
def test_a_file_of_digests_that_cannot_be_used_costs_only_time(path, tmp_path, content):
    where = tmp_path / "digests.sqlite3"
    where.mkdir() if content is None else where.write_bytes(content)
    digests = Digests(lambda: where, now_ns=lambda: LATER_NS)
    assert known_digest(path, digests) == (hash_file(path), True)
    assert known_digest(path, digests) == (hash_file(path), True)
    digests.close()
