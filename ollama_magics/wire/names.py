"""Names of models: the grammar, the defaults and the suffixes that say where a model runs.

Source: Ollama types/model/name.go and internal/modelref/modelref.go (v0.33.0-rc2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ollama_magics.errors import UsageProblem
from ollama_magics.text.gostrings import quote, trim_space

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"
DEFAULT_SCHEME = "https"

# Stands for a part that a separator promised and that is empty; "!" is in no valid part, so it makes the name invalid.
_MISSING = "!MISSING!"

_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
# Part -> its length limit in bytes and what it may hold after its first character beside letters, digits and "_".
_PARTS = {"host": (350, "-.:"), "namespace": (80, "-"), "model": (80, "-."), "tag": (80, "-.")}

Source = Literal["cloud", "local", ""]


@dataclass(frozen=True)
class ModelName:
    """A model's name in its five parts, defaults filled in.

    Attributes:
        valid: whether every part keeps the grammar; a name that is not valid still shows what was read.

    Examples:
        >>> parse_name("llama3").full
        'registry.ollama.ai/library/llama3:latest'
        >>> parse_name("registry.ollama.ai/me/llama3:8b").short
        'me/llama3:8b'
    """

    host: str
    namespace: str
    model: str
    tag: str
    scheme: str = DEFAULT_SCHEME

    @property
    def valid(self) -> bool:
        """Whether Ollama accepts the name."""
        return all(_valid_part(kind, getattr(self, kind)) for kind in _PARTS)

    @property
    def full(self) -> str:
        """``host/namespace/model:tag``; empty parts are left out with their separator."""
        head = "".join(f"{part}/" for part in (self.host, self.namespace) if part)
        return f"{head}{self.model}:{self.tag}" if self.tag else f"{head}{self.model}"

    @property
    def short(self) -> str:
        """The name as Ollama lists it: without a default host, then without a default namespace, always with its tag."""
        if self.host.casefold() != DEFAULT_HOST:
            return f"{self.host}/{self.namespace}/{self.model}:{self.tag}"
        if self.namespace.casefold() != DEFAULT_NAMESPACE:
            return f"{self.namespace}/{self.model}:{self.tag}"
        return f"{self.model}:{self.tag}"

    def __str__(self) -> str:
        return self.short


def parse_name(text: str) -> ModelName:
    """Return the name that ``text`` spells, missing parts filled with the defaults; never raises.

    Examples:
        >>> name = parse_name("http://localhost:5000/a/b:c")
        >>> name.scheme, name.host, name.namespace, name.model, name.tag, name.valid
        ('http', 'localhost:5000', 'a', 'b', 'c', True)
        >>> [parse_name(bad).valid for bad in ("", "a:", "/a", "a//b", "a/b/c/d", "a b", "-x", "a.b/c")]
        [False, False, False, False, False, False, False, False]
    """
    tag = namespace = host = scheme = ""
    if has_tag(text):
        text, tag, _ = _cut_last(text, ":")
    rest, model, more = _cut_last(text, "/")
    if more:
        rest, namespace, more = _cut_last(rest, "/")
        if not more:
            rest, namespace = "", rest
    else:
        rest, model = "", rest
    if rest:
        scheme, separator, host = rest.partition("://")
        if not separator:
            scheme, host = "", rest
    return ModelName(host or DEFAULT_HOST, namespace or DEFAULT_NAMESPACE, model, tag or DEFAULT_TAG, scheme or DEFAULT_SCHEME)


def has_tag(text: str) -> bool:
    """Whether ``text`` names a tag; the colon of a registry's port does not count."""
    return text.rfind(":") > text.rfind("/")


def split_source(text: str) -> tuple[str, Source]:
    """Return the name without its source suffix, and the source the suffix asks for ("" when there is none).

    The base is not checked: ``parse_name(base).valid`` says whether it is a name.

    Raises:
        UsageProblem: two suffixes, or no name at all; the message is Ollama's own.

    Examples:
        >>> split_source("gpt-oss:120b-cloud")
        ('gpt-oss:120b', 'cloud')
        >>> split_source("x-cloud")
        ('x-cloud', '')
    """
    text = trim_space(text)
    if not text:
        raise UsageProblem("model is required", hint="give the name of a model")
    base, source = _cut_source(text)
    if source and _cut_source(base)[1]:
        raise UsageProblem(f"use either :local or :cloud, not both: {quote(text)}", hint=f"write {base} instead")
    return base, source


def _cut_source(text: str) -> tuple[str, Source]:
    head, colon, tail = text.rpartition(":")
    suffix = trim_space(tail)
    match suffix.lower():
        case _ if not colon:
            return text, ""
        case "cloud":
            return head, "cloud"
        case "local":
            return head, "local"
        case lower if lower.endswith("-cloud") and "/" not in suffix:
            return f"{head}:{suffix[: -len('-cloud')]}", "cloud"
    return text, ""


def _cut_last(text: str, separator: str) -> tuple[str, str, bool]:
    before, found, after = text.rpartition(separator)
    if not found:
        return text, "", False
    return before or _MISSING, after or _MISSING, True


def _valid_part(kind: str, part: str) -> bool:
    longest, also = _PARTS[kind]
    if not part or len(part) > longest or part[0] not in _WORD:
        return False
    return all(character in _WORD or character in also for character in part)
