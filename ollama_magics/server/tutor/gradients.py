"""The gradient of a step: one share of the batch here, every other share in a process of its own.

Threads of one process wait for the slowest of them thousands of times in a step, processes that share the weights only once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import torch
import torch.multiprocessing as multiprocessing
import torch.nn.functional as functional
from torch import Tensor

from ollama_magics.server.tutor.network import Network
from ollama_magics.server.tutor.packing import Batch
from ollama_magics.server.tutor.plan import Plan
from ollama_magics.server.tutor.tokenizer import PAD, Tokenizer

Measured = tuple[float, int]
"""Mean loss, and how many tokens were read."""


def accumulate(network: Network, ready: Batch, shares: int) -> Measured:
    """Add the gradient of a share of a batch to what the weights hold."""
    weight = network.token_embd.weight
    ids, learnt, parts = (torch.tensor(rows, device=weight.device) for rows in (ready.ids, ready.learnt, ready.parts))
    with torch.autocast(weight.device.type, torch.bfloat16):
        states = network(ids, parts)[:, :-1]
        chosen = learnt[:, 1:] > 0
        loss = functional.cross_entropy(network.scores(states[chosen]), ids[:, 1:][chosen])
    (loss / shares).backward()
    return float(loss.item()), int((ids != PAD).sum())


class Gradients:
    """Makes the gradients of a run, step by step; a context, in which its processes live.

    Args:
        network: its weights are moved to shared memory where there are several shares and no accelerator.
        plan: says what is in a batch.
        tokenizer: makes the ids.
        compiled: whether the network is compiled first.
    """

    def __init__(self, network: Network, plan: Plan, tokenizer: Tokenizer, compiled: bool) -> None:
        self._network, self._plan, self._tokenizer, self._compiled = network, plan, tokenizer, compiled
        self._alone = plan.shares == 1 or network.token_embd.weight.device.type != "cpu"
        self._others: list[tuple[Any, Any, list[Tensor]]] = []
        self._ready: tuple[int, list[Batch]] = (-1, [])

    def __enter__(self) -> Gradients:
        if not self._alone:
            torch.set_num_threads(1)
            self._network.share_memory()
            self._others = [self._start(share) for share in range(1, self._plan.shares)]
        if self._compiled:
            compile_blocks(self._network)
        return self

    def __exit__(self, *exc: object) -> None:
        for process, connection, _ in self._others:
            connection.close()
            process.join()

    def step(self, number: int) -> Measured:
        """Leave the gradient of a step in the weights; return its mean loss and how many tokens it read."""
        for _, connection, _ in self._others:
            connection.send(number)
        mine = range(self._plan.shares) if self._alone else range(1)
        batches = self._ready[1] if self._ready[0] == number else [self._plan.batch(self._tokenizer, number, share) for share in mine]
        measured = [accumulate(self._network, ready, self._plan.shares) for ready in batches]
        self._ready = number + 1, [self._plan.batch(self._tokenizer, number + 1, share) for share in mine]
        for _, connection, theirs in self._others:
            measured.append(connection.recv())
            for weight, other in zip(self._network.parameters(), theirs, strict=True):
                weight.grad.add_(other)
        return sum(loss for loss, _ in measured) / len(measured), sum(read for _, read in measured)

    def _start(self, share: int) -> tuple[Any, Any, list[Tensor]]:
        here, there = multiprocessing.Pipe()
        sums = [torch.zeros_like(weight, requires_grad=False).share_memory_() for weight in self._network.parameters()]
        given = (there, self._network, self._plan, self._tokenizer.words, share, sums, self._compiled)
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=given, daemon=True)
        process.start()
        there.close()
        return process, here, sums


def _serve(connection: Any, network: Network, plan: Plan, words: Sequence[str], share: int, sums: Sequence[Tensor], compiled: bool) -> None:
    """Work on one share of every step that is asked for, until nobody asks any more."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is for the process that saves the checkpoint.
    torch.set_num_threads(1)
    if compiled:
        compile_blocks(network)
    tokenizer, ready = Tokenizer(words), (-1, Batch([], [], []))
    with suppress(EOFError):
        while True:
            number = connection.recv()
            network.zero_grad()
            chosen = ready[1] if ready[0] == number else plan.batch(tokenizer, number, share)
            measured = accumulate(network, chosen, plan.shares)
            for kept, weight in zip(sums, network.parameters(), strict=True):
                kept.copy_(weight.grad)
            connection.send(measured)
            ready = number + 1, plan.batch(tokenizer, number + 1, share)


def compile_blocks(network: Network) -> None:
    """Compile the layers, which are all alike, once for each width of a row."""
    for block in network.blk:
        block.compile(dynamic=False)
