"""Layers made of uploaded files.

Source: Ollama server/create.go convertModelFromFilesWithMediaType, ggufLayersWithMediaType (v0.33.0-rc2).
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ollama_magics.server.create.conversion import layer_of_folder
from ollama_magics.server.create.known_templates import recognise
from ollama_magics.server.create.planned import Planned, Status, created, existing
from ollama_magics.server.create.splits import Part, joined, part_of
from ollama_magics.server.errors import BadGGUF, InvalidDigest, MissingBlob, NotGGUF, StoreError
from ollama_magics.server.gguf import GGUFInfo, looks_like_gguf
from ollama_magics.server.store import Layer, Store
from ollama_magics.server.store import manifest as kinds
from ollama_magics.server.store.store import Hold
from ollama_magics.wire import gojson

_UNSUPPORTED = "{} cannot be converted by the built-in server; give it a GGUF file, or let a real Ollama do it"


class UnknownType(StoreError):
    """The files are neither GGUF nor safetensors."""

    def __init__(self) -> None:
        super().__init__("unknown type")


class TooManyAdapters(StoreError):
    """More than one adapter was given."""

    def __init__(self) -> None:
        super().__init__("only one adapter is currently supported")


BAD_REQUESTS = (UnknownType, TooManyAdapters, NotGGUF)
"""Errors of files that are the client's; all others count as the server's."""


def layers_of_files(
    store: Store, hold: Hold, files: Mapping[str, str], *, adapters: bool = False, draft: bool = False, bases: Sequence[Planned] = ()
) -> Iterator[Status | list[Planned]]:
    """Yield a status for each file, and the layers at the end.

    Args:
        hold: keeps new blobs from being swept up.
        bases: the layers that an adapter is for.

    Raises:
        StoreError: a file is missing, damaged or of another kind; the message is Ollama's.
    """
    kind = _detect(store, files)
    if kind == "safetensors":
        if draft:
            raise StoreError(_UNSUPPORTED.format("draft models in safetensors files"))
        converted = yield from layer_of_folder(store, hold, files, bases if adapters else None)
        yield [converted, *(() if adapters else _templates(store, [converted]))]
        return
    if kind != "gguf":
        raise UnknownType
    if adapters and len(files) > 1:
        raise TooManyAdapters
    layers = yield from _gguf_layers(store, hold, files, draft)
    yield layers if draft else [*layers, *_templates(store, layers)]


def _gguf_layers(store: Store, hold: Hold, files: Mapping[str, str], draft: bool) -> Generator[Status, None, list[Planned]]:
    layers: list[Planned] = []
    groups: dict[object, list[Part]] = {}
    for path in sorted(files):
        yield {"status": "parsing GGUF"}
        planned = _gguf_layer(store, files[path], path, draft)
        part = part_of(planned, path)
        if part is not None:
            groups.setdefault(part.key, []).append(part)
            continue
        _check_model(planned)
        layers.append(planned)
    for parts in groups.values():
        if parts[0].index == 0:
            _check_model(parts[0].planned)
        layers.append((yield from joined(store, hold, parts)))
    return layers


def _detect(store: Store, files: Mapping[str, str]) -> str:
    """Source: Ollama detectModelTypeFromFiles; it goes by the first file of a random order, this by the suffixes first."""
    for suffix in ("safetensors", "gguf"):
        if any(path.endswith(f".{suffix}") for path in files):
            return suffix
    for digest in files.values():
        try:
            with store.blob_path(digest).open("rb") as file:
                if looks_like_gguf(file.read(4)):
                    return "gguf"
        except (InvalidDigest, OSError):
            return ""
    return ""


def _gguf_layer(store: Store, digest: str, path: str, draft: bool) -> Planned:
    blob = store.blob_path(digest)
    digest = "sha256:" + blob.name.removeprefix("sha256-")
    try:
        header = store.header(blob)
    except FileNotFoundError as problem:
        raise MissingBlob(f"open {blob}: no such file or directory") from problem
    planned = Planned(Layer(_media_type(header, draft), digest, header.size, origin=path), existing(digest), header, uploaded=True)
    return replace(planned, layer=replace(planned.layer, origin="")) if planned.rewritten else planned


def _media_type(header: GGUFInfo, draft: bool) -> str:
    if draft:
        return kinds.DRAFT
    if header.kind == "adapter":
        return kinds.ADAPTER
    return kinds.PROJECTOR if _is_projector(header) else kinds.MODEL


def _is_projector(header: GGUFInfo) -> bool:
    """Source: Ollama server/create.go isProjectorGGUF."""
    if header.kind in ("projector", "mmproj"):
        return True
    if header.uint("block_count"):
        return False
    encodes = header.flag("has_vision_encoder") or header.flag("has_audio_encoder")
    return header.uint("vision.block_count") > 0 or (header.architecture == "clip" and encodes)


def _check_model(planned: Planned) -> None:
    """Refuse what the engine could never load; Ollama finds it out by rewriting the file."""
    header = planned.header
    if header is None or planned.layer.media_type != kinds.MODEL:
        return
    if "general.architecture" not in header.kv:
        raise BadGGUF("failed to validate GGUF: key not found in model: general.architecture")
    if header.architecture not in known_architectures():
        raise BadGGUF(f"failed to validate GGUF: unknown model architecture: '{header.architecture}'")
    if any(tensor.name.endswith((".lora_a", ".lora_b")) for tensor in header.tensors):
        raise BadGGUF("failed to validate GGUF: the tensors are a LoRA adapter's, and general.type is not adapter")


@functools.cache
def known_architectures() -> frozenset[str]:
    """Return the names of the architectures that llama.cpp runs, as the ``gguf`` package lists them.

    Notes:
        Only its module of constants is run: the package itself brings numpy, some 30 MB for as long as the server lives.
    """
    package = importlib.util.find_spec("gguf")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise ModuleNotFoundError("gguf")
    spec = importlib.util.spec_from_file_location("gguf_constants", Path(folders[0], "constants.py"))
    assert spec
    assert spec.loader
    constants = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(constants)
    return frozenset(constants.MODEL_ARCH_NAMES.values())


def _templates(store: Store, layers: list[Planned]) -> Iterator[Planned]:
    """Yield a template layer and a parameters layer for a file whose Jinja template is a known one."""
    for planned in layers:
        known = recognise(planned.header.chat_template) if planned.header else None
        if known is None:
            continue
        yield new_layer(store, kinds.TEMPLATE, known.template.encode(), status=f"using autodetected template {known.name}")
        yield new_layer(store, kinds.PARAMS, gojson.dumps({"stop": list(known.stop)}).encode() + b"\n")


def new_layer(store: Store, media_type: str, data: bytes, *, status: str = "") -> Planned:
    """Store ``data`` as a blob and return the layer for it."""
    digest, new = store.blobs.put(data)
    status = status or (created(digest) if new else existing(digest))
    return Planned(Layer(media_type, digest, len(data)), status, new=new)
