"""Quantising: the types that llama-quantize chooses, the bytes that it writes, and what is left when it cannot be done."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from contract.model_files import T_F16, T_F32, U32, Variants, write_gguf

from ollama_magics.server import weightchild
from ollama_magics.server.create import check_request, create
from ollama_magics.server.errors import ApiError, StoreError
from ollama_magics.server.gguf import GGUFInfo, Tensor, read_gguf
from ollama_magics.server.quantise import target_types
from ollama_magics.server.quantise.packing import NoRoutine, Packer, engine_routine, unpacked
from ollama_magics.server.quantise.plan import NUMBER_OF_TYPE
from ollama_magics.server.quantise.rewrite import quantise
from ollama_magics.server.store import Store
from ollama_magics.server.store import manifest as kinds
from ollama_magics.server.weightwork import written_blob

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROTOTYPE = HERE.parents[1] / "contract" / "fixtures" / "prototype.gguf"
MIXTURES = json.loads((HERE / "mixtures.json").read_text("utf-8"))

BYTES_OF_LLAMA_QUANTIZE = {
    "F32": "ac46e3bccd37b5c13894fc41ec8447a026e8484c36bbce2f3f04e738ac43e88f",
    "F16": "400e6ffb14d80706827a662878208f65db4a64654e36e8953d365dd3ae8b816c",
    "BF16": "6d5ae19877c5e372b685125641471699e8eee74fbbefa17ed8fa3b1b12b9967c",
    "Q8_0": "2509eefc45ac99c263ecaae90675321982916891a9fac71bc944afd30a954e0b",
}
"""Digests of what llama-quantize (b10566) makes of ``tiny-f16.gguf``."""


@pytest.fixture(scope="session")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a whole model in F16."""
    path = tmp_path_factory.mktemp("half") / "tiny-f16.gguf"
    path.write_bytes(Variants(PROTOTYPE.read_bytes()).models()["tiny-f16.gguf"])
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store(tmp_path / "models")


def no_pull(name: object) -> Iterator[dict[str, Any]]:
    raise AssertionError("nothing is pulled here")


def lines_of(store: Store, **fields: Any) -> list[dict[str, Any]]:
    return list(create(store, check_request(fields), no_pull))


def files_of(store: Store) -> set[str]:
    return {path.name for path in store.root.rglob("*") if path.is_file()}


def header_of(
    architecture: str, layers: int, width: int, heads: int, kv_heads: int, inner: int, experts: int = 0, tied: bool = False
) -> GGUFInfo:
    """Return the header of a model of this form, all its matrices in F16."""
    keys = {"block_count": layers, "attention.head_count": heads, "attention.head_count_kv": kv_heads, "expert_count": experts}
    shapes: dict[str, tuple[int, ...]] = {"token_embd": (width, 300), "output_norm": (width,)}
    if not tied:
        shapes["output"] = (width, 300)
    for layer in range(layers):
        parts: dict[str, tuple[int, ...]] = {"attn_norm": (width,), "ffn_norm": (width,), "attn_output": (width, width)}
        value = width // heads * kv_heads
        separate = {"attn_q": (width, width), "attn_k": (width, value), "attn_v": (width, value)}
        parts |= {"attn_qkv": (width, width + 2 * value)} if architecture == "falcon" else separate
        if experts:
            parts |= {"ffn_gate_inp": (width, experts), "ffn_gate_exps": (width, inner, experts)}
            parts |= {"ffn_up_exps": (width, inner, experts), "ffn_down_exps": (inner, width, experts)}
        else:
            parts |= {
                "ffn_up": (width, inner),
                "ffn_down": (inner, width),
                **({} if architecture == "falcon" else {"ffn_gate": (width, inner)}),
            }
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in parts.items()}
    tensors = tuple(Tensor(f"{name}.weight", shape, T_F16 if len(shape) > 1 else T_F32, 0) for name, shape in shapes.items())
    kv = {"general.architecture": architecture, **{f"{architecture}.{key}": value for key, value in keys.items()}}
    return GGUFInfo(3, kv, tensors, 0, 0)


@pytest.mark.parametrize("case", MIXTURES, ids=lambda case: f"{case['name']} {case['file_type']}")
def test_types_are_those_of_llama_quantize(case: dict[str, Any]) -> None:
    """Recorded of llama-quantize b10566, for models with few and many layers, experts, tied embeddings and narrow rows."""
    usual = "Q8_0" if case["file_type"] == "Q8_0" else "Q4_K"
    found: dict[str, list[str]] = {}
    for tensor, name in target_types(header_of(**case["model"]), case["file_type"]):
        if len(tensor.shape) == 1:
            assert name == "F32"
        elif name != usual:
            found.setdefault(name, []).append(tensor.name.removesuffix(".weight"))
    assert found == case["other_than_usual"]


@pytest.mark.parametrize(
    ("architecture", "tensor", "kept"),
    [
        ("gemma3n", "per_layer_token_embd.weight", "F16"),
        ("deepseek2", "blk.0.attn_k_b.weight", "Q8_0"),
        ("qwen35", "blk.3.nextn.eh_proj.weight", "Q8_0"),
        ("glm4", "token_embd.weight", "F16"),
        ("llama", "v.patch_proj.weight", "F16"),
        ("llama", "blk.0.attn_k.weight", "Q4_K"),
    ],
)
def test_tensors_that_ollama_keeps_precise(architecture: str, tensor: str, kept: str) -> None:
    """Some architectures have sensitive tensors, and encoders inside a file stay as they are."""
    header = GGUFInfo(3, {"general.architecture": architecture}, (Tensor(tensor, (256, 256), T_F16, 0),), 0, 0)
    assert [name for _, name in target_types(header, "Q4_K_M")] == [kept]


def test_rows_that_no_type_fits() -> None:
    """A row of 72 numbers is no whole number of blocks of 32."""
    header = GGUFInfo(3, {}, (Tensor("blk.0.attn_q.weight", (72, 8), T_F16, 0),), 0, 0)
    with pytest.raises(StoreError, match="no tensor type fallback is defined for type q8_0"):
        target_types(header, "Q8_0")
    assert [name for _, name in target_types(header, "Q4_K_M")] == ["F16"]


@pytest.mark.parametrize("file_type", BYTES_OF_LLAMA_QUANTIZE)
def test_bytes_are_those_of_llama_quantize(half: Path, tmp_path: Path, file_type: str) -> None:
    """The whole file, header and all; the digest that is returned is the file's."""
    digest = quantise(half, tmp_path / "out.gguf", file_type, lambda done: None)
    written = hashlib.sha256((tmp_path / "out.gguf").read_bytes()).hexdigest()
    assert (digest, written) == (f"sha256:{written}", BYTES_OF_LLAMA_QUANTIZE[file_type])


def test_threads_and_pieces_change_nothing(half: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the work is cut, the bytes are the same, and every byte is counted."""
    monkeypatch.setattr("ollama_magics.server.quantise.rewrite.PIECE", 1000)
    told: list[int] = []
    assert quantise(half, tmp_path / "out.gguf", "Q8_0", told.append, threads=3) == f"sha256:{BYTES_OF_LLAMA_QUANTIZE['Q8_0']}"
    header = read_gguf(half)
    assert told == sorted(told)
    assert told[-1] == sum(tensor.elements * tensor.type.size // tensor.type.block for tensor in header.tensors)


def test_numpy_packs_8_bit_as_the_engine_does() -> None:
    """Where the engine's routine cannot be called, the simple types are made without it, and the others say so."""
    rows = np.random.default_rng(0).standard_normal((64, 512), np.float32)
    engine, plain = Packer(engine_routine()), Packer()
    for name in ("F32", "F16", "BF16", "Q8_0"):
        assert np.array_equal(engine.pack(rows, name), plain.pack(rows, name)), name
    with pytest.raises(NoRoutine, match="no routine for Q6_K"):
        plain.pack(rows, "Q6_K")


@pytest.mark.parametrize(
    ("name", "bound"), [("Q4_K", 0.08), ("Q5_K", 0.04), ("Q6_K", 0.02), ("Q8_0", 0.006), ("Q5_0", 0.07), ("Q5_1", 0.06)]
)
def test_what_is_packed_is_near_what_was(name: str, bound: float) -> None:
    """Unpacking gives the numbers back within the precision of the type."""
    rows = np.random.default_rng(1).standard_normal((32, 512), np.float32)
    packed = Packer(engine_routine()).pack(rows, name)
    back = gguf.quants.dequantize(packed, gguf.GGMLQuantizationType(NUMBER_OF_TYPE[name]))
    assert 0 < np.sqrt(np.mean((back - rows) ** 2)) < bound
    assert np.array_equal(back, unpacked(packed, name))


def test_a_create_quantises(store: Store, half: Path) -> None:
    """The stream has Ollama's lines; the model says its type and forgets its base; the base is as it was."""
    digest, _ = store.blobs.put(half.read_bytes())
    lines_of(store, model="base", files={"m.gguf": digest})
    base = store.find("base").layers[0]
    lines = lines_of(store, model="small", **{"from": "base"}, quantize="q4_k_m")
    working = [line for line in lines if line.get("digest") == "0" * 19]
    assert {line["status"] for line in working} == {"quantizing F16 model to Q4_K_M"}
    assert {line["total"] for line in working} == {base.size}
    assert all(0 < line["completed"] <= line["total"] for line in working)
    small = store.find("small")
    assert [line["status"] for line in lines if line not in working][:2] == [
        "verifying conversion",
        f"creating new layer {small.layers[0].digest}",
    ]
    assert (small.config["file_type"], small.layers[0].origin or "") == ("Q4_K_M", "")
    assert read_gguf(small.model_path).kv["general.file_type"] == 15
    assert store.find("base").layers[0] == base


def test_a_draft_is_quantised(store: Store, half: Path) -> None:
    """The draft gets its own type; the model stays as it is."""
    digest, _ = store.blobs.put(half.read_bytes())
    lines_of(store, model="base", files={"m.gguf": digest})
    lines = lines_of(store, model="fast", **{"from": "base"}, draft_files={"d.gguf": digest}, draft_quantize="q8_0")
    model, draft = (layer for layer in store.find("fast").layers if layer.media_type in (kinds.MODEL, kinds.DRAFT))
    assert (model.digest, draft.digest) == (store.find("base").layers[0].digest, f"sha256:{BYTES_OF_LLAMA_QUANTIZE['Q8_0']}")
    assert "quantizing F16 model to Q8_0" in [line["status"] for line in lines]


def test_numbers_that_are_none(store: Store, half: Path) -> None:
    """A model with a NaN is refused, quantised or not, and of its weights nothing is left but what was uploaded."""
    base = Variants(PROTOTYPE.read_bytes()).base
    nan = {"blk.0.attn_q.weight": ((256, 2), T_F32, struct.pack("<512f", *[math.nan] * 512))}
    digest, _ = store.blobs.put(write_gguf({**base.kv, "general.file_type": (U32, 1)}, nan))
    for quantize in ("", "Q8_0"):
        words = "llama-quantize failed" if quantize else "failed to validate GGUF"
        with pytest.raises(ApiError, match=rf"{words}: tensor 'blk.0.attn_q.weight' has invalid data") as caught:
            lines_of(store, model="m", files={"m.gguf": digest}, quantize=quantize)
        assert caught.value.status == 500
        left = [path for path in store.blobs.folder.iterdir() if path.read_bytes()[:4] == b"GGUF"]
        assert [path.name for path in left] == [digest.replace(":", "-")]


def test_giving_up_ends_the_worker(store: Store, half: Path) -> None:
    """Closing the stream in the middle of the work leaves no file and no model."""
    digest, _ = store.blobs.put(half.read_bytes())
    before = files_of(store)
    lines = create(store, check_request({"model": "m", "files": {"m.gguf": digest}, "quantize": "Q4_K_M"}), no_pull)
    assert next(line for line in lines if "completed" in line)
    lines.close()
    assert files_of(store) == before


def test_a_worker_that_ends_without_a_word(store: Store) -> None:
    """Its exit status is told, as Ollama does."""
    with store.hold() as hold, pytest.raises(StoreError, match=r"llama-quantize failed: exit status [1-9]"):
        list(written_blob(store, hold, "llama-quantize failed", work="nothing that it knows"))
    assert files_of(store) == set()


CREATING = """
import sys
from pathlib import Path
from ollama_magics.server.create import check_request, create
from ollama_magics.server.store import Store
from ollama_magics.server.store import manifest as kinds
store = Store(Path(sys.argv[1]))
digest, _ = store.blobs.put(Path(sys.argv[2]).read_bytes())
list(create(store, check_request({"model": "m", "files": {"m.gguf": digest}, "quantize": "Q8_0"}), None))
print(sorted({"numpy", "gguf", "xllamacpp"} & set(sys.modules)))
"""


def test_the_server_stays_small(half: Path, tmp_path: Path) -> None:
    """What works on weights is loaded by the worker process alone."""
    command = [sys.executable, "-c", CREATING, str(tmp_path / "models"), str(half)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.stdout.strip() == "[]"


def test_progress_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first piece at once, then at most ten lines a second."""
    told = io.StringIO()
    monkeypatch.setattr(sys, "stdout", told)
    now = 0.0
    tell = weightchild.ticker(lambda: now)
    for now in (0.0, 0.05, 0.11, 0.2, 0.3):
        tell(round(now * 100))
    assert [json.loads(line)["completed"] for line in told.getvalue().splitlines()] == [0, 11, 30]
