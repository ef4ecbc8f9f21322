"""The folder of models: find, list, write, copy and delete them.

The layout is Ollama's, so that a real Ollama can take the folder over; manifests are written beside their place and moved
into it, so that a reader sees the old model or the new one and a failed create leaves the old one.

Source: Ollama manifest/manifest.go, server/images.go, server/routes.go getExistingName (v0.33.0-rc2).
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguf import GGUFInfo, read_gguf
from ollama_magics.server.store.blobs import Blobs
from ollama_magics.server.store.manifest import Manifest, read_manifest
from ollama_magics.server.store.model import StoredModel, read_model
from ollama_magics.wire.names import ModelName, parse_name

_REMEMBERED = 256
"""Manifests, models and file headers kept in memory, of each."""

_GRACE_S = 3600
"""Younger blobs may belong to a create that is going on. Source: Ollama server/images.go layerPruneGracePeriod."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Store:
    """All models below one folder.

    Args:
        root: the folder; it is made when it is not there.
        no_prune: keep layers that no manifest names any more.

    Notes:
        Every method may be called from any thread.
    """

    def __init__(self, root: Path, *, no_prune: bool = False) -> None:
        self.root = root
        self.no_prune = no_prune
        self.manifests = root / "manifests"
        self.manifests.mkdir(parents=True, exist_ok=True)
        self.blobs = Blobs(root / "blobs")
        self._lock = threading.RLock()
        self._held: Counter[str] = Counter()
        self._manifests: OrderedDict[tuple[Path, int, int, int], Manifest] = OrderedDict()
        self._models: OrderedDict[tuple[ModelName, str], StoredModel] = OrderedDict()
        self._headers: OrderedDict[tuple[Path, int], GGUFInfo] = OrderedDict()
        self._rewritten: OrderedDict[tuple[str, ...], str] = OrderedDict()

    def blob_path(self, digest: str) -> Path:
        """Return where the blob of ``digest`` is or would be; raises ``InvalidDigest``."""
        return self.blobs.path(digest)

    def manifest_path(self, name: ModelName) -> Path:
        """Return where the manifest of ``name`` is or would be."""
        return self.manifests / name.host / name.namespace / name.model / name.tag

    def names(self) -> list[ModelName]:
        """Return the names of all models, whatever their manifests hold."""
        found = [ModelName(*parts) for parts in _paths(str(self.manifests), 4)]
        return sorted((name for name in found if name.valid), key=lambda name: name.full)

    def existing_name(self, name: ModelName) -> ModelName:
        """Return ``name`` with each part spelled as in a model that is there, if it differs in case only.

        Source: Ollama server/routes.go getExistingName; the parts are matched independently of each other.
        """
        known = self.names()
        for part in ("host", "namespace", "model", "tag"):
            text = getattr(name, part)
            spellings = {other for other in (getattr(model, part) for model in known) if other.casefold() == text.casefold()}
            if spellings and text not in spellings:
                name = replace(name, **{part: min(spellings)})
        return name

    def manifest(self, name: ModelName) -> Manifest | None:
        """Return the manifest of ``name``, None when there is no such model.

        Raises:
            StoreError: it is damaged.
        """
        path = self.manifest_path(name)
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return None
            # A file is the same as long as these are: writing in place changes the time, moving another one there the number.
            key = (path, status.st_mtime_ns, status.st_size, status.st_ino)
            known = self._known(self._manifests, key)
            if known is None:
                known = read_manifest(path)
                self._remember(self._manifests, key, known)
            return known
        except (FileNotFoundError, NotADirectoryError):
            return None

    def find(self, name: str | ModelName) -> StoredModel | None:
        """Return the model of that exact name, None when there is none.

        Raises:
            StoreError: its manifest or a layer cannot be read.
        """
        name = parse_name(name) if isinstance(name, str) else name
        manifest = self.manifest(name) if name.valid else None
        if manifest is None:
            return None
        key = (name, manifest.digest)
        known = self._known(self._models, key)
        if known is not None:
            return known if known.modified_ns == manifest.modified_ns else replace(known, manifest=manifest)
        model = read_model(name, manifest, self.blobs)
        self._remember(self._models, key, model)
        return model

    def list(self) -> list[StoredModel]:
        """Return all models, the newest first; one that cannot be read is left out."""
        models = []
        for name in self.names():
            with contextlib.suppress(StoreError, OSError):
                model = self.find(name)
                if model is not None:
                    models.append(model)
        return sorted(models, key=lambda model: model.modified_ns, reverse=True)

    def header(self, path: Path) -> GGUFInfo:
        """Return the header of a GGUF blob without its arrays; raises as ``read_gguf``."""
        key = (path, path.stat().st_size)
        known = self._known(self._headers, key)
        if known is None:
            known = read_gguf(path)
            self._remember(self._headers, key, known)
        return known

    def rewritten(self, sources: tuple[str, ...]) -> str | None:
        """Return the digest of the file that was made of these blobs, None when it has not been or is gone."""
        digest = self._known(self._rewritten, sources)
        if digest is None or not self.blobs.has(digest):
            return None
        self.blobs.touch(digest)
        return digest

    def note_rewritten(self, sources: tuple[str, ...], digest: str) -> None:
        """Remember which file was made of these blobs."""
        self._remember(self._rewritten, sources, digest)

    def write_manifest(self, name: ModelName, manifest: Manifest) -> None:
        """Put the manifest in the place of ``name`` in one step."""
        self._place(self.manifest_path(name), manifest.text())

    def replace(self, name: ModelName, manifest: Manifest, hold: Hold | None = None) -> None:
        """Write the manifest, end ``hold`` if there is one, and remove the layers that only the overwritten one had."""
        with self._lock:
            try:
                old = self.manifest(name)
            except StoreError:
                old = None
            self.write_manifest(name, manifest)
            if hold is not None:
                hold.release()
            if old is not None and not self.no_prune:
                self.prune(old.digests())

    def copy(self, source: ModelName, target: ModelName) -> bool:
        """Give the model a second name, overwriting it; return False when there is no such model.

        Source: Ollama server/images.go CopyModel: a copy onto itself succeeds even if there is no such model.
        """
        if source == target:
            return True
        with self._lock:
            try:
                text = self.manifest_path(source).read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return False
            self._place(self.manifest_path(target), text)
        return True

    def delete(self, name: ModelName) -> bool:
        """Remove the model and the layers that no other model has; return False when there is no such model.

        Raises:
            StoreError: its manifest is damaged.
        """
        with self._lock:
            manifest = self.manifest(name)
            if manifest is None:
                return False
            path = self.manifest_path(name)
            path.unlink()
            self._drop_empty_folders(path.parent)
            self.prune(manifest.digests())
        return True

    def prune(self, digests: Iterable[str]) -> None:
        """Remove those of the blobs that no manifest names and nobody holds."""
        with self._lock:
            unused = set(digests) - self._used() - self._held.keys()
            self.blobs.remove(digest for digest in unused if digest)

    def sweep(self, now: float | None = None) -> int:
        """Remove files in the folder of blobs that no model has and that are older than an hour; return how many.

        Uploads that no create followed and leftovers of broken ones go this way. Nothing is removed while a manifest cannot be
        read, since it may name them.

        Source: Ollama server/images.go PruneLayers, which runs at the server's start.
        """
        limit = (time.time() if now is None else now) - _GRACE_S
        with self._lock:
            try:
                used = self._used(strict=True)
            except StoreError:
                return 0
            names = {digest.replace(":", "-") for digest in used | self._held.keys()}
            old = [path for path in self.blobs.folder.iterdir() if path.is_file() and path.stat().st_mtime < limit]
            unused = [path for path in old if path.name not in names]
            for path in unused:
                path.unlink(missing_ok=True)
        return len(unused)

    @contextlib.contextmanager
    def hold(self) -> Iterator[Hold]:
        """Keep blobs from being pruned while a model is being made of them."""
        hold = Hold(self._held, self._lock)
        try:
            yield hold
        finally:
            hold.release()

    def _place(self, path: Path, data: bytes) -> None:
        """Write a file beside its place and move it there."""
        descriptor, temporary = tempfile.mkstemp(prefix=".manifest-", dir=self.manifests)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o644)
            with self._lock:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _used(self, *, strict: bool = False) -> set[str]:
        """Return what the manifests name; a damaged one names nothing, or is an error when ``strict``."""
        used: set[str] = set()
        for name in self.names():
            try:
                manifest = self.manifest(name)
            except StoreError:
                if strict:
                    raise
                continue
            used |= manifest.digests() if manifest else set()
        return used

    def _drop_empty_folders(self, folder: Path) -> None:
        while folder != self.manifests:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _remember(self, memory: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
        with self._lock:
            memory[key] = value
            while len(memory) > _REMEMBERED:
                memory.popitem(last=False)

    def _known(self, memory: OrderedDict[_Key, _Value], key: _Key) -> _Value | None:
        with self._lock:
            if key in memory:
                memory.move_to_end(key)
            return memory.get(key)


def _paths(folder: str, depth: int) -> Iterator[tuple[str, ...]]:
    """Yield the names that lead to each file exactly ``depth`` levels below ``folder``."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if depth == 1:
                    if entry.is_file():
                        yield (entry.name,)
                elif entry.is_dir():
                    for rest in _paths(entry.path, depth - 1):
                        yield (entry.name, *rest)
    except FileNotFoundError:
        return


class Hold:
    """Blobs that must stay until the hold is released."""

    def __init__(self, held: Counter[str], lock: threading.RLock) -> None:
        self._held = held
        self._lock = lock
        self._digests: list[str] = []

    def add(self, digest: str) -> None:
        """Keep the blob."""
        with self._lock:
            self._digests.append(digest)
            self._held[digest] += 1

    def release(self) -> None:
        """Let all blobs go; a second time does nothing."""
        with self._lock:
            self._held -= Counter(self._digests)
            self._digests.clear()
