"""A folder of models that we write is a real Ollama's own, byte for byte, so either server takes the other's over.

``takeover.json`` is the folder that Ollama v0.33.0-rc2 wrote when it was asked the same: the text of each manifest and each small blob,
the SHA-256 of the others. That both also serve each other's folders was tried with a real one: same lists, same details, same answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.model_files import Variants

from ollama_magics.server.create import check_request, create
from ollama_magics.server.store import Store
from ollama_magics.wire.names import parse_name

HERE = Path(__file__).parent
PROTOTYPE = HERE.parent / "contract" / "fixtures" / "prototype.gguf"
SMALL = 20_000

PIRATE = {
    "from": "base",
    "system": "You are a pirate.",
    "template": "{{ .System }} {{ .Prompt }}",
    "parameters": {"temperature": 0, "stop": ["<|end|>"], "num_ctx": 512},
    "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "arr"}],
    "license": ["Apache", "MIT"],
    "requires": "0.14.0",
}


def no_pull(name: object) -> Iterator[dict[str, Any]]:
    raise AssertionError("nothing is pulled here")


def make(store: Store, name: str, **fields: Any) -> None:
    for _ in create(store, check_request({"model": name, **fields}), no_pull):
        pass


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a folder with a model of every kind, made by us."""
    store = Store(tmp_path_factory.mktemp("models"))
    made = Variants(PROTOTYPE.read_bytes())
    tiny, half, lora = (
        store.blobs.put(data)[0] for data in (made.models()["tiny.gguf"], made.models()["tiny-f16.gguf"], made.adapters()["lora.gguf"])
    )
    make(store, "base", files={"tiny.gguf": tiny}, license="MIT")
    make(store, "Me/Pirate:v2", **PIRATE)
    make(store, "small", files={"tiny-f16.gguf": half}, quantize="q4_K_M")
    make(store, "tuned", **{"from": "base"}, adapters={"lora.gguf": lora})
    make(store, "far", **{"from": "gpt-oss:120b-cloud"}, system="x")
    store.copy(parse_name("base"), parse_name("host.example/other/copy:x"))
    return store


def described(path: Path) -> str:
    data = path.read_bytes()
    return data.decode() if len(data) < SMALL and not data.startswith(b"GGUF") else hashlib.sha256(data).hexdigest()


def test_every_file_is_ollamas(store: Store) -> None:
    recorded = json.loads((HERE / "takeover.json").read_text("utf-8"))
    written = {path.relative_to(store.root).as_posix(): described(path) for path in store.root.rglob("*") if path.is_file()}
    assert written == recorded


def test_a_folder_that_ollama_wrote_is_read(store: Store, tmp_path: Path) -> None:
    """Of the recorded texts a folder is made anew; the weights are copies of ours."""
    for name, text in json.loads((HERE / "takeover.json").read_text("utf-8")).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((store.root / name).read_bytes() if len(text) == 64 and name.startswith("blobs/") else text.encode())
    taken = Store(tmp_path)
    names = ["Me/Pirate:v2", "base:latest", "far:latest", "host.example/other/copy:x", "small:latest", "tuned:latest"]
    assert sorted(model.name.short for model in taken.list()) == names
    pirate = taken.find("me/pirate:v2") or taken.find("Me/Pirate:v2")
    assert pirate
    assert (pirate.system, pirate.template, pirate.parent) == (PIRATE["system"], PIRATE["template"], "base:latest")
    assert pirate.params == PIRATE["parameters"]
    assert pirate.licenses == ["MIT", "Apache", "MIT"]
    assert taken.sweep(now=2e10) == 2, "the uploads that no model names"
