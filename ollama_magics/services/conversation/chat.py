"""A conversation with a model: a tree of questions and answers, one turn at a time, seen by any number of views."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import UsageProblem
from ollama_magics.services.conversation.answer import Answer, Delta
from ollama_magics.services.conversation.floor import Watcher
from ollama_magics.services.conversation.partner import Partner, conversation
from ollama_magics.services.conversation.pictures import picture
from ollama_magics.services.conversation.reply import Asking, Reply
from ollama_magics.services.conversation.tools import Decision
from ollama_magics.services.conversation.tree import Exchange, Fork, Which
from ollama_magics.wire.types import Message

if TYPE_CHECKING:
    from ollama_magics.display.cards import Turn
    from ollama_magics.display.segments import Document


class How(TypedDict, total=False):
    """What may be set for one turn: see `Chat.stream`."""

    options: Mapping[str, Any] | None
    system: str | None
    model: str | None
    made_by: str | None
    cancel: CancelToken | None
    timeout: float | None


class Chat(Partner):
    """A conversation with one model on one server.

    Nothing is ever thrown away: another answer, or another wording of a question, is a branch beside the first, and `walk` opens one or
    the other. What is open is what the model is sent, ``messages``.

    Args:
        model: its name, or ``NAME@VERSION`` with the number or the label of a version. A version that is not on the server is made again
            under a name of its own when it is first asked; that goes with `close`, with the conversation, and with the kernel.
        host: the server's address; None looks for one as `find_server` does.
        client: talk through this client instead.
        system: replaces the model's own SYSTEM for this conversation.
        options: run-time parameters by Ollama's names, for instance ``{"temperature": 0}``.
        format: ``"json"``, a JSON schema, or a class with ``model_json_schema`` (pydantic's) that the answer has to fit; an answer that
            does is in its ``value`` as data.
        think: whether, or how hard, a thinking model thinks.
        keep_alive: how long the model stays loaded afterwards.
        truncate: whether the oldest messages are left out where the conversation is longer than the context; the server does so for None.
            False makes a long one an error.
        shift: whether an answer goes on past the context, giving up the oldest text; the server does so for None. False ends it there.
        logprobs: whether the tokens of answers come with their probabilities, in ``logprobs``; a number asks for so many alternatives each.
        raw: send each text as it is, without template, system text and conversation; such turns leave no message behind.
        keep_thinking: keep what the model thought in saved notebooks.
        tools: functions that the model may ask for, or descriptions of tools as the API takes them.
        on_call: decides each call of a tool: ``"once"`` runs it, ``"chat"`` runs it and every later one of its name, ``"refuse"`` none.
        allow_tools: run every call without asking. Without this, ``on_call`` or a panel that asks, no call is run.
        patience_s: seconds to wait for the first piece before looking whether the model is stuck; None waits by the prompt's length.
        clock: seconds, for the figures.
        versions: where the versions of models are kept.
        new_seed: makes the seed of another answer.

    Examples:
        Talk to a model that ``create`` made::

            chat = Chat("mario")
            print(chat.ask("Who are you?"))
            for piece in chat.stream("And your brother?"):
                print(piece.text, end="")
            print(chat.regenerate())
    """

    @property
    def turns(self) -> list[Exchange]:
        """The open branch: its questions, each with the answer that is open and all others."""
        with self.floor.lock:
            return self.floor.tree.branch()

    @property
    def answers(self) -> list[Answer]:
        """The answers of the open branch."""
        return [exchange.answer for exchange in self.turns if exchange.answer is not None]

    @property
    def every_answer(self) -> list[Answer]:
        """The answers of all branches, in the order the questions were asked."""
        with self.floor.lock:
            return [answer for exchange in self.floor.tree for answer in exchange.answers]

    @property
    def messages(self) -> list[Message]:
        """The conversation so far as the next request would send it, system message first."""
        return conversation(self.system, self.turns)

    def reset(self) -> None:
        """Begin a new conversation; system text and options stay, and the old one can be walked back to from its first question.

        Raises:
            UsageProblem: an answer is still coming.
        """
        with self.floor.lock:
            self.floor.check_quiet()
            self.floor.tree.close()
            self.floor.tell("changed")

    def stream(
        self,
        text: str,
        *,
        images: Sequence[Any] = (),
        options: Mapping[str, Any] | None = None,
        system: str | None = None,
        model: str | None = None,
        made_by: str | None = None,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Return the answer to ``text`` as it comes.

        Args:
            images: pictures that go with it: bytes, paths, base64.
            options: for this turn; they stand before those of the conversation.
            system: for this turn, in the place of the conversation's.
            model: asked in this turn, in the place of the conversation's.
            made_by: who answers, in words, for instance ``v3 with 2 changes``.
            cancel: stops it from another thread.
            timeout: seconds without a word after which it is given up.

        Raises:
            UsageProblem: a picture is none.
            FileProblem: a picture cannot be read.

        Raises (while iterating):
            UsageProblem: an answer is still coming.
            ModelNotFound: the server has no such model.
            ServerFault: the server refuses the request, for instance pictures.
            StreamFault: the answer broke off; what came is in the reply's ``answer``.
            ModelStuck: the model is loaded and gives no first piece.
            Cancelled: ``cancel`` was set.
            OllamaMagicsError: the version that is talked to is not known, or cannot be made again.
        """
        shown = tuple(picture(image) for image in images)

        def ask() -> tuple[Exchange, Fork]:
            exchange = self.floor.tree.ask(text, shown, raw=self.raw)
            return exchange, exchange.fork

        how: How = {"options": options, "system": system, "model": model, "made_by": made_by, "cancel": cancel, "timeout": timeout}
        return self._reply(ask, how)

    def ask(self, text: str, *, images: Sequence[Any] = (), on_delta: Callable[[Delta], None] | None = None, **how: Unpack[How]) -> Answer:
        """Return the answer to ``text``; ``on_delta`` is called with each piece as it comes. Takes and raises what `stream` does."""
        return self.stream(text, images=images, **how).read(on_delta)

    def regenerate(self, id: str | None = None, *, keep_seed: bool = False, **how: Unpack[How]) -> Reply:
        """Return another answer to a question of the open branch, the last one for None; the old answer stays as a branch.

        It has a new seed, unless the options have one. Takes and raises what `stream` does.

        Args:
            keep_seed: send no new seed.
        """
        exchange = self.find(id)
        options = {**self.options, **(how.get("options") or {})}
        if not keep_seed:
            options.setdefault("seed", self.new_seed())
        return self._reply(lambda: (exchange, exchange.begin()), {**how, "options": options})

    def retry(self, id: str | None = None, **how: Unpack[How]) -> Reply:
        """Return the answer to a question asked in the same way again: after an error. Takes and raises what `stream` does."""
        exchange = self.find(id)
        return self._reply(lambda: (exchange, exchange.begin()), _as_before(exchange.answer, how))

    def edit(self, id: str, text: str, **how: Unpack[How]) -> Reply:
        """Return the answer to a question of the open branch in other words; the old one stays as a branch. Raises as `stream` does."""
        exchange = self.find(id)

        def ask() -> tuple[Exchange, Fork]:
            other = self.floor.tree.edit(exchange, text)
            return other, other.fork

        return self._reply(ask, how)

    def go_on(self, id: str | None = None, **how: Unpack[How]) -> Reply:
        """Return an unfinished answer of the open branch as it goes on: its text so far is sent as the last message.

        Where the model's template ends the answer there, the model begins anew, and the answer's ``note`` says so.

        Raises:
            UsageProblem: the answer is whole, or there is nothing of it. Raises besides what `stream` does.
        """
        exchange = self.find(id)
        got, fork = exchange.answer, exchange.fork
        if got is None or not got.unfinished or exchange.raw:
            raise UsageProblem("there is no unfinished answer to go on with", hint="ask for another one: regenerate")
        return self._reply(lambda: (exchange, fork), _as_before(got, how), onward=got)

    def find(self, id: str | None = None) -> Exchange:
        """Return a turn of the open branch, the last one for None.

        Raises:
            UsageProblem: there is none.
        """
        with self.floor.lock:
            return self.floor.tree.find(id)

    def walk(self, id: str, which: Which, step: int) -> None:
        """Open the branch ``step`` before or after, among the wordings of a question or its answers; stops at the ends.

        Raises:
            UsageProblem: an answer is still coming, or the open branch has no such turn.
        """
        with self.floor.lock:
            self.floor.check_quiet()
            self.floor.tree.walk(self.floor.tree.find(id), which, step)
            self.floor.tell("changed")

    def teach(self, id: str | None = None) -> tuple[tuple[str, str], ...]:
        """Return a question and its answer as the roles and texts of MESSAGE lines.

        Raises:
            UsageProblem: there is no answer to it.
        """
        exchange = self.find(id)
        got = exchange.answer
        if got is None or not got.is_sent or not got.text:
            raise UsageProblem("there is no answer to teach")
        return (("user", exchange.question), ("assistant", got.text))

    def as_messages_text(self) -> str:
        """Return the open branch as MESSAGE lines of a Modelfile.

        Raises:
            UsageProblem: a text has characters that no Modelfile can hold.
        """
        from ollama_magics.services.conversation.teaching import message_lines

        taught = [exchange.id for exchange in self.turns if exchange.messages() and exchange.answer and exchange.answer.text]
        return message_lines([line for id in taught for line in self.teach(id)])

    def as_json_text(self) -> str:
        """Return the open branch as JSON: model, system text, options, and messages as the API takes them, thinking and tools included."""
        from ollama_magics.services.conversation.exporting import as_json

        return as_json(self.model, self.options, self.messages)

    def as_markdown(self) -> str:
        """Return the open branch as a Markdown document; what a model wrote is quoted as it is."""
        from ollama_magics.services.conversation.exporting import as_markdown

        return as_markdown(self.model, self.server_label, self.messages)

    def export(self, path: str | Path) -> Path:
        """Write the open branch into a file and return its path: ``.json`` as JSON, ``.md`` as Markdown, else as MESSAGE lines.

        Raises:
            FileProblem: the file cannot be written.
            UsageProblem: a text has characters that no Modelfile can hold.
        """
        from ollama_magics.services.conversation.exporting import write

        texts = {".json": self.as_json_text, ".md": self.as_markdown, ".markdown": self.as_markdown}
        return write(Path(path), texts.get(Path(path).suffix.casefold(), self.as_messages_text)())

    def watch(self, watcher: Watcher, *, asks: bool = False) -> Callable[[], None]:
        """Let ``watcher`` look on; return a function that ends it. One that ``asks`` brings a person's decisions on tools, by `decide`."""
        leave = self.floor.watch(watcher)
        stop_asking = self.consent.asker() if asks else None

        def end() -> None:
            leave()
            if stop_asking is not None:
                stop_asking()

        return end

    def decide(self, call: str, how: Decision) -> None:
        """Answer a call of a tool that asks, by its id.

        Raises:
            UsageProblem: no such call asks, or ``how`` is no decision.
        """
        self.consent.decide(call, how)

    def stop(self, wait_s: float = 0.0) -> bool:
        """Stop the answer that is coming, wait at most ``wait_s`` for its end, and return whether none is coming any more."""
        running = self.floor.running
        if running is None:
            return True
        running.cancel()
        return running.wait(wait_s)

    def close(self) -> None:
        """Stop the answer that is coming, and delete what was made to talk to an older version; who asks again makes it again."""
        self.stop()
        if self.stand_in is not None:
            self.stand_in.close()

    def card(self, *, server: Any = None, note: str = "") -> Document:
        """Return the open branch as a document, other answers folded.

        Args:
            server: what the server is called; None takes what is known.
            note: stands where nothing has been said yet.
        """
        from ollama_magics.display.cards import chat_card

        turns = [turn for turn in map(self.turn, self.turns) if turn is not None]
        label = server or self.server_label or None
        return chat_card(self.model, turns, version=self.version, server=label, note=note, keep_thinking=self.keep_thinking)

    def turn(self, exchange: Exchange) -> Turn | None:
        """Return a turn of the conversation as cards show it, None while nothing has come."""
        got = exchange.answer
        if got is None:
            return None
        others = tuple((other.made_by, other.text) for other in exchange.answers if other is not got)
        turn: Turn = got.turn(outdated=self.outdated(got), branch=(exchange.open + 1, len(exchange.forks)), others=others)
        return turn

    def __str__(self) -> str:
        from ollama_magics.display import text

        return text.render(self.card())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from ollama_magics.display import html

        return {"text/plain": str(self), "text/html": html.render(self.card())}

    def _reply(self, open_place: Callable[[], tuple[Exchange, Fork]], how: How, *, onward: Answer | None = None) -> Reply:
        options = {**self.options, **(how.get("options") or {})}
        system, model = how.get("system"), how.get("model") or self.model
        asking = Asking(open_place, model, options, self.system if system is None else system, how.get("made_by"), onward)
        return Reply(self, asking, how.get("cancel") or CancelToken(), how.get("timeout"))


def _as_before(last: Answer | None, how: How) -> How:
    """Return how to ask once more: as the last time, but for what is said otherwise."""
    if last is None:
        return how
    options = {**last.options, **(how.get("options") or {})}
    return {"system": last.system, "model": last.model, **how, "options": options}
