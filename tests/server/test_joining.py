"""Split GGUF files: joined as Ollama joins them, or refused with its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.model_files import I32, STRING, U16, Reader, Variants, write_gguf

from ollama_magics.server.create import check_request, create
from ollama_magics.server.errors import ApiError
from ollama_magics.server.gguf import read_gguf
from ollama_magics.server.store import Store

PROTOTYPE = Path(__file__).parents[1] / "contract" / "fixtures" / "prototype.gguf"
DIGEST_OF_OLLAMA = "400e6ffb14d80706827a662878208f65db4a64654e36e8953d365dd3ae8b816c"
"""Of the model layer that Ollama v0.33.0-rc2 makes of ``tiny-f16.gguf`` in three parts."""

Change = Callable[[int, dict[str, Any]], None]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store(tmp_path / "models")


@pytest.fixture(scope="module")
def whole() -> Reader:
    """Return a model in F16."""
    return Reader(Variants(PROTOTYPE.read_bytes()).models()["tiny-f16.gguf"])


def parts_of(whole: Reader, count: int = 3, change: Change = lambda index, keys: None) -> dict[str, bytes]:
    """Return the model in parts, as llama.cpp's gguf-split makes them: only the first has the model's keys."""
    names = list(whole.tensors)
    parts = {}
    for index in range(count):
        keys = dict(whole.kv) if index == 0 else {}
        keys |= {"split.no": (U16, index), "split.count": (U16, count), "split.tensors.count": (I32, len(names))}
        change(index, keys)
        tensors = {name: whole.tensors[name] for name in names[index::count]}
        parts[f"tiny-{index + 1:05}-of-{count:05}.gguf"] = write_gguf(keys, tensors)
    return parts


def no_pull(name: object) -> Iterator[dict[str, Any]]:
    raise AssertionError("nothing is pulled here")


def make(store: Store, parts: dict[str, bytes], **fields: Any) -> list[str]:
    files = {name: store.blobs.put(data)[0] for name, data in parts.items()}
    return [line["status"] for line in create(store, check_request({"model": "m", "files": files, **fields}), no_pull)]


def test_joined_as_ollama_joins(store: Store, whole: Reader) -> None:
    """The layer is Ollama's byte for byte, and the lines are its lines."""
    lines = make(store, parts_of(whole))
    model = store.find("m")
    assert model.layers[0].digest == f"sha256:{DIGEST_OF_OLLAMA}"
    assert [line for line in lines if line != "validating GGUF model"][:5] == [
        *["parsing GGUF"] * 3,
        "verifying conversion",
        f"creating new layer {model.layers[0].digest}",
    ]
    header = read_gguf(model.model_path)
    assert {tensor.name for tensor in header.tensors} == set(whole.tensors)
    assert not [key for key in header.kv if key.startswith("split.")]


def test_quantised_when_joined(store: Store, whole: Reader) -> None:
    """The whole file is what is quantised; nothing of the way there stays."""
    make(store, parts_of(whole), quantize="Q8_0")
    model = store.find("m")
    assert model.config["file_type"] == "Q8_0"
    uploaded = {store.blobs.put(part)[0] for part in parts_of(whole).values()}
    kept = {path.name.replace("-", ":", 1) for path in store.blobs.folder.iterdir()}
    assert kept == uploaded | store.manifest(store.names()[0]).digests()


def other_count(index: int, keys: dict[str, Any]) -> None:
    keys["split.count"] = U16, 4


def other_number(index: int, keys: dict[str, Any]) -> None:
    keys["split.no"] = U16, 1


def no_number(index: int, keys: dict[str, Any]) -> None:
    del keys["split.no"]


def other_total(index: int, keys: dict[str, Any]) -> None:
    keys["split.tensors.count"] = I32, 1000


def no_architecture(index: int, keys: dict[str, Any]) -> None:
    keys["general.architecture"] = STRING, b"nopearch"


@pytest.mark.parametrize(
    ("change", "renamed", "text"),
    [
        (None, "m.gguf", 'split GGUF "m.gguf" must use llama.cpp split filename pattern'),
        (other_count, None, 'split GGUF "tiny-00001-of-00003.gguf" filename count 3 does not match metadata count 4'),
        (no_number, None, 'split GGUF "tiny-00001-of-00003.gguf" is missing split.no metadata'),
        (other_number, None, 'split GGUF "tiny-00001-of-00003.gguf" filename index 0 does not match metadata index 1'),
        (other_total, None, "failed to validate GGUF: the parts have"),
        (no_architecture, None, "failed to validate GGUF: unknown model architecture: 'nopearch'"),
        (None, "", 'split GGUF "tiny-00002-of-00003.gguf" has 2 shards, expected 3'),
    ],
)
def test_parts_that_do_not_fit(store: Store, whole: Reader, change: Change | None, renamed: str | None, text: str) -> None:
    """The reason is told, and nothing is left but what was uploaded; the first part is called ``renamed``, or is not there at ""."""
    parts = parts_of(whole, change=change) if change else parts_of(whole)
    first = parts.pop("tiny-00001-of-00003.gguf")
    parts |= {} if renamed == "" else {renamed or "tiny-00001-of-00003.gguf": first}
    for data in parts.values():
        store.blobs.put(data)
    before = {path.name for path in store.root.rglob("*") if path.is_file()}
    with pytest.raises(ApiError) as caught:
        make(store, parts)
    assert (caught.value.status, text in caught.value.text) == (500, True), caught.value.text
    assert {path.name for path in store.root.rglob("*") if path.is_file()} == before


def test_one_tensor_in_two_parts(store: Store, whole: Reader) -> None:
    """It is not clear which one counts."""
    parts = parts_of(whole)
    keys: dict[str, Any] = {"split.no": (U16, 1), "split.count": (U16, 3), "split.tensors.count": (I32, len(whole.tensors))}
    twice = dict(list(whole.tensors.items())[0 : len(whole.tensors) : 3])
    parts["tiny-00002-of-00003.gguf"] = write_gguf(keys, twice)
    with pytest.raises(ApiError, match="different tensors"):
        make(store, parts)
