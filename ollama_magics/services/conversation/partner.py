"""Who is talked to, and how: a model on a server, and what goes with every request."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.services.conversation.answer import Answer
from ollama_magics.services.conversation.consent import Consent
from ollama_magics.services.conversation.floor import Floor
from ollama_magics.services.conversation.forms import schema_of
from ollama_magics.services.conversation.tools import OnCall, Tool, Toolbox
from ollama_magics.services.versions import VERSIONS, Versions
from ollama_magics.wire.types import KeepAlive, Message, Think

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.services.conversation.tree import Exchange
    from ollama_magics.services.servers import Server
    from ollama_magics.services.standin import StandIn

_LOOK_S = 2.0

_OF_THE_TURN = frozenset({"seed", "num_predict"})
"""Options that choose and end an answer, and leave the model as it is."""

_SEEDS = 2**31 - 1


def new_seed() -> int:
    """Return a seed that nobody chose."""
    return secrets.randbelow(_SEEDS) + 1


class Partner:
    """A model on a server, what goes with every request to it, and whose turn it is to speak; the arguments are those of `Chat`."""

    def __init__(
        self,
        model: str,
        *,
        host: str | None = None,
        client: Client | None = None,
        system: str | None = None,
        options: Mapping[str, Any] | None = None,
        format: Any = None,
        think: Think | None = None,
        keep_alive: KeepAlive | None = None,
        truncate: bool | None = None,
        shift: bool | None = None,
        logprobs: bool | int = False,
        raw: bool = False,
        keep_thinking: bool = False,
        tools: Sequence[Tool] = (),
        on_call: OnCall | None = None,
        allow_tools: bool = False,
        patience_s: float | None = None,
        clock: Callable[[], float] = time.perf_counter,
        versions: Versions = VERSIONS,
        new_seed: Callable[[], int] = new_seed,
    ) -> None:
        if not model:
            raise UsageProblem("a conversation needs the name of a model", hint='write Chat("NAME")')
        self.model, self.stand_in = _split(model, versions)
        self.host = host
        self.system = system
        self.options = dict(options or {})
        self.format = format
        self.think = think
        self.keep_alive = keep_alive
        self.truncate = truncate
        self.shift = shift
        self.logprobs = logprobs
        self.raw = raw
        self.keep_thinking = keep_thinking
        self.toolbox = Toolbox(tools)
        self.consent = Consent(on_call, allow_tools=allow_tools)
        self.patience_s = patience_s
        self.clock = clock
        self.new_seed = new_seed
        self.examples: tuple[str, ...] = ()
        self.floor = Floor()
        self._client = client
        self._server: Server | None = None
        self._versions = versions

    @property
    def client(self) -> Client:
        """The client in use; the server is looked for when it is first needed."""
        if self._client is not None:
            return self._client
        from ollama_magics.services.servers import client_for

        # Asked for at each turn: the built-in server may have ended after its idle time, and is started again.
        self._server, client = client_for(self.host)
        return client

    @property
    def server_label(self) -> str:
        """What the server is called; its address when the client was given."""
        if self._server is not None:
            return self._server.label
        return self._client.url if self._client is not None else ""

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that the model may ask for; setting it replaces them."""
        return self.toolbox.tools

    @tools.setter
    def tools(self, tools: Sequence[Tool]) -> None:
        self.toolbox = Toolbox(tools)

    @property
    def on_call(self) -> OnCall | None:
        """Decides each call of a tool; None leaves it to the panels that show the conversation, and refuses where there is none."""
        return self.consent.on_call

    @on_call.setter
    def on_call(self, on_call: OnCall | None) -> None:
        self.consent.on_call = on_call

    @property
    def version(self) -> int | None:
        """The version that answers next, as far as it is known in this process; asks no server."""
        return self.version_of(self.model)

    def version_of(self, model: str) -> int | None:
        """Return the version that answers as a model here: the one that was asked for, else the one that this process has seen there."""
        if self.stand_in is not None and model == self.model:
            return self.stand_in.number
        identity = self._identity
        standing = self._versions.standing(identity, model) if identity else None
        return standing.number if standing else None

    @property
    def _identity(self) -> str:
        """Whose models' versions are meant; empty while the server is not known."""
        if self._server is not None:
            return self._server.identity
        if self._client is not None:
            from ollama_magics.services.servers import server_of

            return server_of(self._client).identity
        from ollama_magics.services.servers import known_server

        known = known_server(self.host)
        return known.identity if known else ""

    def outdated(self, answer: Answer, now: int | None = None) -> str:
        """Return how the model has moved on since an answer (``v3, now v4``), nothing where it has not or where that is not known.

        Args:
            now: its version, where it is known already.
        """
        now = now or self.version_of(answer.model)
        return f"v{answer.version}, now v{now}" if answer.version and now and now != answer.version else ""

    def record(self, answer: Answer) -> None:
        """Note the answer in the history of the version that gave it, unless the version's own texts or parameters were not used."""
        own = answer.system is None and not self.raw and _OF_THE_TURN.issuperset(answer.options)
        if own and answer.version and answer.is_sent and answer.text:
            self._versions.record_answer(self._identity, answer.model, answer.version, answer.question, answer.text)

    def made_by(self, model: str, options: Mapping[str, Any]) -> str:
        """Return who answers, in words: the version, and the seed where one is sent."""
        version, seed = self.version_of(model), options.get("seed")
        return " · ".join(part for part in (f"v{version}" if version else "", f"seed {seed}" if seed is not None else "") if part)

    def asked_as(self, model: str, cancel: CancelToken | None = None) -> str:
        """Return the name under which the server is asked for a model: another one where the conversation is with an older version.

        Raises:
            OllamaMagicsError: as `StandIn.name` does.
        """
        if self.stand_in is None or model != self.model:
            return model
        return self.stand_in.name(self.client, cancel)

    def fields(self, model: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return what goes with a request beside its messages."""
        given = {
            "model": model,
            "options": dict(options),
            "format": schema_of(self.format),
            "think": self.think,
            "keep_alive": self.keep_alive,
            "truncate": self.truncate,
            "shift": self.shift,
            "logprobs": True if self.logprobs else None,
            "top_logprobs": self.logprobs if self.logprobs and not isinstance(self.logprobs, bool) else None,
            "tools": [] if self.raw else self.toolbox.described,
        }
        return {name: value for name, value in given.items() if value is not None and value not in ({}, [])}

    def context_size(self, model: str | None = None) -> int | None:
        """Return the ``num_ctx`` the model is loaded with, as the server lists it; None when it lists no such model.

        Models that share their weights are loaded and listed once, under the name that was asked first.
        Source: Ollama server/sched.go, ``loaded`` has the path of the weights as its key (v0.33.0-rc2).
        """
        name = model or self.model
        try:
            loaded: Sequence[Any] = self.client.ps(timeout=_LOOK_S).models or ()
            found = next((one for one in loaded if {one.name, one.model} & {name, f"{name}:latest"}), None)
            if found is None and loaded:
                weights = self._weights(name)
                found = next((one for one in loaded if self._weights(one.name) == weights), None)
        except OllamaMagicsError:
            return None
        return None if found is None else found.context_length

    def _weights(self, name: str) -> str:
        """Return the line that names the file of a model's weights."""
        text = self.client.show(name, timeout=_LOOK_S).modelfile or ""
        return next((line for line in text.splitlines() if line.startswith("FROM ")), name)


def _split(model: str, versions: Versions) -> tuple[str, StandIn | None]:
    """Return the model, and what stands in for the version that is named behind it; None where none is."""
    if "@" not in model:
        return model, None
    from ollama_magics.services.history import split_version
    from ollama_magics.services.standin import StandIn

    name, which = split_version(model)
    return name, StandIn(name, which, versions) if which else None


def conversation(system: str | None, above: Sequence[Exchange]) -> list[Message]:
    """Return the messages of the turns above a question, the system text first."""
    head = [Message(role="system", content=system)] if system is not None else []
    return head + [message for exchange in above for message in exchange.messages()]
