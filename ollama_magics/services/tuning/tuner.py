"""Tuning a model: change it, hear the answer, store it. What a panel does is a call of this."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.services.conversation import Answer, Chat, Delta
from ollama_magics.services.conversation.partner import new_seed
from ollama_magics.services.creation import Creation, create
from ollama_magics.services.history import History, history
from ollama_magics.services.observing import digest_of, entry_of
from ollama_magics.services.tuning.asking import TunedChat
from ollama_magics.services.tuning.attributes import ParameterAttributes
from ollama_magics.services.tuning.drafts import DRAFTS, Draft, Drafts
from ollama_magics.services.tuning.parts import parts_made
from ollama_magics.services.tuning.plan import Plan, plan
from ollama_magics.services.tuning.state import Tuning
from ollama_magics.services.tuning.stored import Stored, read_stored
from ollama_magics.services.versions import VERSIONS, Versions
from ollama_magics.services.versionstore import Version

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.display.segments import Document

_LOOK_S = 2.0

_TUNERS: weakref.WeakSet[Tuner] = weakref.WeakSet()
"""Those of this kernel that are open."""


class Tuner(ParameterAttributes):
    """A model that is changed and tried; what is stored stays as it is until `create`.

    Each parameter is an attribute by its name in Ollama: ``tuner.temperature = 0.2`` tries a value, ``tuner.temperature`` is the one in
    effect, ``del tuner.temperature`` tries the model without its own. Each try is exactly what a create would give: options and a system
    prompt go with the request, and what a request cannot carry is tried as a draft model, which is deleted afterwards.

    Args:
        model: the name of a model that is there.
        host: the server's address; None looks for one as `find_server` does.
        client: talk through this client instead.
        versions: where versions are kept.
        drafts: where draft models are listed.
        seed: of answers where the model has none, so that two answers differ by what was changed alone; None takes any.

    Raises:
        ModelNotFound: there is no such model.

    Examples:
        Make a model colder, hear it, and store it as its next version::

            tuner = Tuner("mario")
            tuner.temperature = 0.2
            tuner.system = "You are Mario. Answer in one sentence."
            print(tuner.ask("Who are you?"))
            tuner.create()
    """

    def __init__(
        self,
        model: str,
        *,
        host: str | None = None,
        client: Client | None = None,
        versions: Versions = VERSIONS,
        drafts: Drafts = DRAFTS,
        seed: int | None = None,
    ) -> None:
        from ollama_magics.services.creation import check_name
        from ollama_magics.services.servers import client_for, server_of

        check_name(model)
        self._host, self._given, self._versions = host, client, versions
        server, found = (server_of(client), client) if client is not None else client_for(host)
        drafts.sweep(found, server.identity)
        self._tuning = Tuning(read_stored(found, server, model, versions))
        self._draft = Draft(lambda: self.client, server.identity, self.name, drafts)
        self._seed = seed if seed is not None else new_seed()
        self._lock = threading.RLock()
        self._creating = threading.Lock()
        self._watchers: list[Callable[[], object]] = []
        self._asked: tuple[tuple[str, str], ...] | None = None
        self._chat = TunedChat(self, host=host, client=client, versions=versions)
        _TUNERS.add(self)
        self._tell_others()

    def __repr__(self) -> str:
        return f"<Tuner of {self.name}, testing {self.testing}>"

    @property
    def name(self) -> str:
        """The model, without a tag that can be left out."""
        return self._tuning.stored.name

    @property
    def stored(self) -> Stored:
        """The model as the server holds it."""
        return self._tuning.stored

    @property
    def state(self) -> Tuning:
        """What is tried, in its parts."""
        return self._tuning

    @property
    def chat(self) -> Chat:
        """The conversation with what is tried."""
        return self._chat

    @property
    def client(self) -> Client:
        """The client in use."""
        if self._given is not None:
            return self._given
        from ollama_magics.services.servers import client_for

        return client_for(self._host)[1]

    @property
    def lock(self) -> threading.RLock:
        """Held while something is changed."""
        return self._lock

    @property
    def modelfile(self) -> str:
        """The Modelfile as it is tried, whole; comments, order and layout are those of the one that was stored."""
        return self._tuning.tried.source_text

    @property
    def changes(self) -> list[str]:
        """The names of the parameters and instructions that differ from what is stored."""
        return self._tuning.changes

    @property
    def asked(self) -> tuple[tuple[str, str], ...] | None:
        """The commands of the Modelfile that the last question went to; None before the first."""
        return self._asked

    @property
    def plan(self) -> Plan:
        """How the next question reaches the server."""
        return plan(self.stored, self._tuning.tried)

    @property
    def testing(self) -> str:
        """What answers the next question: ``v3``, ``v3 with 2 changes`` or ``a draft``."""
        return "a draft" if self.plan.why_draft else self.tried_label

    @property
    def tried_label(self) -> str:
        """The same, also of a draft as the version that it was made from: ``v3 with 2 changes``."""
        count = len(self.changes)
        return f"{self.stored.label} with {count} change{'s' if count > 1 else ''}" if count else self.stored.label

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters in effect in a try, inherited ones included; those that nobody sets are not in it."""
        return dict(parts_made(self._tuning.tried, self.stored.inherited).parameters)

    @property
    def seed(self) -> int:
        """The seed of the next answer: the model's, or one that stays the same while it is tuned."""
        return int(self.parameters.get("seed", self._seed))

    @property
    def system(self) -> str:
        """The system prompt in effect; setting it tries another one, an empty one or None takes it out of the Modelfile.

        Raises (when set):
            UsageProblem: no Modelfile can hold it.
        """
        return parts_made(self._tuning.tried, self.stored.inherited).system

    @system.setter
    def system(self, text: str | None) -> None:
        def change(tuning: Tuning) -> None:
            tuning.set_system(text or "")
            if tuning.system_problem:
                problem = tuning.system_problem
                tuning.reset("system")
                raise UsageProblem(problem.removeprefix("Not used, ").removesuffix("."))

        self.change(change)

    @property
    def messages(self) -> list[dict[str, str]]:
        """The MESSAGE lines in effect as ``{"role": …, "content": …}``; setting them tries others."""
        return [{"role": role, "content": text} for role, text in parts_made(self._tuning.tried, self.stored.inherited).messages]

    @messages.setter
    def messages(self, messages: Sequence[Mapping[str, str]]) -> None:
        self.change(lambda tuning: tuning.set_messages([(message["role"], message["content"]) for message in messages]))

    def reset(self, name: str) -> None:
        """Go one step back with a parameter, ``system`` or ``examples``: from tried to stored, from stored to not set."""
        self.change(lambda tuning: tuning.reset(name))

    def discard(self) -> None:
        """Go back to what is stored."""
        self.change(Tuning.discard)

    def change(self, action: Callable[[Tuning], Any]) -> Any:
        """Change what is tried, tell those who watch, and return what ``action`` returns."""
        with self._lock:
            result = action(self._tuning)
        self.tell()
        return result

    def watch(self, watcher: Callable[[], object]) -> Callable[[], None]:
        """Call ``watcher`` after each change; return a function that ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def tell(self) -> None:
        """Call those who watch."""
        for watcher in list(self._watchers):
            watcher()

    def _tell_others(self) -> None:
        for other in self.others:
            other.tell()

    @property
    def newer(self) -> str:
        """One sentence, without its stop, if this person has made another version meanwhile, in any notebook; asks no server."""
        newest = self._versions.newest(self.stored.server.identity, self.name)
        if newest is None or newest.number <= self.stored.version.number:
            return ""
        return f"{self.name} is v{newest.number} by now, {self.stored.label} was read"

    def how(self) -> dict[str, Any]:
        """Return what a question has to carry so that it is answered by what is tried; makes the draft where one is needed.

        Raises:
            UsageProblem: there is a newer version than the one that was read.
            OllamaMagicsError: a draft cannot be created.
        """
        if news := self.newer:
            raise UsageProblem(news, hint="read it again", details={"elsewhere": True})
        with self._lock:
            tried, text, label, seed = self.plan, self.modelfile, self.tried_label, self.seed
            self._asked = self._tuning.tried.commands
            self._chat.examples = tuple(message["content"] for message in self.messages)
        options = {"seed": seed, **tried.options}
        if not tried.why_draft:
            # An answer of the stored model is told, and kept, as that version's.
            return {
                "options": options,
                "system": tried.system,
                "model": self.name,
                "made_by": f"{label} · seed {seed}" if self.changes else None,
            }
        name = self._draft.made(text, self.stored.building)
        return {"options": {"seed": seed}, "system": None, "model": name, "made_by": f"{label}, as a draft · seed {seed}"}

    def ask(self, text: str, *, on_delta: Callable[[Delta], None] | None = None, cancel: CancelToken | None = None) -> Answer:
        """Return the answer of what is tried; raises what `Chat.stream` does."""
        return self._chat.ask(text, on_delta=on_delta, cancel=cancel)

    def answer_again(self, *, on_delta: Callable[[Delta], None] | None = None, cancel: CancelToken | None = None) -> Answer:
        """Return another answer to the last question, with the same seed: what is different in it comes from what was changed.

        Raises:
            UsageProblem: nothing has been asked yet.
        """
        return self._chat.regenerate(cancel=cancel).read(on_delta)

    def create(self, *, anyway: bool = False, cancel: CancelToken | None = None, **options: Any) -> Creation:
        """Store what is tried as the next version of the model.

        Args:
            anyway: also if somebody has changed the model meanwhile.
            cancel: stops it from another thread; the model stays as it was.
            options: further arguments of `create`.

        Raises:
            UsageProblem: it is being created already, or has changed elsewhere.
            OllamaMagicsError: as `create` does; the stored model and what is tried are as they were.
        """
        if not self._creating.acquire(blocking=False):
            raise UsageProblem(f"{self.name} is being created already", hint="wait for it")
        try:
            if not anyway and (news := self.look()):
                raise UsageProblem(news, hint="read it again, or create with anyway=True", details={"elsewhere": True})
            arguments = {**self.stored.building, **options}
            done = create(self.name, self.modelfile, client=self.client, versions=self._versions, cancel=cancel, **arguments)
            self.read_again()
        finally:
            self._creating.release()
        self._tell_others()
        return done

    def restore(self, which: int | str) -> Creation:
        """Create the model again as it was in a version, as a new version, and go on from there; what is tried is discarded."""
        done = self.history().restore(which)
        self._tuning.discard()
        self.read_again()
        self._tell_others()
        return done

    def history(self) -> History:
        """Return the versions of the model."""
        return history(self.name, client=self.client, versions=self._versions)

    def versions(self) -> list[Version]:
        """Return the versions that are known here, the oldest first; asks no server."""
        return self._versions.all(self.stored.server.identity, self.name)

    def look(self) -> str:
        """Return one sentence, without its stop, if the model is not what was read any more; empty if it is, or if nobody can tell."""
        try:
            entry = entry_of(self.client, self.name, timeout=_LOOK_S)
        except OllamaMagicsError:
            return ""
        if entry is None:
            return f"there is no {self.name} on {self.stored.server.label} any more"
        if digest_of(entry) not in ("", self.stored.version.digest):
            return f"{self.name} has been created anew since {self.stored.label} was read"
        return ""

    def read_again(self) -> None:
        """Read what the server holds now and go on with the same changes on it.

        Raises:
            ModelNotFound: the model is gone.
        """
        fresh = read_stored(self.client, self.stored.server, self.name, self._versions)
        self.change(lambda tuning: tuning.read_again(fresh))

    @property
    def others(self) -> list[Tuner]:
        """Other tuners of this kernel that are open on the same model."""
        mine = self.stored.server.identity, self.name
        return [other for other in _TUNERS if other is not self and (other.stored.server.identity, other.name) == mine]

    def close(self) -> None:
        """Delete the draft, if there is one. The tuner can be used again."""
        _TUNERS.discard(self)
        self._draft.close()
        self._tell_others()

    def __enter__(self) -> Tuner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def card(self) -> Document:
        """Return what was tuned as a document: the stored values, and what is tried and not stored."""
        from ollama_magics.display.cards import tuner_card
        from ollama_magics.services.tuning.report import rows

        below = self._chat.card().blocks if self._chat.turns else ()
        return tuner_card(self.name, self.stored.label, rows(self), server=self.stored.server.label, below=below)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from ollama_magics.display import html, text

        card = self.card()
        return {"text/plain": text.render(card), "text/html": html.render(card)}
