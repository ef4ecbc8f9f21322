"""Answers of the API: dictionaries whose declared fields are also attributes.

``answer["message"]["content"]`` and ``answer.message.content`` are the same. Fields that a newer server adds are kept. A declared
field that the server left out is None as an attribute (Ollama omits zero and empty fields) and missing as a key.

Durations are integers in nanoseconds, timestamps RFC 3339 text, sizes bytes.
Source: Ollama api/types.go (v0.33.0-rc2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, TypeAlias

Role: TypeAlias = Literal["user", "assistant", "system", "tool"]
Think: TypeAlias = bool | Literal["low", "medium", "high", "max"]
Format: TypeAlias = Literal["", "json"] | Mapping[str, Any]
KeepAlive: TypeAlias = int | float | str
"""Seconds (negative: for ever; 0: unload after the answer) or text with a unit such as ``"10m"``."""


class Record(dict[str, Any]):
    """A JSON object of the API.

    Raises:
        AttributeError: the attribute is neither a key nor a declared field of the class.

    Examples:
        >>> answer = ChatResponse({"message": {"content": "hi"}, "added_later": 1})
        >>> answer.message.content, answer["message"]["content"], answer.eval_count, answer.added_later
        ('hi', 'hi', None, 1)
    """

    _nested: ClassVar[Mapping[str, type[Record]]] = {}
    """Field -> the class of its value, or of each of its values when it is a list."""

    _fields: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **nested: type[Record]) -> None:
        cls._nested = {**cls._nested, **nested}
        cls._fields = cls._fields | {name for name in cls.__annotations__ if name[0].islower()}

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args, **fields)
        for name, kind in self._nested.items():
            value = self.get(name)
            if type(value) is dict:
                self[name] = kind(value)
            elif type(value) is list:
                self[name] = [kind(item) if type(item) is dict else item for item in value]

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            if name in self._fields:
                return None
            raise AttributeError(f"{type(self).__name__} has no field {name!r}", name=name, obj=self) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._fields, *self})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"

    def copy(self) -> Self:
        """Return a shallow copy of the same class."""
        return type(self)(self)

    def model_dump(self, *, exclude_none: bool = False, exclude_unset: bool = False, **_: Any) -> dict[str, Any]:
        """Return plain dictionaries and lists, as the answers of the official client do; declared fields without a value are None.

        Args:
            exclude_none: leave out what is None.
            exclude_unset: leave out what the server left out.

        Examples:
            >>> Message(role="user", content="hi").model_dump(exclude_none=True)
            {'role': 'user', 'content': 'hi'}
        """
        unset = {} if exclude_unset else dict.fromkeys(sorted(self._fields - self.keys()))
        found = {**self, **unset}
        return {name: _plain(value, exclude_none) for name, value in found.items() if value is not None or not exclude_none}

    def model_dump_json(self, *, indent: int | None = None, **how: Any) -> str:
        """Return `model_dump` as JSON text."""
        return json.dumps(self.model_dump(**how), indent=indent, ensure_ascii=False, separators=(",", ":") if indent is None else None)

    @classmethod
    def model_validate(cls, value: Mapping[str, Any]) -> Self:
        """Return the record of a mapping."""
        return cls(value)

    @classmethod
    def model_validate_json(cls, text: str | bytes) -> Self:
        """Return the record of JSON text; raises ValueError where that is none."""
        return cls(json.loads(text))


def _plain(value: Any, exclude_none: bool) -> Any:
    if isinstance(value, Record):
        return value.model_dump(exclude_none=exclude_none)
    if isinstance(value, list):
        return [_plain(item, exclude_none) for item in value]
    return value


class ToolCallFunction(Record):
    """The function a tool call asks for; ``arguments`` is a dictionary."""

    index: int | None
    name: str
    arguments: dict[str, Any]


class ToolCall(Record, function=ToolCallFunction):
    """One call of a tool that the model asks for."""

    Function: ClassVar[type[ToolCallFunction]] = ToolCallFunction

    id: str | None
    function: ToolCallFunction


_ToolCall: TypeAlias = ToolCall


class Message(Record, tool_calls=ToolCall):
    """One message of a conversation; ``images`` are base64 texts in answers, and anything that can be sent in requests."""

    ToolCall: ClassVar[type[_ToolCall]] = _ToolCall

    role: Role
    content: str
    thinking: str | None
    images: list[Any] | None
    tool_calls: list[_ToolCall] | None
    tool_name: str | None
    tool_call_id: str | None


class TokenLogprob(Record):
    """A token with the natural logarithm of its probability before sampling; ``bytes`` are its UTF-8 bytes."""

    token: str
    logprob: float
    bytes: list[int] | None


class Logprob(TokenLogprob, top_logprobs=TokenLogprob):
    """The token that was taken, with the most likely ones in its place."""

    top_logprobs: list[TokenLogprob] | None


class DebugInfo(Record):
    """What ``_debug_render_only`` gives: the prompt the model would have seen."""

    rendered_template: str
    image_count: int | None


class _Answer(Record, logprobs=Logprob, _debug_info=DebugInfo):
    """What chat and generate have in common: the figures come with the last chunk, those that are zero are omitted."""

    model: str
    created_at: str
    remote_model: str | None
    remote_host: str | None
    done: bool
    done_reason: str | None
    total_duration: int | None
    load_duration: int | None
    prompt_eval_count: int | None
    prompt_eval_duration: int | None
    eval_count: int | None
    eval_duration: int | None
    logprobs: list[Logprob] | None

    @property
    def debug_info(self) -> DebugInfo | None:
        """What ``_debug_render_only`` gave."""
        return self.get("_debug_info")


class ChatResponse(_Answer, message=Message):
    """One chunk of a chat's answer, or the whole of it; ``done_reason`` is ``stop``, ``length``, ``load`` or ``unload``."""

    message: Message


class GenerateResponse(_Answer, tool_calls=ToolCall):
    """One chunk of a completion, or the whole of it; ``context`` holds the ids of the tokens of prompt and answer."""

    response: str
    thinking: str | None
    context: list[int] | None
    tool_calls: list[ToolCall] | None


class EmbedResponse(Record):
    """Vectors of length one, shape ``(n_inputs, n_dims)``."""

    model: str
    embeddings: list[list[float]]
    total_duration: int | None
    load_duration: int | None
    prompt_eval_count: int | None


class EmbeddingsResponse(Record):
    """One vector, not normalised, shape ``(n_dims,)``; of the older endpoint."""

    embedding: list[float]


class ProgressResponse(Record):
    """One line of a create, pull or push; ``completed`` and ``total`` in bytes, omitted when zero."""

    status: str
    digest: str | None
    total: int | None
    completed: int | None


class ModelDetails(Record):
    """Facts about a model's weights."""

    parent_model: str
    format: str
    family: str
    families: list[str] | None
    parameter_size: str
    quantization_level: str
    context_length: int | None
    embedding_length: int | None


class ListedModel(Record, details=ModelDetails):
    """A model on the server; ``digest`` is bare hex, ``name`` always has its tag."""

    name: str
    model: str
    remote_model: str | None
    remote_host: str | None
    modified_at: str
    size: int
    digest: str
    details: ModelDetails
    capabilities: list[str] | None


class ListResponse(Record, models=ListedModel):
    """The models of a server, newest first."""

    Model: ClassVar[type[ListedModel]] = ListedModel

    models: list[ListedModel]


class RunningModel(Record, details=ModelDetails):
    """A model in memory; ``context_length`` is the effective one, in tokens."""

    name: str
    model: str
    size: int
    size_vram: int
    digest: str
    details: ModelDetails
    expires_at: str
    context_length: int | None


class ProcessResponse(Record, models=RunningModel):
    """The models in memory, the one that stays longest first."""

    Model: ClassVar[type[RunningModel]] = RunningModel

    models: list[RunningModel]


class Tensor(Record):
    """One tensor of a GGUF file."""

    name: str
    type: str
    shape: list[int]


class ShowResponse(Record, details=ModelDetails, messages=Message, tensors=Tensor):
    """Everything a server tells about one model; ``parameters`` is text in random order, ``modelfile`` is not re-creatable."""

    license: str | None
    modelfile: str | None
    parameters: str | None
    template: str | None
    system: str | None
    renderer: str | None
    parser: str | None
    requires: str | None
    details: ModelDetails
    messages: list[Message] | None
    remote_model: str | None
    remote_host: str | None
    model_info: dict[str, Any]
    projector_info: dict[str, Any] | None
    tensors: list[Tensor] | None
    capabilities: list[str] | None
    modified_at: str | None

    @property
    def modelinfo(self) -> dict[str, Any] | None:
        """``model_info`` under the name of the official client."""
        return self.get("model_info")


class VersionResponse(Record):
    """The server's version, ``0.0.0`` in development builds."""

    version: str


class BuiltInResponse(Record):
    """What the built-in server says of itself: this package's version, and a name for its model folder; no Ollama answers it."""

    version: str | None
    models: str | None


class TokensResponse(Record):
    """How many tokens texts have, from the built-in server; nothing while it has not loaded the model."""

    counts: list[int] | None


class Tool(Record):
    """The description of a tool, as requests have it; a function does as well."""

    type: str
    function: dict[str, Any]


class Options(Record):
    """Run-time parameters by Ollama's names; a dictionary does as well."""


class Image(Record):
    """A picture of a message: ``value`` is bytes, a path or base64; each of these alone does as well."""

    value: Any


class StatusResponse(Record):
    """What a request that has nothing to tell gives: ``status`` is ``success``."""

    status: str


class CloudStatusResponse(Record):
    """Whether the server passes requests on to the cloud: ``cloud`` holds ``disabled`` and ``source``."""

    cloud: dict[str, Any]
