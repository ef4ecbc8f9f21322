"""The network: a small Llama in torch, with the names and the order of rotary pairs that GGUF uses.

Source: llama.cpp src/models/llama.cpp, ``LLAMA_ROPE_TYPE_NORM`` rotates neighbouring pairs (b8710).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from ollama_magics.server.tutor.plan import Shape


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
        rows, length, _ = x.shape
        shape, normal = self.shape, self.attn_norm(x)
        query, key, value = (
            part(normal).view(rows, length, shape.heads, shape.head).transpose(1, 2) for part in (self.attn_q, self.attn_k, self.attn_v)
        )
        query, key = _rotated(query, cosine, sine), _rotated(key, cosine, sine)
        # Plain attention: on a CPU its way back is far faster than that of scaled_dot_product_attention.
        scores = torch.matmul(query, key.transpose(-1, -2)) * shape.head**-0.5
        weights = scores.masked_fill(hidden, -1e9).softmax(-1)
        x = x + self.attn_output(torch.matmul(weights, value).transpose(1, 2).reshape(rows, length, -1))
        normal = self.ffn_norm(x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(normal)) * self.ffn_up(normal))


def _rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1).flatten(-2)


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
