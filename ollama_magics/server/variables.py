"""The environment variables of ``ollama serve``, each with what the built-in server makes of it.

Source: Ollama cmd/cmd.go (``serve``) and envconfig/config.go ``AsMap`` (v0.33.0-rc2) for the names and their sense.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ollama_magics.errors import UsageProblem
from ollama_magics.server.settings import REGISTRY, byte_count
from ollama_magics.wire.durations import parse_go_duration

CACHE_TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl")
"""Types that the key and value cache can have. Source: llama.cpp common/arg.cpp ``kv_cache_types``."""

_WIDTH = 120
_COLUMN = 30


@dataclass(frozen=True)
class Variable:
    """One variable.

    Attributes:
        about: what it sets.
        default: what holds without it, "" where that is nothing.
        usable: tells whether a value (trimmed) can be meant; any text can where it is None.
    """

    name: str
    about: str
    default: str = ""
    usable: Callable[[str], bool] | None = None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_duration(text: str) -> bool:
    try:
        parse_go_duration(text)
    except UsageProblem:
        return _is_number(text.removeprefix("-"))
    return True


def _is_bytes(text: str) -> bool:
    return byte_count(text) is not None


def _is_cache_type(text: str) -> bool:
    return text.lower() in CACHE_TYPES


HONOURED = (
    Variable("OLLAMA_HOST", "address to listen at", "127.0.0.1:11434"),
    Variable("OLLAMA_MODELS", "folder of the models; an Ollama's own can be given", "a folder of its own"),
    Variable("OLLAMA_KEEP_ALIVE", "how long a model stays loaded after its last use; negative is for ever", "5m", _is_duration),
    Variable("OLLAMA_LOAD_TIMEOUT", "how long a load may make no progress; 0 is for ever", "5m", _is_duration),
    Variable("OLLAMA_CONTEXT_LENGTH", "tokens of a context that neither model nor request sets", "4096", _is_number),
    Variable("OLLAMA_NUM_PARALLEL", "requests that one model answers at once", "1", _is_number),
    Variable("OLLAMA_MAX_LOADED_MODELS", "models loaded at once", "3", _is_number),
    Variable("OLLAMA_MAX_QUEUE", "requests that may wait for a load; more get status 503", "512", _is_number),
    Variable("OLLAMA_FLASH_ATTENTION", "use flash attention, or do without", "the engine's choice"),
    Variable("OLLAMA_KV_CACHE_TYPE", f"type of the key and value cache: {', '.join(CACHE_TYPES)}", "f16", _is_cache_type),
    Variable("OLLAMA_GPU_OVERHEAD", "bytes of each GPU that stay free", "0", _is_number),
    Variable("OLLAMA_GO_TEMPLATE", "prefer a model's TEMPLATE over the chat template of its file, or avoid it", "the more able one"),
    Variable("OLLAMA_NOPRUNE", "keep blobs that no model names"),
    Variable("OLLAMA_NO_CLOUD", "refuse models of a cloud with status 403"),
    Variable("OLLAMA_ORIGINS", "origins of web pages that may call, with commas between", "this machine's"),
    Variable("OLLAMA_DEBUG", "log everything"),
    Variable("OLLAMA_MAGICS_MAX_MEMORY", "memory of all loaded models together, as 8GiB", "what the machine has", _is_bytes),
    Variable("OLLAMA_MAGICS_IDLE_EXIT", "end after so long without a request, as 30m", "never", _is_duration),
    Variable("OLLAMA_MAGICS_REGISTRY", f"as --registry: {', '.join(REGISTRY)}", "read", lambda text: text in REGISTRY),
    Variable("OLLAMA_MAGICS_STATE", "folder for what else the server keeps"),
)
"""What the server goes by."""

_ENGINE = "the engine has one library, chosen when it was installed"

MEANINGLESS = (
    Variable("OLLAMA_SCHED_SPREAD", "the engine spreads a model over all GPUs anyway"),
    Variable("OLLAMA_LLM_LIBRARY", _ENGINE),
    Variable("OLLAMA_IGPU_ENABLE", _ENGINE),
    Variable("OLLAMA_VULKAN", _ENGINE),
    Variable("LLAMA_ARG_FIT", "layers that do not fit a GPU always stay with the processor"),
    Variable("LLAMA_ARG_FIT_TARGET", "OLLAMA_GPU_OVERHEAD says what stays free"),
    Variable("OLLAMA_MAX_TRANSFER_STREAMS", "it is about models kept as one file for each tensor, which this server cannot run"),
    Variable("OLLAMA_REMOTES", "models of other servers are not run here"),
    Variable("OLLAMA_DEBUG_LOG_REQUESTS", "no prompt is ever written to a log"),
    Variable("OLLAMA_AUTH", "there is no account here"),
    Variable("OLLAMA_NOHISTORY", "it is about the prompt of ollama run"),
    Variable("OLLAMA_EDITOR", "it is about the prompt of ollama run"),
)
"""What ``ollama serve`` knows and this server has no use for, with the reason."""


def help_text() -> str:
    """Return both tables as ``--help`` shows them."""
    used = [(v.name, v.about + (f" (default: {v.default})" if v.default else "")) for v in HONOURED]
    unused = [(v.name, v.about) for v in MEANINGLESS]
    return "\n".join(["environment variables:", *_rows(used), "", "variables of ollama serve without a meaning here:", *_rows(unused)])


def doubts(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable that is set and has no effect, or not the one that was meant."""
    for variable in HONOURED:
        text = environ.get(variable.name, "").strip().strip("\"'")
        if text and variable.usable and not variable.usable(text):
            yield f"{variable.name} is not usable: {text!r}; it counts as {variable.default or 'not set'}"
    for variable in MEANINGLESS:
        if environ.get(variable.name):
            yield f"{variable.name} has no effect: {variable.about}"


def _rows(rows: list[tuple[str, str]]) -> Iterator[str]:
    for name, about in rows:
        first, *rest = textwrap.wrap(about, _WIDTH - _COLUMN - 2)
        yield f"  {name:<{_COLUMN - 2}} {first}" if len(name) < _COLUMN - 2 else f"  {name} {first}"
        yield from (" " * (_COLUMN + 1) + line for line in rest)
