"""Folders of small models with noise for weights, as Hugging Face's tools write them; the same bytes every time."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract.model_files import JINJA_CHATML, MERGES, SPECIAL, TOKENIZER_CONFIG, VOCABULARY, byte_tokenizer, noise, safetensors

Tensor = tuple[str, list[int], bytes]

PIECES: list[tuple[str, float, int]] = [
    *[(piece, 0.0, 3) for piece in ("<pad>", "<eos>", "<bos>")],
    *[("<unk>", 0.0, 2), ("<start_of_turn>", 0.0, 4), ("<end_of_turn>", 0.0, 4)],
    *[(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)],
    *[(letter, -float(index), 1) for index, letter in enumerate("▁abcdefghijklmnopqrstuvwxyz")],
]
"""Text, score and type of a SentencePiece vocabulary."""


def packed(values: list[float], dtype: str) -> bytes:
    """Return numbers as a safetensors file has them; BF16 by cutting off."""
    if dtype == "BF16":
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    return struct.pack(f"<{len(values)}{'e' if dtype == 'F16' else 'f'}", *values)


@dataclass
class Made:
    """The form of a model.

    Attributes:
        around: whether there are norms around each part, as in Gemma 2 and 3.
        more: further fields of ``config.json``.
    """

    kind: str
    dtype: str
    tied: bool = False
    bias: bool = False
    head_norms: bool = False
    around: bool = False
    head: int = 16
    vocabulary: int = len(VOCABULARY)
    rows: int = 0
    shards: int = 1
    more: dict[str, Any] = field(default_factory=dict)

    width, inner, heads, kv_heads = 64, 96, 4, 2

    def config(self) -> dict[str, Any]:
        """Return ``config.json``."""
        return {
            "architectures": [self.kind],
            "hidden_size": self.width,
            "intermediate_size": self.inner,
            "num_hidden_layers": 1,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "max_position_embeddings": 512,
            "rms_norm_eps": 1e-6,
            "rope_theta": 10000.0,
            "vocab_size": self.vocabulary,
            **({"head_dim": self.head} if self.head * self.heads != self.width else {}),
            **self.more,
        }

    def shapes(self) -> Iterator[tuple[str, list[int]]]:
        """Yield the tensors' names and shapes."""
        rows, width, layer = self.rows or self.vocabulary, self.width, "model.layers.0"
        yield from (("model.embed_tokens", [rows, width]), ("model.norm", [width]))
        yield from () if self.tied else [("lm_head", [rows, width])]
        around = ("pre_feedforward_layernorm", "post_feedforward_layernorm") if self.around else ()
        yield from ((f"{layer}.{name}", [width]) for name in ("input_layernorm", "post_attention_layernorm", *around))
        for letter, heads in (("q", self.heads), ("k", self.kv_heads), ("v", self.kv_heads)):
            yield f"{layer}.self_attn.{letter}_proj", [heads * self.head, width]
            if self.head_norms and letter != "v":
                yield f"{layer}.self_attn.{letter}_norm", [self.head]
        yield f"{layer}.self_attn.o_proj", [width, self.heads * self.head]
        yield from ((f"{layer}.mlp.{name}_proj", [self.inner, width]) for name in ("gate", "up"))
        yield f"{layer}.mlp.down_proj", [width, self.inner]

    def tensors(self) -> dict[str, Tensor]:
        """Return the weights by their names."""
        made = {}
        for seed, (name, shape) in enumerate(self.shapes(), 1):
            made[f"{name}.weight"] = self.dtype, shape, packed(noise(math.prod(shape), seed, 0.1), self.dtype)
            if self.bias and name.endswith(("q_proj", "k_proj", "v_proj")):
                made[f"{name}.bias"] = self.dtype, shape[:1], packed(noise(shape[0], seed + 100, 0.1), self.dtype)
        return made

    def files(self) -> dict[str, bytes]:
        """Return the files of the folder."""
        names = list(self.tensors())
        tensors, count = self.tensors(), -(-len(names) // self.shards)
        parts = [{name: tensors[name] for name in names[i * count : (i + 1) * count]} for i in range(self.shards)]
        names = (
            ["model.safetensors"] if self.shards == 1 else [f"model-{i + 1:05}-of-{self.shards:05}.safetensors" for i in range(self.shards)]
        )
        weights = {name: safetensors(part) for name, part in zip(names, parts, strict=True)}
        tokenizer = pieces_files() if self.kind.startswith("Gemma") else byte_files()
        return {**weights, "config.json": json.dumps(self.config()).encode(), **tokenizer}


def byte_files() -> dict[str, bytes]:
    """Return the files of a byte-level tokenizer."""
    files = {
        "tokenizer.json": byte_tokenizer(SPECIAL, VOCABULARY, MERGES),
        "tokenizer_config.json": {**TOKENIZER_CONFIG, "chat_template": JINJA_CHATML},
        "generation_config.json": {"eos_token_id": [1, 2], "bos_token_id": 0},
    }
    return {name: json.dumps(value).encode() for name, value in files.items()}


def pieces_files(*, dummy_prefix: bool | None = None) -> dict[str, bytes]:
    """Return the files of a SentencePiece tokenizer; ``dummy_prefix`` is what its own settings say, None for nothing."""
    vocabulary = {piece: number for number, (piece, _, _) in enumerate(PIECES)}
    later = [{"id": number, "content": piece, "special": True} for piece, number in list(vocabulary.items())[:6]]
    tokenizer = byte_tokenizer([], vocabulary, [])
    tokenizer = {**tokenizer, "added_tokens": later, "model": {**tokenizer["model"], "byte_fallback": True}}
    config = {"bos_token": "<bos>", "eos_token": {"content": "<eos>"}, "pad_token": "<pad>", "unk_token": "<unk>", "add_bos_token": True}
    texts = {"tokenizer.json": tokenizer, "tokenizer_config.json": config, "added_tokens.json": {"<image>": len(PIECES)}}
    settings = b"" if dummy_prefix is None else _message(3, b"\x18" + bytes([dummy_prefix]))
    model = b"".join(_message(1, _piece(*piece)) for piece in PIECES) + settings
    return {"tokenizer.model": model, **{name: json.dumps(value).encode() for name, value in texts.items()}}


def _piece(text: str, score: float, kind: int) -> bytes:
    return _message(1, text.encode()) + b"\x15" + struct.pack("<f", score) + (b"" if kind == 1 else b"\x18" + bytes([kind]))


def _message(number: int, data: bytes) -> bytes:
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


_PIECES = len(PIECES) + 1
_LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 128}
_GEMMA: dict[str, Any] = {"tied": True, "head": 32, "vocabulary": _PIECES}

MODELS = {
    "llama": Made("LlamaForCausalLM", "F16"),
    "llama 3, three parts": Made("LlamaForCausalLM", "BF16", shards=3, more={"rope_scaling": _LLAMA3}),
    "llama, stretched": Made("LlamaForCausalLM", "F32", tied=True, more={"rope_scaling": {"type": "linear", "factor": 2.0}}),
    "qwen 2": Made("Qwen2ForCausalLM", "BF16", tied=True, bias=True),
    "gemma": Made("GemmaForCausalLM", "BF16", **_GEMMA),
    "gemma 2": Made(
        *("Gemma2ForCausalLM", "F16"),
        **_GEMMA,
        around=True,
        more={"sliding_window": 64, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    ),
    "gemma 3": Made(
        *("Gemma3ForCausalLM", "BF16"),
        **_GEMMA,
        rows=_PIECES + 6,
        around=True,
        head_norms=True,
        more={"sliding_window": 64, "sliding_window_pattern": 6, "rope_local_base_freq": 10000.0, "rope_theta": 1000000.0},
    ),
    "qwen 3": Made("Qwen3ForCausalLM", "BF16", tied=True, head=32, head_norms=True),
    "mistral": Made("MistralForCausalLM", "BF16", head=32),
}
"""Models of every kind that can be converted."""


def in_eight_bits(made: Made, block: int = 32) -> dict[str, bytes]:
    """Return the files of a model whose matrices are 8-bit floats with a scale for each block, as FP8 checkpoints are."""
    tensors: dict[str, Tensor] = {}
    for seed, (name, (kind, shape, data)) in enumerate(made.tensors().items(), 200):
        if len(shape) < 2 or "proj" not in name:
            tensors[name] = kind, shape, data
            continue
        codes = bytes(code & 0x7F | sign for code, sign in ((int(abs(x) * 100), 128 * (x < 0)) for x in noise(math.prod(shape), seed, 1.2)))
        blocks = [-(-size // block) for size in shape]
        tensors[name] = "F8_E4M3", shape, codes
        tensors[f"{name}_scale_inv"] = "F32", blocks, packed([abs(x) + 0.01 for x in noise(math.prod(blocks), seed + 50, 0.1)], "F32")
    settings = {"quantization_config": {"quant_method": "fp8", "weight_block_size": [block, block]}}
    return {**made.files(), "config.json": json.dumps({**made.config(), **settings}).encode(), "model.safetensors": safetensors(tensors)}
