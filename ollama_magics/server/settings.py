"""What the environment tells the embedded server.

Source: Ollama envconfig/config.go (v0.33.0-rc2) for every ``OLLAMA_…`` variable and its default; ``OLLAMA_MAGICS_…`` are ours.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ollama_magics.errors import UsageProblem
from ollama_magics.text.gostrings import trim_space
from ollama_magics.wire.durations import parse_go_duration
from ollama_magics.wire.host import Host, parse_host

SECOND_NS = 1_000_000_000
FOREVER_NS = (1 << 63) - 1
"""Nanoseconds that stand for "never", Go's largest duration."""

REGISTRY = ("off", "read", "write")
"""What this server may be as a registry of models."""

_FIVE_MINUTES_NS = 300 * SECOND_NS
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_BYTES = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kmgt])?(?P<binary>i)?(?P<decimal>b)?", re.IGNORECASE)
_LOCAL_NAMES = ("localhost", "127.0.0.1", "0.0.0.0")
_DESKTOP_ORIGINS = ("app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*")


@dataclass(frozen=True)
class Settings:
    """Everything about the server that is decided before it starts.

    Attributes:
        host: where to listen.
        models: folder of manifests and blobs.
        state: folder where a server that was started on demand announces itself.
        keep_alive_ns: how long a model stays loaded after its last use.
        load_timeout_ns: how long a load may make no progress.
        context_length: default ``num_ctx``; 0 leaves it to the engine's default.
        num_parallel: slots of one loaded model.
        max_loaded: models loaded at once; 0 leaves it to the scheduler.
        max_queue: requests that may wait for a load.
        no_prune: keep the layers that no manifest names any more.
        no_cloud: refuse everything that would leave this machine.
        go_template: prefer (True) or avoid (False) the TEMPLATE layer; None chooses by what the templates can do.
        flash_attention: use it (True), do without (False); None leaves it to the engine.
        kv_cache_type: type of the key and value cache (``f16``, ``q8_0`` …); empty is the engine's own.
        gpu_overhead: bytes of each GPU that stay free, besides what the engine leaves.
        max_memory: bytes that loaded models may take together; 0 goes by what the machine has.
        log_level: 0 tells of requests and models, 1 and more of everything.
        origins: origins of web pages that may call, one ``*`` allowed in each.
        remotes: host names that remote models may point to.
        idle_exit_ns: how long the server stays up with nothing to do; 0 is for ever.
        registry: whether other servers may pull models from this one (``read``), push to it as well (``write``), or neither (``off``).
    """

    host: Host = field(default_factory=lambda: parse_host(None))
    models: Path = field(default_factory=lambda: Path.home() / ".ollama" / "models")
    state: Path = field(default_factory=lambda: default_state(os.environ))
    keep_alive_ns: int = _FIVE_MINUTES_NS
    load_timeout_ns: int = _FIVE_MINUTES_NS
    context_length: int = 0
    num_parallel: int = 1
    max_loaded: int = 0
    max_queue: int = 512
    no_prune: bool = False
    no_cloud: bool = False
    go_template: bool | None = None
    flash_attention: bool | None = None
    kv_cache_type: str = ""
    gpu_overhead: int = 0
    max_memory: int = 0
    log_level: int = 0
    origins: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ("ollama" + ".com",)
    idle_exit_ns: int = 0
    registry: str = "read"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings that the variables of ``environ`` make; unusable values count as the defaults."""
        return cls(
            host=parse_host(_text(environ, "OLLAMA_HOST") or None),
            models=Path(_text(environ, "OLLAMA_MODELS") or _home(environ) / ".ollama" / "models"),
            state=default_state(environ),
            keep_alive_ns=_duration(environ, "OLLAMA_KEEP_ALIVE", zero_is_forever=False),
            load_timeout_ns=_duration(environ, "OLLAMA_LOAD_TIMEOUT", zero_is_forever=True),
            context_length=_number(environ, "OLLAMA_CONTEXT_LENGTH", 0),
            num_parallel=_number(environ, "OLLAMA_NUM_PARALLEL", 1),
            max_loaded=_number(environ, "OLLAMA_MAX_LOADED_MODELS", 0),
            max_queue=_number(environ, "OLLAMA_MAX_QUEUE", 512),
            no_prune=bool(_flag(environ, "OLLAMA_NOPRUNE")),
            no_cloud=bool(_flag(environ, "OLLAMA_NO_CLOUD")),
            go_template=_flag(environ, "OLLAMA_GO_TEMPLATE"),
            flash_attention=_flag(environ, "OLLAMA_FLASH_ATTENTION"),
            kv_cache_type=_text(environ, "OLLAMA_KV_CACHE_TYPE"),
            gpu_overhead=_number(environ, "OLLAMA_GPU_OVERHEAD", 0),
            max_memory=byte_count(_text(environ, "OLLAMA_MAGICS_MAX_MEMORY")) or 0,
            log_level=_log_level(_text(environ, "OLLAMA_DEBUG")),
            origins=tuple(o for o in _text(environ, "OLLAMA_ORIGINS").split(",") if o),
            remotes=tuple(_text(environ, "OLLAMA_REMOTES").split(",")) if _text(environ, "OLLAMA_REMOTES") else cls.remotes,
            idle_exit_ns=_idle(environ),
            registry=registry if (registry := _text(environ, "OLLAMA_MAGICS_REGISTRY")) in REGISTRY else cls.registry,
        )

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins of web pages that may call: the configured ones, then this machine's and the desktop programs'."""
        local = [f"{scheme}://{name}{port}" for name in _LOCAL_NAMES for port in ("", ":*") for scheme in ("http", "https")]
        return (*self.origins, *local, *_DESKTOP_ORIGINS)


def default_state(environ: Mapping[str, str]) -> Path:
    """Return the folder for the state of this user's servers; ``OLLAMA_MAGICS_STATE`` names another one."""
    if text := _text(environ, "OLLAMA_MAGICS_STATE"):
        return Path(text)
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or _home(environ) / "AppData" / "Local") / "ollama-magics"
    if sys.platform == "darwin":
        return _home(environ) / "Library" / "Application Support" / "ollama-magics"
    return Path(environ.get("XDG_STATE_HOME") or _home(environ) / ".local" / "state") / "ollama-magics"


def _home(environ: Mapping[str, str]) -> Path:
    home = environ.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    return Path(home) if home else Path.home()


def _text(environ: Mapping[str, str], key: str) -> str:
    """Source: Ollama envconfig ``Var``: spaces are trimmed first, then quotes."""
    return trim_space(environ.get(key, "")).strip("\"'")


def _flag(environ: Mapping[str, str], key: str) -> bool | None:
    """Source: Ollama envconfig ``BoolWithDefault``: a text that is no boolean counts as true."""
    text = _text(environ, key)
    return None if not text else text not in _FALSE


def _number(environ: Mapping[str, str], key: str, default: int) -> int:
    text = _text(environ, key)
    return int(text) if text.isascii() and text.isdigit() else default


def _duration(environ: Mapping[str, str], key: str, *, zero_is_forever: bool) -> int:
    nanoseconds = _nanoseconds(_text(environ, key))
    if nanoseconds is None:
        return _FIVE_MINUTES_NS
    return FOREVER_NS if nanoseconds < 0 or (zero_is_forever and nanoseconds == 0) else nanoseconds


def _log_level(text: str) -> int:
    """Source: Ollama envconfig ``LogLevel``: a true value or 1 is debug, a greater number more; anything else is the default."""
    if text in _TRUE:
        return 1
    return int(text) if text.isascii() and text.isdigit() else 0


def byte_count(text: str) -> int | None:
    """Return a number of bytes, with or without a unit, None for anything else.

    Examples:
        >>> [byte_count(text) for text in ("1024", "8GiB", "1.5 GB", "512M", "much", "")]
        [1024, 8589934592, 1500000000, 536870912, None, None]
    """
    found = _BYTES.fullmatch(text.strip())
    if not found:
        return None
    number, unit, binary, decimal = found["number"], found["unit"], found["binary"], found["decimal"]
    base = 1000 if decimal and not binary else 1024
    return int(float(number) * base ** ("kmgt".index(unit.lower()) + 1 if unit else 0))


def _idle(environ: Mapping[str, str]) -> int:
    return max(0, _nanoseconds(_text(environ, "OLLAMA_MAGICS_IDLE_EXIT")) or 0)


def _nanoseconds(text: str) -> int | None:
    """Return a duration or a number of whole seconds in nanoseconds, None for anything else."""
    try:
        return parse_go_duration(text)
    except UsageProblem:
        pass
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    return sign * int(digits) * SECOND_NS if digits.isascii() and digits.isdigit() else None
