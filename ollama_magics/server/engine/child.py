"""The program of one loaded model: llama.cpp's own HTTP server, until the parent goes away.

Started as ``python -m ollama_magics.server.engine.child``. Standard input carries one line of JSON (the fields of
:class:`~ollama_magics.server.engine.spec.LoadSpec`, with ``address`` and ``key``) and then stays open: its end means that
the parent has ended, however that happened, and the child leaves too. Standard output carries one line of JSON when the
model is ready. Everything llama.cpp has to say goes to standard error.

The process is always ended by ``os._exit`` or a signal: freeing a just created engine can hang for ever.
Source: llama.cpp, tools/server/server-queue.cpp (``terminate`` and ``start_loop`` race for the flag ``running``).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from typing import Any, NoReturn

_ERRORS_ONLY = 1
_LOG_S = 2.0
_PROMPT_CACHE_MIB = 1024  # llama.cpp's own bound is 8 GiB for each model, too much for a laptop


def main() -> NoReturn:
    """Load the model that standard input names, serve it, and leave when standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["GGML_NO_BACKTRACE"] = "1"
    import xllamacpp

    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(0)
    config = json.loads(line)
    try:
        server = xllamacpp.Server(parameters(xllamacpp, config))
    except Exception as exc:  # whatever the engine objects to is told to the parent, in its words
        print(f"error: {exc}", file=sys.stderr, flush=True)
        _clear(config)
        _give_up()
    print(json.dumps({"ready": True, "address": server.listening_address}), flush=True)
    for line in sys.stdin.buffer:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    _leave(config, 0)


def parameters(xllamacpp: Any, config: dict[str, Any]) -> Any:
    """Return llama.cpp's parameters for a load.

    Source: Ollama llm/llama_server.go, ``startLlamaServer`` (the same options, as command-line arguments).
    """
    p = xllamacpp.CommonParams()
    p.model.path = config["model_path"]
    p.n_ctx = config["num_ctx"] * config["parallel"]
    p.n_parallel = config["parallel"]
    p.verbosity = _ERRORS_ONLY
    p.ui = False
    p.endpoint_slots = False
    p.cache_ram_mib = _PROMPT_CACHE_MIB
    p.fit_params = bool(config["num_gpu"])
    p.ctx_shift = config["context_shift"]
    p.n_keep = max(config["num_keep"], 0)
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = config["threads"]
    p.embedding = config["embedding"]
    if config["num_batch"] > 0:
        p.n_batch = p.n_ubatch = config["num_batch"]
    if config["num_gpu"] >= 0:
        p.n_gpu_layers = config["num_gpu"]
    if config["main_gpu"] is not None:
        p.main_gpu = config["main_gpu"]
    if config["use_mmap"] is not None:
        mode = xllamacpp.llama_load_mode
        p.load_mode = mode.LLAMA_LOAD_MODE_MMAP if config["use_mmap"] else mode.LLAMA_LOAD_MODE_NONE
    _attention(xllamacpp, p, config)
    p.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path in config["adapters"]]
    p.use_jinja = config["jinja"]
    if not config["jinja"]:
        p.chat_template = "chatml"
    _listen(p, config)
    return p


def _attention(xllamacpp: Any, p: Any, config: dict[str, Any]) -> None:
    kind = getattr(xllamacpp.ggml_type, f"GGML_TYPE_{config['cache_type'].upper()}", None)
    if kind is not None:
        p.cache_type_k = p.cache_type_v = kind
    if config["flash_attention"] is not None:
        types = xllamacpp.llama_flash_attn_type
        enabled, disabled = types.LLAMA_FLASH_ATTN_TYPE_ENABLED, types.LLAMA_FLASH_ATTN_TYPE_DISABLED
        p.flash_attn_type = enabled if config["flash_attention"] else disabled
    if config["gpu_overhead"]:
        p.fit_params_target = [margin + config["gpu_overhead"] for margin in p.fit_params_target]


def _listen(p: Any, config: dict[str, Any]) -> None:
    if config["address"]:
        p.hostnames = [config["address"]]
    else:
        p.hostnames = ["127.0.0.1"]
        p.port = 0
        p.api_keys = [config["key"]]


def _leave(config: dict[str, Any], status: int) -> NoReturn:
    _clear(config)
    sys.stderr.flush()
    os._exit(status)


def _clear(config: dict[str, Any]) -> None:
    if config["address"]:
        with contextlib.suppress(OSError):
            os.unlink(config["address"])
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(config["address"]))


def _give_up() -> NoReturn:
    """Leave after a failed load, when llama.cpp has said why.

    A thread of its own writes its log, and only the end of the program in the ordinary way waits for that thread.
    Source: llama.cpp, common/log.cpp.
    """
    if sys.platform == "win32":
        time.sleep(_LOG_S)
        os._exit(1)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, _LOG_S)
    sys.exit(1)


if __name__ == "__main__":
    main()
