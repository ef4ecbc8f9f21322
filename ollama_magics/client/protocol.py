"""The protocol without I/O: what each endpoint is sent, and what the bytes of its answer mean.

A synchronous and an asynchronous client differ only in how they move bytes; both make a ``Call`` and feed a ``ReplyDecoder``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ollama_magics.client.faults import error_text, headline, hint_for, status_fault
from ollama_magics.errors import NotOllama, OllamaMagicsError, StreamCut, StreamError, StreamGarbled, UsageProblem
from ollama_magics.wire import types
from ollama_magics.wire.ndjson import NDJSONDecoder

T = TypeVar("T", bound=types.Record)

_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_MAX_ERROR_BYTES = 64 * 1024
_CHECK = "check that the address is Ollama's"


@dataclass(frozen=True)
class Endpoint(Generic[T]):
    """One route of the API.

    Attributes:
        answer: the class of the answer, or of each line of it.
        finished: whether a line completes the answer; None where every answer is one object.
        at_end: the answer is finished only if its last line is: an implicit pull inside a create says ``success`` as well.
    """

    method: str
    path: str
    answer: type[T]
    finished: Callable[[types.Record], bool] | None = None
    at_end: bool = False


def _is_done(record: types.Record) -> bool:
    return record.get("done") is True or "_debug_info" in record


def _is_success(record: types.Record) -> bool:
    return record.get("status") == "success"


GENERATE = Endpoint("POST", "/api/generate", types.GenerateResponse, _is_done)
CHAT = Endpoint("POST", "/api/chat", types.ChatResponse, _is_done)
CREATE = Endpoint("POST", "/api/create", types.ProgressResponse, _is_success, at_end=True)
PULL = Endpoint("POST", "/api/pull", types.ProgressResponse, _is_success, at_end=True)
PUSH = Endpoint("POST", "/api/push", types.ProgressResponse, _is_success, at_end=True)
EMBED = Endpoint("POST", "/api/embed", types.EmbedResponse)
EMBEDDINGS = Endpoint("POST", "/api/embeddings", types.EmbeddingsResponse)
LIST = Endpoint("GET", "/api/tags", types.ListResponse)
PS = Endpoint("GET", "/api/ps", types.ProcessResponse)
SHOW = Endpoint("POST", "/api/show", types.ShowResponse)
COPY = Endpoint("POST", "/api/copy", types.StatusResponse)
DELETE = Endpoint("DELETE", "/api/delete", types.StatusResponse)
VERSION = Endpoint("GET", "/api/version", types.VersionResponse)
BUILT_IN = Endpoint("GET", "/api/ollama-magics", types.BuiltInResponse)
TOKENS = Endpoint("POST", "/api/ollama-magics/tokens", types.TokensResponse)
CLOUD = Endpoint("GET", "/api/status", types.CloudStatusResponse)


def blob(method: str, digest: str) -> Endpoint[types.StatusResponse]:
    """Return the route of one blob.

    Raises:
        UsageProblem: the digest is not written as the server stores it; it compares letter by letter.
    """
    if not _DIGEST.fullmatch(digest):
        raise UsageProblem(f"{digest!r} is no digest", hint="write sha256: and 64 hexadecimal digits in lower case")
    return Endpoint(method, f"/api/blobs/{digest}", types.StatusResponse)


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request.

    Attributes:
        body: its JSON, b"" for none.
        model: the model it names, "" for none.
    """

    endpoint: Endpoint[T]
    body: bytes = b""
    model: str = ""


def _as_json(value: Any) -> Any:
    """Return the JSON form of what is no JSON itself: bytes as base64, models of pydantic and iterables as their content."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if hasattr(value, "model_dump"):
        return value.model_dump(exclude_none=True)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


_ENCODER = json.JSONEncoder(allow_nan=False, default=_as_json, separators=(",", ":"))


def call(endpoint: Endpoint[T], fields: Mapping[str, Any] | None = None, *, model: str = "") -> Call[T]:
    """Return the request with those of ``fields`` that are not None.

    Raises:
        UsageProblem: a value has no form in JSON.
    """
    if fields is None:
        return Call(endpoint, model=model)
    present = {name: value for name, value in fields.items() if value is not None}
    try:
        body = _ENCODER.encode(present).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        hint = "pass plain dictionaries, lists, texts and numbers"
        raise UsageProblem(f"the request cannot be written as JSON: {exc}", hint=hint) from exc
    return Call(endpoint, body, model)


class ReplyDecoder(Generic[T]):
    """Bytes of one answer in, records out; the same for an answer in one piece and in lines.

    Attributes:
        answered: the answer is complete as far as its content goes; what follows on the wire can only be its end.
    """

    def __init__(self, call: Call[T], status: int, headers: Mapping[str, str], *, server: str, lines: bool) -> None:
        self._call = call
        self._status = status
        self._headers = headers
        self._server = server
        self._body: list[bytes] = []
        self._size = 0
        self._opening = b""
        self._lines = NDJSONDecoder() if lines and self._ok else None
        self._last: T | None = None
        self._count = 0
        self.answered = False

    @property
    def _ok(self) -> bool:
        return 200 <= self._status < 300

    def feed(self, data: bytes) -> list[T]:
        """Return the records that ``data`` completes.

        Raises:
            StreamError: the server ended the answer with an error of its own; like all errors here it has what this call found
                before it in ``partial``.
            StreamGarbled: a line is not one JSON object.
            NotOllama: the very first line is not.
        """
        self._opening = self._opening or data.lstrip()[:1]
        if self._lines is None:
            self._size += len(data)
            if self._ok or self._size <= _MAX_ERROR_BYTES:
                self._body.append(data)
            return []
        try:
            return self._records(self._lines.feed(data))
        except StreamGarbled as exc:
            found = self._records(exc.partial)
            if not self._count:
                raise NotOllama(f"{self._server} did not answer as Ollama does: {exc.message}", hint=_CHECK) from exc
            raise StreamGarbled(exc.message, partial=found, details=exc.details) from exc

    def finish(self) -> list[T]:
        """Return the records that the end of the answer completes.

        Raises:
            ServerFault: the answer has an error status.
            NotOllama: the answer is not of Ollama's protocol.
            StreamCut: the answer ended before it was finished.
        """
        if not self._ok:
            raise self._fault()
        if self._lines is None:
            found = [self._whole()]
        else:
            try:
                found = self._records(self._lines.flush())
            except StreamGarbled as exc:
                if self._opening != b"{":
                    raise NotOllama(f"{self._server} did not answer as Ollama does: {exc.message}", hint=_CHECK) from exc
                raise StreamCut(f"the answer of {self._server} ended in the middle of a line", hint="ask again") from exc
        if self._call.endpoint.finished is not None and not self.answered:
            raise self._cut(found)
        return found

    def _records(self, values: list[Any]) -> list[T]:
        found: list[T] = []
        for value in values:
            if value.get("error"):
                raise self._in_stream(value, found)
            found.append(self._record(value))
        return found

    def _record(self, value: dict[str, Any]) -> T:
        endpoint = self._call.endpoint
        record = self._last = endpoint.answer(value)
        self._count += 1
        if endpoint.finished is not None:
            finished = endpoint.finished(record)
            self.answered = finished if endpoint.at_end else self.answered or finished
        return record

    def _whole(self) -> T:
        body = b"".join(self._body)
        if not body.strip() and self._call.endpoint.answer is types.StatusResponse:
            return self._record({"status": "success"})
        try:
            value = json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            what = "with nothing" if not body.strip() else "with something that is no JSON object"
            raise NotOllama(f"{self._server} answered {self._call.endpoint.path} {what}", hint=_CHECK)
        if value.get("error"):
            raise self._in_stream(value, [])
        return self._record(value)

    def _fault(self) -> OllamaMagicsError:
        body = b"".join(self._body)
        path, model = self._call.endpoint.path, self._call.model
        return status_fault(self._status, self._headers, body, server=self._server, path=path, model=model)

    def _in_stream(self, value: dict[str, Any], before: list[T]) -> StreamError:
        error = error_text(json.dumps(value).encode())
        return StreamError(headline(error) or "the server gave no reason", error=error, partial=before, hint=hint_for(error))

    def _cut(self, found: list[T]) -> StreamCut:
        if self._call.endpoint.at_end:
            said = f"; the last it said was {self._last.get('status')!r}" if self._last is not None else " and said nothing"
            return StreamCut(f"{self._server} ended the answer before it was finished{said}", partial=found, hint="run it again")
        # Source: Ollama llm/llama_server.go: more than 30 times the same token, or an engine that breaks off, ends an answer so.
        return StreamCut(
            f"{self._server} ended the answer without saying that it was done",
            partial=found,
            hint="ask again; a model that repeats itself is stopped so: raise `repeat_penalty` or `temperature`",
        )
