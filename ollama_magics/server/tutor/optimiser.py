"""Muon: steps in the direction of the gradient with all its singular values made equal.

Source: Keller Jordan, Muon (2024), the five-step Newton-Schulz iteration.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_STEPS = 5


class Muon(torch.optim.Optimizer):  # type: ignore[misc]  # torch has no types here
    """An optimiser for matrices; those of one shape are worked on together.

    Args:
        weights: matrices.
        lr: size of a step.
        momentum: share of the last step that is kept.
        decay: share of a weight that is lost in a step of size 1.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()  # type: ignore[untyped-decorator]  # torch has no types here
    def step(self) -> None:
        """Move every weight by one step."""
        for group in self.param_groups:
            alike: dict[tuple[int, ...], list[Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    alike.setdefault(tuple(weight.shape), []).append(weight)
            for shape, weights in alike.items():
                steps = _equalised(torch.stack([self._moving(weight, group["momentum"]) for weight in weights]))
                size = group["lr"] * max(1, shape[0] / shape[1]) ** 0.5
                for weight, step in zip(weights, steps, strict=True):
                    weight.mul_(1 - group["lr"] * group["decay"]).add_(step.to(weight.dtype), alpha=-size)

    def _moving(self, weight: Tensor, momentum: float) -> Tensor:
        state = self.state[weight]
        if "moving" not in state:
            state["moving"] = torch.zeros_like(weight)
        moving: Tensor = state["moving"]
        moving.lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(moving, momentum)


def _equalised(matrices: Tensor) -> Tensor:
    """Return the matrices, shape (n, rows, columns), with singular values near 1."""
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    first, second, third = _COEFFICIENTS
    for _ in range(_STEPS):
        square = x @ x.mT
        x = first * x + (second * square + third * square @ square) @ x
    return x.mT if tall else x
