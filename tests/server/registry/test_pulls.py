"""Pulls from a registry that breaks off, hangs up and lies: the old model stays, and the message says why."""

from __future__ import annotations

import errno
import json
import shutil
import threading
from collections import namedtuple

import httpx
import pytest

from ollama_magics.server.registry import partial
from ollama_magics.server.registry.session import MANIFEST_LIMIT
from ollama_magics.server.store import Layer, Manifest

from .conftest import NAME
from .fake_registry import broken_off, digest, endless, entry, part_of


def old_model(store):
    """Put another model under the name and return its manifest."""
    data = b"the old one"
    blob, _ = store.blobs.put(data)
    kept, _ = store.blobs.put(b"{}\n")
    manifest = Manifest(Layer("config", kept, 3), (Layer("system", blob, len(data)),))
    store.write_manifest(NAME, manifest)
    return store.manifest(NAME)


def test_the_statuses_are_ollamas_and_the_manifest_is_the_registrys(pull, store, registry):
    said = pull()
    short = [f"pulling {layer['digest'][7:19]}" for layer in [*registry.manifest["layers"], registry.manifest["config"]]]
    assert said == ["pulling manifest", *short, "verifying sha256 digest", "writing manifest", "success"]
    assert store.manifest_path(NAME).read_bytes() == registry.manifests["latest"]
    assert {path.name for path in store.blobs.folder.iterdir()} == {name.replace(":", "-") for name in registry.blobs}


def test_what_is_there_is_not_fetched_again(pull, registry):
    pull()
    before = len(registry.asked)
    assert pull()[-1] == "success"
    assert registry.methods()[before:] == ["GET"]


def test_layers_that_only_the_old_model_had_go(pull, store):
    old = old_model(store)
    assert pull()[-2:] == ["removing unused layers", "success"]
    assert not store.blobs.has(old.layers[0].digest)


def test_a_pull_goes_on_where_a_connection_broke(pull, registry):
    """A try that brought something does not count against the next: twenty breaks are more than the six tries."""
    data = registry.weights
    breaks = iter(range(20))
    registry.lies[f"GET .*{digest(data)}"] = lambda request: broken_off(request, data, 1000) if next(breaks, None) is not None else None
    assert pull()[-1] == "success"
    assert registry.ranges() == [f"bytes={start}-{len(data) - 1}" for start in range(0, 21000, 1000)]


def test_a_registry_that_gives_nothing_is_given_up(pull, registry, store):
    def dead(request):
        raise httpx.ConnectError("[Errno 111] Connection refused")

    old = old_model(store)
    registry.lies[f"GET .*{digest(registry.weights)}"] = dead
    assert pull()[-1].startswith('error: max retries exceeded: Get "http://registry.example:5000/v2/me/m/blobs/sha256:')
    assert pull()[-1].endswith("dial tcp registry.example:5000: connect: connection refused")
    assert store.manifest(NAME) == old


def test_a_cancelled_pull_is_gone_on_with(pull, transfers, registry, store):
    old = old_model(store)
    first = threading.Event()

    def halfway(request):
        def pieces():
            yield data[:50_000]
            first.set()
            released.wait(5)
            yield data[50_000:]

        return httpx.Response(206, content=pieces(), headers={"content-range": f"bytes 0-{len(data) - 1}/{len(data)}"})

    data, released = registry.weights, threading.Event()
    registry.lies[f"GET .*{digest(data)}"] = halfway
    lines = transfers.pull(NAME, insecure=True)
    for line in lines:
        if line and "completed" in line and first.wait(5):
            break
    lines.close()
    released.set()
    assert store.manifest(NAME) == old
    registry.lies.clear()
    assert pull()[-1] == "success"
    assert registry.ranges()[-1] in (f"bytes=50000-{len(data) - 1}", f"bytes=0-{len(data) - 1}")


def test_parts_that_ollama_left_are_gone_on_with(pull, registry, store):
    """The files of a partial blob are Ollama's own. Source: Ollama server/download.go, jsonBlobDownloadPart."""
    data = registry.weights
    name = digest(data).replace(":", "-")
    rest = b"\0" * (len(data) - 70_000)
    (store.blobs.folder / f"{name}-partial").write_bytes(data[:70_000] + rest)
    note = {"N": 0, "Offset": 0, "Size": len(data), "Completed": 70_000}
    (store.blobs.folder / f"{name}-partial-0").write_text(json.dumps(note) + "\n")
    assert pull()[-1] == "success"
    assert registry.ranges() == [f"bytes=70000-{len(data) - 1}"]


@pytest.mark.parametrize(
    "note", ["", "[]", '{"N":0}', '{"N":0,"Offset":0,"Size":9,"Completed":9}', '{"N":0,"Offset":0,"Size":102400,"Completed":-1}']
)
def test_damaged_notes_are_not_believed(pull, registry, store, note):
    name = digest(registry.weights).replace(":", "-")
    (store.blobs.folder / f"{name}-partial").write_bytes(bytes(len(registry.weights)))
    (store.blobs.folder / f"{name}-partial-0").write_text(note)
    assert pull()[-1] == "success"


def test_a_registry_without_ranges_serves(pull, registry):
    data = registry.weights
    breaks = iter([True])
    registry.lies[f"GET .*{digest(data)}"] = lambda r: (
        broken_off(r, data, 1000) if next(breaks, False) else httpx.Response(200, content=data)
    )
    assert pull()[-1] == "success"


def test_other_bytes_than_the_digest_says_are_removed(pull, registry, store):
    old, data = old_model(store), registry.weights
    registry.lies[f"GET .*{digest(data)}"] = lambda request: part_of(request, b"x" * len(data))
    wrong = digest(b"x" * len(data))
    assert pull()[-1] == f"error: digest mismatch, file must be downloaded again: want {digest(data)}, got {wrong}"
    assert store.manifest(NAME) == old
    assert not list(store.blobs.folder.glob(f"{digest(data).replace(':', '-')}*"))
    registry.lies.clear()
    assert pull()[-1] == "success"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda r: httpx.Response(206, content=b"x", headers={"content-range": "bytes 7-8/102400"}), "where byte 0 of 102400"),
        (lambda r: httpx.Response(206, content=b"x", headers={"content-range": "bytes 0-8/9"}), "where byte 0 of 102400"),
        (lambda r: httpx.Response(200, headers={"content-length": "9"}), "sends 9 bytes where 102400 were announced"),
        (lambda r: httpx.Response(204), "status 204"),
        (lambda r: httpx.Response(403, content=b"go away"), "403: go away"),
        (lambda r: httpx.Response(404), "file does not exist"),
    ],
    ids=["another range", "another size", "another length", "no content", "forbidden", "gone"],
)
def test_an_answer_that_is_not_the_blob_is_refused(pull, registry, store, answer, words):
    old = old_model(store)
    registry.lies[f"GET .*{digest(registry.weights)}"] = answer
    assert words in pull()[-1]
    assert store.manifest(NAME) == old


def test_a_size_that_differs_from_the_manifests_is_refused_before_anything_is_fetched(pull, registry):
    registry.lies[f"HEAD .*{digest(registry.weights)}"] = lambda request: httpx.Response(200, headers={"content-length": "5"})
    assert "the registry has 5 bytes, its manifest says 102400" in pull()[-1]
    assert registry.ranges() == []


def test_a_blob_without_end_is_read_to_its_size_only(pull, registry):
    taken: list[int] = []
    headers = {"content-range": f"bytes 0-{len(registry.weights) - 1}/{len(registry.weights)}"}
    registry.lies[f"GET .*{digest(registry.weights)}"] = lambda r: httpx.Response(206, content=endless(b"x" * 4096, taken), headers=headers)
    assert "digest mismatch" in pull()[-1]
    assert sum(taken) <= len(registry.weights) + 4096


def test_a_manifest_without_end_is_refused(pull, registry, store):
    taken: list[int] = []
    registry.lies["GET .*/manifests/"] = lambda request: httpx.Response(200, content=endless(b" " * 65536, taken))
    assert pull()[-1].endswith(f"/v2/me/m/manifests/latest has more than {MANIFEST_LIMIT} bytes")
    assert sum(taken) <= MANIFEST_LIMIT + 2 * 65536


@pytest.mark.parametrize(
    "name", ["../../escaped", "sha256:../../../../../../../../../../../../../../../../../../tmp/escaped.aaaaaaaaaaa", "sha256:1", "md5:x"]
)
def test_a_digest_that_is_no_digest_is_no_path(pull, registry, store, name):
    layer = {**entry("model", b"x"), "digest": name}
    registry.manifests["latest"] = json.dumps({**registry.manifest, "layers": [layer]}).encode()
    assert pull()[-1] == "error: invalid digest format"
    assert registry.methods() == ["GET"]
    assert list(store.blobs.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"this is no manifest", "invalid character 'h' in literal true (expecting 'r')"),
        (b"[]", "pull model manifest: "),
        (b'{"layers":[5]}', "pull model manifest: "),
    ],
)
def test_what_is_no_manifest_is_told(pull, registry, text, words):
    registry.manifests["latest"] = text
    assert words in pull()[-1]


def test_a_model_of_tensors_is_refused(pull, registry):
    layer = {**entry("tensor", b"x")}
    registry.manifests["latest"] = json.dumps({**registry.manifest, "layers": [layer]}).encode()
    assert pull()[-1] == "error: this model requires MLX support, but the MLX runtime is not available"


def test_a_model_larger_than_the_disk_is_refused_before_it_is_fetched(pull, registry, monkeypatch):
    usage = namedtuple("usage", "total used free")(1, 1, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert f"[Errno {errno.ENOSPC}]" in pull()[-1]
    assert registry.ranges() == []


def test_two_who_want_the_same_share_one_download(transfers, registry, store):
    one, two = (transfers.pull(NAME, insecure=True) for _ in range(2))
    ended = [None, None]

    def run(index, lines):
        ended[index] = [line for line in lines if line][-1]

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate((one, two))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert ended == [{"status": "success"}] * 2
    assert {path.name for path in store.blobs.folder.iterdir()} == {name.replace(":", "-") for name in registry.blobs}


def test_large_blobs_come_in_several_parts(pull, registry, monkeypatch):
    monkeypatch.setattr(partial, "_SMALLEST", 30_000)
    assert pull()[-1] == "success"
    assert sorted(registry.ranges()) == ["bytes=0-29999", "bytes=30000-59999", "bytes=60000-89999", "bytes=90000-102399"]
