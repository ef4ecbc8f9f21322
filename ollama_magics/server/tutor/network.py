"""The network: a small Llama in torch, with the names that GGUF uses.

The two numbers that turn together stand half a head apart, which is faster; the exporter puts them side by side.
Source: llama.cpp src/models/llama.cpp, ``LLAMA_ROPE_TYPE_NORM`` rotates neighbouring pairs (b8710).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from ollama_magics.server.tutor.plan import Shape

_CHUNK = 256
"""Places that attend at a time."""


class Norm(nn.Module):  # type: ignore[misc]  # torch has no types here
    """Root mean square normalisation."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape.width))
        self.epsilon = shape.epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x`` at length 1, times the learnt weights."""
        return functional.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


class Block(nn.Module):  # type: ignore[misc]  # torch has no types here
    """Attention and a gated layer, each added to what came in."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attn_norm, self.ffn_norm = Norm(shape), Norm(shape)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            setattr(self, name, nn.Linear(shape.width, shape.width, bias=False))
        self.ffn_gate = nn.Linear(shape.width, shape.inner, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.inner, bias=False)
        self.ffn_down = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor, hidden: Tensor) -> Tensor:
        """Return the next hidden states; ``hidden`` is true where a place must not look."""
        rows, length, width = x.shape
        shape, normal = self.shape, self.attn_norm(x)
        both = _joined(normal, self.attn_q, self.attn_k, self.attn_v).view(rows, length, 3, shape.heads, shape.head)
        query, key, value = both.permute(2, 0, 3, 1, 4)
        query, key = _rotated(query, cosine, sine) * shape.head**-0.5, _rotated(key, cosine, sine)
        seen = [_attended(query, key, value, hidden, at) for at in range(0, length, _CHUNK)]
        x = x + self.attn_output(torch.cat(seen, 2).transpose(1, 2).reshape(rows, length, width))
        gate, up = _joined(self.ffn_norm(x), self.ffn_gate, self.ffn_up).chunk(2, -1)
        return x + self.ffn_down(functional.silu(gate) * up)


def _joined(x: Tensor, *layers: nn.Linear) -> Tensor:
    """Return what several layers make of ``x``, side by side: one large product is faster than several small ones."""
    return functional.linear(x, torch.cat([layer.weight for layer in layers]))


def _attended(query: Tensor, key: Tensor, value: Tensor, hidden: Tensor, at: int) -> Tensor:
    """Return the attention of the places from ``at`` on, which see nothing behind their chunk.

    Plain attention: on a CPU its way back is far faster than that of scaled_dot_product_attention.
    """
    end = min(at + _CHUNK, query.shape[2])
    scores = torch.matmul(query[:, :, at:end], key[:, :, :end].transpose(-1, -2))
    return torch.matmul(scores.masked_fill(hidden[:, :, at:end, :end], -1e9).softmax(-1), value[:, :, :end])


def _rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, first * sine + second * cosine), -1)


class Network(nn.Module):  # type: ignore[misc]  # torch has no types here
    """Token ids to hidden states; the embedding is also the output layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                last = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weight, std=0.02 / (math.sqrt(2 * shape.layers) if last else 1))
        steps = 1.0 / shape.rope_base ** (torch.arange(0, shape.head, 2).float() / shape.head)
        angles = torch.outer(torch.arange(shape.context).float(), steps)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def forward(self, ids: Tensor, parts: Tensor) -> Tensor:
        """Return hidden states of shape (rows, length, width); ``parts`` numbers the dialogues of a row."""
        length = ids.shape[1]
        x = self.token_embd(ids)
        if torch.is_autocast_enabled(ids.device.type):
            x = x.to(torch.get_autocast_dtype(ids.device.type))
        later = torch.ones(length, length, dtype=torch.bool, device=ids.device).triu(1)
        hidden = ((parts[:, :, None] != parts[:, None, :]) | later)[:, None]
        cosine, sine = self.cosine[:length].to(x.dtype), self.sine[:length].to(x.dtype)
        for block in self.blk:
            x = block(x, cosine, sine, hidden)
        return self.output_norm(x)

    def scores(self, states: Tensor) -> Tensor:
        """Return the score of every token at these states, in full precision."""
        return functional.linear(states, self.token_embd.weight.to(states.dtype)).float()
