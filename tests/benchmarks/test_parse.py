"""Parsing takes time in proportion to the text, whatever is in it; times are ratios within one run, and generous bounds."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from time import thread_time

import pytest

from ollama_magics.cli import main
from ollama_magics.modelfile import parse

MEGABYTE = 1_000_000
LONGEST_S = 0.3
RATIO = 7
PROSE = 'You are Pip, who keeps a small bicycle shop; you say "hello" and answer in two sentences.\n'

SHAPES: dict[str, Callable[[int], str]] = {
    "prose in three quotes": lambda size: f'FROM a\nSYSTEM """{_fill(PROSE, size)}"""\n',
    "prose that is never closed": lambda size: f'FROM a\nSYSTEM """{_fill(PROSE, size)}',
    "characters that are dropped": lambda size: f'FROM a\nSYSTEM """{_fill(PROSE + chr(0xA0), size)}"""\n',
    "quotes that close nothing": lambda size: f'FROM a\nSYSTEM """{_fill(chr(34) * 3 + " x ", size)}',
    "a template of one line that never ends": lambda size: f"FROM a\nSYSTEM \\n {_fill('{{', size)}",
    "a long stop": lambda size: f"FROM a\nPARAMETER stop x\nPARAMETER stop {_fill('word ', size)}",
    "one line": lambda size: f"FROM a\nSYSTEM {_fill('word ', size)}",
}
"""What a long value can be; Ollama's own parser needs 15 s for a megabyte of the first, and 16 times that for four."""

MANY = {
    "messages": "MESSAGE user Hello there, how are you today?\n",
    "quotes that are never closed": 'SYSTEM "never closed\n',
    "comments that ignore": "# ollama-magics: ignore MF701\nSYSTEM a\n",
    "comments that ignore everywhere": "# ollama-magics: ignore-file MF501\nSYSTEM a\n",
    "bases": "FROM a\n",
    "unknown instructions with open quotes": 'FOO """never closed\n',
}
"""What can be repeated so that a search for an end would look at the rest of the text each time."""


def _fill(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def _ratio(small: str, large: str) -> tuple[float, float]:
    """Return the processor seconds for the small text, and how many times as many the large one takes; the best of rounds in turn.

    Two rounds are enough where nothing disturbs them.
    """
    best = {small: float("inf"), large: float("inf")}
    gc.disable()
    try:
        for turn in range(6):
            if turn >= 2 and best[small] < LONGEST_S and best[large] / best[small] < RATIO:
                break
            for text in best:
                start = thread_time()
                parse(text).problems  # noqa: B018 - computed when it is first asked for
                best[text] = min(best[text], thread_time() - start)
    finally:
        gc.enable()
    return best[small], best[large] / best[small]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_value_takes_linear_time(shape: str) -> None:
    """Four times the text takes about four times as long; 16 times would be quadratic."""
    seconds, ratio = _ratio(SHAPES[shape](MEGABYTE), SHAPES[shape](4 * MEGABYTE))
    assert seconds < LONGEST_S
    assert ratio < RATIO


@pytest.mark.parametrize("unit", MANY)
def test_many_instructions_take_linear_time(unit: str) -> None:
    """Four times the instructions take about four times as long."""
    assert _ratio("FROM a\n" + MANY[unit] * 2_000, "FROM a\n" + MANY[unit] * 8_000)[1] < RATIO


def test_a_small_file_with_all_rules_takes_under_two_milliseconds() -> None:
    values = {"temperature": "0.7", "top_k": 40, "top_p": "0.9", "num_ctx": 8192, "seed": 7}
    parameters = "".join(f"PARAMETER {name} {value}\n" for name, value in values.items())
    messages = "MESSAGE user Hi\nMESSAGE assistant Hello\n"
    template = 'TEMPLATE """{{ if .System }}{{ .System }}{{ end }}\n{{ .Prompt }}"""\n'
    text = f'FROM llama3.2\n# the shop\n{parameters}PARAMETER stop "User:"\n{template}SYSTEM """{_fill(PROSE, 760)}"""\n{messages}'
    assert 950 < len(text) < 1100
    assert parse(text).problems == ()
    times = []
    for _ in range(50):
        start = thread_time()
        assert parse(text).ok
        times.append(thread_time() - start)
    assert quantiles(times, n=4)[0] < 0.002


def test_lint_reads_a_thousand_typical_files_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Reading from disk and the report included; measured in processor seconds, over the best of three rounds."""
    text = f'FROM llama3.2\nPARAMETER temperature 0.7\nPARAMETER stop "User:"\nSYSTEM """{_fill(PROSE, 800)}"""\nMESSAGE user Hi\n'
    names = [str(tmp_path / f"{number}.modelfile") for number in range(100)]
    for number, name in enumerate(names):
        Path(name).write_text(text.replace("Pip", f"Pip {number}"), "utf-8")
    times = []
    for _ in range(3):
        start = thread_time()
        assert main(["lint", *names]) == 0
        times.append(thread_time() - start)
    assert capsys.readouterr().out.count("Ollama accepts it") == 300
    assert len(names) / min(times) > 1000
