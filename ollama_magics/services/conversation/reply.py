"""An answer while it comes: streamed pieces, rounds of tool calls, figures, and the end, whatever it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.stuck import patience_for, watched
from ollama_magics.display.quantities import count
from ollama_magics.errors import Cancelled, OllamaMagicsError, ServerFault, StreamCut
from ollama_magics.services.conversation import limits
from ollama_magics.services.conversation.answer import Answer, Call, Delta, State
from ollama_magics.services.conversation.forms import value_of
from ollama_magics.services.conversation.gathering import Gathering
from ollama_magics.services.conversation.partner import conversation
from ollama_magics.services.conversation.tools import MOST_ROUNDS, REFUSED
from ollama_magics.services.conversation.tree import Exchange, Fork
from ollama_magics.wire.types import Message

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.client.stream import Stream
    from ollama_magics.services.conversation.chat import Chat

_NOT_CONTINUED = "The server began a new answer instead of going on: the model's template ends the answer there."
_NO_VISION = ("multimodal", "image input")
"""Pieces of what servers say of pictures for a model without vision. Source: Ollama v0.33.0-rc2 and its engine's llama-server."""

_ENDING_S = 2.0
"""How long a new turn waits for the end of one that was stopped."""

_MANY_CALLS = f"Stopped after {MOST_ROUNDS} rounds of tool calls. The answer is not finished."


@dataclass(frozen=True)
class Asking:
    """What is to be asked, and how.

    Attributes:
        open: opens the place of the answer in the conversation, once it is this reply's turn.
        model: who is asked.
        options, system: what goes with the request; a system text of None leaves the model's own.
        made_by: who answers, in words; None makes the words of version and seed.
        onward: an unfinished answer to go on with.
    """

    open: Callable[[], tuple[Exchange, Fork]]
    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    system: str | None = None
    made_by: str | None = None
    onward: Answer | None = None


class Reply:
    """An answer while it comes: iterate over its pieces, then read ``answer``; or `read` it to its end.

    Leaving the ``with`` block or closing it early stops the server's work; what came stays in ``answer`` and in the conversation.
    """

    def __init__(self, chat: Chat, asking: Asking, cancel: CancelToken, timeout: float | None) -> None:
        self._chat, self._asking, self._cancel, self._timeout = chat, asking, cancel, timeout
        self._place: tuple[Exchange, Fork] | None = None
        self._got = Gathering(asking.onward, chat.clock)
        self._request: dict[str, Any] = {}
        self._made_by = asking.made_by or ""
        self._version: int | None = None
        self._name = asking.model
        self._note = ""
        self._answer: Answer | None = None
        self._over = threading.Event()
        self._pieces = self._run()

    @property
    def answer(self) -> Answer:
        """The answer so far; final once the iteration has ended."""
        return self._answer or self._compose("stopped", "")

    @property
    def cancelled(self) -> bool:
        """Whether somebody has stopped it."""
        return self._cancel.cancelled

    @property
    def exchange(self) -> Exchange:
        """The question with all its answers; `begin` has to have been called."""
        assert self._place is not None, "the reply has not begun"
        return self._place[0]

    def begin(self) -> Reply:
        """Take the turn in the conversation and open the place of the answer; iterating does it too.

        Raises:
            UsageProblem: an answer is still coming.
        """
        if self._place is None:
            floor = self._chat.floor
            ending = floor.running
            if ending is not None and ending.cancelled:
                # Stopped, and not yet let go by the server: no reason to refuse what follows.
                ending.wait(_ENDING_S)
            with floor.lock:
                self._place = floor.take(self, self._asking.open)
                self._got.begin()
                floor.tell("begun")
        return self

    def read(self, on_delta: Callable[[Delta], None] | None = None) -> Answer:
        """Return the answer once it is whole; ``on_delta`` is called with each piece as it comes. Raises what iterating does."""
        with self:
            for piece in self:
                if on_delta is not None:
                    on_delta(piece)
        return self.answer

    def __iter__(self) -> Iterator[Delta]:
        return self._pieces

    def __next__(self) -> Delta:
        return next(self._pieces)

    def __enter__(self) -> Reply:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __str__(self) -> str:
        return str(self.read())

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        return self.read()._repr_mimebundle_(**options)

    def close(self) -> None:
        """Stop the answer if it is still coming."""
        self._pieces.close()
        if self._place is not None and self._answer is None:
            self._end("stopped", "Stopped.")

    def cancel(self) -> None:
        """Stop the answer from any thread, at once even when the server is silent."""
        self._cancel.cancel()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the answer has ended, at most ``timeout_s``; return whether it has."""
        return self._over.wait(timeout_s)

    def _run(self) -> Generator[Delta]:
        self.begin()
        try:
            self._prepare()
            yield from self._answer_in_rounds()
        except (GeneratorExit, Cancelled, KeyboardInterrupt):
            self._end("stopped", "Stopped.")
            raise
        except OllamaMagicsError as exc:
            told = self._explained(exc)
            self._end("error", self._sentence(told), getattr(told, "error", ""))
            if told is exc:
                raise
            raise told from exc
        except BaseException as exc:
            self._end("error", f"{type(exc).__name__}: {exc}")
            raise
        self._finish()

    def _prepare(self) -> None:
        """Set the request and who answers it; asks the server only for an older version, and for an answer that is gone on with."""
        chat, asking, exchange = self._chat, self._asking, self.exchange
        client = chat.client
        self._name = chat.asked_as(asking.model, self._cancel)
        self._version = chat.version_of(asking.model)
        self._made_by = asking.made_by if asking.made_by is not None else chat.made_by(asking.model, asking.options)
        self._request = chat.fields(self._name, asking.options)
        if exchange.raw:
            self._request |= {"prompt": exchange.question, "raw": True, "images": exchange.asked().images}
            return
        messages = [*conversation(asking.system, self._above()), exchange.asked()]
        self._request["messages"] = [*messages, *(message for part in self._got.rounds for message in part.messages())]
        if asking.onward is not None and asking.onward.closing:
            self._go_on(client, asking.onward)

    def _go_on(self, client: Client, onward: Answer) -> None:
        self._request["messages"].append(Message(role="assistant", content=onward.closing))
        if onward.thinking:
            # An engine that lets the model think first cannot go on with what it wrote.
            self._request["think"] = False
        if limits.goes_on(limits.rendered(client, self._request), onward.closing) is False:
            self._note, self._got.apart = _NOT_CONTINUED, True

    def _above(self) -> list[Exchange]:
        with self._chat.floor.lock:
            return self._chat.floor.tree.before(self.exchange)

    def _answer_in_rounds(self) -> Generator[Delta]:
        for _ in range(MOST_ROUNDS):
            yield from self._stream()
            if not self._got.end_request():
                return
            self._tell_calls()
            if not self._answer_calls():
                return
        self._note = _MANY_CALLS

    def _stream(self) -> Generator[Delta]:
        """Yield the pieces of one request."""
        client = self._chat.client
        ask = client.generate if "prompt" in self._request else client.chat
        self._got.begin_request()
        with ask(**self._request, stream=True, timeout=self._timeout, cancel=self._cancel) as stream:
            records: Stream[Any] = stream
            for chunk in watched(records, client, self._name, patience_s=self._patience()):
                piece = self._got.take(chunk)
                if piece.text or piece.thinking:
                    self._chat.floor.tell("piece", piece)
                    yield piece

    def _patience(self) -> float:
        if self._chat.patience_s is not None:
            return self._chat.patience_s
        request = self._request
        return patience_for(len(request.get("prompt", "")) + sum(len(message.content or "") for message in request.get("messages", ())))

    def _answer_calls(self) -> bool:
        """Run what may be run, and set the next request; return whether there is one, as the caller has to run what is only described."""
        rounds = self._got.rounds
        for call in rounds[-1].calls:
            if self._chat.toolbox.runs(call.name):
                self._put(self._decided(call))
        if any(call.state == "asks" for call in rounds[-1].calls):
            return False
        self._request["messages"] = [*self._request["messages"], *rounds[-1].messages()]
        return True

    def _decided(self, call: Call) -> Call:
        decision = self._chat.consent.of(call, self._cancel)
        if decision is None:
            self._note = f"{call.name} was not run: give Chat an on_call, or allow_tools=True."
        if decision in (None, "refuse"):
            return replace(call, state="refused", result=REFUSED)
        self._put(replace(call, state="running"))
        return self._chat.toolbox.run(call, self._cancel, self._chat.clock)

    def _put(self, call: Call) -> None:
        """Show a call as it is now."""
        self._got.put(call)
        self._tell_calls()

    def _tell_calls(self) -> None:
        self._chat.floor.tell("calls", self._got.calls)

    def _explained(self, error: OllamaMagicsError) -> OllamaMagicsError:
        """Return the error with what a person has to know of it: pictures that the model cannot see."""
        images = self._place is not None and self._place[0].images
        if images and isinstance(error, ServerFault) and any(piece in error.error.casefold() for piece in _NO_VISION):
            hint = "take the pictures out, or ask a model with vision"
            return ServerFault(
                f"the model {self._asking.model} takes no pictures: {error.message}", status=error.status, error=error.error, hint=hint
            )
        return error

    def _sentence(self, error: OllamaMagicsError) -> str:
        """Return what happened, and the remedy."""
        if isinstance(error, StreamCut):
            return f"The server closed the connection after {count(self._got.counted, 'token')}."
        parts = [part for part in (error.message, error.hint) if part]
        return " ".join(map(sentence, parts))

    def _finish(self) -> None:
        reason = self._got.final.done_reason
        if self._note == _MANY_CALLS:
            self._end("cut", self._note)
        elif reason == "length":
            self._end("cut", self._length_note())
        else:
            self._end("done", self._note)

    def _length_note(self) -> str:
        limit, final = self._asking.options.get("num_predict"), self._got.final
        if limit is not None and int(limit) >= 0 and final.eval_count and final.eval_count >= int(limit):
            return f"Stopped at num_predict {limit}. The answer is not finished."
        return f"Stopped after {final.eval_count or 0} tokens, at a limit. The answer is not finished."

    def _end(self, state: State, note: str, error: str = "") -> None:
        if state in ("stopped", "error"):
            self._got.leave_calls()
        answer = self._compose(state, note, error)
        if state in ("done", "cut"):
            answer = self._completed(answer)
        self._answer = answer
        assert self._place is not None
        self._chat.floor.give(self._place[1], answer)
        self._over.set()
        if self._asking.made_by is None:
            self._chat.record(answer)

    def _completed(self, answer: Answer) -> Answer:
        """Return a whole answer with its data, and with what the server left out of the question."""
        if self._chat.format is not None and answer.state == "done":
            try:
                answer = replace(answer, value=value_of(self._chat.format, answer.closing))
            except ValueError as exc:
                answer = replace(answer, note=answer.note or f"The answer is not what the format asks for: {str(exc).splitlines()[0]}.")
        answer = self._shifted(answer)
        before = self._above()
        if self.exchange.raw or not limits.may_be_cut(answer.stats, before, self.exchange, self._chat.examples):
            return answer
        prompt = limits.rendered(self._chat.client, self._request)
        if prompt is None:
            return answer
        tokens = answer.stats.prompt_tokens or 0
        return replace(answer, cut=limits.cut_of(prompt, tokens, before, self.exchange.question, self._chat.examples))

    def _shifted(self, answer: Answer) -> Answer:
        """Return an answer that went past the context with a note that says so: what it was made from was given up on the way."""
        used, size = answer.stats.context_used, answer.stats.context_size
        if not limits.went_past(used, size):
            return answer
        note = answer.note or f"The answer went past num_ctx {size}: the server gave up the oldest text while it was written."
        return replace(answer, note=note, stats=replace(answer.stats, context_used=size))

    def _compose(self, state: State, note: str, error: str = "") -> Answer:
        place = self._place
        ended = state in ("done", "cut")
        size = self._chat.context_size(self._name) if ended else None
        return Answer(
            model=self._asking.model,
            question=place[0].question if place else "",
            images=place[0].images if place else (),
            state=state,
            note=note,
            error=error,
            stats=self._got.stats(ended=ended, context_size=size),
            server=self._chat.server_label,
            version=self._version,
            made_by=self._made_by,
            options=self._asking.options,
            system=self._asking.system,
            **self._got.parts(),
        )


def sentence(text: str) -> str:
    """Return the message of an error, or its hint, as a sentence; an address stays as it is written.

    >>> sentence("no such model"), sentence("http://127.0.0.1:9 hangs"), sentence("did you mean mario?")
    ('No such model.', 'http://127.0.0.1:9 hangs.', 'Did you mean mario?')
    """
    head = text if text.startswith("http") else f"{text[:1].upper()}{text[1:]}"
    return head if head.endswith((".", "?")) else f"{head}."
