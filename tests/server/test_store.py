"""Models on disk: Ollama's layout, one-step writes, shared blobs."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from ollama_magics.server.errors import InvalidDigest, MissingBlob, StoreError
from ollama_magics.server.store import Layer, Manifest, Store, digest_of
from ollama_magics.server.store import manifest as kinds
from ollama_magics.wire.names import parse_name


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def made(store: Store, name: str, **texts: str) -> Manifest:
    """Store a model of text layers and return its manifest."""
    layers = []
    for kind, text in texts.items():
        digest, _ = store.blobs.put(text.encode())
        layers.append(Layer(f"application/vnd.ollama.image.{kind}", digest, len(text.encode())))
    config, _ = store.blobs.put(b'{"model_format":"gguf"}\n')
    manifest = Manifest(Layer(kinds.CONFIG, config, 24), tuple(layers))
    store.replace(parse_name(name), manifest)
    return manifest


def blobs(store: Store) -> set[str]:
    return {path.name.replace("-", ":", 1) for path in store.blobs.folder.iterdir()}


def test_layout_is_ollamas(store: Store) -> None:
    """A manifest is a JSON file named by the four parts of the name, with the fields in Ollama's order."""
    made(store, "me/mario:v1", system="You are Mario.")
    path = store.root / "manifests" / "registry.ollama.ai" / "me" / "mario" / "v1"
    text = path.read_text("utf-8")
    assert text.endswith("}\n")
    assert list(json.loads(text)) == ["schemaVersion", "mediaType", "config", "layers"]
    assert (store.root / "blobs" / digest_of(b"You are Mario.").replace(":", "-")).read_bytes() == b"You are Mario."


def test_find_reads_every_layer(store: Store) -> None:
    """What the layers say comes back, numbers of parameters as floats."""
    made(store, "a", system="s", template="{{ .Prompt }}", params='{"top_k":5,"stop":["x"]}', messages='[{"role":"user","content":"u"}]')
    model = store.find("a")
    assert model is not None
    assert (model.system, model.template, model.params) == ("s", "{{ .Prompt }}", {"top_k": 5.0, "stop": ["x"]})
    assert model.messages == [{"role": "user", "content": "u"}]
    assert model.model_path is None


def test_a_new_model_is_seen_at_once(store: Store) -> None:
    """A re-created model is the new one for the very next request."""
    made(store, "a", system="one")
    assert store.find("a").system == "one"
    made(store, "a", system="two")
    assert store.find("a").system == "two"


def test_overwriting_removes_what_nobody_else_has(store: Store) -> None:
    """A layer goes with the last manifest that names it."""
    made(store, "a", system="shared", template="mine")
    made(store, "b", system="shared")
    made(store, "a", system="new")
    assert digest_of(b"mine") not in blobs(store)
    assert digest_of(b"shared") in blobs(store)
    store.delete(parse_name("b"))
    assert digest_of(b"shared") not in blobs(store)


def test_no_prune_keeps_everything(tmp_path: Path) -> None:
    """With OLLAMA_NOPRUNE an overwritten model's layers stay; a deleted one's go, as in Ollama."""
    store = Store(tmp_path, no_prune=True)
    made(store, "a", system="old")
    made(store, "a", system="new")
    assert digest_of(b"old") in blobs(store)


def test_held_blobs_stay(store: Store) -> None:
    """A blob that a create is using is not pruned by another request, and may be pruned afterwards."""
    made(store, "a", system="held")
    with store.hold() as hold:
        hold.add(digest_of(b"held"))
        store.delete(parse_name("a"))
        assert digest_of(b"held") in blobs(store)
    store.prune([digest_of(b"held")])
    assert digest_of(b"held") not in blobs(store)


def test_delete_leaves_no_empty_folder(store: Store) -> None:
    """The folders of a name go with its last tag."""
    made(store, "me/x:1", system="s")
    assert store.delete(parse_name("me/x:1"))
    assert list(store.manifests.iterdir()) == []
    assert not store.delete(parse_name("me/x:1"))


def test_names_are_recased_part_by_part(store: Store) -> None:
    """A name takes the spelling of what is there, each part for itself; an exact match wins."""
    made(store, "Foo:Q4", system="s")
    assert store.existing_name(parse_name("foo:q4")) == parse_name("Foo:Q4")
    assert store.existing_name(parse_name("bar:q4")) == parse_name("bar:Q4")
    made(store, "bar:q4", system="s")
    assert store.existing_name(parse_name("bar:q4")) == parse_name("bar:q4")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"layers":5}', b"\xff\xfe", b'{"layers":[5]}', b"[" * 100_000])
def test_a_damaged_manifest_hides_one_model(store: Store, damage: bytes) -> None:
    """The list leaves it out, asking for it says what is wrong, and it can be overwritten."""
    made(store, "good", system="s")
    made(store, "bad", system="t")
    store.manifest_path(parse_name("bad")).write_bytes(damage)
    assert [model.name.short for model in store.list()] == ["good:latest"]
    with pytest.raises(StoreError):
        store.find("bad")
    made(store, "bad", system="again")
    assert store.find("bad").system == "again"


def test_a_missing_layer_is_named(store: Store) -> None:
    """A model whose layer is gone says which file is missing."""
    made(store, "a", system="gone")
    store.blob_path(digest_of(b"gone")).unlink()
    with pytest.raises(MissingBlob, match=r"sha256-.*no such file"):
        Store(store.root).find("a")


def test_sweeping_takes_old_leftovers_only(store: Store) -> None:
    """What no model has goes when it is older than an hour; while a manifest is damaged nothing goes."""
    made(store, "a", system="kept")
    upload, _ = store.blobs.put(b"uploaded and forgotten")
    (store.blobs.folder / "sha256-broken-off").write_bytes(b"half")
    written = store.blob_path(upload).stat().st_mtime
    assert store.sweep(written + 3000) == 0
    store.manifest_path(parse_name("b")).parent.mkdir(parents=True)
    store.manifest_path(parse_name("b")).write_bytes(b"{")
    assert store.sweep(written + 4000) == 0
    store.manifest_path(parse_name("b")).unlink()
    assert store.sweep(written + 4000) == 2
    assert Store(store.root).find("a").system == "kept"


@pytest.mark.parametrize("digest", ["", "sha256:abc", "sha256:" + "0" * 65, "../" * 30, "sha256:" + "g" * 64, "sha256:" + "0" * 64 + "\n"])
def test_digests_cannot_leave_the_folder(store: Store, digest: str) -> None:
    """Only ``sha256:`` and 64 hexadecimal digits make a path."""
    with pytest.raises(InvalidDigest):
        store.blob_path(digest)


def test_an_upload_that_breaks_off_leaves_nothing(store: Store) -> None:
    """Only a finished upload becomes a blob."""
    with store.blobs.upload() as upload:
        upload.write(b"half")
    assert blobs(store) == set()


def test_readers_never_see_half_a_manifest(store: Store) -> None:
    """While one thread writes a model again and again, another always finds the one or the other text, whole."""
    made(store, "a", system="one")
    failures: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            model = store.find("a")
            if model is None or model.system not in ("one", "two"):
                failures.append(model)

    thread = threading.Thread(target=read)
    thread.start()
    with store.hold() as hold:
        for text in ("one", "two"):
            hold.add(digest_of(text.encode()))
        for index in range(100):
            made(store, "a", system=("two", "one")[index % 2])
    done.set()
    thread.join()
    assert failures == []
