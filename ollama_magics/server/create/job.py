"""The work of a create request, as a generator of its status lines.

The old model stays in place until the new one's manifest is moved there. What was stored for a create that is refused stays as well,
until an hour after it a server starts: the next try may need it. Only a full disk and a client that has gone leave nothing behind.

Source: Ollama server/create.go CreateHandler, createModel (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.server.create.config import GEMMA4_STOP, Config
from ollama_magics.server.create.files import BAD_REQUESTS, layers_of_files, new_layer
from ollama_magics.server.create.planned import Planned, Status, created, existing
from ollama_magics.server.create.quantisation import quantised, wanted_type
from ollama_magics.server.create.remote import CLOUD, remote_url
from ollama_magics.server.create.request import CreateRequest
from ollama_magics.server.create.rewriting import rewritten
from ollama_magics.server.create.texts import license_texts, merged_parameters, message_json, sorted_json
from ollama_magics.server.errors import ApiError, StoreError, disk_words
from ollama_magics.server.names import INVALID_NAME
from ollama_magics.server.prompt import validate_template
from ollama_magics.server.store import Layer, Manifest, Store, digest_of
from ollama_magics.server.store import manifest as kinds
from ollama_magics.server.store.store import Hold
from ollama_magics.template import TemplateError
from ollama_magics.wire import gojson
from ollama_magics.wire.names import ModelName, parse_name, split_source

Pull = Callable[[ModelName], Iterator[Status]]

_WEIGHTS = (kinds.MODEL, kinds.PROJECTOR, kinds.ADAPTER, kinds.DRAFT)


def create(store: Store, request: CreateRequest, pull: Pull) -> Generator[Status, None, None]:
    """Make the model, yielding a status before and after each part of the work.

    Args:
        pull: brings a base model that is not there, yielding its own statuses; raises ``StoreError``.

    Raises:
        ApiError: the model cannot be made; the one of that name is as it was.
    """
    with store.hold() as hold:
        job = _Job(store, request, pull, hold)
        try:
            yield from job.run()
        except (StoreError, TemplateError) as problem:
            raise ApiError(500, str(problem)) from problem
        except OSError as problem:
            job.undo()
            raise ApiError(500, disk_words(problem)) from problem
        except GeneratorExit:
            job.undo()
            raise


@dataclass
class _Job:
    """One create, with what it has gathered so far."""

    store: Store
    request: CreateRequest
    pull: Pull
    hold: Hold
    config: Config = field(default_factory=Config)
    layers: list[Planned] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    remote: bool = False

    def run(self) -> Iterator[Status]:
        request = self.request
        name = self.store.existing_name(request.name)
        self.parameters = dict(request.parameters)
        self.config = Config(renderer=request.renderer, parser=request.parser, requires=request.requires)
        yield from self._base()
        yield from self._additions()
        if request.info is not None:
            self.config.override(request.info)
        yield from self._weights()
        self._texts()
        manifest = self._manifest()
        for planned in self.layers:
            yield {"status": planned.status}
        yield {"status": "writing manifest"}
        self.store.replace(name, manifest, self.hold)
        self.stored -= manifest.digests()
        self.undo()
        yield {"status": "success"}

    def undo(self) -> None:
        """Let go of everything, and remove the blobs that were stored here and that no model has."""
        self.hold.release()
        if self.stored:
            self.store.prune(self.stored)

    def _base(self) -> Iterator[Status]:
        request = self.request
        if request.from_:
            yield from self._from_model()
        elif request.files is not None:
            yield from self._files(request.files, status=None)
        else:
            raise ApiError(400, "neither 'from' or 'files' was specified")

    def _from_model(self) -> Iterator[Status]:
        try:
            base, source = split_source(self.request.from_)
        except UsageProblem as problem:
            raise ApiError(400, INVALID_NAME) from problem
        name = parse_name(base)
        if not name.valid:
            raise ApiError(400, INVALID_NAME)
        host = self.request.remote_host or (CLOUD if source == "cloud" else "")
        if host:
            self.config.remote_host, self.config.remote_model, self.remote = remote_url(host), base, True
            return
        manifest = self.store.manifest(name)
        if manifest is None:
            yield from self.pull(name)
            manifest = self.store.manifest(name)
        if manifest is None:
            raise StoreError(f"model {name.short} could not be pulled")
        for layer in manifest.layers:
            self.layers.append(self._base_layer(layer, name))
        model = self.store.find(name)
        if model is not None:
            self.config.inherit(model.config)

    def _base_layer(self, layer: Layer, base: ModelName) -> Planned:
        path = self.store.blob_path(layer.digest)
        self.hold.add(layer.digest)
        taken = Layer(layer.media_type, layer.digest, self.store.blobs.size(layer.digest), base.short, layer.name)
        self.store.blobs.touch(layer.digest)
        header = self.store.header(path) if layer.media_type in _WEIGHTS else None
        return Planned(taken, existing(layer.digest), header)

    def _additions(self) -> Iterator[Status]:
        request = self.request
        if self.remote:
            if request.draft_files:
                raise ApiError(400, "DRAFT cannot be used with remote models")
            return
        # Ollama puts the adapters in front of the drafts, though it reads the drafts first.
        before = len(self.layers)
        if request.draft_files is not None:
            yield from self._files(request.draft_files, status=400, draft=True)
        drafts, self.layers = self.layers[before:], self.layers[:before]
        if request.adapters is not None:
            yield from self._files(request.adapters, status=400, adapters=True)
        self.layers += drafts

    def _files(self, files: Mapping[str, str], *, status: int | None, adapters: bool = False, draft: bool = False) -> Iterator[Status]:
        """Add the layers of files; ``status`` is that of all errors, None for the one that fits."""
        for digest in files.values():
            self.hold.add(digest.replace("sha256-", "sha256:"))
        try:
            for item in layers_of_files(self.store, self.hold, files, adapters=adapters, draft=draft, bases=tuple(self.layers)):
                if isinstance(item, dict):
                    yield item
                else:
                    self.layers += item
                    for planned in item:
                        self._note(planned)
        except StoreError as problem:
            raise ApiError(status or (400 if isinstance(problem, BAD_REQUESTS) else 500), str(problem)) from problem

    def _weights(self) -> Iterator[Status]:
        """Quantise what is to be quantised and describe the files in the configuration."""
        for index, planned in enumerate(self.layers):
            if planned.header is None:
                continue
            wanted = wanted_type(self.request, planned)
            if wanted:
                planned = self.layers[index] = yield from quantised(self.store, self.hold, planned, wanted)
                self._note(planned)
            elif planned.rewritten and not planned.final:
                planned = self.layers[index] = yield from rewritten(self.store, self.hold, [planned])
                self._note(planned)
            if wanted or planned.rewritten:
                yield {"status": "verifying conversion"}
            header, media_type = planned.header, planned.layer.media_type
            assert header is not None
            if media_type == kinds.MODEL:
                if header.architecture == "gemma4" and not (self.config.renderer and self.config.parser):
                    self.parameters.setdefault("stop", [GEMMA4_STOP])
                self.config.describe_model(header)
            elif media_type == kinds.DRAFT:
                self.config.draft = {"model_format": "gguf", "architecture": header.architecture}

    def _texts(self) -> None:
        request = self.request
        if request.template:
            try:
                validate_template(request.template)
            except TemplateError as problem:
                raise ApiError(400, str(problem)) from problem
            self._replace(kinds.TEMPLATE, request.template.encode())
        if request.system:
            self._replace(kinds.SYSTEM, request.system.encode())
        for text in license_texts(request.license):
            self._store(kinds.LICENSE, text.encode())
        known = [self.store.blobs.read(p.layer.digest) for p in self.layers if p.layer.media_type == kinds.PARAMS]
        parameters = merged_parameters(known, self.parameters)
        if parameters:
            self._replace(kinds.PARAMS, gojson.dumps(sorted_json(parameters)).encode() + b"\n")
        if request.messages:
            self._replace(kinds.MESSAGES, gojson.dumps([message_json(m) for m in request.messages]).encode() + b"\n")

    def _manifest(self) -> Manifest:
        config = self._put(kinds.CONFIG, gojson.dumps(self.config.to_json()).encode() + b"\n")
        return Manifest(config.layer, tuple(planned.layer for planned in self.layers))

    def _replace(self, media_type: str, data: bytes) -> None:
        self.layers = [planned for planned in self.layers if planned.layer.media_type != media_type]
        self._store(media_type, data)

    def _store(self, media_type: str, data: bytes) -> None:
        self.layers.append(self._put(media_type, data))

    def _put(self, media_type: str, data: bytes) -> Planned:
        digest = digest_of(data)
        self.hold.add(digest)
        planned = new_layer(self.store, media_type, data)
        self._note(planned)
        # What this create stored and threw away again counts as new: Ollama has removed it in between.
        return replace(planned, status=created(digest)) if digest in self.stored else planned

    def _note(self, planned: Planned) -> None:
        if planned.new:
            self.stored.add(planned.layer.digest)
