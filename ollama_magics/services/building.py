"""The steps of one create: the request, the server, its files, the stream, and what is true afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import Cancelled, ModelNotFound, OllamaMagicsError, ServerFault, StreamFault
from ollama_magics.services.ingredients import check_server
from ollama_magics.services.observing import digest_of, entry_in, entry_of, observe, shown_by
from ollama_magics.services.progress import Tracker
from ollama_magics.services.versions import Versions
from ollama_magics.services.versionstore import Version

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.client.digests import Digests
    from ollama_magics.services.ingredients import Recipe
    from ollama_magics.services.sending import Sending
    from ollama_magics.services.servers import Server
    from ollama_magics.wire.types import ProgressResponse

_LOOK_S = 2.0
"""How long a server that has just refused something may take to say what it holds."""

_GLANCE_S = 0.05
"""How long a cancelled create may look whether the server had finished: the cell has to end within a tenth of a second."""


class Build:
    """One create under way; its methods are called in the order they stand here.

    Attributes:
        before: the version that the server held, None when there was no such model.
    """

    def __init__(
        self,
        name: str,
        recipe: Recipe,
        directory: Path,
        tracker: Tracker,
        cancel: CancelToken,
        timeout: float | None,
        versions: Versions,
        digests: Digests,
    ) -> None:
        self.name, self.modelfile, self.directory = name, recipe.modelfile, directory
        self.tracker, self.cancel, self.timeout, self.versions = tracker, cancel, timeout, versions
        self.base = recipe.modelfile.base or ""
        self.request: dict[str, Any] = {}
        self.server: Server | None = None
        self.size: int | None = None
        self.digest = self.base_digest = ""
        self.before: Version | None = None
        self._recipe = recipe
        self._shown_now: str | None = None
        self._files: dict[str, Path] = {}
        self._digests = digests
        self._sending: Sending | None = None

    def prepare(self) -> None:
        """Make the request, which needs the digest of every file."""
        from ollama_magics.modelfile.request import create_request, shorten_keys

        paths: dict[str, Path] = {}

        def named(path: Path) -> str:
            """Stand in for the digest until all files are hashed together."""
            paths[str(path)] = path
            return str(path)

        body = create_request(self.modelfile, self.directory, hash_file=named)
        fields = {key: value for key, value in body.items() if key not in {"model", "name"}}
        for key in {"files", "adapters", "draft_files"} & fields.keys():
            names = shorten_keys(fields[key])
            fields[key] = {names[path]: found for path, found in fields[key].items()}
        for key, files in self._recipe.sent.items():
            fields[key] = {**fields.get(key, {}), **{name: named(path) for name, path in files.items()}}
        if paths:
            self._hash(fields, paths)
        self.request = {"model": self.name, **self._recipe.over(fields)}

    def _hash(self, fields: dict[str, Any], paths: dict[str, Path]) -> None:
        """Put the digests of files where their paths stand."""
        from ollama_magics.services.sending import Sending

        self._sending = Sending(self.tracker, self.cancel, self._digests)
        digests = self._sending.hash(paths.values())
        self._files = {digest: path for path, digest in digests.items()}
        for key in {"files", "adapters", "draft_files"} & fields.keys():
            fields[key] = {name: digests[paths[found]] if found in paths else found for name, found in fields[key].items()}

    def connect(self, host: str | None, client: Client | None) -> None:
        """Find the server."""
        from ollama_magics.services.servers import client_for, server_of

        if client is not None:
            self.server, self.client = server_of(client), client
        else:
            self.server, self.client = client_for(host, self.cancel)
        check_server(self.request, self.server.version, self.server.label)

    def look(self) -> None:
        """See what the server holds under the name."""
        self.before = observe(self.client, self.identity, self.name, self.versions, timeout=self.timeout, cancel=self.cancel)

    def send_files(self) -> None:
        """Upload the files that the server does not have."""
        if self._sending is not None:
            self._sending.send(self.client, self._files, timeout=self.timeout)

    def lines(self, *, pull: bool) -> Iterator[ProgressResponse]:
        """Send the request and yield the lines of the stream to its end."""
        if not pull and "from" in self.request:
            self._require_base()
        try:
            with self.client.send_create(self.request, timeout=self.timeout, cancel=self.cancel) as stream:
                for line in stream:
                    self.tracker.line(line, self.base)
                    yield line
        except (ServerFault, StreamFault) as exc:
            self._fail(exc)

    def settle(self) -> Version:
        """Return the version that the server now holds."""
        models = self.client.list(timeout=self.timeout).models or ()
        entry = entry_in(models, self.name)
        self.digest, self.size = digest_of(entry), entry.get("size") if entry else None
        self.base_digest = digest_of(entry_in(models, self.base)) if self.base else ""
        if self.before is not None and self.before.text is None and self.before.digest != self.digest:
            self._shown_now = shown_by(self.client, self.name, timeout=self.timeout, cancel=self.cancel)
        return self._record(self.digest)

    def _record(self, digest: str) -> Version:
        where = str(self.directory.absolute())
        return self.versions.record(
            self.identity,
            self.name,
            self.modelfile.source_text,
            digest,
            shown=self._shown_now,
            directory=where,
            quantize=self._recipe.quantize,
        )

    def texts(self) -> tuple[str, str] | None:
        """Return the Modelfile before and now, both as written or both as the server shows them; None for a first version."""
        before = self.before
        if before is None:
            return None
        if before.text is not None:
            return before.text, self.modelfile.source_text
        if before.shown is not None and self._shown_now is not None:
            return before.shown, self._shown_now
        return None

    def cancelled(self) -> Cancelled:
        """Return the error that says what was cancelled and what the server holds now."""
        doing = self.tracker.last
        facts = self._facts()
        if doing.stage == "build" and self._finished_meanwhile():
            return Cancelled(f"cancelled too late, {self.name} was created", details=facts)
        return Cancelled(f"cancelled while {doing.words}. {self.standing()}".rstrip(". "), details={**facts, "while": doing.words})

    def standing(self) -> str:
        """Return one sentence on what the server holds under the name; empty before anybody looked."""
        from ollama_magics.display.cards.problems import standing

        version = self.before
        return standing(self.name, version.number if version else None, None if self.server is None else version is not None)

    @property
    def identity(self) -> str:
        """Which server's versions these are."""
        assert self.server is not None
        return self.server.identity

    def _facts(self) -> dict[str, Any]:
        version = self.before
        return {
            "name": self.name,
            "base": self.base,
            "modelfile": self.modelfile,
            "version": version.number if version else None,
            "exists": None if self.server is None else version is not None,
            "server": self.server,
            "elapsed_s": self.tracker.elapsed_s,
        }

    def _finished_meanwhile(self) -> bool:
        try:
            now = digest_of(entry_of(self.client, self.name, timeout=_GLANCE_S))
        except OllamaMagicsError:
            return False
        if not now or now == (self.before.digest if self.before else ""):
            return False
        self._record(now)
        return True

    def _require_base(self) -> None:
        try:
            self.client.show(self.request["from"], cancel=self.cancel, timeout=self.timeout)
        except ModelNotFound as exc:
            self._unknown_base(exc, exc.error, "")

    def _look_again(self) -> None:
        """Forget versions of a model that somebody has deleted meanwhile: a failed create says what is true now."""
        try:
            gone = entry_of(self.client, self.name, timeout=_LOOK_S) is None
        except OllamaMagicsError:
            return
        if gone:
            self.versions.forget(self.identity, self.name)
            self.before = None

    def _fail(self, exc: ServerFault | StreamFault) -> NoReturn:
        self._look_again()
        words = str(getattr(exc, "error", ""))
        # Source: Ollama server/create.go and server/images.go: a base that is not there is pulled, and the pull fails with these words.
        if self.tracker.last.stage == "pull" or words.startswith("pull model manifest:"):
            why = "" if words.endswith("file does not exist") else ", and pulling it failed"
            self._unknown_base(exc, words, why)
        exc.message = f"{self.name} was not created: {exc.message}"
        exc.details |= self._facts()
        raise exc

    def _unknown_base(self, exc: OllamaMagicsError, words: str, why: str) -> NoReturn:
        near = exc.details.get("near") or []
        told = f"; near it on this server: {', '.join(near)}" if near else ""
        raise ModelNotFound(
            f"{self.name} was not created: there is no base model {self.base}{why}{told}",
            status=getattr(exc, "status", 404),
            error=words,
            hint=f"pull it: %ollama pull {self.base}" if not near else f"write FROM {near[0]}, or pull it: %ollama pull {self.base}",
            details={**self._facts(), "near": near},
        ) from exc
