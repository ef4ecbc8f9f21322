"""From a Modelfile to the create request: names or files, typed parameters, messages.

Source: Ollama parser/parser.go (CreateRequest), cmd/cmd.go (CreateHandler), api/types.go (CreateRequest), v0.33.0-rc2.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ollama_magics.errors import FileProblem, ModelfileProblem, UsageProblem
from ollama_magics.modelfile.files import HomeOf, NotThere, account_home, expand_path, files_of, reason
from ollama_magics.modelfile.modelfile import Modelfile
from ollama_magics.modelfile.semver import required_version
from ollama_magics.wire.options import DEPRECATED, OptionValue, format_parameter

HashFile = Callable[[Path], str]


@dataclass(slots=True)
class Resolved:
    """What a Modelfile asks for, its paths looked up.

    Attributes:
        from_: the base model's name; empty when there is none. The server ignores ``files`` beside it.
        files: the files to send, by their absolute names as Ollama writes them.
        draft_files: the same for DRAFT.
        adapters: the same for ADAPTER, of the last one only.
        notices: what Ollama's command line prints meanwhile.
    """

    from_: str = ""
    files: dict[str, Path] = field(default_factory=dict)
    draft_files: dict[str, Path] = field(default_factory=dict)
    adapters: dict[str, Path] = field(default_factory=dict)
    template: str = ""
    system: str = ""
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    license: list[str] = field(default_factory=list)
    parameters: dict[str, OptionValue] = field(default_factory=dict)
    messages: list[dict[str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def resolve(modelfile: Modelfile, directory: Path, *, home_of: HomeOf = account_home) -> Resolved:
    """Return what a Modelfile asks for, its paths looked up from ``directory``.

    Raises:
        ModelfileProblem: Ollama refuses the text or a value in it; its own words are in ``upstream``.
        FileProblem: a file or folder cannot be used; Ollama's own words are in ``upstream``.
    """
    if modelfile.verdict.error is not None:
        raise _refused(modelfile, modelfile.verdict.error)
    resolver = _Resolver(modelfile, os.path.abspath(directory), home_of)
    for name, args in modelfile.commands:
        resolver.take(name, args)
    return resolver.result


class _Resolver:
    """Takes the commands of one Modelfile in order; the first that cannot be used ends it."""

    def __init__(self, modelfile: Modelfile, directory: str, home_of: HomeOf) -> None:
        self.result = Resolved()
        self._modelfile = modelfile
        self._directory = directory
        self._home_of = home_of
        self._bases: set[str] = set()
        self._drafts: set[str] = set()

    def take(self, name: str, args: str) -> None:
        result = self.result
        if name == "model":
            self._base(args)
        elif name == "draft":
            path = self._path(args)
            result.draft_files |= files_of(path)
            self._keep_apart(path, self._drafts, self._bases)
        elif name == "adapter":
            result.adapters = files_of(self._path(args))
        elif name in ("template", "system", "renderer", "parser"):
            setattr(result, name, args)
        elif name == "license":
            result.license.append(args)
        elif name == "message":
            role, _, content = args.partition(": ")
            result.messages.append({"role": role, "content": content})
        elif name == "requires":
            version = required_version(args)
            if version is None:
                raise _refused(self._modelfile, "requires must be a valid semver (e.g. 0.14.0)")
            result.requires = version
        elif name in DEPRECATED:
            result.notices.append(f"warning: parameter {name} is deprecated")
        else:
            self._parameter(name, args)

    def _path(self, argument: str) -> str:
        return expand_path(argument, self._directory, self._home_of)

    def _base(self, argument: str) -> None:
        path = self._path(argument)
        try:
            found = files_of(path)
        except NotThere:
            self.result.from_ = argument
            return
        self.result.files |= found
        self._keep_apart(path, self._bases, self._drafts)

    def _keep_apart(self, path: str, mine: set[str], others: set[str]) -> None:
        """Note a path and refuse it when the other instruction named the same place."""
        real = os.path.realpath(path)
        mine.add(real)
        if real in others:
            text = f"DRAFT must not reference the same local path as FROM: {path}"
            raise FileProblem(f"FROM and DRAFT name the same place, `{path}`", upstream=text, hint="name a smaller model in DRAFT")

    def _parameter(self, name: str, args: str) -> None:
        try:
            value = format_parameter(name, [args])
        except UsageProblem as exc:
            raise _refused(self._modelfile, exc.message) from exc
        before = self.result.parameters.get(name)
        self.result.parameters[name] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value


def _refused(modelfile: Modelfile, upstream: str) -> ModelfileProblem:
    count = sum(problem.severity == "error" for problem in modelfile.problems)
    message = f"the Modelfile has {count} mistakes" if count != 1 else "the Modelfile has a mistake"
    return ModelfileProblem(message, problems=modelfile.problems, upstream=upstream)


def create_request(
    modelfile: Modelfile,
    directory: Path,
    *,
    hash_file: HashFile | None = None,
    home_of: HomeOf = account_home,
) -> dict[str, Any]:
    """Return the body of ``POST /api/create``; files have the absolute names they have before `shorten_keys`.

    Keys stand in the order of Ollama's own request, those of files and parameters in alphabetical order, and what is empty is left out.

    Args:
        modelfile: what to create from.
        directory: where relative paths start.
        hash_file: returns a file's digest, ``sha256:`` and 64 lower-case hexadecimal digits; `file_digest` by default.
        home_of: returns the home folder of an account, for paths that start with ``~``.

    Raises:
        ModelfileProblem: as `resolve`.
        FileProblem: as `resolve`, or a file cannot be read.
    """
    found = resolve(modelfile, directory, home_of=home_of)
    return request_body(found, hash_file=hash_file)


def request_body(found: Resolved, *, hash_file: HashFile | None = None) -> dict[str, Any]:
    """Return the body of ``POST /api/create`` for what `resolve` found; see `create_request`."""
    digest = hash_file or file_digest
    fields: dict[str, Any] = {
        "from": found.from_,
        "files": _digests(found.files, digest),
        "draft_files": _digests(found.draft_files, digest),
        "adapters": _digests(found.adapters, digest),
        "template": found.template,
        "license": found.license,
        "system": found.system,
        "parameters": dict(sorted(found.parameters.items())),
        "messages": found.messages,
        "renderer": found.renderer,
        "parser": found.parser,
        "requires": found.requires,
    }
    return {"model": "", **{key: value for key, value in fields.items() if value}, "name": ""}


def _digests(files: Mapping[str, Path], digest: HashFile) -> dict[str, str]:
    return {name: digest(path) for name, path in sorted(files.items())}


def file_digest(path: Path) -> str:
    """Return a file's digest as Ollama writes it.

    Raises:
        FileProblem: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as exc:
        raise FileProblem(f"`{path}` cannot be read: {reason(exc)}", upstream=f"open {path}: {reason(exc)}") from exc


def shorten_keys(paths: Iterable[str]) -> dict[str, str]:
    """Return the name under which each file is sent: relative to the deepest folder that holds them all, with ``/`` between the parts.

    Examples:
        >>> shorten_keys(["/m/x.gguf"]), shorten_keys(["/m/a/config.json", "/m/a/1_Pooling/config.json"])
        ({'/m/x.gguf': 'x.gguf'}, {'/m/a/config.json': 'config.json', '/m/a/1_Pooling/config.json': '1_Pooling/config.json'})
    """
    names = list(paths)
    if not names:
        return {}
    folder = os.path.commonpath([os.path.dirname(name) for name in names])
    return {name: os.path.relpath(name, folder).replace(os.sep, "/") for name in names}
