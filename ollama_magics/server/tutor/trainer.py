"""Training: a fixed number of steps from a seed, which can be stopped and gone on with at any time.

The rate rises, stays, and falls in the last part to nothing. As it stays the same in between, a run can be ended early, or made
longer, by asking for another number of steps. A step's batch depends on the seed and the step alone.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ollama_magics.server.tutor.gradients import Gradients
from ollama_magics.server.tutor.network import Network
from ollama_magics.server.tutor.optimiser import Muon
from ollama_magics.server.tutor.plan import Plan, Shape, vocabulary
from ollama_magics.server.tutor.tokenizer import Tokenizer

CHECKPOINT = "checkpoint.pt"
"""File in the folder of a run."""

LOG = "log.jsonl"
"""One line of figures every minute, beside it."""

_MUON_RATE, _ADAM_RATE = 0.02, 0.003
_MINUTE_S = 60.0


class Training:
    """One run, in a folder of its own.

    Args:
        folder: where the checkpoint lies; an old one is gone on with.
        plan: what is done.
        say: told the progress about once a minute.
        clock: seconds, for the rate and the time left.
    """

    def __init__(self, folder: Path, plan: Plan, say: Callable[[str], None] = print, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self.plan, self._say, self._clock = folder, plan, say, clock
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(plan.seed)
        folder.mkdir(parents=True, exist_ok=True)
        saved = torch.load(folder / CHECKPOINT, weights_only=True) if (folder / CHECKPOINT).exists() else None
        self.tokenizer = Tokenizer(saved["words"] if saved else vocabulary(plan))
        self.network = Network(Shape(len(self.tokenizer))).to(self.device)
        named = list(self.network.named_parameters())
        matrices = [weight for name, weight in named if weight.ndim == 2 and "embd" not in name]
        others = [weight for name, weight in named if weight.ndim == 1 or "embd" in name]
        self.optimisers = [Muon(matrices, _MUON_RATE), torch.optim.AdamW(others, lr=_ADAM_RATE, betas=(0.9, 0.95), weight_decay=0.0)]
        self.step, self.seen, self.seconds = 0, 0, 0.0
        if saved:
            self._restore(saved)

    def run(self, compiled: bool = True) -> None:
        """Train until all steps are done, with a checkpoint every few minutes and whenever it ends, also by Ctrl-C."""
        try:
            with Gradients(self.network, self.plan, self.tokenizer, compiled) as gradients:
                self._steps(gradients)
        finally:
            self.save()

    def _steps(self, gradients: Gradients) -> None:
        begun, said, saved, losses = self._clock(), self._clock(), self._clock(), list[float]()
        before, seen_before = self.seconds, self.seen
        while self.step < self.plan.steps:
            losses.append(self._update(gradients))
            now = self._clock()
            self.seconds = before + now - begun
            if now - said > _MINUTE_S or self.step == self.plan.steps:
                self._report(losses, (self.seen - seen_before) / max(now - begun, 1e-9))
                said, losses = now, []
            if now - saved > 3 * _MINUTE_S:
                self.save()
                saved = now

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state = {
            "shape": asdict(self.network.shape),
            "words": list(self.tokenizer.words),
            "weights": self.network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "seen": self.seen,
            "seconds": self.seconds,
        }
        torch.save(state, self.folder / f"{CHECKPOINT}.new")
        os.replace(self.folder / f"{CHECKPOINT}.new", self.folder / CHECKPOINT)

    def _restore(self, saved: dict[str, Any]) -> None:
        self.network.load_state_dict(saved["weights"])
        for optimiser, state in zip(self.optimisers, saved["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.step, self.seen, self.seconds = saved["step"], saved["seen"], saved["seconds"]

    def _update(self, gradients: Gradients) -> float:
        for optimiser, base in zip(self.optimisers, (_MUON_RATE, _ADAM_RATE), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = base * self.plan.rate(self.step)
        loss, read = gradients.step(self.step)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        self.seen += read
        return loss

    def _report(self, losses: list[float], rate: float) -> None:
        left = (self.plan.steps - self.step) * self.plan.tokens / max(rate, 1.0)
        figures = {
            "step": self.step,
            "loss": round(sum(losses) / max(len(losses), 1), 4),
            "tokens": self.seen,
            "seconds": round(self.seconds),
        }
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(figures) + "\n")
        self._say(
            f"step {self.step} of {self.plan.steps}, loss {figures['loss']:.3f}, {self.seen / 1e6:.2f} M tokens, "
            f"{rate:,.0f} tokens/s, {left / 60:.0f} min left"
        )
