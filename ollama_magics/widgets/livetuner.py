"""A tuner in a cell's output: requests change it, a settled change answers the last message again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.services.conversation.partner import new_seed
from ollama_magics.widgets import outputs
from ollama_magics.widgets.pace import Later, later
from ollama_magics.widgets.settling import Settling
from ollama_magics.widgets.thread import STOPPING_S, Thread
from ollama_magics.widgets.tuner import Choices, TunerPanel
from ollama_magics.widgets.tunerrequests import answer_requests
from ollama_magics.widgets.tunerstate import Action, Alert, How
from ollama_magics.widgets.writingback import Cell

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Exchange
    from ollama_magics.services.tuning.tuner import Tuner

_log = logging.getLogger(__name__)

_COUNTING_S = 2.0


class LiveTuner:
    """A model that is tuned below a cell.

    Requests only change what is tried and set work going; what asks the server runs in threads of its own, one after the other.

    Args:
        tuner: what is tuned; it can be used from Python at the same time.
        publisher: where outputs go; None is the running shell's.
        later: runs an action after a delay in seconds.

    Attributes:
        tuner: what is tuned.
        panel: what shows it.
        thread: the conversation beside the knobs.
        choices: what the person has chosen in the panel.
        cell: the person's cell.
    """

    def __init__(self, tuner: Tuner, *, on_each_change: bool = False, publisher: Any = None, later: Later = later) -> None:
        self.tuner = tuner
        self.choices = Choices(mode="create" if on_each_change else "try")
        self.panel = TunerPanel(tuner, self.choices)
        self.thread = Thread(self.panel, "chat", chat=tuner.chat, on_ended=self._ended)
        self.cell = Cell(tuner)
        self._place = outputs.Place(publisher)
        self._open = False
        self._settling = Settling(self._settled, later=later)
        self._working = threading.Lock()
        self._under_way, self._works = threading.Condition(), 0
        self._stopped = False
        self._counts: bool | None = None
        self._leave = tuner.watch(self._noticed)
        self.panel.on_cancel(tuner.chat.stop)
        answer_requests(self)

    def show(self) -> None:
        """Show the panel in the running cell."""
        self._place.show(self._bundle())
        self._open = True
        self.thread.introduce()

    def close(self) -> None:
        """Leave what was tuned where the panel was, and delete the draft."""
        self._open = False
        self._settling.drop()
        self._leave()
        self.tuner.chat.stop()
        self.thread.close()
        self.tuner.close()
        self._place.show(outputs.saved(self.tuner.card()))
        self.panel.close()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the work that is under way and for the answer that is coming; return whether they have ended."""
        while self._idle_within(timeout_s) and self.thread.wait(timeout_s):
            # The end of an answer may have set more work going.
            if self._idle_within(0):
                return True
        return False

    def _idle_within(self, timeout_s: float | None) -> bool:
        with self._under_way:
            return self._under_way.wait_for(lambda: self._works == 0, timeout_s)

    def refresh(self) -> None:
        """Show what is true now."""
        self.panel.refresh()

    def saved(self) -> dict[str, Any]:
        """Return the saved form."""
        return outputs.saved(self.tuner.card())

    def changed(self, how: How) -> None:
        """Take in that something was changed: an answer of what was before stops, and the change is settled soon."""
        is_new = self.tuner.state.tried.commands != self.tuner.asked
        if not is_new and not self._stopped and how != "enter":
            self._settling.drop()
            return
        if is_new and self.choices.when == "pause" and self.tuner.chat.floor.running is not None:
            self._stopped = True
            self.tuner.chat.stop()
        self._settling.changed(how, self.choices.when)
        self._count_soon()

    def alert(self, text: str, detail: str = "", *actions: Action) -> None:
        """Show something that has to be read before going on."""
        self.choices.alert = Alert(text=text, detail=detail, actions=list(actions))
        self.refresh()

    def dismiss(self) -> None:
        """Take the alert away."""
        self.choices.alert = None
        self.refresh()

    def answer_again(self) -> None:
        """Answer the last message again now; returns at once."""
        self._settling.drop()
        self._start(self._answer)

    def create(self, *, anyway: bool = False) -> bool:
        """Store what is tried; returns at once, False when there is nothing to store or it is being stored already."""
        if self.choices.busy == "creating" or not (self.tuner.changes or anyway):
            return False
        self.choices.busy = "creating"
        self.dismiss()
        self._start(lambda: self._create(anyway=anyway))
        return True

    def restore(self, version: int, *, discard: bool = False) -> bool:
        """Create the model again as it was in a version; returns at once, False when it has to be asked first."""
        changes = len(self.tuner.changes)
        if changes and not discard:
            noun = "1 change" if changes == 1 else f"{changes} changes"
            label = f"Restore v{version}, discard {noun}"
            keep: Action = {"label": "Keep", "method": "alert", "params": {}}
            restore: Action = {"label": label, "method": "restore", "params": {"version": version, "discard": True}}
            self.alert(f"{noun[:1].upper()}{noun[1:]} would be lost.", "", restore, keep)
            return False
        if self.choices.busy == "creating":
            return False
        self.choices.busy = "creating"
        self.dismiss()
        self._start(lambda: self._stored(lambda: self.tuner.restore(version)))
        return True

    def look(self) -> None:
        """See whether the model has changed elsewhere; returns at once."""
        self._start(self._look)

    def read_again(self) -> None:
        """Read what the server holds now and go on with the same changes on it; returns at once."""
        self.dismiss()
        self._start(self._read_again)

    def another_seed(self) -> None:
        """Try another seed."""
        seed = new_seed() % 1_000_000
        self.tuner.change(lambda tuning: tuning.set_parameter("seed", seed))
        self.changed("enter" if self.choices.when != "button" else "typing")

    def _settled(self) -> None:
        if self.choices.mode == "create":
            self._start(self._create_and_answer)
        else:
            self._start(self._answer)

    def _start(self, work: Callable[[], object]) -> None:
        """Run work in a thread; work that is wanted while other work runs comes after it."""

        def run() -> None:
            try:
                with self._working:
                    work()
            except Exception as exc:  # the border of the thread: nobody else would hear of it
                _log.exception("work of a tuner failed")
                self.alert(f"{type(exc).__name__}: {exc}")
            finally:
                with self._under_way:
                    self._works -= 1
                    self._under_way.notify_all()

        with self._under_way:
            self._works += 1
        threading.Thread(target=run, name="ollama-magics-tuner", daemon=True).start()

    def _answer(self) -> None:
        """Answer the last message with what is tried now, the answer before beside it."""
        if not self.tuner.chat.turns:
            return
        if not self.tuner.chat.stop(STOPPING_S):
            return
        exchange = self.tuner.chat.find()
        before = _before(exchange)
        try:
            reply = self.tuner.chat.regenerate(exchange.id)
        except OllamaMagicsError as exc:
            if exc.details.get("elsewhere"):
                self._told_elsewhere(exc.message)
            else:
                self.alert(f"Not tried: {exc.message}.", str(getattr(exc, "error", "")))
            return
        self._stopped = False
        self.thread.run(reply)
        if before is not None:
            self.thread.set_before(exchange.id, *before)
        self.refresh()

    def _create_and_answer(self) -> None:
        if not self.tuner.changes or self._create():
            self._answer()

    def _create(self, *, anyway: bool = False) -> bool:
        return self._stored(lambda: self.tuner.create(anyway=anyway))

    def _stored(self, create: Callable[[], object]) -> bool:
        """Store something; return whether it is stored. What went wrong is told, with what is true now."""
        self.choices.busy = "creating"
        self.refresh()
        try:
            create()
            self.cell.forget()
            self.choices.alert = None
        except OllamaMagicsError as exc:
            self._not_created(exc)
            return False
        finally:
            self.choices.busy = ""
            self.refresh()
        self.thread.refresh()
        self._keep()
        return True

    def _not_created(self, error: OllamaMagicsError) -> None:
        tuner = self.tuner
        if error.details.get("elsewhere"):
            self._told_elsewhere(error.message, can_create=True)
            return
        words = str(getattr(error, "error", "") or getattr(error, "upstream", "") or "")
        hint = f" {error.hint[:1].upper()}{error.hint[1:]}." if error.hint else ""
        # A model's name is written as it is, also at the start of a sentence.
        message = error.message if error.message.startswith(tuner.name) else f"{error.message[:1].upper()}{error.message[1:]}"
        text = f"{message}.{hint} {tuner.name} is still {tuner.stored.label}."
        self.alert(text, words)

    def _told_elsewhere(self, news: str, *, can_create: bool = False) -> None:
        again: Action = {"label": "Read it again", "method": "read_again", "params": {}}
        anyway: Action = {"label": "Create anyway", "method": "create", "params": {"anyway": True}}
        gone = "any more" in news
        actions = [*([] if gone else [again]), *([anyway] if can_create or gone else [])]
        self.alert(f"{news[:1].upper() if gone else news[:1]}{news[1:]}.", "", *actions)

    def _noticed(self) -> None:
        """Something was changed, here or by another tuner of the same model."""
        news = self.tuner.newer if self.choices.busy != "creating" else ""
        if news:
            self._told_elsewhere(news)
        else:
            self.refresh()

    def _count_soon(self) -> None:
        """Let the server count the tokens of the texts that are shown, where it can."""
        counter, state = self.choices.counter, self.tuner.state
        said = "\n".join(row.text for row in state.examples if row.is_used)
        texts = [text for text in (self.tuner.system, self.tuner.stored.parts.system, said) if counter.known(text) is None]
        if texts and self._counts is not False:
            self._start(lambda: self._count(texts))

    def _count(self, texts: list[str]) -> None:
        client = self.tuner.client
        try:
            if self._counts is None:
                self._counts = bool(client.built_in(timeout=_COUNTING_S).version)
            counts = client.count_tokens(self.tuner.name, texts, timeout=_COUNTING_S) if self._counts else None
        except OllamaMagicsError:
            return  # a figure is no reason to trouble anybody
        if counts:
            for text, tokens in zip(texts, counts, strict=True):
                self.choices.counter.told(text, tokens)
            self.refresh()

    def _look(self) -> None:
        news = self.tuner.look()
        if news and self.choices.busy != "creating":
            self._told_elsewhere(news)

    def _read_again(self) -> None:
        try:
            self.tuner.read_again()
        except OllamaMagicsError as exc:
            self.alert(f"{exc.message}.", "")
            return
        self.cell.forget()
        self.thread.refresh()

    def _ended(self) -> None:
        """An answer has ended, or another branch is open: learn from its figures, keep it in the notebook, look at the server."""
        answers = self.tuner.chat.answers
        if answers and answers[-1].stats.prompt_tokens:
            texts = [str(message.content or "") for message in self.tuner.chat.messages[:-1]]
            texts += [self.tuner.system, *(message["content"] for message in self.tuner.messages)]
            self.choices.counter.learn("\n".join(texts), answers[-1].stats.prompt_tokens)
        self.refresh()
        self._keep()
        self._start(self._look)
        self._count_soon()

    def _keep(self) -> None:
        """Keep the saved form in the notebook as it is now."""
        if self._open:
            self._place.show(self._bundle())

    def _bundle(self) -> dict[str, Any]:
        return outputs.live(self.panel.model_id, self.tuner.card())


def _before(exchange: Exchange) -> tuple[str, str] | None:
    """Return title and text of the last whole answer to a question, of a stopped one where there is none."""
    answers = [answer for answer in exchange.answers if answer.text]
    whole = [answer for answer in answers if answer.state in ("done", "cut")]
    last = (whole or answers)[-1:]
    return (f"Before: {last[0].made_by.replace(' · ', ', ')}", last[0].text) if last else None
