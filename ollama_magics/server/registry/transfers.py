"""Pulls and pushes of whole models, as generators of Ollama's status lines.

A model that is there stays as it was until every layer of the new one has come and its digest has been checked. An empty line says
nothing; it is a moment at which the work can be stopped.

Source: Ollama server/images.go PullModel, PushModel (v0.33.0-rc2) for the statuses and their order.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry.download import TICK_S, Download, Downloads
from ollama_magics.server.registry.session import MANIFEST_LIMIT, Refused, Session
from ollama_magics.server.registry.signing import signer
from ollama_magics.server.registry.upload import Upload
from ollama_magics.server.store import Layer, Manifest, Store
from ollama_magics.server.store.manifest import MANIFEST, TENSOR, parse_manifest
from ollama_magics.wire.names import ModelName, parse_name

if TYPE_CHECKING:
    import httpx

Line = dict[str, Any]
Lines = Generator[Line, None, None]
T = TypeVar("T")

_BUNDLED = parse_name("tutor")
_NO_MLX = "this model requires MLX support, but the MLX runtime is not available"


class Transfers:
    """Brings models into a store and sends them from there.

    Args:
        environ: read for the proxy variables.
        home: the person's folder, with Ollama's key in it.
        transport: carries the requests in tests.
        backoff_s: pause before the second try of a part.
    """

    def __init__(
        self,
        store: Store,
        *,
        environ: Mapping[str, str] = os.environ,
        home: Path | None = None,
        transport: httpx.BaseTransport | None = None,
        backoff_s: float = 1.0,
    ) -> None:
        self._store, self._environ, self._transport, self._backoff_s = store, environ, transport, backoff_s
        self._sign = signer(home or Path.home())
        self._downloads = Downloads()
        self._verifying = threading.Lock()

    def pull(self, name: ModelName, *, insecure: bool = False) -> Lines:
        """Bring a model, yielding its status lines.

        Raises:
            StoreError, OSError: it was not brought; what came of its layers is kept for the next time.
        """
        yield {"status": "pulling manifest"}
        if _is_bundled(name):
            yield from self._restore()
            return
        with closing(self._session(name, insecure)) as session, self._store.hold() as hold:
            manifest = yield from _while(lambda: self._manifest(session, name))
            fetched = []
            for layer in _layers(manifest):
                hold.add(layer.digest)
                download = yield from self._layer(session, layer)
                if download is not None:
                    fetched.append(download)
            yield {"status": "verifying sha256 digest"}
            yield from _while(lambda: self._verify(fetched))
            yield {"status": "writing manifest"}
            old = self._old(name)
            self._store.replace(name, manifest, hold)
            if old - manifest.digests() and not self._store.no_prune:
                yield {"status": "removing unused layers"}
        yield {"status": "success"}

    def push(self, name: ModelName, *, insecure: bool = False) -> Lines:
        """Send a model, yielding its status lines.

        Raises:
            StoreError, OSError: it was not sent; the registry has the model it had before.
        """
        yield {"status": "retrieving manifest"}
        path = self._store.manifest_path(name)
        manifest = self._store.manifest(name) if name.valid else None
        if manifest is None:
            yield {"status": "couldn't retrieve manifest"}
            raise StoreError(f"open {path}: no such file or directory" if name.valid else f"unqualified name: {name.full}")
        text = path.read_bytes()
        with closing(self._session(name, insecure)) as session:
            for layer in _layers(manifest):
                yield from self._sent(session, layer)
            yield {"status": "pushing manifest"}
            yield from _while(lambda: _put_manifest(session, name, text))
        yield {"status": "success"}

    def _session(self, name: ModelName, insecure: bool) -> Session:
        return Session(name, insecure=insecure, environ=self._environ, sign=self._sign, transport=self._transport)

    def _restore(self) -> Lines:
        """Bring the model that is part of this package."""
        from ollama_magics.server.tutor import restore

        for layer in restore(self._store).parts():
            yield _present("pulling", layer, layer.size)
        for status in ("verifying sha256 digest", "writing manifest", "success"):
            yield {"status": status}

    def _manifest(self, session: Session, name: ModelName) -> Manifest:
        try:
            text = session.read("GET", session.url(f"manifests/{name.tag}"), MANIFEST_LIMIT, {"accept": MANIFEST})
            return parse_manifest(text)
        except StoreError as problem:
            raise StoreError(f"pull model manifest: {problem}") from problem

    def _layer(self, session: Session, layer: Layer) -> Generator[Line, None, Download | None]:
        """Fetch a layer; None when it is there already."""
        path = self._store.blob_path(layer.digest)
        if path.is_file():
            self._store.blobs.touch(layer.digest)
            yield _present("pulling", layer, path.stat().st_size)
            return None
        total = yield from _while(lambda: _announced(session, layer))
        path.parent.mkdir(parents=True, exist_ok=True)
        start = lambda: Download(session, layer.digest, path, total, backoff_s=self._backoff_s)  # noqa: E731  # one expression
        return (yield from self._downloads.follow(layer.digest, start))

    def _verify(self, fetched: list[Download]) -> None:
        """Check what was fetched, and put it in its place if it is what its digest says.

        Raises:
            StoreError: it is not; it is removed.
        """
        with self._verifying:
            for download in fetched:
                if not self._store.blobs.has(download.digest):  # who shared the download may have been here before
                    download.partial.verify(download.digest)

    def _sent(self, session: Session, layer: Layer) -> Lines:
        upload = Upload(session, layer, self._store.blob_path(layer.digest), backoff_s=self._backoff_s)
        try:
            yield from _while(upload.run, upload.line)
            yield upload.line()
        finally:
            upload.stop()

    def _old(self, name: ModelName) -> set[str]:
        try:
            manifest = self._store.manifest(name)
        except StoreError:  # a damaged one is what a pull repairs
            return set()
        return manifest.digests() if manifest else set()


def _while(work: Callable[[], T], line: Callable[[], Line] = dict) -> Generator[Line, None, T]:
    """Return what ``work`` returns in a thread of its own, yielding a line now and then: who waits can leave at each."""
    done: list[tuple[T | None, BaseException | None]] = []
    over = threading.Event()

    def run() -> None:
        try:
            done.append((work(), None))
        except BaseException as problem:  # raised again in the thread that waits
            done.append((None, problem))
        over.set()

    threading.Thread(target=run, name="registry", daemon=True).start()
    while not over.wait(TICK_S):
        yield line()
    result, problem = done[0]
    if problem is not None:
        raise problem
    return result  # type: ignore[return-value]  # T itself may be None


def _is_bundled(name: ModelName) -> bool:
    return (name.host, name.namespace, name.model, name.tag) == (_BUNDLED.host, _BUNDLED.namespace, _BUNDLED.model, _BUNDLED.tag)


def _layers(manifest: Manifest) -> list[Layer]:
    """Return the parts of a model, each once.

    Raises:
        StoreError: it needs what this server does not have.
    """
    if any(layer.media_type == TENSOR for layer in manifest.layers):
        raise StoreError(_NO_MLX)
    return list({layer.digest: layer for layer in manifest.parts() if layer.digest}.values())


def _announced(session: Session, layer: Layer) -> int:
    """Return the size of a blob in bytes.

    Raises:
        Refused: the registry says two different ones.
    """
    with session.answer("HEAD", session.url(f"blobs/{layer.digest}")) as response:
        said = response.headers.get("content-length", "")
    size = int(said) if said.isascii() and said.isdigit() and len(said) < 20 else layer.size
    if layer.size and size != layer.size:
        raise Refused(f"{layer.digest}: the registry has {size} bytes, its manifest says {layer.size}")
    return size


def _put_manifest(session: Session, name: ModelName, text: bytes) -> None:
    with session.answer("PUT", session.url(f"manifests/{name.tag}"), {"content-type": MANIFEST}, text):
        pass


def _present(verb: str, layer: Layer, size: int) -> Line:
    return {"status": f"{verb} {layer.digest[7:19]}", "digest": layer.digest, "total": size, "completed": size}
