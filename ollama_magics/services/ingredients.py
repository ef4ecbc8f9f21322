"""What a model is made of beside, or in the place of, the text of a Modelfile: every field of a create, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.client.fields import CreateFields, check
from ollama_magics.errors import FileProblem, UsageProblem
from ollama_magics.modelfile.files import account_home, expand_path
from ollama_magics.modelfile.semver import required_version
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.quantisation import quantisation

if TYPE_CHECKING:
    from ollama_magics.modelfile import Modelfile

_DIGEST = re.compile("sha256[:-][0-9a-f]{64}")

_ROLES = ("system", "user", "assistant", "tool")

_INFO: Mapping[str, type] = {
    "capabilities": list,
    "model_family": str,
    "base_name": str,
    "quantization_level": str,
    "parameter_size": str,
    "context_length": int,
    "embedding_length": int,
}
"""What ``info`` may say. Source: Ollama server/create.go (v0.33.0-rc2)."""

_SINCE: Mapping[str, tuple[int, int, int]] = {
    "renderer": (0, 12, 0),
    "parser": (0, 12, 0),
    "remote_host": (0, 12, 0),
    "info": (0, 12, 0),
    "requires": (0, 14, 0),
    "draft_files": (0, 30, 0),
    "draft_quantize": (0, 30, 0),
}
"""The first version that knows a field; an older server ignores it. Source: Ollama api/types.go, the tags that contain each field."""

_ADAPTER_WEIGHTS = ("adapter_model.safetensors", "adapters.safetensors")
_ADAPTER_SETTINGS = "adapter_config.json"

PathLike = str | Path


class Ingredients(CreateFields, total=False):
    """The fields of a create, by the names of the official client; each takes the place of its instruction in the Modelfile.

    ``files``, ``adapters`` and ``draft_files`` are paths, which are hashed and sent, or names with the digests of files that are on the
    server already. ``parameters`` are merged with those of the Modelfile.
    """

    from_: str | None
    files: Any
    adapters: Any
    draft_files: Any
    template: str | None
    license: str | Sequence[str] | None
    system: str | None
    parameters: Mapping[str, Any] | None
    messages: Sequence[Any] | None
    quantize: str | None


@dataclass(frozen=True)
class Recipe:
    """What is to be created.

    Attributes:
        modelfile: the text with what was given beside it, as far as a Modelfile can say it.
        fields: fields of the request that take the place of those that the Modelfile gives.
        sent: files to send beside those that the Modelfile names: field -> name -> path.
    """

    modelfile: Modelfile
    fields: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)

    @property
    def quantize(self) -> str:
        """The type that the weights are brought to, empty when they stay as they are."""
        return str(self.fields.get("quantize") or "")

    def over(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request made of the Modelfile with the fields in their places."""
        body = {**request, **{name: value for name, value in self.fields.items() if name != "parameters"}}
        if "files" in self.fields:
            body.pop("from", None)
        if "parameters" in self.fields:
            body["parameters"] = {**request.get("parameters", {}), **self.fields["parameters"]}
        return body


def compose(source: str | bytes | Modelfile | None, folder: Path, given: Mapping[str, Any]) -> Recipe:
    """Return what a Modelfile and fields of a create make together; asks no server and reads no file but the Modelfile's folders.

    Args:
        source: the Modelfile; None when the fields say everything.
        folder: what relative paths start from.
        given: `Ingredients`; those that are None or empty say nothing, as a server takes them.

    Raises:
        UsageProblem: no such field, a value that it cannot have, or two that exclude each other.
        FileProblem: an adapter's folder lacks a file.
    """
    check(given, Ingredients, "create")
    wanted = {name: value for name, value in given.items() if value not in (None, "", [], (), {})}
    fields = {name: _CHECKS[name](value) for name, value in wanted.items() if name in _CHECKS}
    _check_together(wanted)
    sent: dict[str, dict[str, Path]] = {}
    lines: list[tuple[str, str]] = []
    if "from_" in wanted:
        lines.append(("model", str(wanted["from_"])))
    for name, command in (("files", "model"), ("adapters", "adapter"), ("draft_files", "draft")):
        if name in wanted:
            _add_files(name, command, wanted[name], folder, fields, lines, sent)
    modelfile = _written(source, folder, lines, fields)
    if "draft_quantize" in fields and "draft_files" not in fields and not modelfile.values_of("draft"):
        raise UsageProblem("draft_quantize needs draft_files", hint="name the draft model's file, in DRAFT for instance")
    return Recipe(modelfile, fields, sent)


def _add_files(
    name: str,
    command: str,
    value: Any,
    folder: Path,
    fields: dict[str, Any],
    lines: list[tuple[str, str]],
    sent: dict[str, dict[str, Path]],
) -> None:
    """Put the files of one field where they belong: digests into the request, paths into the Modelfile as far as it can name them."""
    if isinstance(value, Mapping):
        fields[name] = _digests(name, value)
        return
    for path in [value] if isinstance(value, str | Path) else value:
        adapter = _adapter_folder(path, folder) if name == "adapters" else {}
        if adapter:
            sent.setdefault(name, {}).update(adapter)
        else:
            lines.append((command, str(path)))


def _digests(name: str, files: Mapping[str, Any]) -> dict[str, str]:
    """Return names and digests as a server takes them.

    Source: Ollama server/create.go (v0.33.0-rc2): a name is a relative path, with ``/`` between its parts and without ``..``.
    """
    for key, digest in files.items():
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            hint = "give paths as a list, or the digest that create_blob returned"
            raise UsageProblem(f"{name}[{key!r}] is no digest: {str(digest)[:80]!r}", hint=hint)
        if not key or key.startswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
            raise UsageProblem(f"{name} cannot have the name {key!r}", hint="name files by relative paths, for instance model.gguf")
    if name == "adapters" and sum(key.endswith(".gguf") for key in files) > 1:
        raise UsageProblem("a model takes one adapter", hint="create a second model from the first to put another on top")
    return dict(files)


def _adapter_folder(path: PathLike, folder: Path) -> dict[str, Path]:
    """Return the files of a LoRA adapter in safetensors form, empty where the path is none.

    Ollama's own command line has not found them since 0.12.11; servers take them when both are sent.

    Raises:
        FileProblem: its settings are missing.
    """
    place = Path(expand_path(str(path), str(folder.absolute()), account_home))
    weights = [place / name for name in _ADAPTER_WEIGHTS] if place.is_dir() else [place] if place.name in _ADAPTER_WEIGHTS else []
    weights = [found for found in weights if found.is_file()]
    if not weights:
        return {}
    settings = weights[0].parent / _ADAPTER_SETTINGS
    if not settings.is_file():
        raise FileProblem(f"the adapter {weights[0]} has no {_ADAPTER_SETTINGS} beside it", hint="put the file there that training wrote")
    return {_ADAPTER_WEIGHTS[0]: weights[0], _ADAPTER_SETTINGS: settings}


def _written(source: str | bytes | Modelfile | None, folder: Path, lines: list[tuple[str, str]], fields: Mapping[str, Any]) -> Modelfile:
    """Return the Modelfile with all that it can say."""
    from ollama_magics.modelfile import parse
    from ollama_magics.modelfile.write import render

    if source is None:
        base = lines if any(name == "model" for name, _ in lines) else [("model", _uploaded(fields)), *lines]
        text: str | bytes | Modelfile = render(base)
    else:
        text = source
    modelfile = parse(text, folder=folder) if isinstance(text, str | bytes) else text
    if source is None and not fields:
        return modelfile
    changed = parse(modelfile.text, first_line=modelfile.first_line, folder=modelfile.folder or folder)
    if source is not None:
        for name, text_of in lines:
            changed._set(name, text_of)
    for name in _SAID:
        if name in fields:
            _say(changed, name, fields[name])
    return changed


def _uploaded(fields: Mapping[str, Any]) -> str:
    """Return what stands behind FROM where the files are on the server already and have no path here."""
    names = sorted(fields.get("files") or ())
    if not names:
        raise UsageProblem("nothing says what to create the model from", hint="give a Modelfile, from_ or files")
    return f"@{fields['files'][names[0]]}"


_SAID = ("renderer", "parser", "requires", "parameters", "template", "system", "messages", "license")


def _say(modelfile: Modelfile, name: str, value: Any) -> None:
    """Write a field into the text; what no Modelfile can hold is sent all the same, in the request."""
    try:
        if name == "parameters":
            for parameter, setting in value.items():
                modelfile.parameters[parameter] = setting
        elif name == "messages":
            modelfile.messages[:] = [{"role": str(message["role"]), "content": str(message.get("content", ""))} for message in value]
        elif name == "license":
            modelfile.licenses[:] = value
        else:
            modelfile._set(name, value)
    except UsageProblem:
        return


def _check_together(wanted: Mapping[str, Any]) -> None:
    """Refuse what a server would ignore or refuse.

    Source: Ollama server/create.go (v0.33.0-rc2).
    """
    if "from_" in wanted and "files" in wanted:
        raise UsageProblem("from_ and files exclude each other: a server takes from_ and ignores the files", hint="leave one of them out")
    if "remote_host" in wanted and "draft_files" in wanted:
        raise UsageProblem("a model that runs on another host has no draft", hint="leave remote_host or draft_files out")


def _text(name: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise UsageProblem(f"{name} is text, not {type(value).__name__}", hint=f"pass {name} as a str")
        return value

    return read


def _licenses(value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else list(value)
    return [_text("license")(text) for text in texts]


def _requires(value: Any) -> str:
    version = required_version(_text("requires")(value))
    if version is None:
        raise UsageProblem(f"requires cannot be {value!r}", hint="write a version, for instance 0.14.0")
    return version


def _messages(value: Any) -> list[Any]:
    """Return messages that a server takes and a template knows."""
    from ollama_magics.client.inputs import message_list

    messages = message_list(value) or []
    for message in messages:
        role = message.get("role") if isinstance(message, Mapping) else getattr(message, "role", None)
        if role not in _ROLES:
            near = nearest(str(role), _ROLES)
            raise UsageProblem(f"a message cannot have the role {role!r}", hint=f"the roles are {', '.join(near or _ROLES)}")
    return messages


def _parameters(value: Any) -> dict[str, Any]:
    """Return parameters with the types that servers need.

    Source: Ollama server/create.go (v0.33.0-rc2) stores misspelt names and wrong types; later answers ignore the one and fail on the other.
    """
    from ollama_magics.modelfile.views import parameter_text
    from ollama_magics.wire.options import DEPRECATED, OPTIONS, format_parameter

    found: dict[str, Any] = {}
    for name, setting in dict(value).items():
        if setting is None or name in DEPRECATED:
            continue
        if name not in OPTIONS:
            near = nearest(str(name), OPTIONS)
            raise UsageProblem(f"there is no parameter {name}", hint=f"did you mean {' or '.join(near)}?" if near else "see PARAMETER")
        option = OPTIONS[name]
        if option.kind == "list":
            found[name] = [setting] if isinstance(setting, str) else list(setting)
        else:
            found[name] = format_parameter(name, [parameter_text(option, setting)])
    return found


def _info(value: Any) -> dict[str, Any]:
    for name, fact in dict(value).items():
        kind = _INFO.get(name)
        if kind is None:
            near = nearest(str(name), _INFO)
            raise UsageProblem(f"info has no field {name!r}", hint=f"it has {', '.join(near or _INFO)}")
        if not isinstance(fact, kind) or isinstance(fact, bool) or (isinstance(fact, int) and fact < 0):
            words = {str: "text", int: "a whole number from 0 on", list: "a list of texts"}[kind]
            raise UsageProblem(f"info[{name!r}] is {words}, got {fact!r}", hint="see the fields of POST /api/create")
    return dict(value)


def _quantisation(value: Any) -> str:
    text = _text("a quantisation")(value).strip()
    quantisation(text)
    return text  # as it was written: servers do not mind the case


def _remote_host(value: Any) -> str:
    text = _text("remote_host")(value).strip()
    if not text or any(character.isspace() for character in text) or "@" in text:
        raise UsageProblem("remote_host is an address without name and password", hint="write for instance https://ollama.com:443")
    return text


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    **{name: _text(name) for name in ("template", "system", "renderer", "parser")},
    "license": _licenses,
    "requires": _requires,
    "messages": _messages,
    "parameters": _parameters,
    "info": _info,
    "remote_host": _remote_host,
    "quantize": _quantisation,
    "draft_quantize": _quantisation,
}


def check_server(request: Mapping[str, Any], version: str, server: str) -> None:
    """Refuse a request that the server at hand would ignore a part of, or fail on after all files were sent.

    Args:
        version: what the server says of itself; ``0.0.0`` and anything that is no version pass.

    Raises:
        UsageProblem: with the field, and the version that knows it.
    """
    have = version_numbers(version)
    if have is None:
        return
    for name, since in _SINCE.items():
        if name in request and have < since:
            needed = ".".join(map(str, since))
            raise UsageProblem(
                f"{server} has version {version} and would ignore {name}, which servers know since {needed}",
                hint=f"update that server, or leave {name} out",
            )
    for name in ("quantize", "draft_quantize"):
        if name in request:
            quantisation(str(request[name]), server=have)


def version_numbers(text: str) -> tuple[int, int, int] | None:
    """Return a version as numbers, None for a development build and for what is no version.

    Examples:
        >>> version_numbers("0.33.0-rc2"), version_numbers("0.0.0"), version_numbers("weekly")
        ((0, 33, 0), None, None)
    """
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    numbers = (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)
    return numbers if any(numbers) else None
