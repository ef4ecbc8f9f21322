"""The tuner's panel: its whole state, made of a `Tuner` and of what the person has chosen in the panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ollama_magics.display.quantities import count, moment
from ollama_magics.services.changes import words as change_words
from ollama_magics.services.tuning.counting import Counter
from ollama_magics.widgets.panel import Panel
from ollama_magics.widgets.threadstate import new_thread
from ollama_magics.widgets.tunerparams import params
from ollama_magics.widgets.tunerstate import Alert, Mode, Param, VersionRow, When, Words
from ollama_magics.widgets.tunertexts import examples, modelfile_tab, system

if TYPE_CHECKING:
    from ollama_magics.services.tuning.tuner import Tuner
    from ollama_magics.services.versionstore import Version

_VERSIONS_SHOWN = 50
_NAMED = 2


@dataclass
class Choices:
    """What belongs to the panel and not to the model.

    Attributes:
        mode: where a settled change goes.
        when: when it is answered.
        busy: whether something is being stored.
        alert: what has to be read.
        has_cell: whether there is a cell to write back to.
        counter: estimates tokens.
    """

    mode: Mode = "try"
    when: When = "pause"
    busy: Literal["", "creating"] = ""
    alert: Alert | None = None
    has_cell: bool = False
    counter: Counter = field(default_factory=Counter)


class TunerPanel(Panel):
    """The panel of a model that is tuned. It shows; what its requests do is `ollama_magics.widgets.livetuner.LiveTuner`'s.

    Args:
        tuner: what is tuned.
        choices: what the person has chosen in the panel.
    """

    def __init__(self, tuner: Tuner, choices: Choices, **options: Any) -> None:
        self._tuner, self._choices = tuner, choices
        self._history: tuple[object, list[VersionRow]] = (None, [])
        chat = new_thread(tuner.name, version=tuner.stored.label, server=tuner.stored.server.label, composer=True)
        super().__init__("tuner", {**self._state(), "chat": dict(chat)}, **options)

    def refresh(self) -> None:
        """Show what is true now."""
        with self._tuner.lock:
            state = self._state()
        rows = state.pop("params")
        for key, value in state.items():
            self.set(key, value=value)
        if [row["name"] for row in rows] == [row["name"] for row in self.state.value("params")]:
            for place, row in enumerate(rows):
                self.set("params", place, value=row)
        else:
            self.set("params", value=rows)

    def _state(self) -> dict[str, Any]:
        tuner, choices = self._tuner, self._choices
        stored, tuning = tuner.stored, tuner.state
        changes, rows = len(tuner.changes), params(tuner.state)
        drafted = bool(tuner.plan.why_draft)
        following = f"v{stored.version.number + 1}"
        return {
            "model": tuner.name,
            "version": stored.label,
            "next_version": following,
            "server": stored.server.label,
            "teaching": stored.teaching,
            "testing": tuner.testing,
            "drafted": drafted,
            "changes": changes,
            "can_create": bool(changes) and choices.busy != "creating",
            "mode": choices.mode,
            "answer_again": choices.when,
            "busy": choices.busy or ("answering" if tuner.chat.floor.running is not None else ""),
            "alert": choices.alert,
            "elsewhere": _elsewhere(tuner),
            "has_cell": choices.has_cell,
            "words": _words(changes, following, drafted, rows, choices),
            "system": system(tuning, choices.counter),
            "examples": examples(tuning, choices.counter),
            "params": rows,
            "modelfile": modelfile_tab(tuning),
            "history": self._versions(),
        }

    def _versions(self) -> list[VersionRow]:
        known = self._tuner.versions()
        on_server = self._tuner.stored.version.number
        key = [(version.number, version.label) for version in known], on_server
        if self._history[0] != key:
            shown = known[-_VERSIONS_SHOWN:]
            pairs = zip([known[-_VERSIONS_SHOWN - 1] if len(known) > _VERSIONS_SHOWN else None, *shown], shown, strict=False)
            self._history = key, [_version(before, version, on_server) for before, version in pairs][::-1]
        return self._history[1]


def _version(before: Version | None, version: Version, on_server: int) -> VersionRow:
    return VersionRow(
        version=version.number,
        label=version.label,
        words=change_words(before, version),
        at=moment(version.created_at, datetime.now().astimezone()),
        on_server=version.number == on_server,
        can_restore=version.number != on_server and bool(version.modelfile),
    )


def _elsewhere(tuner: Tuner) -> str:
    if not tuner.others:
        return ""
    return f"{tuner.name} is tuned elsewhere in this notebook too. What is created there has to be read again here."


def _words(changes: int, following: str, drafted: bool, rows: list[Param], choices: Choices) -> Words:
    waiting = [row["name"] for row in rows if row["waits"]]
    hidden = [row["name"] for row in rows if not row["often"]]
    changed = count(changes, "change")
    return Words(
        dirty=f"{changed} not stored" if changes else "",
        dirty_short=f"{changes} not stored" if changes else "",
        create=f"Create {following}",
        write_back="Write back to my cell" if choices.has_cell else "Put into a new cell",
        discard=f"Discard {changed}" if changes else "",
        foot=_foot(drafted, choices.mode),
        hint=_hint(choices.when),
        find=f"Find one of {len(hidden)} more: {', '.join(hidden[:_NAMED])}, …" if hidden else "Find a parameter",
        waits=f"{' and '.join(waiting)} {'reloads' if len(waiting) == 1 else 'reload'} the model: press Enter" if waiting else "",
    )


def _foot(drafted: bool, mode: Mode) -> str:
    if mode == "create":
        return "Create on each change: every settled change is the next version at once."
    if drafted:
        return "Try first: changes are tested as a draft model, deleted afterwards. Create stores them."
    return "Try first: changes go with each request. Create stores them."


def _hint(when: When) -> str:
    if when == "pause":
        return "A changed knob answers the last message again."
    return "Enter in a field answers the last message again." if when == "enter" else "Ctrl+Enter answers the last message again."
