"""Creating a model from a Modelfile: check, send what the server lacks, build, say what changed."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import Cancelled, FileProblem, ModelfileProblem, UsageProblem
from ollama_magics.services.building import Build
from ollama_magics.services.ingredients import Ingredients, compose
from ollama_magics.services.progress import Progress, Tracker
from ollama_magics.services.sending import DIGESTS
from ollama_magics.services.versions import VERSIONS, Versions
from ollama_magics.services.versionstore import Version
from ollama_magics.wire.names import parse_name, split_source

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.display.segments import Document
    from ollama_magics.modelfile import Modelfile, Problem
    from ollama_magics.services.servers import Server
    from ollama_magics.wire.types import ProgressResponse

_LONG = 2_000
"""Lines of two texts together, from which on their difference is not searched exhaustively."""


@dataclass(frozen=True)
class Creation:
    """What a create did.

    Attributes:
        name: the model, as it was asked for.
        base: what FROM names.
        version: 1 is the first that is known of this model; None when nothing was sent.
        since: the version that ``changed`` is a difference to; None when there was none.
        changed: the difference to the version before, line by line, each with its sign: ``-``, ``+`` or a blank.
        size: bytes of all layers, None when the server does not list the model.
        new_layers: layers the server wrote.
        kept_layers: layers it had.
        seconds: from the start to the server's last word.
        server: where it was created; None when nothing was sent.
        digest: the manifest's, 64 hexadecimal digits; empty when it is not known.
        request: the body of ``POST /api/create``.
        unchanged: whether the server holds exactly what it held before.
        sent: False for a dry run.
        problems: warnings on the Modelfile, none of which kept it from being sent.
        modelfile: what it was created from.
        base_digest: the manifest's of the base; empty when the server does not list it.
    """

    name: str
    base: str
    version: int | None
    changed: tuple[str, ...]
    size: int | None
    new_layers: int
    kept_layers: int
    seconds: float
    server: Server | None
    digest: str
    request: Mapping[str, Any]
    unchanged: bool = False
    sent: bool = True
    problems: tuple[Problem, ...] = ()
    modelfile: Modelfile | None = field(default=None, repr=False)
    since: int | None = None
    base_digest: str = ""

    def card(self, *, first_line: int = 1, with_request: bool = False) -> Document:
        """Return the result as a document.

        Args:
            first_line: the number of the Modelfile's first line as the person sees it.
            with_request: whether the request stands in a fold, which plain text cannot open.
        """
        from ollama_magics.display.cards import created_card

        return created_card(self, request=self.request_json if with_request else "", first_line=first_line)

    @property
    def request_json(self) -> str:
        """The request as indented JSON text."""
        import json

        return json.dumps(self.request, indent=2, ensure_ascii=False)

    @property
    def status(self) -> str:
        """The server's last word, as the official client gives it back: ``success``; ``not sent`` for a dry run."""
        return "success" if self.sent else "not sent"

    def __getitem__(self, name: str) -> Any:
        """Return what the attribute of that name holds: ``creation["status"]``."""
        try:
            return self.data()[name]
        except KeyError:
            raise KeyError(name) from None

    def get(self, name: str, default: Any = None) -> Any:
        """Return what the attribute of that name holds, ``default`` where there is none."""
        return self.data().get(name, default)

    def data(self) -> dict[str, Any]:
        """Return the figures as plain data, for JSON."""
        names = ("name", "base", "version", "since", "size", "new_layers", "kept_layers", "seconds", "digest", "unchanged", "sent")
        told = {name: getattr(self, name) for name in names}
        server = self.server.url if self.server else None
        return {"status": self.status, **told, "changed": list(self.changed), "server": server, "request": dict(self.request)}

    def __str__(self) -> str:
        from ollama_magics.display import text

        return text.render(self.card()) if self.sent else self.request_json

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from ollama_magics.display import html

        return {"text/plain": str(self), **({"text/html": html.render(self.card(with_request=True))} if self.sent else {})}


class Manner(TypedDict, total=False):
    """How a create is made: see `create`."""

    host: str | None
    client: Client | None
    directory: str | Path | None
    pull: bool
    dry_run: bool
    on_progress: Callable[[Progress], None] | None
    cancel: CancelToken | None
    timeout: float | None
    versions: Versions
    clock: Callable[[], float]


def create(
    name: str,
    source: str | bytes | Modelfile | None = None,
    *,
    host: str | None = None,
    client: Client | None = None,
    directory: str | Path | None = None,
    pull: bool = True,
    dry_run: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    timeout: float | None = None,
    versions: Versions = VERSIONS,
    clock: Callable[[], float] = time.perf_counter,
    **fields: Unpack[Ingredients],
) -> Creation:
    """Create the model ``name`` from a Modelfile, or from the fields of a create, and return what that did.

    Args:
        source: the Modelfile, as text, bytes or parsed; None when ``fields`` say everything.
        host: the server's address; None looks for one as `find_server` does.
        client: create through this client instead.
        directory: what relative paths in the Modelfile are relative to; None is the working directory.
        pull: whether the server may pull a base that it does not have.
        dry_run: send nothing; the request is in the result.
        on_progress: called with each step, on the calling thread.
        cancel: stops it from another thread; the model of that name stays as it was.
        timeout: seconds that one answer of the server may take; None waits.
        versions: where versions are counted.
        clock: seconds.
        fields: what `Ingredients` names, for instance ``quantize="q4_K_M"``; each stands before what the Modelfile says.

    Raises:
        UsageProblem: ``name`` cannot be a model's name, or a field has a value that it cannot have.
        ModelfileProblem: the Modelfile has mistakes; nothing was sent.
        FileProblem: a file it names cannot be used; nothing was created.
        ModelNotFound: the base is not there and cannot be pulled.
        ServerFault, StreamFault: the server refused, or broke off; the model of that name is as it was.
        Cancelled: ``cancel`` was set.
    """
    manner: Manner = {"host": host, "client": client, "directory": directory, "pull": pull, "dry_run": dry_run, "cancel": cancel}
    manner |= {"on_progress": on_progress, "timeout": timeout, "versions": versions, "clock": clock}
    steps = creating(name, source, manner, fields)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            creation: Creation = end.value
            return creation


def creating(
    name: str, source: str | bytes | Modelfile | None, manner: Manner, fields: Mapping[str, Any]
) -> Generator[ProgressResponse, None, Creation]:
    """Yield the server's lines of a create and return what it did; takes and raises what `create` does."""
    host, directory, versions = manner.get("host"), Path(manner.get("directory") or "."), manner.get("versions", VERSIONS)
    tracker = Tracker(manner.get("on_progress"), manner.get("clock", time.perf_counter))
    tracker.step("check", status="checking")
    recipe = compose(source, directory, fields)
    modelfile = check(name, recipe.modelfile, host=host, directory=directory, versions=versions)
    recipe = replace(recipe, modelfile=modelfile)
    build = Build(name, recipe, directory, tracker, manner.get("cancel") or CancelToken(), manner.get("timeout"), versions, DIGESTS)
    try:
        build.prepare()
        if manner.get("dry_run"):
            return _creation(build, None)
        build.connect(host, manner.get("client"))
        build.look()
        build.send_files()
        yield from build.lines(pull=manner.get("pull", True))
        return _creation(build, build.settle())
    except Cancelled as exc:
        raise build.cancelled() from exc


def _creation(build: Build, version: Version | None) -> Creation:
    before, texts = build.before, build.texts() if version else None
    seconds = build.tracker.elapsed_s
    build.tracker.step("done", status="success" if version else "not sent")
    return Creation(
        name=build.name,
        base=build.base,
        version=version.number if version else None,
        changed=text_diff(*texts) if texts else (),
        size=build.size,
        new_layers=build.tracker.new_layers,
        kept_layers=build.tracker.kept_layers,
        seconds=seconds,
        server=build.server,
        digest=build.digest,
        request=build.request,
        unchanged=_same(before, version) and build.tracker.new_layers == 0,
        sent=version is not None,
        problems=tuple(build.modelfile.problems),
        modelfile=build.modelfile,
        since=before.number if before else None,
        base_digest=build.base_digest,
    )


def _same(before: Version | None, after: Version | None) -> bool:
    """Whether both are the same manifest; one that was deleted meanwhile can come back the same, but not without new layers."""
    return before is not None and after is not None and bool(after.digest) and before.digest == after.digest


def check(
    name: str,
    source: str | bytes | Modelfile,
    *,
    host: str | None = None,
    directory: str | Path | None = None,
    versions: Versions = VERSIONS,
) -> Modelfile:
    """Return the Modelfile if a model of that name can be created from it; asks no server.

    Its problems are also those that files in ``directory``, by default the working directory, make.

    Raises:
        UsageProblem: ``name`` cannot be a model's name.
        ModelfileProblem: with every problem and the one error that Ollama would report.
    """
    from ollama_magics.modelfile import parse
    from ollama_magics.services.servers import known_server

    check_name(name)
    folder = Path(directory or ".")
    modelfile = parse(source, folder=folder) if isinstance(source, str | bytes) else source
    if modelfile.folder is None:
        modelfile = parse(modelfile.text, first_line=modelfile.first_line, folder=folder)
    mistakes = [problem for problem in modelfile.problems if problem.severity == "error"]
    if not mistakes and modelfile.verdict.error is None:
        return modelfile
    server = known_server(host)
    standing = versions.standing(server.identity, name) if server else None
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    first = f": {mistakes[0].message} (line {modelfile.line_number(mistakes[0].start)})" if len(mistakes) == 1 else ""
    raise ModelfileProblem(
        f"{name} was not created, its Modelfile has {count}{first}",
        problems=modelfile.problems,
        upstream=modelfile.verdict.error or _refusal(modelfile),
        details={"name": name, "modelfile": modelfile, "version": standing.number if standing else None},
    )


def _refusal(modelfile: Modelfile) -> str | None:
    """Return what Ollama's client would say to a Modelfile that its parser takes, None if it would say nothing."""
    from ollama_magics.modelfile.request import resolve

    try:
        resolve(modelfile, Path())
    except (ModelfileProblem, FileProblem) as exc:
        return exc.upstream
    return None


def check_name(name: str) -> None:
    """Raise unless a model of that name can be created and then be used.

    Source: Ollama types/model/name.go and internal/modelref/modelref.go (v0.33.0-rc2): a name that ends in ``:cloud``, ``-cloud`` in
    its tag, or ``:local`` is created and can never be reached.

    Raises:
        UsageProblem: with the reason.
    """
    if not parse_name(name).valid:
        raise UsageProblem(
            f"{name!r} cannot be the name of a model",
            hint="write NAME or NAME:TAG with letters, digits and _ - . in it, for instance mario or mario:v2",
        )
    place = split_source(name)[1]
    if place:
        raise UsageProblem(
            f"a model named {name!r} could never be used: Ollama reads the end of the name as where it runs ({place})",
            hint=f"give it another tag than {name.rpartition(':')[2]!r}",
        )


def text_diff(before: str, after: str) -> tuple[str, ...]:
    """Return the lines that went and came, each behind its sign and a blank.

    Examples:
        >>> text_diff("FROM a\\nSYSTEM x", "FROM a\\nSYSTEM y")
        ('- SYSTEM x', '+ SYSTEM y')
    """
    old, new = before.strip().splitlines(), after.strip().splitlines()
    lines: list[str] = []
    # Matching every line with every other is quadratic: a text of thousands of lines is matched by its rare ones.
    exact = len(old) + len(new) < _LONG
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=not exact).get_opcodes():
        if tag != "equal":
            lines += [f"- {line}" for line in old[a:b]] + [f"+ {line}" for line in new[c:d]]
    return tuple(lines)
