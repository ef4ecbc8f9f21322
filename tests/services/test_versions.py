"""Versions are numbered once, outlive the process, and are kept in memory where the file cannot be used."""

import sqlite3
import subprocess
import sys
import warnings

import pytest

from ollama_magics.services.versions import Versions

SERVER = "http://127.0.0.1:11434"

WRITER = """
import sys
from pathlib import Path
from ollama_magics.services.versions import Versions
who, path = sys.argv[1:]
versions = Versions(lambda: Path(path))
sys.stdin.readline()
for number in range(40):
    versions.record("server", "mario", f"FROM tutor {who} {number}", f"{who}{number}")
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "versions.sqlite3"


@pytest.fixture
def kept(file):
    """Return the versions in a file; closed afterwards, as Windows deletes no open file."""
    versions = Versions(lambda: file, patience_s=0.05)
    yield versions
    versions.close()


def numbers(versions, name="mario"):
    return [version.number for version in versions.all(SERVER, name)]


def test_a_new_kernel_goes_on_counting(file, kept):
    """All that was recorded is there for the next process, under any spelling of the name."""
    kept.record(SERVER, "mario", "FROM tutor", "d1", directory="/home/me", quantize="q4_K_M", at=1.5)
    kept.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        later = Versions(lambda: file)
        [version] = later.all(SERVER, "Mario:latest")
        assert later.record(SERVER, "mario", "FROM tutor\nSYSTEM x", "d2").number == 2
    later.close()
    facts = (version.text, version.digest, version.directory, version.quantize, version.at, version.elsewhere)
    assert facts == ("FROM tutor", "d1", "/home/me", "q4_K_M", 1.5, False)


def test_the_same_manifest_is_the_same_version():
    """A comment makes no version; the text is the one that was sent last."""
    versions = Versions()
    versions.record(SERVER, "mario", "FROM tutor", "d1")
    assert versions.record(SERVER, "mario", "# new\nFROM tutor", "d1").number == 1
    assert [version.text for version in versions.all(SERVER, "mario")] == ["# new\nFROM tutor"]


def test_servers_and_models_are_apart():
    """A model of that name on another server has a history of its own."""
    versions = Versions()
    versions.record(SERVER, "mario", "FROM tutor", "d1")
    assert versions.all("http://elsewhere:11434", "mario") == []
    assert versions.all(SERVER, "mario:big") == []


def test_no_number_is_given_twice():
    """Neither a removed version nor a deleted model frees a number."""
    versions = Versions()
    for digest in ("d1", "d2", "d3"):
        versions.record(SERVER, "mario", digest, digest)
    versions.forget(SERVER, "mario")
    assert versions.newest(SERVER, "mario") is None
    versions.remove(SERVER, "mario", 3)
    assert versions.record(SERVER, "mario", "d4", "d4").number == 4
    assert (numbers(versions), versions.newest(SERVER, "mario").number) == ([1, 2, 4], 4)


def test_what_somebody_brought_back_has_its_text():
    """A manifest that one of our versions had is that text again, made elsewhere."""
    versions = Versions()
    versions.record(SERVER, "mario", "FROM tutor", "d1")
    versions.record(SERVER, "mario", "FROM tutor\nSYSTEM x", "d2")
    back = versions.record(SERVER, "mario", None, "d1", shown="FROM /blobs/1")
    assert (back.number, back.text, back.elsewhere) == (3, "FROM tutor", True)


def test_only_what_this_process_saw_stands(file, kept):
    """A version of an earlier kernel is known, but nobody has looked whether the server still has it."""
    kept.record(SERVER, "mario", "FROM tutor", "d1")
    assert kept.standing(SERVER, "mario").number == 1
    later = Versions(lambda: file)
    assert (later.newest(SERVER, "mario").number, later.standing(SERVER, "mario")) == (1, None)
    later.confirm(SERVER, "mario")
    assert later.standing(SERVER, "mario").number == 1
    later.close()


def test_a_label_names_one_version():
    """Given to another one it moves."""
    versions = Versions()
    for digest in ("d1", "d2"):
        versions.record(SERVER, "mario", digest, digest)
        versions.set_label(SERVER, "mario", int(digest[1]), "best")
    assert [version.label for version in versions.all(SERVER, "mario")] == ["", "best"]


@pytest.mark.parametrize("text", ["FROM tutor\nSYSTEM \ud800", "FROM tutor\nSYSTEM \0 😀", "SYSTEM " + "x" * 1_000_000])
def test_any_text_comes_back_as_it_was(kept, text):
    """Half a surrogate pair, a zero byte, a million characters."""
    kept.record(SERVER, "mario", text, "d1")
    kept.close()
    assert kept.newest(SERVER, "mario").text == text


def test_two_kernels_write_at_once(file):
    """Two processes that record forty versions each get eighty numbers, and neither is warned."""
    command = [sys.executable, "-W", "error", "-c", WRITER]
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, who, str(file)], **pipes) for who in "ab"]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [(writer.communicate(timeout=30)[1], writer.returncode) for writer in writers] == [("", 0)] * 2
    versions = Versions(lambda: file)
    found = versions.all("server", "mario")
    versions.close()
    assert [version.number for version in found] == list(range(1, 81))
    assert {version.digest for version in found} == {f"{who}{number}" for who in "ab" for number in range(40)}


def broken_by(file, how):
    file.parent.mkdir()
    if how == "damaged":
        file.write_bytes(b"not a database" * 1000)
    elif how == "a folder":
        file.mkdir()
    elif how == "newer":
        database = sqlite3.connect(file)
        database.execute("PRAGMA user_version = 99")
        database.close()


@pytest.mark.parametrize("how", ["damaged", "a folder", "newer"])
def test_a_file_that_cannot_be_used_is_said_once(file, kept, how):
    """Versions go on in memory, the file stays as it is, and one warning names it and the way out."""
    broken_by(file, how)
    before = file.read_bytes() if file.is_file() else None
    with pytest.warns(RuntimeWarning, match=r"cannot be kept in .*versions\.sqlite3") as caught:
        assert [kept.record(SERVER, "mario", digest, digest).number for digest in ("d1", "d2")] == [1, 2]
    assert (len(caught), numbers(kept)) == (1, [1, 2])
    assert (file.read_bytes() if file.is_file() else None) == before


def test_a_file_that_another_program_holds(file, kept):
    """After its patience a kernel goes on in memory, with all that the file could tell."""
    kept.record(SERVER, "mario", "FROM tutor", "d1")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.warns(RuntimeWarning, match="locked"):
        assert kept.record(SERVER, "mario", "FROM tutor\nSYSTEM x", "d2").number == 2
    assert numbers(kept) == [1, 2]
    holder.close()


def test_a_folder_that_cannot_be_made(tmp_path):
    """A file where the state folder should be."""
    (tmp_path / "state").write_text("in the way", "utf-8")
    versions = Versions(lambda: tmp_path / "state" / "versions.sqlite3")
    with pytest.warns(RuntimeWarning):
        assert versions.record(SERVER, "mario", "FROM tutor", "d1").number == 1
