"""What one load of a model is made of."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any

_SMALL_MODEL_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class LoadSpec:
    """Everything that cannot change while a model stays loaded.

    Attributes:
        model_path: the GGUF file.
        adapters: GGUF files of LoRA adapters, in order.
        num_ctx: context of one slot, tokens.
        num_batch: tokens of one prompt batch; 0 leaves it to llama.cpp.
        num_gpu: layers on the GPU; -1 leaves it to llama.cpp, 0 is the CPU only.
        main_gpu: index of the one GPU to use, or None.
        use_mmap: map the file into memory, or None for llama.cpp's choice.
        num_thread: threads; 0 is a choice by the size of the file.
        parallel: requests that are answered at once.
        context_shift: go on past the end of the context by forgetting the middle.
        num_keep: tokens at the start of the prompt that a shift keeps.
        embedding: embedding vectors are wanted.
        jinja: parse the chat template of the file.
        cache_type: type of the key and value cache (``f16``, ``q8_0`` …); empty is llama.cpp's own.
        flash_attention: use it or not; None leaves it to llama.cpp.
        gpu_overhead: bytes of each GPU that stay free, besides what llama.cpp leaves.
        memory: bytes that it is going to take.
    """

    model_path: str
    adapters: tuple[str, ...] = ()
    num_ctx: int = 4096
    num_batch: int = 512
    num_gpu: int = -1
    main_gpu: int | None = None
    use_mmap: bool | None = None
    num_thread: int = 0
    parallel: int = 1
    context_shift: bool = True
    num_keep: int = 4
    embedding: bool = False
    jinja: bool = False
    cache_type: str = ""
    flash_attention: bool | None = None
    gpu_overhead: int = 0
    memory: int = 0

    def serves(self, wanted: LoadSpec) -> bool:
        """Return whether a model that was loaded by this spec can answer a request that asks for ``wanted``.

        Source: Ollama server/sched.go ``needsReload``; ``num_keep`` of the request counts, not the one of the load.
        """
        jinja = self.jinja or not wanted.jinja
        return jinja and self == replace(wanted, num_keep=self.num_keep, jinja=self.jinja)

    def for_child(self, address: str, key: str) -> dict[str, Any]:
        """Return the fields that the child reads, as JSON values."""
        return {**asdict(self), "threads": self.num_thread or _threads(self.model_path), "address": address, "key": key}


def _threads(model_path: str) -> int:
    """Return how many threads serve a file best.

    A small model is slower with two threads than with one as soon as anything else runs; for a real one all cores help up to
    four, beyond that llama.cpp's own measure of half the logical cores holds.
    """
    try:
        if os.path.getsize(model_path) < _SMALL_MODEL_BYTES:
            return 1
    except OSError:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if cores <= 4 else max(4, cores // 2)
