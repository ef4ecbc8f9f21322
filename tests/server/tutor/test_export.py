"""A network of our exporter is loaded by the engine, and both read texts as the same tokens."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.engine.scheduler import start_engine
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.gguf import read_gguf
from ollama_magics.server.tutor.export import CHAT_TEMPLATE, write_gguf
from ollama_magics.server.tutor.lessons.dialogues import endless
from ollama_magics.server.tutor.plan import Plan, Shape, vocabulary
from ollama_magics.server.tutor.tokenizer import BEGIN, ROLES, Tokenizer

READY_S = 30.0
ODD = [
    "  two  spaces",
    "a\n\nb\r\nc",
    "zażółć gęślą jaźń",
    "🦄🦄 👩‍🚀",
    "x_y-z 'll I'LL",
    "12345 1 22",
    "\t tab",
    "e\u0301 mark",
    "a\u00a0b",
    '{"key": ["a"]}',
]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(vocabulary(Plan(words=400), counted=2000))


@pytest.fixture(scope="module")
def exported(tokenizer, tmp_path_factory):
    """A network that knows nothing, with the real tokenizer."""
    shape = Shape(len(tokenizer), width=64, layers=1, heads=1, inner=64, context=128)
    rng, names = np.random.default_rng(1), {"attn_q": (64, 64), "attn_k": (64, 64), "attn_v": (64, 64), "attn_output": (64, 64)}
    names |= {"ffn_gate": (64, 64), "ffn_up": (64, 64), "ffn_down": (64, 64), "attn_norm": (64,), "ffn_norm": (64,)}
    sizes = {"token_embd.weight": (len(tokenizer), 64), "output_norm.weight": (64,)} | {
        f"blk.0.{name}.weight": size for name, size in names.items()
    }
    target = tmp_path_factory.mktemp("export") / "small.gguf"
    assert write_gguf(target, shape, tokenizer, {name: rng.normal(0, 0.1, size).astype(np.float32) for name, size in sizes.items()}) > 0
    return target


def test_the_file_says_what_it_is(exported):
    """Kind, type and template."""
    header = read_gguf(exported)
    assert header.architecture == "llama"
    assert header.file_type == "Q8_0"
    assert header.chat_template == CHAT_TEMPLATE


def test_the_engine_reads_texts_as_the_same_tokens(exported, tokenizer):
    """Lessons and odd texts become the same ids here and in llama.cpp, and roles one token each."""
    lessons = endless(2)
    texts = [*ODD, *(text.replace("\0", "") for _ in range(60) for _, text in next(lessons))]

    async def ids():
        runner = Runner(await start_engine(LoadSpec(str(exported), num_ctx=128), READY_S), adds_bos=True)
        try:
            return [await runner.tokenize(text) for text in [*texts, "<|user|>"]]
        finally:
            runner.process.end()

    *found, role = asyncio.run(ids())
    assert role == [BEGIN, ROLES["user"]]
    assert [text for text, got in zip(texts, found, strict=True) if got != [BEGIN, *tokenizer.encode(text)]] == []
