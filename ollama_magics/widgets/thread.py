"""The thread of a conversation in a panel: shows a `Chat` as it goes on, whoever speaks in it, and answers the requests of its views."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ollama_magics.display.cards.reading import named
from ollama_magics.display.quantities import count
from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.widgets.panel import Panel
from ollama_magics.widgets.threadstate import Notice, TurnView
from ollama_magics.widgets.turns import branch_note, call_view, cut_view, turn_view

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Call, Chat, Delta, Exchange, Reply

_log = logging.getLogger(__name__)

SETTLING_S = 0.5
"""A rate of less time than this says nothing."""

FIGURES_S = 0.1
"""How often the figures change while an answer comes."""

STOPPING_S = 5.0
"""How long a new answer waits for the end of the one that it replaces."""

Create = Callable[[str], "int | None"]
"""Creates the model of the thread from the text of a cell and returns its version."""


class Thread:
    """Shows a conversation at ``path`` of the state of ``panel``, which holds a `threadstate.ThreadState` there.

    Every view of one chat shows what is said in it, from wherever it is asked; the chat takes one turn at a time.

    Args:
        panel: the panel.
        path: where in its state the thread stands; its requests have the path before their names, for instance ``chat.ask``.
        chat: the conversation.
        create: creates the model from the text of a cell, for the button of the notice; None leaves the button out.
        on_ended: is called when an answer has ended or another branch is open: the saved form has changed.
        only_running: show only the turn that is being answered, as below a cell that asks once.
        clock: seconds, for the rate while an answer comes.
    """

    def __init__(
        self,
        panel: Panel,
        *path: str | int,
        chat: Chat,
        create: Create | None = None,
        on_ended: Callable[[], object] = lambda: None,
        only_running: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.chat = chat
        self._panel, self._path = panel, path
        self._create, self._on_ended, self._only_running = create, on_ended, only_running
        self._clock = clock
        self._shown: list[str] = []
        self._chunks, self._began, self._drawn = 0, 0.0, 0.0
        self._worker: threading.Thread | None = None
        self._answer_requests()
        with chat.floor.lock:
            self._leave: Callable[[], None] = chat.watch(self, asks=True)
            self._draw_all()

    def run(self, reply: Reply, *, replaces: bool = False) -> None:
        """Start an answer and return; it is read in a thread of its own.

        Args:
            replaces: stop the answer that is coming first.

        Raises:
            UsageProblem: an answer is still coming.
        """
        if replaces:
            self.chat.stop(STOPPING_S)
        reply.begin()
        self._worker = threading.Thread(target=_read_out, args=(reply,), name="ollama-magics-chat", daemon=True)
        self._worker.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the answer that was started here has ended; return whether it has."""
        worker = self._worker
        if worker is not None:
            worker.join(timeout_s)
        return worker is None or not worker.is_alive()

    def close(self) -> None:
        """Look on no longer; what is shown stays."""
        leave, self._leave = self._leave, _nothing
        leave()

    def introduce(self) -> None:
        """Show who the model is and what could be asked first, as soon as the server has told; returns at once."""
        threading.Thread(target=self._introduce, name="ollama-magics-introduction", daemon=True).start()

    def refresh(self) -> None:
        """Show the version that answers next, and which answers are of an older one."""
        with self.chat.floor.lock:
            version = self.chat.version
            self._set("version", value=f"v{version}" if version else "")
            for at, exchange in enumerate(self._turns()):
                answer = exchange.answer
                if answer is not None and at < len(self._shown):
                    now = version if answer.model == self.chat.model else None
                    self._set("turns", at, "outdated", value=self.chat.outdated(answer, now))

    def set_before(self, id: str, title: str, answer: str) -> None:
        """Show an earlier answer beside that of a turn, under ``title``."""
        if id in self._shown:
            self._set("turns", self._shown.index(id), "before", value={"title": title, "answer": answer})

    def notify(self, notice: Notice | None) -> None:
        """Show a notice, or take it away."""
        self._set("notice", value=notice)

    # What the chat tells its watchers.

    def begun(self) -> None:
        """Show the turn that has been opened, waiting for its first word."""
        running = self.chat.floor.running
        assert running is not None
        self._chunks = 0
        exchanges = self._turns()
        ids = [exchange.id for exchange in exchanges]
        last = turn_view(self.chat, exchanges[-1], running.answer)
        at = len(ids) - 1
        if ids[:-1] != self._shown[:at] or len(self._shown) > len(ids):
            self._set("turns", value=[*(turn_view(self.chat, exchange) for exchange in exchanges[:-1]), last])
        else:
            self._set("turns", at, value=last)
        self._shown = ids
        for index, exchange in enumerate(exchanges[:-1]):
            self._set("turns", index, "branch_note", value=branch_note(self.chat, exchange))
        self._set("notice", value=None)
        self._set("busy", value=True)

    def piece(self, piece: Delta) -> None:
        """Add a piece of the answer, or of the thinking before it."""
        at, now = len(self._shown) - 1, self._clock()
        if self._chunks == 0:
            self._began = now
            self._drawn = float("-inf")
            self._set("turns", at, "state", value="streaming")
        self._chunks += 1
        self._panel.append(*self._path, "turns", at, "thinking", text=piece.thinking)
        self._panel.append(*self._path, "turns", at, "answer", text=piece.text)
        if now - self._drawn >= FIGURES_S:
            self._drawn = now
            self._set("turns", at, "stats", value=self._figures(now))
        if self._chunks == 1:
            # A person waits for the first word, and much may have been said just before it.
            self._panel.flush()

    def calls(self, calls: tuple[Call, ...]) -> None:
        """Show the calls of tools."""
        self._set("turns", len(self._shown) - 1, "calls", value=[call_view(call) for call in calls])

    def ended(self) -> None:
        """Show how the answer ended."""
        exchange = self._turns()[-1]
        at = len(self._shown) - 1
        for key, value in turn_view(self.chat, exchange).items():
            if key not in ("before", "images"):
                self._set("turns", at, key, value=value)
        self._draw_context()
        self.refresh()
        self._set("busy", value=False)
        self._panel.flush()
        self._on_ended()

    def changed(self) -> None:
        """Show the branch that is open now."""
        self._draw_all()
        self._panel.flush()
        self._on_ended()

    def _draw_all(self) -> None:
        """Show the whole branch, in whatever state it is; the chat is held meanwhile."""
        running, exchanges = self.chat.floor.running, self._turns()
        turns: list[TurnView] = [turn_view(self.chat, exchange) for exchange in exchanges]
        if running is not None and exchanges and running.exchange is exchanges[-1]:
            turns[-1] = turn_view(self.chat, exchanges[-1], running.answer)
            self._chunks = 0
        self._shown = [exchange.id for exchange in exchanges]
        self._set("turns", value=turns)
        self._set("model", value=named(self.chat.model))
        self._set("busy", value=running is not None)
        self._draw_context()
        self.refresh()

    def _draw_context(self) -> None:
        answers = [exchange.answer for exchange in self._turns() if exchange.answer is not None]
        self._set("cut", value=cut_view(answers))
        stats = next((answer.stats for answer in reversed(answers) if answer.stats.context_used is not None), None)
        self._set("context_used", value=stats.context_used if stats else None)
        self._set("context_size", value=stats.context_size if stats else None)

    def _figures(self, now: float) -> str:
        """Return the figures until the server's own come: the count is of pieces, which are tokens nearly always."""
        tokens, spent = count(self._chunks, "token"), now - self._began
        return f"{tokens} · {(self._chunks - 1) / spent:,.0f} tokens/s" if spent >= SETTLING_S else tokens

    def _turns(self) -> list[Exchange]:
        turns = self.chat.turns
        return turns[-1:] if self._only_running else turns

    def _set(self, *path: str | int, value: Any) -> None:
        self._panel.set(*self._path, *path, value=value)

    # What the views ask for.

    def _answer_requests(self) -> None:
        handlers = {
            "ask": self._on_ask,
            "regenerate": lambda params: self.run(self.chat.regenerate(_id(params))),
            "retry": lambda params: self.run(self.chat.retry(_id(params))),
            "edit": lambda params: self.run(self.chat.edit(_id(params), _said(params))),
            "go_on": lambda params: self.run(self.chat.go_on(_id(params))),
            "walk": lambda params: self.chat.walk(_id(params), params.get("which", "answer"), 1 if params.get("step") == 1 else -1),
            "allow": lambda params: self.chat.decide(str(params.get("call", "")), params.get("how", "")),
            "stop": lambda params: self.chat.stop(),
            "reset": lambda params: self.chat.reset(),
            "dismiss": lambda params: self.notify(None),
            "teach": self._on_teach,
            "unteach": self._on_unteach,
            "create": self._on_create,
        }
        prefix = "".join(f"{part}." for part in self._path)
        for method, handler in handlers.items():
            self._panel.on_request(prefix + method, _answering(handler))

    def _on_ask(self, params: Mapping[str, Any]) -> None:
        from ollama_magics.services.conversation.pictures import picture

        given = params.get("images") or []
        images = [picture(str(image.get("data") or image.get("url") or ""), str(image.get("name") or "")) for image in given]
        self.run(self.chat.stream(_said(params, images=bool(images)), images=images))

    def _on_teach(self, params: Mapping[str, Any]) -> dict[str, str]:
        from ollama_magics.services.conversation.teaching import message_lines, taught

        exchange = self.chat.find(_id(params))
        lines = self.chat.teach(exchange.id)
        source = params.get("source")
        if source is None:
            self._mark_taught(exchange, False)
            return {"text": message_lines(lines)}
        new = taught(str(source), lines)
        self._mark_taught(exchange, True)
        actions: list[Any] = [{"label": "Undo", "method": "unteach", "params": {"id": exchange.id}, "cell": True}]
        if self._create is not None:
            actions.append({"label": f"Create {self._next_version()}", "method": "create", "params": {"id": exchange.id}, "cell": True})
        text = "2 MESSAGE lines added to your cell. The model does not know them yet."
        self.notify({"id": exchange.id, "text": text, "actions": actions})
        return {"source": new}

    def _on_unteach(self, params: Mapping[str, Any]) -> dict[str, str]:
        from ollama_magics.services.conversation.teaching import untaught

        exchange = self.chat.find(_id(params))
        source = params.get("source")
        if source is None:
            raise UsageProblem("the cell cannot be reached from here", hint="take the lines out by hand")
        new = untaught(str(source), self.chat.teach(exchange.id))
        self._mark_taught(exchange, False)
        self.notify(None)
        return {"source": new}

    def _mark_taught(self, exchange: Exchange, taught: bool) -> None:
        exchange.taught = taught
        if exchange.id in self._shown:
            self._set("turns", self._shown.index(exchange.id), "taught", value=taught)

    def _on_create(self, params: Mapping[str, Any]) -> None:
        source, create, id = params.get("source"), self._create, _id(params)
        if source is None or create is None:
            raise UsageProblem("the cell cannot be reached from here", hint="run the cell of the model")
        self.notify({"id": id, "text": f"Creating {named(self.chat.model)} …", "actions": []})
        work = threading.Thread(target=self._run_create, args=(create, str(source), id), name="ollama-magics-create", daemon=True)
        self._worker = work
        work.start()

    def _run_create(self, create: Create, source: str, id: str) -> None:
        try:
            version = create(source)
            text = f"{named(self.chat.model)} {f'v{version} ' if version else ''}is created. It knows the lines."
        except OllamaMagicsError as exc:
            text = f"Not created: {exc.message}."
        except Exception as exc:  # the border of the thread: nobody else would hear of it
            _log.exception("a create from a thread failed")
            text = f"Not created: {type(exc).__name__}: {exc}."
        self.notify({"id": id, "text": text, "actions": []})
        self.refresh()
        self._panel.flush()

    def _next_version(self) -> str:
        version = self.chat.version
        return f"v{version + 1}" if version else named(self.chat.model)

    def _introduce(self) -> None:
        from ollama_magics.services.conversation.introduction import introduction

        try:
            found = introduction(self.chat.client, self.chat.asked_as(self.chat.model))
        except OllamaMagicsError:
            return  # an introduction is a courtesy; the first question says what is wrong
        self.chat.examples = found.examples
        self._set("intro", value=found.first_line)
        self._set("suggestions", value=[{"label": label, "text": text} for label, text in found.suggestions])
        self.refresh()


def _nothing() -> None:
    """Do nothing."""


def _answering(handler: Callable[[Mapping[str, Any]], Any]) -> Callable[[Mapping[str, Any]], Any]:
    def answer(params: Mapping[str, Any]) -> Any:
        result = handler(params)
        return True if result is None else result

    return answer


def _id(params: Mapping[str, Any]) -> str:
    return str(params.get("id", ""))


def _said(params: Mapping[str, Any], *, images: bool = False) -> str:
    text = str(params.get("text", ""))
    if not text.strip() and not images:
        raise UsageProblem("there is nothing to send")
    return text


def _read_out(reply: Reply) -> None:
    """Read an answer to its end; the thread shows how it ends."""
    try:
        reply.read()
    except OllamaMagicsError:
        pass  # it is in the answer's note
    except Exception:  # the border of the thread: nobody else would hear of it
        _log.exception("an answer failed")
