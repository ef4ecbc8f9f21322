"""Safetensors to GGUF: the bytes that Ollama writes, adapters that mean what they meant, and damaged files told by name."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from contract.model_files import ADAPTER_CONFIG, noise, safetensors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_models import MODELS, PIECES, Made, in_eight_bits, packed, pieces_files

from ollama_magics.server.convert.adapter import convert_adapter
from ollama_magics.server.convert.folder import Folder
from ollama_magics.server.convert.model import convert_model
from ollama_magics.server.create import check_request, create
from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import read_gguf
from ollama_magics.server.store import Store

DIGESTS_OF_OLLAMA = {
    "llama": "6bc749364c144a9b608459feca2469c50c0f6c9679fba55bd72d4bff71154ad4",
    "llama 3, three parts": "4bd05e64b0f1fbe2dd24ca477826a3d36687986e2a2a1a3365b5d18598bc0350",
    "llama, stretched": "60c240c85bbde5fe99b0b274f5a57894a5e8abf9ea52f2d5ed5dfacf0aa94c32",
    "qwen 2": "099b4003c8c152e77bf522e1192acdcc26b863de77bafe3f130b8b60b7883709",
    "gemma": "2bccd099099790f720bc7177b6d8bf7b657b057f779ae3d15321137ee60781c0",
    "gemma 2": "73a0a7b1f6c9587addcea6bb53f1489caaed1f0e487baf8bb3022286f9be8bbc",
    "gemma 3": "454bd7f2c66d69e6a8318549620fe4fd882c98c9ac46c913a79e0e685a70b12d",
}
"""Digests of the model layers that Ollama v0.33.0-rc2 makes of these folders."""

LLAMA = MODELS["llama"]
Laid = Callable[[dict[str, bytes]], Folder]


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    """Return what lays files into a folder, under names of blobs."""

    def lay(files: dict[str, bytes]) -> Folder:
        places = {}
        for name, data in files.items():
            path = tmp_path / hashlib.sha256(name.encode()).hexdigest()
            path.write_bytes(data)
            places[name] = str(path)
        return Folder(places)

    return lay


def converted(folder: Folder, target: Path) -> str:
    return convert_model(folder, target, lambda done: None)


def weights(path: Path) -> dict[str, np.ndarray]:
    """Return the tensors of a GGUF file as 32-bit floats."""
    tensors = gguf.GGUFReader(path).tensors
    return {t.name: gguf.quants.dequantize(t.data, t.tensor_type).reshape(t.shape[::-1]).astype(np.float32) for t in tensors}


@pytest.mark.parametrize("name", DIGESTS_OF_OLLAMA)
def test_bytes_are_those_of_ollama(laid: Laid, tmp_path: Path, name: str) -> None:
    """The whole file, header and all, and the digest that is returned is the file's."""
    digest = converted(laid(MODELS[name].files()), tmp_path / "out.gguf")
    written = hashlib.sha256((tmp_path / "out.gguf").read_bytes()).hexdigest()
    assert (digest, written) == (f"sha256:{written}", DIGESTS_OF_OLLAMA[name])


@pytest.mark.parametrize("name", ["llama", "gemma 3"])
def test_pieces_change_nothing(laid: Laid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """However few rows are held at a time, the bytes are the same, and the count only grows."""
    monkeypatch.setattr("ollama_magics.server.convert.numbers.PIECE", 100)
    told: list[int] = []
    assert convert_model(laid(MODELS[name].files()), tmp_path / "out.gguf", told.append) == f"sha256:{DIGESTS_OF_OLLAMA[name]}"
    assert (told, len(told) > 100) == (sorted(told), True)


@pytest.mark.parametrize(("name", "architecture"), [("qwen 3", "qwen3"), ("mistral", "llama")])
def test_kinds_beyond_ollamas(laid: Laid, tmp_path: Path, name: str, architecture: str) -> None:
    """Their head size is their own, and every tensor has a name that llama.cpp knows."""
    converted(laid(MODELS[name].files()), tmp_path / "out.gguf")
    header = read_gguf(tmp_path / "out.gguf")
    assert (header.architecture, header.uint("attention.key_length"), header.uint("attention.head_count_kv")) == (architecture, 32, 2)
    known = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3 if architecture == "qwen3" else gguf.MODEL_ARCH.LLAMA, 1)
    sources = {name for name in MODELS[name].tensors()}
    assert {f"{known.get_name(source.removesuffix('.weight'))}.weight" for source in sources} == {t.name for t in header.tensors}


def test_a_prefix_that_the_tokenizer_does_not_want(laid: Laid, tmp_path: Path) -> None:
    """Gemma's own settings say that no space comes in front of a text; without settings the engine's default stays."""
    for given_prefix, key in ((False, False), (True, None), (None, None)):
        files = {**MODELS["gemma"].files(), **pieces_files(dummy_prefix=given_prefix)}
        converted(laid(files), tmp_path / "out.gguf")
        assert read_gguf(tmp_path / "out.gguf").kv.get("tokenizer.ggml.add_space_prefix") is key


WORDS = ["▁t", "he", "▁the", "▁c", "at", "▁cat", "▁s", "in", "ing", "th", "▁th"]
PAIRS = [
    ("h", "e"),
    ("▁", "t"),
    ("▁t", "he"),
    ("a", "t"),
    ("▁", "c"),
    ("▁c", "at"),
    ("i", "n"),
    ("in", "g"),
    ("t", "h"),
    ("▁t", "h"),
    ("▁", "s"),
]


def json_pieces(*, prefix: bool) -> dict[str, bytes]:
    """Return the files of a tokenizer that has its SentencePiece vocabulary in ``tokenizer.json`` alone."""
    files = pieces_files()
    del files["tokenizer.model"], files["added_tokens.json"]
    source = json.loads(files["tokenizer.json"])
    vocabulary = {piece: number for number, piece in enumerate([*(piece for piece, _, _ in PIECES), *WORDS])}
    source["model"] |= {"vocab": vocabulary, "merges": [list(pair) for pair in PAIRS]}
    replaced = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    source["normalizer"] = {"type": "Sequence", "normalizers": [*([{"type": "Prepend", "prepend": "▁"}] if prefix else []), replaced]}
    source["pre_tokenizer"] = None
    return files | {"tokenizer.json": json.dumps(source).encode()}


def split_by_merges(text: str) -> list[str]:
    """Return the tokens of a text by the definition of byte-pair encoding: the earliest pair of the list first, from the left."""
    tokens = list(text)
    while pairs := [
        (PAIRS.index(pair), place) for place in range(len(tokens) - 1) if (pair := (tokens[place], tokens[place + 1])) in PAIRS
    ]:
        place = min(pairs)[1]
        tokens[place : place + 2] = [tokens[place] + tokens[place + 1]]
    return [part for token in tokens for part in ([token] if token in KNOWN else [f"<0x{byte:02X}>" for byte in token.encode()])]


KNOWN = {piece for piece, _, _ in PIECES} | set(WORDS)


@pytest.mark.parametrize("prefix", [True, False])
def test_pieces_in_a_json_file(embedded: str, upload: Callable[[dict[str, bytes]], dict[str, str]], prefix: bool) -> None:
    """The engine splits texts as the file's own list of pairs does, with a space in front if the file wants one."""
    import httpx

    made = Made("MistralForCausalLM", "F16", tied=True, vocabulary=len(PIECES) + len(WORDS))
    files = {name: data for name, data in made.files().items() if not name.startswith(("tokenizer", "generation"))}
    tokens = [*(piece for piece, _, _ in PIECES), *WORDS]
    with httpx.Client(base_url=embedded, trust_env=False, timeout=60) as server:
        fields = {"model": "pieces", "files": upload(files | json_pieces(prefix=prefix)), "template": "{{ .Prompt }}", "stream": False}
        assert server.post("/api/create", json=fields).json() == {"status": "success"}
        for text in ("the cat", "singing the thé\n", "at  the"):
            request = {"model": "pieces", "prompt": text, "stream": False, "options": {"num_predict": 1, "num_ctx": 64}}
            answer = server.post("/api/generate", json=request).json()
            got = [tokens[number] for number in answer["context"][: answer["prompt_eval_count"]]]
            assert [token for token in got if token != "<bos>"] == split_by_merges(("▁" if prefix else "") + text.replace(" ", "▁"))


def changed(**fields: Any) -> dict[str, bytes]:
    """Return the llama's files with other fields in its configuration."""
    return {**LLAMA.files(), "config.json": json.dumps({**LLAMA.config(), **fields}).encode()}


def raw(header: bytes, length: int | None = None, data: bytes = b"") -> dict[str, bytes]:
    """Return the llama's files with other weights."""
    return {**LLAMA.files(), "model.safetensors": struct.pack("<Q", len(header) if length is None else length) + header + data}


def with_entry(**entry: Any) -> dict[str, bytes]:
    return raw(json.dumps({"x": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4], **entry}}).encode(), data=bytes(4))


def with_tokenizer(**fields: Any) -> dict[str, bytes]:
    return {**LLAMA.files(), "tokenizer.json": json.dumps({**json.loads(LLAMA.files()["tokenizer.json"]), **fields}).encode()}


def with_numbers(dtype: str, value: float) -> dict[str, bytes]:
    """Return the files of a llama whose first embedding is ``value``."""
    made = Made("LlamaForCausalLM", dtype)
    tensors = made.tensors()
    kind, shape, data = tensors["model.embed_tokens.weight"]
    first = packed([value], dtype)
    tensors["model.embed_tokens.weight"] = kind, shape, first + data[len(first) :]
    return {**made.files(), "model.safetensors": safetensors(tensors)}


def without(name: str, **more: bytes) -> dict[str, bytes]:
    return {key: data for key, data in LLAMA.files().items() if key != name} | more


DAMAGED = [
    (raw(b"", length=2**64 - 1), "model.safetensors: a header of 18446744073709551615 bytes is not possible"),
    (raw(b"", length=2**63 - 1), "EOF"),
    (raw(b"{}", length=1 << 40), "EOF"),
    ({**LLAMA.files(), "model.safetensors": b""}, "EOF"),
    ({**LLAMA.files(), "model.safetensors": b"1234"}, "unexpected EOF"),
    (raw(b"[]"), "the file holds no object"),
    (raw(b'{"x": 1}'), 'tensor "x": its entry in model.safetensors is damaged'),
    (with_entry(dtype="I64"), "unknown data type: I64"),
    (with_entry(shape=[-2]), 'tensor "x": its entry in model.safetensors is damaged'),
    (with_entry(shape=[3]), 'tensor "x": shape [3] of F16 does not take 4 bytes'),
    (with_entry(shape=[2**70]), f'tensor "x": shape [{2**70}] of F16 does not take 4 bytes'),
    (with_entry(data_offsets=[4, 8]), "EOF"),
    (with_entry(data_offsets=[4, 0]), 'tensor "x": its entry in model.safetensors is damaged'),
    (without("model.safetensors"), "unknown tensor format"),
    (without("tokenizer.json"), "unknown tokenizer format"),
    (
        {**LLAMA.files(), "model.safetensors.index.json": b'{"weight_map": {"a": "b.safetensors"}}'},
        "open b.safetensors: no such file or directory",
    ),
    ({**LLAMA.files(), "second.safetensors": LLAMA.files()["model.safetensors"]}, "duplicate tensor name"),
    (changed(architectures=["MambaForCausalLM"]), 'unsupported architecture "MambaForCausalLM"'),
    (changed(architectures=[]), "unknown architecture"),
    (changed(hidden_size="64"), "parse config.json: hidden_size must be a whole number of 32 bits"),
    (changed(rms_norm_eps=[1]), "parse config.json: rms_norm_eps must be a number"),
    (changed(num_attention_heads=3), "tensor 'blk.0.attn_q.weight' has 64 rows for 3 heads"),
    ({**LLAMA.files(), "config.json": b"[1]"}, "parse config.json: the file holds no object"),
    (with_tokenizer(model={"vocab": 1}), "unknown tokenizer format"),
    (with_tokenizer(model={"vocab": {"a": 0}, "merges": [1]}), "could not parse tokenizer merges"),
    (with_tokenizer(added_tokens=[{"id": "x"}]), "parse tokenizer.json: added_tokens is damaged"),
    ({**MODELS["gemma"].files(), "tokenizer.model": b"\x0a\xff"}, "tokenizer.model is damaged"),
    ({**MODELS["gemma"].files(), "added_tokens.json": b'{"x": 3}'}, "token mismatch: x != <unk> at pos [3]"),
    ({**MODELS["gemma"].files(), "added_tokens.json": b'{"x": 900}'}, f"invalid token id: [900] as pos [{len(PIECES)}]"),
    (with_numbers("F16", float("nan")), "failed to validate GGUF: tensor 'token_embd.weight' has invalid data"),
    (with_numbers("F32", 1e6), "failed to validate GGUF: tensor 'token_embd.weight' has invalid data"),
    (with_numbers("BF16", float("inf")), "failed to validate GGUF: tensor 'token_embd.weight' has invalid data"),
]


@pytest.mark.parametrize(("files", "text"), DAMAGED, ids=[text[:40] for _, text in DAMAGED])
def test_what_cannot_be_converted(laid: Laid, tmp_path: Path, files: dict[str, bytes], text: str) -> None:
    """The reason is told, Ollama's words where it has some."""
    with pytest.raises(StoreError) as caught:
        converted(laid(files), tmp_path / "out.gguf")
    assert text in str(caught.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 1200), byte=st.integers(0, 255))
def test_a_changed_byte_of_a_header(laid: Laid, tmp_path: Path, place: int, byte: int) -> None:
    """Whatever byte of the header is changed, the file is converted or refused with a reason."""
    files = LLAMA.files()
    data = bytearray(files["model.safetensors"])
    data[place] = byte
    reason = "converted"
    try:
        converted(laid({**files, "model.safetensors": bytes(data)}), tmp_path / "out.gguf")
    except StoreError as refused:
        reason = str(refused)
    assert reason


def eight_bit_value(code: int) -> float:
    """Return the value of a byte by the definition of E4M3: four bits of exponent with bias 7, three of fraction."""
    sign, exponent, fraction = -1 if code & 0x80 else 1, code >> 3 & 15, code & 7
    return sign * (fraction / 8 * 2**-6 if exponent == 0 else (1 + fraction / 8) * 2 ** (exponent - 7))


@pytest.mark.parametrize("piece", [100, 4 << 20])
def test_eight_bit_floats(laid: Laid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    """Each number is its byte's value times the scale of its block, rounded to 16 bits, wherever the pieces are cut."""
    monkeypatch.setattr("ollama_magics.server.convert.numbers.PIECE", piece)
    files = in_eight_bits(MODELS["qwen 2"])
    converted(laid(files), tmp_path / "out.gguf")
    weights_file = files["model.safetensors"]
    (length,) = struct.unpack_from("<Q", weights_file)
    header = json.loads(weights_file[8 : 8 + length])
    name = "model.layers.0.mlp.down_proj.weight"
    start, scale = (8 + length + header[key]["data_offsets"][0] for key in (name, f"{name}_scale_inv"))
    found = weights(tmp_path / "out.gguf")["blk.0.ffn_down.weight"]
    for row, column in ((0, 0), (0, 95), (31, 31), (32, 64), (63, 95), (40, 10)):
        (factor,) = struct.unpack_from("<f", weights_file, scale + 4 * (row // 32 * 3 + column // 32))
        assert found[row, column] == pytest.approx(eight_bit_value(weights_file[start + row * 96 + column]) * factor, rel=2**-8)
    keys = read_gguf(tmp_path / "out.gguf", arrays=True).kv
    assert keys["qwen2.source_quantization"] == "hf_fp8"
    assert len(keys["qwen2.source_fp8_tensors"].values) == 7


def with_settings(settings: dict[str, Any], *, scales: bool = True) -> dict[str, bytes]:
    files = in_eight_bits(MODELS["qwen 2"])
    config = json.loads(files["config.json"]) | {"quantization_config": settings}
    other = files["model.safetensors"] if scales else files["model.safetensors"].replace(b"_scale_inv", b"_other_inv")
    return files | {"config.json": json.dumps(config).encode(), "model.safetensors": other}


FIRST = "model.layers.0.mlp.down_proj.weight"


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (with_settings({}), f'missing fp8 block size metadata for tensor "{FIRST}"'),
        (with_settings({"quant_method": "fp8", "weight_block_size": [0, 32]}), "invalid fp8 block size 0x32"),
        (
            with_settings({"quant_method": "fp8", "weight_block_size": [64, 64]}),
            f'unexpected fp8 scale shape [2 3] for tensor "{FIRST}" shape [64 96]; want [1 2]',
        ),
        (with_settings({}, scales=False), f'missing fp8 scale companion for tensor "{FIRST}"'),
    ],
)
def test_eight_bit_floats_without_their_scales(laid: Laid, tmp_path: Path, files: dict[str, bytes], text: str) -> None:
    """The reason is told in Ollama's words."""
    with pytest.raises(StoreError) as caught:
        converted(laid(files), tmp_path / "out.gguf")
    assert str(caught.value) == text


def test_eight_bit_floats_become_q8_0(tmp_path: Path) -> None:
    """Ollama quantises what was made of 8-bit floats without being asked."""
    store = Store(tmp_path / "models")
    digests = {name: store.blobs.put(data)[0] for name, data in in_eight_bits(MODELS["qwen 2"]).items()}
    lines = [line["status"] for line in create(store, check_request({"model": "m", "files": digests}), lambda name: iter(()))]
    assert [line for line in lines if "layer" not in line and "template" not in line][-3:] == [
        "verifying conversion",
        "writing manifest",
        "success",
    ]
    assert "quantizing F16 model to Q8_0" in lines
    assert store.find("m").config["file_type"] == "Q8_0"


def adapter_files(tensors: dict[str, Any], **fields: Any) -> dict[str, bytes]:
    config = json.dumps({**ADAPTER_CONFIG, **fields}).encode()
    return {"adapter_model.safetensors": safetensors(tensors), "adapter_config.json": config}


def pair(place: str, rows: int, columns: int, seed: int, rank: int = 4) -> dict[str, Any]:
    """Return both matrices of one place as peft stores them."""
    down, up = packed(noise(rank * columns, seed, 0.5), "F32"), packed(noise(rows * rank, seed + 1, 0.5), "F32")
    name = f"base_model.model.model.layers.0.{place}"
    return {f"{name}.lora_A.weight": ("F32", [rank, columns], down), f"{name}.lora_B.weight": ("F32", [rows, rank], up)}


def matrix(tensor: Any) -> np.ndarray:
    return np.frombuffer(tensor[2], np.float32).reshape(tensor[1])


BASE = {"architecture": "llama", "head_count": 4, "head_count_kv": 2}


@pytest.mark.parametrize("form", ["peft", "mlx"])
@pytest.mark.parametrize(
    ("kind", "place", "rows", "gguf_name"),
    [
        *(("llama", "self_attn.q_proj", 64, "blk.0.attn_q"), ("llama", "self_attn.k_proj", 32, "blk.0.attn_k")),
        *(("llama", "mlp.gate_proj", 96, "blk.0.ffn_gate"), ("qwen 2", "self_attn.q_proj", 64, "blk.0.attn_q")),
    ],
)
def test_an_adapter_means_what_it_meant(laid: Laid, tmp_path: Path, form: str, kind: str, place: str, rows: int, gguf_name: str) -> None:
    """Base plus adapter, both converted, are the converted sum of both."""
    lora = pair(place, rows, 64, 7)
    down, up = map(matrix, lora.values())
    made = Made(MODELS[kind].kind, "F32", tied=True)
    tensors, name = made.tensors(), f"model.layers.0.{place}.weight"
    files = {**made.files(), "model.safetensors": safetensors(tensors)}
    converted(laid(files), tmp_path / "base.gguf")
    merged = matrix(tensors[name]) + 2.0 * up @ down  # alpha 8 at rank 4
    tensors[name] = ("F32", tensors[name][1], merged.astype("<f4").tobytes())
    converted(laid({**files, "model.safetensors": safetensors(tensors)}), tmp_path / "merged.gguf")
    if form == "mlx":
        sides = (("lora_a", down.T), ("lora_b", up.T))
        lora = {f"model.layers.0.{place}.{end}": ("F32", list(side.shape), side.tobytes()) for end, side in sides}
    base = {**BASE, "architecture": read_gguf(tmp_path / "base.gguf").architecture}
    convert_adapter(laid(adapter_files(lora)), tmp_path / "adapter.gguf", base, lambda done: None)
    adapter, before, after = (weights(tmp_path / f"{file}.gguf") for file in ("adapter", "base", "merged"))
    delta = 2.0 * adapter[f"{gguf_name}.weight.lora_b"] @ adapter[f"{gguf_name}.weight.lora_a"]
    assert np.abs(delta).max() > 0.1
    assert np.allclose(before[f"{gguf_name}.weight"] + delta, after[f"{gguf_name}.weight"], atol=5e-3)


def test_an_adapters_header(laid: Laid, tmp_path: Path) -> None:
    """Its keys are Ollama's; how strong it is comes from whichever tool wrote it."""
    lora = pair("self_attn.v_proj", 32, 64, 3)
    expected = [({}, 8.0), ({"use_rslora": True}, 16.0), ({"lora_alpha": 0, "lora_parameters": {"rank": 4, "scale": 5.0}}, 20.0)]
    for fields, alpha in expected:
        convert_adapter(laid(adapter_files(lora, **fields)), tmp_path / "a.gguf", BASE, lambda done: None)
        header = read_gguf(tmp_path / "a.gguf")
        assert header.kv == {
            "adapter.lora.alpha": alpha,
            "adapter.type": "lora",
            "general.architecture": "llama",
            "general.file_type": 1,
            "general.type": "adapter",
            "general.version": "v0.2",
            "llama.attention.head_count": 4,
            "llama.attention.head_count_kv": 2,
        }
        shapes = {tensor.name: tensor.shape for tensor in header.tensors}
        assert shapes == {"blk.0.attn_v.weight.lora_a": (64, 4), "blk.0.attn_v.weight.lora_b": (4, 32)}


@pytest.mark.parametrize(
    ("files", "base", "text"),
    [
        ({"adapter_model.safetensors": b""}, BASE, "open adapter_config.json: no such file or directory"),
        (adapter_files(pair("self_attn.q_proj", 64, 64, 1)), {**BASE, "architecture": "mamba"}, "unsupported architecture"),
        (adapter_files(pair("self_attn.q_proj", 64, 64, 1), use_dora=True), BASE, "adapters with use_dora cannot be converted"),
        (adapter_files({"x.lora_magnitude_vector": ("F32", [1], bytes(4))}), BASE, "adapter tensor 'x.lora_magnitude_vector' is neither"),
        (adapter_files(pair("self_attn.q_proj", 60, 64, 1)), BASE, "has 60 rows for 4 heads"),
    ],
)
def test_adapters_that_cannot_be_converted(laid: Laid, tmp_path: Path, files: dict[str, bytes], base: dict[str, Any], text: str) -> None:
    """The reason is told."""
    with pytest.raises(StoreError) as caught:
        convert_adapter(laid(files), tmp_path / "a.gguf", base, lambda done: None)
    assert text in str(caught.value)


@pytest.fixture
def upload(embedded: str) -> Iterator[Callable[[dict[str, bytes]], dict[str, str]]]:
    """Return what uploads files to the built-in server, and returns the map for a create."""
    import httpx

    with httpx.Client(base_url=embedded, trust_env=False, timeout=60) as server:

        def send(files: dict[str, bytes]) -> dict[str, str]:
            digests = {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in files.items()}
            for name, data in files.items():
                server.post(f"/api/blobs/{digests[name]}", content=data).raise_for_status()
            return digests

        yield send


@pytest.mark.parametrize("name", ["llama 3, three parts", "qwen 2", "qwen 3", "gemma 3", "mistral"])
def test_the_engine_runs_it(embedded: str, upload: Callable[[dict[str, bytes]], dict[str, str]], name: str) -> None:
    """A model that was converted through the API answers, quantised or not."""
    import httpx

    with httpx.Client(base_url=embedded, trust_env=False, timeout=60) as server:
        lines = server.post("/api/create", json={"model": "made", "files": upload(MODELS[name].files())}).text.splitlines()
        assert [json.loads(lines[0]), json.loads(lines[-1])] == [{"status": "converting model"}, {"status": "success"}]
        request = {"model": "made", "prompt": "the in", "raw": True, "stream": False, "keep_alive": 0}
        answer = server.post("/api/generate", json={**request, "options": {"num_predict": 2, "num_ctx": 64}})
        assert (answer.status_code, answer.json().get("done")) == (200, True), answer.text


def test_an_adapter_at_work(embedded: str, upload: Callable[[dict[str, bytes]], dict[str, str]]) -> None:
    """A model with an adapter is as sure of the next token as one with the weights added, and not as the base alone."""
    import httpx

    lora = pair("self_attn.o_proj", 64, 64, 11) | pair("mlp.down_proj", 64, 96, 13) | pair("self_attn.q_proj", 64, 64, 17)
    made = Made("LlamaForCausalLM", "F32")
    tensors = made.tensors()
    tensors["model.norm.weight"] = "F32", [64], packed([10.0] * 64, "F32")  # so that tokens differ in likelihood
    plain_files = {**made.files(), "model.safetensors": safetensors(tensors)}
    for place in ("self_attn.o_proj", "mlp.down_proj", "self_attn.q_proj"):
        down, up = (matrix(lora[f"base_model.model.model.layers.0.{place}.lora_{side}.weight"]) for side in "AB")
        _, shape, _ = tensors[f"model.layers.0.{place}.weight"]
        added = matrix(tensors[f"model.layers.0.{place}.weight"]) + 2.0 * up @ down
        tensors[f"model.layers.0.{place}.weight"] = "F32", shape, added.astype("<f4").tobytes()
    with httpx.Client(base_url=embedded, trust_env=False, timeout=60) as server:

        def sure(model: str) -> dict[str, float]:
            options = {"num_predict": 4, "num_ctx": 64, "temperature": 0}
            request = {"model": model, "prompt": "the in", "raw": True, "stream": False, "logprobs": True, "top_logprobs": 3}
            answer = server.post("/api/generate", json={**request, "options": options}).json()
            return {token["token"]: token["logprob"] for token in answer["logprobs"][0]["top_logprobs"]}

        strong = {**made.files(), "model.safetensors": safetensors(tensors)}
        creates: list[dict[str, Any]] = [
            {"model": "plain", "files": upload(plain_files)},
            {"model": "added", "files": upload(strong)},
            {"model": "adapted", "from": "plain", "adapters": upload(adapter_files(lora))},
        ]
        for fields in creates:
            assert server.post("/api/create", json={**fields, "stream": False}).json() == {"status": "success"}
        plain, added, adapted = map(sure, ("plain", "added", "adapted"))
    assert adapted == pytest.approx(added, abs=0.1)
    assert adapted.keys() != plain.keys()
