"""The request of ``/api/create`` and what is checked before anything is done.

Source: Ollama server/create.go CreateHandler (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.server.errors import ApiError, InvalidDigest
from ollama_magics.server.names import INVALID_NAME
from ollama_magics.wire.names import ModelName, parse_name

_AS_THEY_ARE = (
    *("files", "draft_files", "adapters", "remote_host", "template", "system", "license", "parameters", "messages"),
    *("renderer", "parser", "requires", "info", "stream"),
)
BAD_PATH = "file path must be relative"


@dataclass(frozen=True)
class CreateRequest:
    """A create request whose form is right.

    Attributes:
        name: of the new model, as it was given.
        files: name of each file → digest of its blob; None when the request has no such field.
        quantize: in upper case, "" for none.
        license: as JSON gives it; its form is checked late.
    """

    name: ModelName
    from_: str = ""
    files: Mapping[str, str] | None = None
    draft_files: Mapping[str, str] | None = None
    adapters: Mapping[str, str] | None = None
    remote_host: str = ""
    quantize: str = ""
    draft_quantize: str = ""
    template: str = ""
    system: str = ""
    license: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    info: Mapping[str, Any] | None = None
    stream: bool = True


def check_request(fields: Mapping[str, Any]) -> CreateRequest:
    """Return the request that the decoded body makes.

    Raises:
        ApiError: 400, in the order in which Ollama checks.
    """
    for key in ("files", "draft_files"):
        for path, digest in (fields.get(key) or {}).items():
            if not valid_path(path):
                raise ApiError(400, BAD_PATH)
            _check_digest(digest)
    if fields.get("draft_quantize") and not fields.get("draft_files"):
        raise ApiError(400, "--draft-quantize requires a DRAFT model")
    for digest in (fields.get("adapters") or {}).values():
        _check_digest(digest)
    name = parse_name(fields.get("model") or fields.get("name") or "")
    if not name.valid:
        raise ApiError(400, INVALID_NAME)
    return CreateRequest(
        name,
        from_=fields.get("from", ""),
        quantize=(fields.get("quantize") or fields.get("quantization") or "").upper(),
        draft_quantize=fields.get("draft_quantize", "").upper(),
        **{key: fields[key] for key in _AS_THEY_ARE if key in fields},
    )


def valid_path(path: str) -> bool:
    """Return whether ``path`` is relative and plain.

    Source: Go io/fs ValidPath.

    Examples:
        >>> [valid_path(p) for p in ("a/b.gguf", ".", "", "/a", "a/", "a//b", "./a", "a/../b")]
        [True, True, False, False, False, False, False, False]
    """
    return path == "." or all(part not in ("", ".", "..") for part in path.split("/"))


def _check_digest(digest: str) -> None:
    if not digest:
        raise ApiError(400, str(InvalidDigest()))
