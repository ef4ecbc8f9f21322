"""``tutor``, the teaching model that comes with the package.

``tutor.gguf`` lies beside this module. A new folder of models gets it once; removed, it stays removed until it is pulled.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from ollama_magics.server.gguf import read_gguf
from ollama_magics.server.store import Layer, Manifest, Store, digest_of
from ollama_magics.server.store import manifest as kinds
from ollama_magics.wire.gojson import dumps
from ollama_magics.wire.names import parse_name

NAME = "tutor"
"""The name it is stored under."""

TEMPLATE = (
    "{{ if .Tools }}<|system|>Tools:{{ range .Tools }}\n"
    "{{ .Function.Name }}{{ range $name, $kind := .Function.Parameters.Properties }} {{ $name }}{{ end }}: {{ .Function.Description }}"
    "{{ end }}<|end|>{{ end }}"
    "{{ range .Messages }}<|{{ .Role }}|>{{ .Content }}"
    '{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}{{ end }}'
    "<|end|>{{ end }}<|assistant|>"
)
"""How it was trained to read a conversation, and the tools that it may call."""

NUM_CTX = 1024
"""Tokens; its training dialogues were not longer."""

_MARK = ".ollama-magics"
_MARK_TEXT = "Models of the built-in server of ollama-magics. The model tutor was put here once; pull tutor brings it back.\n"


def seed(store: Store) -> bool:
    """Put ``tutor`` into a new folder of models; return whether it was new.

    A folder is new when it holds no model and no mark of an earlier visit, so that removing ``tutor`` lasts, and the folder
    of another server is left alone.
    """
    mark = store.root / _MARK
    if mark.exists() or store.names():
        return False
    restore(store)
    mark.write_text(_MARK_TEXT, "utf-8")
    return True


def restore(store: Store) -> Manifest:
    """Write ``tutor`` into the store, over whatever has its name; return its manifest."""
    with store.hold() as hold:
        layers = [_weights(store)]
        texts = ((kinds.TEMPLATE, TEMPLATE), (kinds.LICENSE, _license()), (kinds.PARAMS, dumps({"num_ctx": NUM_CTX}) + "\n"))
        for media_type, text in texts:
            data = text.encode()
            layers.append(Layer(media_type, store.blobs.put(data)[0], len(data)))
        config = _config(store.blob_path(layers[0].digest))
        manifest = Manifest(Layer(kinds.CONFIG, store.blobs.put(config)[0], len(config)), tuple(layers))
        for digest in manifest.digests():
            hold.add(digest)
        store.replace(parse_name(NAME), manifest)
    return manifest


def _weights(store: Store) -> Layer:
    with as_file(files(__package__) / "tutor.gguf") as path:
        data = path.read_bytes()
    store.blobs.put(data)
    return Layer(kinds.MODEL, digest_of(data), len(data))


def _license() -> str:
    return (files(__package__) / "LICENSE.txt").read_text("utf-8")


def _config(weights: Path) -> bytes:
    """Return the configuration blob that Ollama writes for this file.

    Source: Ollama server/create.go, server/model.go (v0.33.0-rc2).
    """
    header = read_gguf(weights)
    fields = {
        "model_format": "gguf",
        "model_family": header.architecture,
        "model_families": [header.architecture],
        "model_type": f"{header.parameter_count / 1e6:.2f}M",
        "file_type": header.file_type,
        "architecture": "amd64",
        "os": "linux",
    }
    return dumps(fields).encode() + b"\n"
