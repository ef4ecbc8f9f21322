"""An answer while it comes: streamed pieces, rounds of tool calls, figures, and the end, whatever it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.stuck import patience_for, watched
from ollama_magics.errors import Cancelled, OllamaMagicsError, ServerFault
from ollama_magics.services.conversation import limits
from ollama_magics.services.conversation.answer import BETWEEN_ROUNDS, Answer, Call, Delta, Round, State, Stats, joined
from ollama_magics.services.conversation.forms import value_of
from ollama_magics.services.conversation.partner import conversation
from ollama_magics.services.conversation.tools import MOST_ROUNDS, REFUSED, asked_calls, left
from ollama_magics.services.conversation.tree import Exchange, Fork
from ollama_magics.wire.types import ChatResponse, GenerateResponse, Message

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.client.stream import Stream
    from ollama_magics.services.conversation.chat import Chat

_NOT_CONTINUED = "The server began a new answer instead of going on: the model's template ends the answer there."
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
        self._clock = chat.clock
        self._place: tuple[Exchange, Fork] | None = None
        self._began = 0.0
        self._first: float | None = None
        self._thought_until: float | None = None
        onward = asking.onward
        self._rounds = list(onward.rounds) if onward else []
        self._text = [onward.closing] if onward else []
        self._thinking = [onward.thinking] if onward and onward.thinking else []
        self._thoughts = (onward.thought_tokens or 0) if onward else 0
        self._tokens = onward.stats.tokens if onward else None
        self._round_thinking: list[str] = []
        self._thinks = False
        self._asked: list[Any] = []
        self._final: ChatResponse | GenerateResponse = ChatResponse()
        self._request: dict[str, Any] = {}
        self._made_by = asking.made_by or ""
        self._version: int | None = None
        self._note = ""
        self._apart = False
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
                self._began = self._clock()
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
            self._end("error", _sentence(told), getattr(told, "error", ""))
            if told is exc:
                raise
            raise told from exc
        except BaseException as exc:
            self._end("error", f"{type(exc).__name__}: {exc}")
            raise
        self._finish()

    def _prepare(self) -> None:
        """Set the request and who answers it; asks the server only for an answer that is gone on with."""
        chat, asking, exchange = self._chat, self._asking, self.exchange
        client = chat.client
        self._made_by = asking.made_by if asking.made_by is not None else chat.made_by(asking.model, asking.options)
        self._version = chat.version_of(asking.model)
        self._request = chat.fields(asking.model, asking.options)
        if exchange.raw:
            self._request |= {"prompt": exchange.question, "raw": True, "images": exchange.asked().images}
            return
        messages = [*conversation(asking.system, self._above()), exchange.asked()]
        self._request["messages"] = [*messages, *(message for part in self._rounds for message in part.messages())]
        if asking.onward is not None and asking.onward.closing:
            self._go_on(client, asking.onward)

    def _go_on(self, client: Client, onward: Answer) -> None:
        self._request["messages"].append(Message(role="assistant", content=onward.closing))
        if onward.thinking:
            # An engine that lets the model think first cannot go on with what it wrote.
            self._request["think"] = False
        if limits.goes_on(limits.rendered(client, self._request), onward.closing) is False:
            self._note, self._apart = _NOT_CONTINUED, True

    def _above(self) -> list[Exchange]:
        with self._chat.floor.lock:
            return self._chat.floor.tree.before(self.exchange)

    def _answer_in_rounds(self) -> Generator[Delta]:
        for _ in range(MOST_ROUNDS):
            yield from self._stream()
            calls = asked_calls(self._asked, 1 + len(self._calls))
            if not calls:
                return
            self._take_round(calls)
            if not self._answer_calls():
                return
        self._note = _MANY_CALLS

    def _stream(self) -> Generator[Delta]:
        """Yield the pieces of one request."""
        client = self._chat.client
        ask = client.generate if "prompt" in self._request else client.chat
        self._asked = []
        with ask(**self._request, stream=True, timeout=self._timeout, cancel=self._cancel) as stream:
            records: Stream[Any] = stream
            for chunk in watched(records, client, self._asking.model, patience_s=self._patience()):
                piece = self._take(chunk)
                if piece.text or piece.thinking:
                    self._chat.floor.tell("piece", piece)
                    yield piece
        if self._final.eval_count:
            self._tokens = (self._tokens or 0) + self._final.eval_count

    def _patience(self) -> float:
        if self._chat.patience_s is not None:
            return self._chat.patience_s
        request = self._request
        return patience_for(len(request.get("prompt", "")) + sum(len(message.content or "") for message in request.get("messages", ())))

    def _take(self, chunk: ChatResponse | GenerateResponse) -> Delta:
        now = self._clock()
        said = chunk.get("message") or {}
        text, thinking = said.get("content") or chunk.get("response") or "", said.get("thinking") or chunk.get("thinking") or ""
        self._asked += said.get("tool_calls") or []
        self._final = chunk
        if self._first is None and (text or thinking):
            self._first = now - self._began
        if text and self._thinks and self._thought_until is None:
            self._thought_until = now
        return Delta(self._take_text(text), self._take_thinking(thinking))

    def _take_thinking(self, thinking: str) -> str:
        """Take a piece of thinking and return it as it goes on what was shown before."""
        if not thinking:
            return ""
        self._thoughts += 1
        self._thinks = True
        shown = BETWEEN_ROUNDS + thinking if self._thinking and not self._round_thinking else thinking
        self._round_thinking.append(thinking)
        self._thinking.append(shown)
        return shown

    def _take_text(self, text: str) -> str:
        """Take a piece of text and return it as it goes on what was shown before: a new round, or a new answer, stands apart."""
        if not text:
            return ""
        opens_round = not any(self._text) and any(part.text for part in self._rounds)
        if self._apart:
            self._apart = False
            text = BETWEEN_ROUNDS + text
        self._text.append(text)
        return BETWEEN_ROUNDS + text if opens_round else text

    def _take_round(self, calls: tuple[Call, ...]) -> None:
        self._rounds.append(Round("".join(self._text), "".join(self._round_thinking), calls))
        self._text, self._round_thinking = [], []
        self._chat.floor.tell("calls", self._calls)

    @property
    def _calls(self) -> tuple[Call, ...]:
        return tuple(call for part in self._rounds for call in part.calls)

    def _answer_calls(self) -> bool:
        """Run what may be run, and set the next request; return whether there is one, as the caller has to run what is only described."""
        asked = self._rounds[-1].calls
        for call in asked:
            if self._chat.toolbox.runs(call.name):
                self._put(self._decided(call))
        if any(call.state == "asks" for call in self._rounds[-1].calls):
            return False
        self._request["messages"] = [*self._request["messages"], *self._rounds[-1].messages()]
        return True

    def _decided(self, call: Call) -> Call:
        decision = self._chat.consent.of(call, self._cancel)
        if decision is None:
            self._note = f"{call.name} was not run: give Chat an on_call, or allow_tools=True."
        if decision in (None, "refuse"):
            return replace(call, state="refused", result=REFUSED)
        self._put(replace(call, state="running"))
        return self._chat.toolbox.run(call, self._cancel, self._clock)

    def _put(self, call: Call) -> None:
        """Show a call as it is now."""
        last = self._rounds[-1]
        self._rounds[-1] = replace(last, calls=tuple(call if old.id == call.id else old for old in last.calls))
        self._chat.floor.tell("calls", self._calls)

    def _explained(self, error: OllamaMagicsError) -> OllamaMagicsError:
        """Return the error with what a person has to know of it: pictures that the model cannot see."""
        images = self._place is not None and self._place[0].images
        if images and isinstance(error, ServerFault) and "multimodal" in error.error.casefold():
            hint = "take the pictures out, or ask a model with vision"
            return ServerFault(
                f"the model {self._asking.model} takes no pictures: {error.message}", status=error.status, error=error.error, hint=hint
            )
        return error

    def _finish(self) -> None:
        reason = self._final.done_reason or ""
        if self._note == _MANY_CALLS:
            self._end("cut", self._note)
        elif reason == "length":
            self._end("cut", self._length_note())
        else:
            self._end("done", self._note)

    def _length_note(self) -> str:
        limit, final = self._asking.options.get("num_predict"), self._final
        if limit is not None and int(limit) >= 0 and final.eval_count and final.eval_count >= int(limit):
            return f"Stopped at num_predict {limit}. The answer is not finished."
        return f"Stopped after {final.eval_count or 0} tokens, at a limit. The answer is not finished."

    def _end(self, state: State, note: str, error: str = "") -> None:
        if state in ("stopped", "error"):
            self._rounds = [replace(part, calls=tuple(map(left, part.calls))) for part in self._rounds]
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
        return Answer(
            model=self._asking.model,
            question=place[0].question if place else "",
            text=joined([*(part.text for part in self._rounds), "".join(self._text)]),
            thinking="".join(self._thinking),
            thought_s=self._thought_s,
            thought_tokens=self._thoughts or None,
            state=state,
            done_reason=self._final.done_reason or "",
            note=note,
            error=error,
            stats=self._stats(ended=state in ("done", "cut")),
            server=self._chat.server_label,
            final=self._final,
            images=place[0].images if place else (),
            rounds=tuple(self._rounds),
            version=self._version,
            made_by=self._made_by,
            options=self._asking.options,
            system=self._asking.system,
        )

    @property
    def _thought_s(self) -> float | None:
        if self._thought_until is not None:
            return self._thought_until - self._began
        return self._asking.onward.thought_s if self._asking.onward else None

    def _stats(self, *, ended: bool) -> Stats:
        final = self._final
        tokens, prompt, spent = final.eval_count, final.prompt_eval_count, final.eval_duration
        return Stats(
            tokens=self._tokens,
            tokens_per_s=tokens * 1e9 / spent if tokens and spent else None,
            prompt_tokens=prompt,
            first_s=self._first,
            total_s=self._clock() - self._began,
            load_s=final.load_duration / 1e9 if final.load_duration else None,
            context_used=(prompt or 0) + (tokens or 0) if ended and (prompt or tokens) else None,
            context_size=self._chat.context_size(self._asking.model) if ended else None,
        )


def _sentence(error: OllamaMagicsError) -> str:
    return f"{error.message[:1].upper()}{error.message[1:]}."
