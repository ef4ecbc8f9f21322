"""The create request equals the one that Ollama's own client makes, file by file and byte by byte."""

from __future__ import annotations

import base64
import doctest
import json
import os
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from modelfile_corpus import GOLDEN, records

from ollama_magics.errors import FileProblem, ModelfileProblem, OllamaMagicsError
from ollama_magics.modelfile import files, globbing, parse, request, sniff
from ollama_magics.modelfile.request import create_request, file_digest, request_body, resolve, shorten_keys
from ollama_magics.wire import gojson

POSIX_NAMES = pytest.mark.skipif(sys.platform == "win32", reason="the recorded tree has names that Windows cannot store, and POSIX errors")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the recorded tree of files; its last part is ``files`` because one Modelfile goes there from outside."""
    root = tmp_path_factory.mktemp("tree").resolve() / "files"
    for entry in json.loads((GOLDEN / "files.json").read_text("ascii")):
        path = root / entry["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if "link" in entry:
            path.symlink_to(entry["link"])
        else:
            path.write_bytes(base64.b64decode(entry["b64"]))
    return root


def outcome(record: dict[str, Any], tree: Path) -> dict[str, Any]:
    """Return what we make of a record's Modelfile, in the record's own terms."""
    modelfile = parse(_placed(record["text"], tree))
    result: dict[str, Any] = {"error": None, "request": None, "request_json": None, "stdout": record["stdout"]}
    try:
        found = resolve(modelfile, tree / record["dir"])
        body = request_body(found)
        result["stdout"] = "".join(f"{notice}\n" for notice in found.notices)
        text = gojson.dumps(body)
    except OllamaMagicsError as exc:
        error = getattr(exc, "upstream", None) or exc.message
        return {**result, "error": error.replace(str(tree), "$DIR")}
    return {**result, "request": json.loads(text.replace(str(tree), "$DIR")), "request_json": text.replace(str(tree), "$DIR")}


def _placed(text: str, tree: Path) -> str:
    return text.replace("$DIR", str(tree))


@POSIX_NAMES
def test_requests_are_those_of_ollamas_client(tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # `FROM \name` is looked up from the working folder
    wrong = []
    for record in records("requests"):
        ours = outcome(record, tree)
        theirs = {key: record[key] for key in ours}
        if ours != theirs:
            wrong.append((record["name"], {key: (ours[key], theirs[key]) for key in ours if ours[key] != theirs[key]}))
    assert wrong == []


def test_errors_say_what_happened_and_keep_ollamas_words(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as file_error:
        create_request(parse("FROM a\nADAPTER gone.gguf"), tmp_path)
    assert file_error.value.upstream == f"stat {tmp_path / 'gone.gguf'}: no such file or directory"
    with pytest.raises(ModelfileProblem) as text_error:
        create_request(parse("FROM a\nPARAMETER seed x\nPARAMETER sed 1"), tmp_path)
    assert text_error.value.upstream == "invalid int value [x]"
    assert text_error.value.message == "the Modelfile has 2 mistakes"
    assert [problem.code for problem in text_error.value.problems] == ["MF302", "MF301"]
    with pytest.raises(ModelfileProblem, match="has a mistake") as parse_error:
        create_request(parse("SYSTEM hi"), tmp_path)
    assert parse_error.value.upstream == "no FROM line"


def test_the_home_folder_is_the_accounts(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF\x03\x00")
    homes = {"": tmp_path, "ada": tmp_path}
    for text in ("FROM ~/m.gguf", "FROM ~ada/m.gguf"):
        body = create_request(parse(text), Path("elsewhere"), home_of=lambda user: str(homes[user]))
        assert list(body["files"]) == [str(tmp_path / "m.gguf")]
    assert Path(files.account_home("")).is_absolute()


def test_without_accounts_only_the_own_home_folder_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no table of accounts."""
    monkeypatch.setitem(sys.modules, "pwd", None)
    assert files.account_home("") == str(Path.home())
    with pytest.raises(KeyError):
        files.account_home("ada")


def test_digests_come_from_the_function_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"x")
    seen: list[Path] = []

    def digest(path: Path) -> str:
        seen.append(path)
        return "sha256:0"

    body = create_request(parse("FROM m.gguf"), tmp_path, hash_file=digest)
    assert body["files"] == {str(tmp_path / "m.gguf"): "sha256:0"}
    assert seen == [tmp_path / "m.gguf"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="cannot be read") as caught:
        file_digest(tmp_path / "gone")
    assert caught.value.upstream == f"open {tmp_path / 'gone'}: no such file or directory"


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], []),
        (["/a/b/m.gguf"], ["m.gguf"]),
        (["/a/x.json", "/a/sub/y.json"], ["x.json", "sub/y.json"]),
        (["/a/b/x", "/a/c/y"], ["b/x", "c/y"]),
        (["/a/bc/x", "/a/b/y"], ["bc/x", "b/y"]),
    ],
)
def test_keys_are_shortened_to_the_common_folder(paths: list[str], names: list[str]) -> None:
    local = [str(Path(os.path.abspath(os.sep), *PurePosixPath(path).parts[1:])) for path in paths]
    assert list(shorten_keys(local).values()) == names


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "text/plain"),
        (b"a\x1bb", "text/plain"),
        (b"a\x01", "application/octet-stream"),
        (b" \n<!doctype html>", "text/html"),
        (b"<!doctype htmlx", "text/plain"),
        (b"<a>", "text/html"),
        (b"<?xml ?>", "text/xml"),
        (b"\xfe\xff\x00a", "text/plain"),
        (b"\xef\xbb\xbfa", "text/plain"),
        (b"RIFF....WEBPVP", "image/webp"),
        (b"RIFF....WAVEfmt", "audio/wave"),
        (b"\x00\x00\x00\x10ftypxxxxxxxx", "application/octet-stream"),
        (b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00mp41", "video/mp4"),
        (b"\x00" * 34 + b"LP", "application/vnd.ms-fontobject"),
        (b"\x1f\x8b\x08", "application/x-gzip"),
        (b"x" * 600 + b"\x00", "text/plain"),
    ],
)
def test_content_types(head: bytes, kind: str) -> None:
    assert sniff.content_type(head) == kind


@pytest.mark.parametrize("pattern", ["[", "[]", "[]a]", "[a-]", "[-a]", "[a", "a[^", "[a\\", pytest.param("a\\", marks=POSIX_NAMES)])
def test_malformed_patterns(pattern: str) -> None:
    with pytest.raises(globbing.BadPattern):
        globbing.translate(pattern)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("[b-a]", "b", False),
        ("[^b-a]", "b", True),
        ("*.gguf", ".gguf", True),
        ("*.gguf", "A.GGUF", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[\\]]", "]", True),
        ("a.c", "abc", False),
        ("**/x", "a/x", True),
        ("**/x", "x", False),
    ],
)
def test_patterns(pattern: str, name: str, matches: bool) -> None:
    if "\\" in pattern and os.sep == "\\":
        pytest.skip("a backslash is no escape where it separates folders")
    assert bool(globbing.translate(pattern).fullmatch(name)) is matches


def test_examples_run() -> None:
    for module in (request, sniff, globbing):
        assert not doctest.testmod(module).failed
