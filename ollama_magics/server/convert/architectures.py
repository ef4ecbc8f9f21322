"""What the converter knows of each kind of model: its GGUF keys, how its tensors are called, what becomes of their numbers.

Source: Ollama convert/convert_llama.go, convert_qwen2.go, convert_qwen3.go, convert_gemma.go, convert_gemma2.go,
convert_gemma3.go (v0.33.0-rc2); MistralForCausalLM and Qwen3ForCausalLM after llama.cpp convert_hf_to_gguf.py.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ollama_magics.server.convert.config import ModelConfig
from ollama_magics.server.convert.vocabulary import KeyValue
from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguftypes import BOOL, FLOAT32
from ollama_magics.text.gostrings import quote

_COMMON = (
    *(("lm_head", "output"), ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("model.layers", "blk")),
    *(("input_layernorm", "attn_norm"), ("mlp.gate_proj", "ffn_gate"), ("mlp.down_proj", "ffn_down"), ("mlp.up_proj", "ffn_up")),
    *((f"self_attn.{letter}_proj", f"attn_{letter}") for letter in "qkv"),
    *(("self_attn.o_proj", "attn_output"), ("self_attn.q_norm", "attn_q_norm"), ("self_attn.k_norm", "attn_k_norm")),
)
_NORM_BEFORE = (("post_attention_layernorm", "ffn_norm"),)
_NORMS_AROUND = (
    *(("post_attention_layernorm", "post_attention_norm"), ("pre_feedforward_layernorm", "ffn_norm")),
    *(("post_feedforward_layernorm", "post_ffw_norm"), ("language_model.", "")),
)
_GEMMA_TOKENS = {"eot": 107, "middle": 68, "prefix": 67, "suffix": 69}

Keys = Iterator[tuple[str, Any]]


@dataclass(frozen=True)
class Architecture:
    """One kind of model.

    Attributes:
        name: llama.cpp's name of it.
        keys: the keys below that name, from the configuration; a pair of value and type number where the value alone is not clear.
        names: what is replaced in the names of tensors, the first that fits at each place.
        permuted: whether rotary pairs lie side by side in llama.cpp and a half apart here.
        norms_from_zero: whether the weights of norms are stored less 1.
        cut_embeddings: whether rows beyond the vocabulary are left away.
    """

    name: str
    keys: Callable[[ModelConfig], Keys]
    names: tuple[tuple[str, str], ...]
    permuted: bool = False
    norms_from_zero: bool = False
    cut_embeddings: bool = False

    def renamed(self, name: str) -> str:
        """Return the name that llama.cpp has for a tensor.

        Examples:
            >>> ARCHITECTURES["LlamaForCausalLM"].renamed("model.layers.3.self_attn.q_proj.weight")
            'blk.3.attn_q.weight'
        """
        table = dict(self.names)
        return re.sub("|".join(map(re.escape, table)), lambda found: table[found[0]], name)

    def all_keys(self, config: ModelConfig) -> dict[str, KeyValue]:
        """Return the keys of the architecture, with the type number where it is needed."""
        found: dict[str, KeyValue] = {"general.architecture": (self.name, None)}
        for key, value in self.keys(config):
            full = key if key.startswith("tokenizer.") else f"{self.name}.{key}"
            found[full] = value if isinstance(value, tuple) else (value, FLOAT32 if isinstance(value, float) else None)
        return found


def architecture_of(config: ModelConfig) -> Architecture:
    """Return the kind of model that a configuration names.

    Raises:
        StoreError: none, or one that cannot be converted.
    """
    names = config.texts("architectures")
    if not names:
        raise StoreError("unknown architecture")
    if names[0] not in ARCHITECTURES:
        raise StoreError(f"unsupported architecture {quote(names[0])}")
    return ARCHITECTURES[names[0]]


def rope_factors(config: ModelConfig) -> list[float]:
    """Return the factors of Llama 3's stretched rotary embedding, an empty list for models without."""
    scaling, theta = _scaling(config), _theta(config)
    width, heads = config.whole("hidden_size"), config.whole("num_attention_heads")
    dimensions = config.whole("head_dim") or (width // heads if heads else 0)
    if scaling.text("rope_type", "type") != "llama3" or not dimensions or not theta:
        return []
    defaults = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    factor, low, high = (_single(scaling.real(name) or default) for name, default in defaults.items())
    original = scaling.whole("original_max_position_embeddings") or 8192
    factors = []
    for index in range(0, dimensions, 2):
        wavelength = 2 * math.pi * theta ** (index / dimensions)
        if wavelength < _single(original / high):
            factors.append(1.0)
        elif wavelength > _single(original / low):
            factors.append(factor)
        else:
            smooth = _single(_single(_single(original / _single(wavelength)) - low) / _single(high - low))
            factors.append(_single(1 / _single(_single(_single(1 - smooth) / factor) + smooth)))
    return factors


def _single(number: float) -> float:
    """Return the nearest number of 32 bits: Ollama reckons with those."""
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def _theta(config: ModelConfig) -> float:
    return config.real("rope_theta") or config.part("rope_parameters").real("rope_theta")


def _scaling(config: ModelConfig) -> ModelConfig:
    scaling = config.part("rope_scaling")
    return scaling if scaling.fields else config.part("rope_parameters")


def _present(pairs: Iterator[tuple[str, Any]]) -> Keys:
    return ((key, value) for key, value in pairs if value)


def _sizes(config: ModelConfig) -> Keys:
    yield "block_count", config.whole("n_layers", "num_hidden_layers", "n_layer")
    yield "context_length", config.whole("max_position_embeddings", "n_ctx")
    yield "embedding_length", config.whole("hidden_size", "n_embd")
    yield "feed_forward_length", config.whole("intermediate_size", "n_inner")
    yield "attention.head_count", config.whole("num_attention_heads", "n_head")
    yield "attention.head_count_kv", config.whole("num_key_value_heads")
    yield "attention.layer_norm_rms_epsilon", config.real("rms_norm_eps")


def _llama(config: ModelConfig) -> Keys:
    heads, head = config.whole("num_attention_heads", "n_head"), config.whole("head_dim")
    scaling = _scaling(config)
    yield "vocab_size", config.whole("vocab_size")
    yield from _present(_sizes(config))
    if heads:
        yield "rope.dimension_count", head or config.whole("hidden_size", "n_embd") // heads
    if head:
        yield from ((f"attention.{name}", head) for name in ("head_dim", "key_length", "value_length"))
    yield from _present(iter([("rope.freq_base", _theta(config))]))
    yield from _present(iter([("attention.layer_norm_epsilon", config.real("layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"))]))
    if scaling.text("type", "rope_type") == "linear":
        yield "rope.scaling.type", "linear"
        yield "rope.scaling.factor", scaling.real("factor")


def _qwen(config: ModelConfig) -> Keys:
    yield from _sizes(config)
    yield "rope.freq_base", _theta(config)
    yield from _stretched(config)


def _qwen3(config: ModelConfig) -> Keys:
    yield from _qwen(config)
    yield from _head_sizes(config)


def _stretched(config: ModelConfig) -> Keys:
    scaling = _scaling(config)
    kind = scaling.text("type", "rope_type")
    if kind == "yarn":
        yield "rope.scaling.type", kind
        yield "rope.scaling.factor", scaling.real("factor")
        yield from _present(iter([("rope.scaling.original_context_length", scaling.whole("original_max_position_embeddings"))]))
    elif kind not in ("", "default"):
        raise StoreError(f"unknown rope scaling type {quote(kind)}")


def _head_sizes(config: ModelConfig) -> Keys:
    heads = config.whole("num_attention_heads")
    size = config.whole("head_dim") or (config.whole("hidden_size") // heads if heads else 0)
    yield "attention.key_length", size
    yield "attention.value_length", size


def _gemma(config: ModelConfig) -> Keys:
    yield from _sizes(config)
    yield from _head_sizes(config)
    yield from ((f"tokenizer.ggml.{name}_token_id", number) for name, number in _GEMMA_TOKENS.items())


def _gemma2(config: ModelConfig) -> Keys:
    yield from _gemma(config)
    yield "attention.sliding_window", config.whole("sliding_window")
    yield "attn_logit_softcapping", config.real("attn_logit_softcapping")
    yield "final_logit_softcapping", config.real("final_logit_softcapping")


def _gemma3(config: ModelConfig) -> Keys:
    yield from _sizes(config)
    yield from _head_sizes(config)
    yield "attention.sliding_window", config.whole("sliding_window")
    yield from _local_layers(config)
    yield from _present(iter([("final_logit_softcapping", config.real("final_logit_softcapping"))]))
    yield "rope.local.freq_base", config.real("rope_local_base_freq") or 10000.0
    yield "rope.freq_base", _theta(config) or 1000000.0
    scaling = config.part("rope_scaling")
    if scaling.text("rope_type") == "yarn" and scaling.real("factor") > 0:
        yield "rope.scaling.type", "yarn"
        yield "rope.scaling.factor", scaling.real("factor")
        yield "rope.scaling.original_context_length", scaling.whole("original_max_position_embeddings")
        yield "rope.scaling.extrapolation_factor", scaling.real("extrapolation_factor") or 1.0
        yield "rope.scaling.beta_fast", scaling.real("beta_fast") or 64.0
        yield "rope.scaling.beta_slow", scaling.real("beta_slow") or 1.0
    elif scaling.text("rope_type") == "linear":
        yield "rope.scaling.type", "linear"
        yield "rope.scaling.factor", scaling.real("factor")


def _local_layers(config: ModelConfig) -> Keys:
    """Which layers see only the sliding window, from either way of saying it."""
    kinds, period = config.texts("layer_types"), config.whole("sliding_window_pattern")
    if kinds or period:
        layers = range(config.whole("num_hidden_layers"))
        local = [kinds[i] == "sliding_attention" if i < len(kinds) else bool(period and (i + 1) % period) for i in layers]
        yield "attention.sliding_window_pattern", (local, BOOL)


_LLAMA = Architecture("llama", _llama, (*_COMMON, *_NORM_BEFORE), permuted=True)

ARCHITECTURES = {
    "LlamaForCausalLM": _LLAMA,
    "MistralForCausalLM": _LLAMA,
    "Qwen2ForCausalLM": Architecture("qwen2", _qwen, (*_COMMON, *_NORM_BEFORE)),
    "Qwen3ForCausalLM": Architecture("qwen3", _qwen3, (*_COMMON, *_NORM_BEFORE)),
    "GemmaForCausalLM": Architecture("gemma", _gemma, (*_COMMON, *_NORM_BEFORE), norms_from_zero=True),
    "Gemma2ForCausalLM": Architecture("gemma2", _gemma2, (*_COMMON, *_NORMS_AROUND), norms_from_zero=True),
    "Gemma3ForCausalLM": Architecture("gemma3", _gemma3, (*_COMMON, *_NORMS_AROUND), norms_from_zero=True, cut_embeddings=True),
}
"""Name in ``config.json`` → what is known of it."""
