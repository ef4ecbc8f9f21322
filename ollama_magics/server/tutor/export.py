"""A network as a GGUF file that llama.cpp and Ollama run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType, GGUFWriter, quants

from ollama_magics.server.tutor.plan import Shape
from ollama_magics.server.tutor.tokenizer import BEGIN, END, PAD, SPECIAL, Tokenizer

_Q8_0_FILE = 7
_CONTROL, _NORMAL = 3, 1
_LICENSE = "MIT"
_TURNED = ("attn_q.weight", "attn_k.weight")

CHAT_TEMPLATE = """{#-
  The prompt of tutor, the teaching model of ollama-magics: a token for who speaks, the text as it is, a token for its end,
  and last of all the token that asks the model to speak. Nothing is added, no default prompt, no empty lines, no stop words.
  This note is here for a reason: Ollama compares this text with those it knows, and takes a short one for the nearest of them.
-#}
{%- for message in messages -%}
  {{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""
"""What a server renders that gets the file and no TEMPLATE."""


def export(checkpoint: Path, target: Path) -> int:
    """Write the network of a checkpoint; return the size of the file in bytes."""
    import torch

    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    shape = Shape(**saved["shape"])
    weights = {name: weight.float().numpy() for name, weight in saved["weights"].items()}
    turned = {name: _paired(values, shape.heads) if name.endswith(_TURNED) else values for name, values in weights.items()}
    return write_gguf(target, shape, Tokenizer(saved["words"]), turned)


def _paired(values: Any, heads: int) -> Any:
    """Return the rows so that the two numbers that turn together stand side by side; training keeps them half a head apart.

    Source: llama.cpp convert_hf_to_gguf.py ``LlamaModel.permute`` (b8710).
    """
    return values.reshape(heads, 2, values.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(values.shape)


def write_gguf(target: Path, shape: Shape, tokenizer: Tokenizer, weights: Mapping[str, Any]) -> int:
    """Write the weights, the matrices as Q8_0, and the tokenizer; return the size of the file in bytes.

    Its chat template is unlike every one that Ollama knows, which would take a short one for the nearest of them.

    Args:
        target: the file.
        shape: sizes of the network.
        tokenizer: as many tokens as the embedding has rows.
        weights: arrays of 32-bit floats by their names in GGUF.

    Source: Ollama server/create.go ``detectChatTemplate``, template/template.go ``Named`` (v0.33.0-rc2).
    """
    writer = GGUFWriter(str(target), "llama")
    _describe(writer, shape)
    _add_tokenizer(writer, tokenizer)
    for name, values in weights.items():
        if values.ndim == 1:
            writer.add_tensor(name, values)
        else:
            writer.add_tensor(name, quants.quantize(values, GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target.stat().st_size


def _describe(writer: Any, shape: Shape) -> None:
    writer.add_name("tutor")
    writer.add_description("A teaching model, trained from nothing on generated text.")
    writer.add_license(_LICENSE)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_rope_dimension_count(shape.head)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(_Q8_0_FILE)


def _add_tokenizer(writer: Any, tokenizer: Tokenizer) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokenizer.tokens)
    writer.add_token_types([_CONTROL] * len(SPECIAL) + [_NORMAL] * (len(tokenizer) - len(SPECIAL)))
    # The key must be there; it is of two bytes that no text holds.
    writer.add_token_merges([tokenizer.merge])
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
