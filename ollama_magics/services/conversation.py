"""Conversations with a model: turns that stream, can be stopped, and keep what came."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.stuck import patience_for, watched
from ollama_magics.errors import Cancelled, ModelStuck, OllamaMagicsError, StreamFault, UsageProblem
from ollama_magics.wire.types import ChatResponse, Format, GenerateResponse, KeepAlive, Message, Think

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.client.stream import Stream
    from ollama_magics.services.servers import Server

State = Literal["done", "stopped", "cut", "error"]


@dataclass(frozen=True)
class Delta:
    """A piece of an answer as it came: words of the answer, or of the thinking before it."""

    text: str = ""
    thinking: str = ""


@dataclass(frozen=True)
class Stats:
    """Figures of one answer; None where the server gave none.

    Attributes:
        tokens: tokens of the answer, thinking included.
        tokens_per_s: by the server's own clock.
        prompt_tokens: tokens the model read, those of earlier turns included.
        first_s: seconds from the question to the first piece, by our clock.
        total_s: seconds from the question to the end, by our clock.
        load_s: seconds the server needed to load the model.
        context_used: tokens of the prompt and the answer.
        context_size: ``num_ctx`` in effect, in tokens.
    """

    tokens: int | None = None
    tokens_per_s: float | None = None
    prompt_tokens: int | None = None
    first_s: float | None = None
    total_s: float | None = None
    load_s: float | None = None
    context_used: int | None = None
    context_size: int | None = None


@dataclass(frozen=True)
class Answer:
    """One answer, whole or as far as it came.

    Attributes:
        model: the model that was asked, as the question named it.
        question: what it was asked.
        text: what it wrote.
        thinking: what it thought first, empty for most models.
        state: ``done``; ``stopped`` by the person; ``cut`` by a limit; ``error`` when the stream broke.
        done_reason: the server's own word, for instance ``stop`` or ``length``; empty when it gave none.
        note: one sentence on a state other than ``done``.
        server: what the server is called.
        final: the last chunk of the stream as the server sent it.
    """

    model: str
    question: str
    text: str
    thinking: str = ""
    thought_s: float | None = None
    state: State = "done"
    done_reason: str = ""
    note: str = ""
    stats: Stats = field(default_factory=Stats)
    server: str = ""
    final: ChatResponse | GenerateResponse = field(default_factory=ChatResponse, repr=False)

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from ollama_magics.display import html, text
        from ollama_magics.display.cards import answer_card

        card = answer_card(self.model, self.turn(), server=self.server)
        return {"text/plain": text.render(card), "text/html": html.render(card)}

    def turn(self) -> Any:
        """Return the answer with its question as ``display.cards.Turn``."""
        from ollama_magics.display.cards import Turn

        return Turn(self.question, self.text, self.thinking, self.thought_s, self.stats, self.state, self.note)


class Reply:
    """An answer while it comes: iterate over its pieces, then read ``answer``.

    Leaving the ``with`` block or closing it early stops the server's work; what came stays in ``answer`` and in the conversation.
    """

    def __init__(self, chat: Chat, question: str, request: Mapping[str, Any], cancel: CancelToken, timeout: float | None) -> None:
        self._chat, self._question, self._cancel = chat, question, cancel
        self._clock = chat.clock
        self._began = self._clock()
        self._first: float | None = None
        self._thought_until: float | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._final: ChatResponse | GenerateResponse = ChatResponse()
        self._answer: Answer | None = None
        self._pieces = self._run(request, timeout)

    @property
    def answer(self) -> Answer:
        """The answer so far; final once the iteration has ended."""
        return self._answer or self._compose("stopped", "")

    def __iter__(self) -> Iterator[Delta]:
        return self._pieces

    def __next__(self) -> Delta:
        return next(self._pieces)

    def __enter__(self) -> Reply:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the answer if it is still coming."""
        self._pieces.close()

    def cancel(self) -> None:
        """Stop the answer from any thread, at once even when the server is silent."""
        self._cancel.cancel()

    def _run(self, request: Mapping[str, Any], timeout: float | None) -> Generator[Delta]:
        try:
            client = self._chat.client
            ask = client.generate if "prompt" in request else client.chat
            with ask(**request, stream=True, timeout=timeout, cancel=self._cancel) as stream:
                records: Stream[Any] = stream
                for chunk in watched(records, client, self._chat.model, patience_s=self._patience(request)):
                    piece = self._take(chunk)
                    if piece.text or piece.thinking:
                        yield piece
        except (GeneratorExit, Cancelled):
            self._end("stopped", "Stopped.")
            raise
        except (StreamFault, ModelStuck) as exc:
            self._end("error", f"{exc.message[:1].upper()}{exc.message[1:]}.")
            raise
        self._finish()

    def _patience(self, request: Mapping[str, Any]) -> float:
        if self._chat.patience_s is not None:
            return self._chat.patience_s
        return patience_for(len(request.get("prompt", "")) + sum(len(message.content or "") for message in request.get("messages", ())))

    def _take(self, chunk: ChatResponse | GenerateResponse) -> Delta:
        now = self._clock()
        said = chunk.get("message") or {}
        piece = Delta(said.get("content") or chunk.get("response") or "", said.get("thinking") or chunk.get("thinking") or "")
        if self._first is None and (piece.text or piece.thinking):
            self._first = now - self._began
        if piece.text and self._thinking and self._thought_until is None:
            self._thought_until = now
        self._text.append(piece.text)
        self._thinking.append(piece.thinking)
        self._final = chunk
        return piece

    def _finish(self) -> None:
        reason = self._final.done_reason or ""
        if reason == "length":
            self._end("cut", _length_note(self._chat, self._final))
        else:
            self._end("done", "")

    def _end(self, state: State, note: str) -> None:
        self._answer = self._compose(state, note)
        self._chat.settle(self._answer)

    def _compose(self, state: State, note: str) -> Answer:
        thought = self._thought_until - self._began if self._thought_until is not None else None
        return Answer(
            model=self._chat.model,
            question=self._question,
            text="".join(self._text),
            thinking="".join(self._thinking),
            thought_s=thought,
            state=state,
            done_reason=self._final.done_reason or "",
            note=note,
            stats=self._stats(),
            server=self._chat.server_label,
            final=self._final,
        )

    def _stats(self) -> Stats:
        final = self._final
        tokens, prompt = final.eval_count, final.prompt_eval_count
        spent = final.eval_duration
        return Stats(
            tokens=tokens,
            tokens_per_s=tokens * 1e9 / spent if tokens and spent else None,
            prompt_tokens=prompt,
            first_s=self._first,
            total_s=self._clock() - self._began,
            load_s=final.load_duration / 1e9 if final.load_duration else None,
            context_used=(prompt or 0) + (tokens or 0) if final.done and (prompt or tokens) else None,
            context_size=self._chat.context_size() if final.done else None,
        )


def _length_note(chat: Chat, final: ChatResponse | GenerateResponse) -> str:
    limit = chat.options.get("num_predict")
    if limit is not None and int(limit) >= 0 and final.eval_count and final.eval_count >= int(limit):
        return f"Stopped at num_predict {limit}. The answer is not finished."
    return f"Stopped after {final.eval_count or 0} tokens, at a limit. The answer is not finished."


class Chat:
    """A conversation with one model on one server.

    Args:
        model: its name.
        host: the server's address; None looks for one as `find_server` does.
        client: talk through this client instead.
        system: replaces the model's own SYSTEM for this conversation.
        options: run-time parameters by Ollama's names, for instance ``{"temperature": 0}``.
        format: ``"json"``, or a JSON schema the answer has to fit.
        think: whether, or how hard, a thinking model thinks.
        keep_alive: how long the model stays loaded afterwards.
        raw: send each text as it is, without template, system text and conversation; such turns leave no message behind.
        patience_s: seconds to wait for the first piece before looking whether the model is stuck; None waits by the prompt's length.
        clock: seconds, for the figures.

    Examples:
        Talk to a model that ``create`` made::

            chat = Chat("mario")
            print(chat.ask("Who are you?"))
            for piece in chat.stream("And your brother?"):
                print(piece.text, end="")
    """

    def __init__(
        self,
        model: str,
        *,
        host: str | None = None,
        client: Client | None = None,
        system: str | None = None,
        options: Mapping[str, Any] | None = None,
        format: Format | None = None,
        think: Think | None = None,
        keep_alive: KeepAlive | None = None,
        raw: bool = False,
        patience_s: float | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        if not model:
            raise UsageProblem("a conversation needs the name of a model", hint='write Chat("NAME")')
        self.model = model
        self.host = host
        self.system = system
        self.options = dict(options or {})
        self.format = format
        self.think = think
        self.keep_alive = keep_alive
        self.raw = raw
        self.patience_s = patience_s
        self.clock = clock
        self.answers: list[Answer] = []
        self._client = client
        self._server: Server | None = None
        self._history: list[Message] = []

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
    def messages(self) -> list[Message]:
        """The conversation so far as the next request would send it, system message first."""
        head = [Message(role="system", content=self.system)] if self.system is not None else []
        return head + [message.copy() for message in self._history]

    def reset(self) -> None:
        """Begin a new conversation; system text and options stay."""
        self._history.clear()
        self.answers.clear()

    def stream(self, text: str, *, cancel: CancelToken | None = None, timeout: float | None = None) -> Reply:
        """Return the answer to ``text`` as it comes.

        Raises (while iterating):
            ModelNotFound: the server has no such model.
            StreamFault: the answer broke off; what came is in the reply's ``answer``.
            ModelStuck: the model is loaded and gives no first piece.
            Cancelled: ``cancel`` was set.
        """
        request: dict[str, Any] = {"model": self.model}
        if self.raw:
            request |= {"prompt": text, "raw": True}
        else:
            request["messages"] = [*self.messages, Message(role="user", content=text)]
        for key in ("options", "format", "think", "keep_alive"):
            value = getattr(self, key)
            if value is not None and value != {}:
                request[key] = value
        return Reply(self, text, request, cancel or CancelToken(), timeout)

    def ask(
        self,
        text: str,
        *,
        on_delta: Callable[[Delta], None] | None = None,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Return the answer to ``text``; ``on_delta`` is called with each piece as it comes. Raises as `stream` does."""
        with self.stream(text, cancel=cancel, timeout=timeout) as reply:
            for piece in reply:
                if on_delta is not None:
                    on_delta(piece)
        return reply.answer

    def settle(self, answer: Answer) -> None:
        """Take an answer into the conversation: whole and stopped ones stay, a broken one is asked again."""
        self.answers.append(answer)
        if answer.state != "error" and answer.text and not self.raw:
            reply = Message(role="assistant", content=answer.text)
            self._history += [Message(role="user", content=answer.question), reply]

    def context_size(self) -> int | None:
        """Return the ``num_ctx`` the model is loaded with, as the server lists it; None when it lists no such model."""
        try:
            loaded: Sequence[Any] = self.client.ps(timeout=_LOOK_S).models or ()
        except OllamaMagicsError:
            return None
        names = {self.model, f"{self.model}:latest"}
        return next((model.context_length for model in loaded if {model.name, model.model} & names), None)


_LOOK_S = 2.0
