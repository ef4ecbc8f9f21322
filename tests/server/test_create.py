"""Creating models without a server: order of the work, what failing leaves, what two at once do."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ollama_magics.server.create import check_request, create
from ollama_magics.server.create.known_templates import distance_below, recognise
from ollama_magics.server.errors import ApiError, StoreError
from ollama_magics.server.store import Store, digest_of
from ollama_magics.server.tutor import restore
from ollama_magics.wire.names import ModelName, parse_name


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with ``tutor`` in it."""
    store = Store(tmp_path / "models")
    restore(store)
    return store


def no_pull(name: ModelName) -> Iterator[dict[str, Any]]:
    yield {"status": "pulling manifest"}
    raise StoreError("pull model manifest: file does not exist")


def make(store: Store, **fields: Any) -> list[str]:
    return [line["status"] for line in create(store, check_request(fields), no_pull)]


def state(store: Store) -> dict[str, str]:
    return {
        str(path.relative_to(store.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in store.root.rglob("*") if path.is_file()
    }


def test_the_edit_loop(store: Store) -> None:
    """A changed word makes one new layer; the model says the new word at once and the old layer is gone."""
    make(store, model="m", **{"from": "tutor"}, system="You are Mario.")
    lines = make(store, model="m", **{"from": "tutor"}, system="You are Luigi.")
    assert [line for line in lines if line.startswith("creating")] == [f"creating new layer {digest_of(b'You are Luigi.')}"]
    assert lines[-2:] == ["writing manifest", "success"]
    assert store.find("m").system == "You are Luigi."
    assert not store.blobs.has(digest_of(b"You are Mario."))


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        ({"from": "ghost", "system": "new"}, 500, "pull model manifest: file does not exist"),
        ({"from": "tutor", "system": "new", "template": "{{ if }}"}, 400, "template error: template: :1: missing value for if"),
        ({"from": "tutor", "system": "new", "license": 5.0}, 500, "json: cannot unmarshal number into Go value of type []string"),
        (
            {"from": "tutor", "system": "new", "info": {"context_length": -1.0}},
            400,
            'info field "context_length" must be a non-negative integer',
        ),
        ({"from": "tutor", "system": "new", "quantize": "q4_K_M"}, 500, "quantization is only supported for F16, BF16 and F32 models"),
        ({"files": {"m.gguf": "sha256:" + "0" * 64}, "system": "new"}, 500, "no such file or directory"),
    ],
)
def test_a_failed_create_changes_nothing(store: Store, fields: dict[str, Any], status: int, text: str) -> None:
    """The old model, and every file of the folder, is as it was; a layer that was stored for the new one may wait for the next try."""
    make(store, model="m", **{"from": "tutor"}, system="old")
    before = state(store)
    with pytest.raises(ApiError) as caught:
        make(store, model="m", **fields)
    assert (caught.value.status, text in caught.value.text) == (status, True)
    more = state(store).items() - before.items()
    assert before.items() <= state(store).items()
    assert {Path(name).parent.name for name, _ in more} <= {"blobs"}
    store.sweep(now=time.time() + 7200)
    assert state(store) == before


def test_a_create_that_is_given_up_changes_nothing(store: Store) -> None:
    """Closing the generator before the manifest is written leaves the folder as it was."""
    make(store, model="m", **{"from": "tutor"}, system="old")
    before = state(store)
    lines = create(store, check_request({"model": "m", "from": "tutor", "system": "new"}), no_pull)
    for line in lines:
        if line["status"].startswith("creating"):
            lines.close()
            break
    assert state(store) == before


def test_a_blob_that_was_there_survives_a_failed_create(store: Store) -> None:
    """Only what the create itself stored is taken away again."""
    digest, _ = store.blobs.put(b"mine")
    with pytest.raises(ApiError):
        make(store, model="m", **{"from": "tutor"}, system="mine", license=5.0)
    assert store.blobs.has(digest)


def test_creates_of_one_name_at_once(store: Store) -> None:
    """Whichever comes last wins, whole; nothing is left of the others."""
    failures: list[BaseException] = []

    def work(index: int) -> None:
        try:
            for step in range(15):
                make(store, model="m", **{"from": "tutor"}, system=f"{index} {step}", parameters={"seed": float(index)})
        except BaseException as problem:  # reported below
            failures.append(problem)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    model = Store(store.root).find("m")
    assert model.params["seed"] == float(model.system.split()[0])
    used = {digest for name in store.names() for digest in store.manifest(name).digests()}
    assert {path.name.replace("-", ":", 1) for path in store.blobs.folder.iterdir()} == used


def test_files_beside_from_are_ignored_but_checked() -> None:
    """The form of every field is checked before anything is done."""
    with pytest.raises(ApiError, match="file path must be relative"):
        check_request({"model": "m", "from": "tutor", "files": {"../m": "sha256:" + "0" * 64}})


def test_a_disk_that_fails_is_told(store: Store) -> None:
    """An error of the file system reaches the caller with its reason, and the model is as it was."""
    make(store, model="m", **{"from": "tutor"}, system="old")
    lines = create(store, check_request({"model": "m", "from": "tutor", "system": "new"}), no_pull)
    store.blobs.folder.rename(store.root / "gone")
    with pytest.raises(ApiError, match=r"no such file or directory"):
        list(lines)
    (store.root / "gone").rename(store.blobs.folder)
    assert Store(store.root).find("m").system == "old"


@pytest.mark.parametrize(
    ("jinja", "name"),
    [
        ("", None),
        ("{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}", None),
        ("{% for message in messages %}{{'<|im_start|>' + message['role'] + message['content'] + '<|im_end|>'}}{% endfor %}", "chatml"),
        ("{% for message in messages %}" + "{{ message }}" * 40, None),
    ],
)
def test_known_templates(jinja: str, name: str | None) -> None:
    """A template within 99 edits of ChatML counts as ChatML, any other as its own."""
    known = recognise(jinja)
    assert (known.name if known else None) == name


@pytest.mark.parametrize(
    ("one", "other", "distance"), [("", "", 0), ("abc", "abc", 0), ("kitten", "sitting", 3), ("", "ab", 2), ("flaw", "lawn", 2)]
)
def test_distance(one: str, other: str, distance: int) -> None:
    """The distance is that of Levenshtein."""
    assert distance_below(one, other, distance + 1)
    assert not distance_below(one, other, distance)


def test_the_name_keeps_the_spelling_that_is_there(store: Store) -> None:
    """Creating Tutor where tutor is overwrites tutor."""
    make(store, model="TUTOR:LATEST", **{"from": "tutor"}, system="s")
    assert store.names() == [parse_name("tutor")]
