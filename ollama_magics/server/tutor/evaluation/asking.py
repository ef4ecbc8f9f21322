"""Questions put to a model file through the engine that serves it, greedy and with the server's other defaults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from ollama_magics.server.engine.completion import Completion
from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.engine.scheduler import start_engine
from ollama_magics.server.engine.spec import LoadSpec
from ollama_magics.server.options import effective
from ollama_magics.server.tutor.evaluation.cases import Case
from ollama_magics.server.tutor.evaluation.table import Figure, questions
from ollama_magics.server.tutor.lessons.replies import Dialogue

_READY_S = 60.0
_PARALLEL = 4
_NUM_CTX = 2048
_NUM_PREDICT = 120
_SHOWN = 3


def prompt(turns: Dialogue) -> str:
    """Return the conversation as the template of ``tutor`` renders it."""
    return "".join(f"<|{role}|>{text}<|end|>" for role, text in turns) + "<|assistant|>"


def answers(weights: Path, cases: Iterable[Case]) -> list[str]:
    """Return the model's answer to every case, in their order."""
    return asyncio.run(_answers(weights, list(cases)))


def measured(weights: Path, families: Iterable[str], count: int, say: Callable[[str], None] = lambda line: None) -> dict[str, Figure]:
    """Return the figures of a model, by family.

    Args:
        weights: the GGUF file.
        families: names from ``FAMILIES``.
        count: questions of each.
        say: told each figure, with some of the wrong answers.
    """
    asked = {family: questions(family, count) for family in families}
    given = iter(answers(weights, [case for cases in asked.values() for case in cases]))
    figures = {}
    for family, cases in asked.items():
        judged = [(case, answer, case.passes(answer)) for case, answer in zip(cases, given, strict=False)]
        wrong = tuple(_shown(case, answer) for case, answer, right in judged if not right)
        figures[family] = Figure(sum(right for _, _, right in judged), len(judged), wrong)
        say(f"{family:45} {100 * figures[family].share:5.0f}")
        for line in wrong[:_SHOWN]:
            say(f"    {line}")
    return figures


def _shown(case: Case, answer: str) -> str:
    system = next((text for role, text in case.turns if role == "system"), "")
    return f"{system[-110:]!r} {case.turns[-1][1][:70]!r} -> {answer[:110]!r}"


async def _answers(weights: Path, cases: list[Case]) -> list[str]:
    spec = LoadSpec(str(weights), num_ctx=_NUM_CTX, parallel=_PARALLEL)
    runner = Runner(await start_engine(spec, _READY_S), adds_bos=True)
    try:
        return list(await asyncio.gather(*(_answer(runner, case) for case in cases)))
    finally:
        runner.process.end()


async def _answer(runner: Runner, case: Case) -> str:
    options = effective(_NUM_CTX, {"temperature": 0.0, "num_predict": _NUM_PREDICT, "seed": 1, **case.options})
    request = Completion(prompt(case.turns), options, format=case.format)
    return "".join([chunk.content async for batch in runner.complete(request) for chunk in batch]).strip()
