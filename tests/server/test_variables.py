"""The environment variables of ``ollama serve``: each is honoured, or named with the reason why not."""

from __future__ import annotations

import pytest

from ollama_magics.server.main import serve_command
from ollama_magics.server.settings import FOREVER_NS, Settings
from ollama_magics.server.variables import HONOURED, MEANINGLESS, doubts

# Source: ``ollama serve --help`` and envconfig/config.go ``AsMap`` without proxies and GPU selectors (v0.33.0-rc2).
OF_OLLAMA = """
DEBUG HOST CONTEXT_LENGTH KEEP_ALIVE MAX_LOADED_MODELS MAX_TRANSFER_STREAMS MAX_QUEUE MODELS NUM_PARALLEL NO_CLOUD NOPRUNE ORIGINS
SCHED_SPREAD FLASH_ATTENTION KV_CACHE_TYPE LLM_LIBRARY GPU_OVERHEAD IGPU_ENABLE LOAD_TIMEOUT GO_TEMPLATE DEBUG_LOG_REQUESTS
NOHISTORY EDITOR REMOTES VULKAN AUTH
"""

SECOND = 1_000_000_000


def test_every_variable_of_ollama_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        serve_command(["--help"])
    text = capsys.readouterr().out
    names = [f"OLLAMA_{name}" for name in OF_OLLAMA.split()] + ["LLAMA_ARG_FIT", "LLAMA_ARG_FIT_TARGET"]
    assert [name for name in names if f"\n  {name} " not in text] == []
    assert len({variable.name for variable in (*HONOURED, *MEANINGLESS)}) == len(HONOURED) + len(MEANINGLESS)


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("OLLAMA_KEEP_ALIVE", "10", "keep_alive_ns", 10 * SECOND),
        ("OLLAMA_KEEP_ALIVE", "-1", "keep_alive_ns", FOREVER_NS),
        ("OLLAMA_LOAD_TIMEOUT", "0", "load_timeout_ns", FOREVER_NS),
        ("OLLAMA_CONTEXT_LENGTH", " '8192' ", "context_length", 8192),
        ("OLLAMA_NUM_PARALLEL", "4", "num_parallel", 4),
        ("OLLAMA_MAX_LOADED_MODELS", "2", "max_loaded", 2),
        ("OLLAMA_MAX_QUEUE", "-3", "max_queue", 512),
        ("OLLAMA_FLASH_ATTENTION", "false", "flash_attention", False),
        ("OLLAMA_FLASH_ATTENTION", "yes", "flash_attention", True),
        ("OLLAMA_KV_CACHE_TYPE", "q8_0", "kv_cache_type", "q8_0"),
        ("OLLAMA_GPU_OVERHEAD", "1024", "gpu_overhead", 1024),
        ("OLLAMA_NOPRUNE", "1", "no_prune", True),
        ("OLLAMA_NO_CLOUD", "t", "no_cloud", True),
        ("OLLAMA_ORIGINS", "https://a.example,chrome-extension://*", "origins", ("https://a.example", "chrome-extension://*")),
        ("OLLAMA_DEBUG", "true", "log_level", 1),
        ("OLLAMA_DEBUG", "2", "log_level", 2),
        ("OLLAMA_DEBUG", "loud", "log_level", 0),
        ("OLLAMA_MAGICS_MAX_MEMORY", "1.5GiB", "max_memory", 3 << 29),
    ],
)
def test_a_variable_sets_its_field(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(Settings.from_environ({name: value}), field) == expected


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"OLLAMA_MAX_QUEUE": "many"}, "OLLAMA_MAX_QUEUE is not usable: 'many'; it counts as 512"),
        ({"OLLAMA_KV_CACHE_TYPE": "q3"}, "OLLAMA_KV_CACHE_TYPE is not usable"),
        ({"OLLAMA_KEEP_ALIVE": "5 minutes"}, "OLLAMA_KEEP_ALIVE is not usable"),
        ({"OLLAMA_SCHED_SPREAD": "1"}, "OLLAMA_SCHED_SPREAD has no effect: the engine spreads a model over all GPUs anyway"),
    ],
)
def test_a_value_without_effect_is_said(environ: dict[str, str], words: str) -> None:
    (said,) = doubts(environ)
    assert words in said


def test_a_sensible_environment_raises_no_doubt() -> None:
    environ = {
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_LOAD_TIMEOUT": "1h",
        "OLLAMA_KV_CACHE_TYPE": "Q8_0",
        "OLLAMA_MAGICS_MAX_MEMORY": "8G",
        "HOME": "/",
    }
    assert list(doubts(environ)) == []
