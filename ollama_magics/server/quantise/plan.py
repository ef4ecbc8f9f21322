"""Which type each tensor of a quantised file gets.

Source: llama.cpp src/llama-quant.cpp (tensor_allows_quantization, llama_tensor_get_type_impl, tensor_type_fallback) and
Ollama server/quantization.go llamaQuantizeArgs (v0.33.0-rc2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import GGUFInfo, Tensor
from ollama_magics.server.gguftypes import FILE_TYPES, TENSOR_TYPES

SUPPORTED = "F32, F16, Q4_K_S, Q4_K_M, Q8_0"
"""The types that the error text names."""

FILE_TYPE_OF = {"F32": "F32", "F16": "F16", "BF16": "BF16", "Q8_0": "Q8_0", "Q4_K_S": "Q4_K_S", "Q4_K_M": "Q4_K_M", "Q4_K": "Q4_K_M"}
"""What a request may ask for → the name of the file type. Source: Ollama fs/ggml/type.go ParseFileType."""

COMPATIBILITY_PREFIXES = ("a.", "mm.", "mtp.", "s.", "v.")
"""Tensors of encoders inside a model's file; they keep their types. Source: Ollama server/create.go isEmbeddedCompatibilityTensor."""

NUMBER_OF_TYPE = {packing.name: number for number, packing in TENSOR_TYPES.items()}
NUMBER_OF_FILE_TYPE = {name: number for number, name in FILE_TYPES.items()}

_PLAIN = ("F32", "F16", "BF16")
_FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
_NEVER = (
    *("_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight", "altup", "laurel", "per_layer_model_proj", "ssm_conv1d"),
    *("shortconv.conv.weight", "indexer.k_proj.weight", "indexer.q_proj.weight", "time_mix_first.weight", "time_mix_lerp_fused.weight"),
    *(f"time_mix_{part}.weight" for part in ("w0", "w1", "w2", "v0", "v1", "v2", "a0", "a1", "a2", "g1", "g2", "decay_w1", "decay_w2")),
    *("attn_rel_b.weight", ".position_embd", "sam.pos_embd", "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger"),
    *("a.rvq.codebook", "mm.a.code_embd"),
)
_NEVER_EXACTLY = ("position_embd.weight", "token_types.weight")
_EMBEDDINGS = ("token_embd.weight", "per_layer_token_embd.weight")
_VALUES = ("attn_qkv.weight", "attn_kv_b.weight", "attn_v.weight")
_LAYER = re.compile(r"blk\.(\d+)\.")

# Tensors that Ollama keeps at higher precision in 4-bit files of these architectures.
_KEPT: dict[str, tuple[tuple[str, str], ...]] = {
    "gemma3n": ((r"^per_layer_token_embd\.weight$", "F16"),),
    "deepseek2": tuple((rf"{part}\.weight$", "Q8_0") for part in ("attn_k_b", "attn_q_a", "attn_q_b", "attn_v_b", "attn_kv_a_mqa")),
    **dict.fromkeys(("qwen35", "qwen35moe"), ((r"^blk\.[0-9]+\.nextn\.eh_proj\.weight$", "Q8_0"),)),
    **dict.fromkeys(("glm4", "glmocr"), ((r"^token_embd\.weight$", "F16"), (r"^output\.weight$", "F16"))),
}


def in_file_order(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the tensors as llama-quantize writes them: those of no layer, then layer by layer, by name.

    Source: llama.cpp src/llama-model-loader.h weight_name_comparer.
    """
    return sorted(tensors, key=lambda tensor: (layer_of(tensor.name, -1), tensor.name))


def target_types(header: GGUFInfo, file_type: str) -> list[tuple[Tensor, str]]:
    """Return the tensors in the order of the new file, each with the name of its new type.

    Args:
        file_type: one of the values of ``FILE_TYPE_OF``.

    Raises:
        StoreError: a tensor's rows fit no type.
    """
    tensors = in_file_order(header.tensors)
    mixture = _Mixture(header, file_type, tensors)
    return [(tensor, mixture.type_of(tensor) if _may_change(tensor) else tensor.type.name) for tensor in tensors]


def _may_change(tensor: Tensor) -> bool:
    name, shape = tensor.name, tensor.shape
    if all(size == 1 for size in shape[1:]) or not name.endswith("weight") or name.startswith(COMPATIBILITY_PREFIXES):
        return False
    return name not in _NEVER_EXACTLY and not any(part in name for part in _NEVER)


def layer_of(name: str, otherwise: int) -> int:
    """Return the number of the layer that a tensor belongs to, ``otherwise`` for one of no layer."""
    found = _LAYER.match(name)
    return int(found[1]) if found else otherwise


def _more_bits(layer: int, layers: int) -> bool:
    """Return whether a layer is among the sensitive ones: the first and last eighth, and every third between."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


@dataclass
class _Mixture:
    """The choice of types for one file; it counts the layers that have passed, so tensors must come in the order of the file."""

    header: GGUFInfo
    file_type: str
    tensors: Sequence[Tensor]
    values_seen: int = 0
    downs_seen: int = 0

    def __post_init__(self) -> None:
        header = self.header
        self.default = "Q4_K" if self.file_type.startswith("Q4_K") else self.file_type
        self.kept = [(re.compile(pattern), name) for pattern, name in _KEPT.get(header.architecture, ()) if self.default == "Q4_K"]
        self.layers = header.uint("block_count")
        self.experts = header.uint("expert_count")
        self.tied = all(tensor.name != "output.weight" for tensor in self.tensors)
        self.values = sum(any(part in tensor.name for part in _VALUES) for tensor in self.tensors)
        self.falcon = header.architecture == "falcon"

    def type_of(self, tensor: Tensor) -> str:
        if self.default in _PLAIN:
            return self.default
        kept = next((name for pattern, name in self.kept if pattern.search(tensor.name)), None)
        return _fitting(tensor, kept or self._mixed(tensor))

    def _mixed(self, tensor: Tensor) -> str:
        name, four_bit = tensor.name, self.default == "Q4_K"
        if name == "output.weight" or (self.tied and name in _EMBEDDINGS):
            whole_blocks = tensor.shape[0] % TENSOR_TYPES[NUMBER_OF_TYPE[self.default]].block == 0
            return "Q6_K" if four_bit and whole_blocks and not self.falcon else "Q8_0"
        if name in _EMBEDDINGS:
            return self.default
        if any(part in name for part in _VALUES):
            return self._value()
        if "attn_k.weight" in name:
            return "Q8_0" if self.experts == 8 else self.default
        if "attn_output.weight" in name and "attn_q.weight" not in name:
            return "Q5_K" if four_bit and self.experts == 8 and not self.falcon else self.default
        return self._down(name) if self._is_down(name) and four_bit else self.default

    def _is_down(self, name: str) -> bool:
        return "ffn_down" in name and not any(part in name for part in ("attn_q.weight", "ffn_up", "ffn_gate"))

    def _value(self) -> str:
        chosen = self.default
        if self.file_type == "Q4_K_M" and _more_bits(self.values_seen, self.values):
            chosen = "Q6_K"
        elif self.file_type == "Q4_K_S" and self.values_seen < 4:
            chosen = "Q5_K"
        if self._seventy_billion() and chosen == "Q4_K":
            chosen = "Q5_K"
        self.values_seen += 1
        return "Q8_0" if self.experts == 8 else chosen

    def _down(self, name: str) -> str:
        # Experts' tensors may be strewn over the file, so their layer is read from the name.
        layer = layer_of(name, self.downs_seen) if self.experts > 1 else self.downs_seen
        self.downs_seen += 1
        if self.file_type == "Q4_K_S":
            return "Q5_K" if not self.falcon and layer < self.layers // 8 else self.default
        if not self.falcon:
            return "Q6_K" if _more_bits(layer, self.layers) else self.default
        if layer < self.layers // 16:
            return "Q6_K"
        return "Q5_K" if _more_bits(layer, self.layers) else self.default

    def _seventy_billion(self) -> bool:
        """Source: llama.cpp src/models llama.cpp and qwen2.cpp load_arch_hparams: LLM_TYPE_70B."""
        if self.layers != 80:
            return False
        shared = self.header.uint("attention.head_count") != self.header.uint("attention.head_count_kv")
        return self.header.architecture == "qwen2" or (self.header.architecture in ("llama", "deci") and shared)


def _fitting(tensor: Tensor, name: str) -> str:
    """Return the type, or another one when the rows are not whole blocks of it.

    Raises:
        StoreError: there is no other one.
    """
    width = tensor.shape[0]
    if width % TENSOR_TYPES[NUMBER_OF_TYPE[name]].block == 0:
        return name
    other = _FALLBACK.get(name)
    if other is None:
        raise StoreError(f"llama-quantize failed: no tensor type fallback is defined for type {name.lower()} ({tensor.name})")
    return other if width % TENSOR_TYPES[NUMBER_OF_TYPE[other]].block == 0 else "F16"
