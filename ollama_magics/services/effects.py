"""What of a Modelfile has no effect on a server: the facts that the rules of `modelfile.rules.served` need, asked for with few requests."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.modelfile.rules import check_served
from ollama_magics.modelfile.rules.served import TEMPLATE_IGNORED, Served
from ollama_magics.services.ingredients import version_numbers
from ollama_magics.services.tuning.parts import parts_shown
from ollama_magics.wire.names import parse_name

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.modelfile import Modelfile, Problem
    from ollama_magics.services.servers import Server

QUESTION = "Hello"
"""What is rendered to see which template a model uses."""

_SHAPERS = ("template", "renderer", "parser")
"""Instructions that decide how a prompt looks, and with that what a model can do."""

_MOST_BASES = 64
_LOOK_S = 2.0
_RENDER_S = 60.0
"""Rendering loads the model first."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a server makes of a Modelfile otherwise than it seems.

    Attributes:
        problems: in the order of the text.
        yours: how an ignored TEMPLATE renders `QUESTION`; None where no TEMPLATE is ignored, or nobody rendered it.
        theirs: what the model gets in its place.
    """

    problems: tuple[Problem, ...] = ()
    yours: str | None = None
    theirs: str | None = None


class KnownBases:
    """What servers told of models that others are made from, by server, name and digest; safe to use from several threads."""

    def __init__(self) -> None:
        self._facts: OrderedDict[tuple[str, str, str], Served] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str, str]) -> Served | None:
        """Return the facts, None when they are not known."""
        with self._lock:
            return self._facts.get(key)

    def put(self, key: tuple[str, str, str], facts: Served) -> None:
        """Keep facts; without a digest they may be old by the next time, and are not kept."""
        if not key[2]:
            return
        with self._lock:
            self._facts[key] = facts
            while len(self._facts) > _MOST_BASES:
                self._facts.popitem(last=False)


BASES = KnownBases()


def effects_of(
    client: Client,
    server: Server,
    modelfile: Modelfile,
    *,
    made: str = "",
    base_digest: str = "",
    render: bool = False,
    chat_system: bool = False,
    cancel: CancelToken | None = None,
    bases: KnownBases = BASES,
) -> Effects:
    """Return what of a Modelfile has no effect on a server, or another one than it seems; nothing where the server does not tell.

    Asks for the base, unless it is known by its digest, and for the created model where a template is in question.

    Args:
        made: the model that was created from it; empty when there is none yet.
        base_digest: of the base's manifest, as the server lists it; empty when it is not known.
        render: let the server render a question twice, which loads the model: it proves which template is used and what is cut.
        chat_system: whether the chat that is open sends a system text of its own.
    """
    facts = _base(client, server, modelfile, base_digest, bases, cancel)
    if facts is None:
        return Effects()
    if made and parse_name(made).full.casefold() == parse_name(facts.base).full.casefold():
        # A model that was made from itself is its own base by now: what both have is no news, but licences were added again.
        kept = {name: text for name, text in facts.texts.items() if name in ("license", "renderer")}
        facts = Served(facts.base, texts=kept, context=facts.context)
    facts = replace(facts, version=version_numbers(server.version) if server.kind != "embedded" else None, chat_system=chat_system)
    if made and any(modelfile.values_of(name) for name in _SHAPERS):
        facts = _with_made(facts, client, made, cancel)
    if made and render and (modelfile.template or modelfile.messages):
        facts = _with_renderings(facts, client, made, modelfile, cancel)
    problems = check_served(modelfile, facts)
    ignored = any(problem.code == TEMPLATE_IGNORED.code for problem in problems)
    return Effects(problems, facts.yours if ignored else None, facts.theirs if ignored else None)


def is_known(server: Server, modelfile: Modelfile, base_digest: str, *, bases: KnownBases = BASES) -> bool:
    """Whether `effects_of` asks the server nothing: the base is known, and no template is in question."""
    base = modelfile.base or ""
    settled = not parse_name(base).valid or bases.get(_key(server, base, base_digest)) is not None
    return settled and not any(modelfile.values_of(name) for name in _SHAPERS)


def _key(server: Server, name: str, digest: str) -> tuple[str, str, str]:
    return server.identity, parse_name(name).full.casefold(), digest


def _base(
    client: Client, server: Server, modelfile: Modelfile, digest: str, bases: KnownBases, cancel: CancelToken | None
) -> Served | None:
    name = modelfile.base or ""
    if not name or not parse_name(name).valid:
        return None
    key = _key(server, name, digest)
    known = bases.get(key)
    if known is None:
        try:
            known = base_facts(name, client.show(name, timeout=_LOOK_S, cancel=cancel))
        except OllamaMagicsError:
            return None
        bases.put(key, known)
    return replace(known, base=name)


def base_facts(name: str, show: Mapping[str, Any]) -> Served:
    """Return what ``/api/show`` says of a base."""
    parts, info = parts_shown(show), show.get("model_info") or {}
    context = info.get(f"{info.get('general.architecture')}.context_length")
    capabilities = show.get("capabilities")
    texts = {"system": parts.system, "template": parts.template, **parts.rest, "license": str(show.get("license") or "")}
    return Served(
        name,
        parameters=parts.parameters,
        texts=texts,
        messages=parts.messages,
        capabilities=None if capabilities is None else frozenset(capabilities),
        context=context if isinstance(context, int) and context > 0 else None,
    )


def _with_made(facts: Served, client: Client, made: str, cancel: CancelToken | None) -> Served:
    try:
        show = client.show(made, timeout=_LOOK_S, cancel=cancel)
    except OllamaMagicsError:
        return facts
    capabilities, template = show.get("capabilities"), show.get("template")
    can = None if capabilities is None else frozenset(capabilities)
    return replace(facts, made_template=template if isinstance(template, str) else None, made_capabilities=can)


def _with_renderings(facts: Served, client: Client, made: str, modelfile: Modelfile, cancel: CancelToken | None) -> Served:
    """Return the facts with what the model gets for a question, with and without its TEMPLATE, and with what of a chat is sent.

    Both renderings are those of one question to generate: a template that a request names is used whatever the model has, and nothing
    is cut there. Source: Ollama server/routes.go (GenerateHandler, ChatHandler), v0.33.0-rc2.
    """
    asked: dict[str, Any] = {"options": {"num_predict": 1}, "timeout": _RENDER_S, "cancel": cancel, "_debug_render_only": True}
    try:
        if modelfile.template:
            yours = _rendered(client.generate(made, QUESTION, template=modelfile.template, stream=False, **asked))
            theirs = _rendered(client.generate(made, QUESTION, truncate=False, stream=False, **asked))
            facts = replace(facts, yours=yours, theirs=theirs)
        if modelfile.messages:
            facts = replace(facts, sent=_rendered(client.chat(made, [{"role": "user", "content": QUESTION}], stream=False, **asked)))
    except OllamaMagicsError:
        pass  # a server that cannot render, or does not know the question, leaves the facts as they are
    return facts


def _rendered(answer: Any) -> str | None:
    """Return the prompt in an answer; None where an old server has answered the question instead."""
    return answer.debug_info.rendered_template if answer.debug_info is not None else None
