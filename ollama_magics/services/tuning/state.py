"""What is tried: the stored Modelfile, the places that were changed in it, and what was typed and cannot be used.

The text that is tried is always made anew from the text that was read and the changes, in one edit: what is taken back is exactly as
it was, and comments, order and layout stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import Modelfile, parse
from ollama_magics.modelfile.edit import Command, edited, list_edited, place_for
from ollama_magics.modelfile.printable import dropped_in
from ollama_magics.modelfile.quoting import spell, why_not
from ollama_magics.modelfile.views import parameter_text
from ollama_magics.services.tuning.parts import parameters_of
from ollama_magics.services.tuning.stored import Stored
from ollama_magics.services.tuning.values import typed_value, unknown_parameter
from ollama_magics.wire.options import OPTIONS

REMOVED = object()
"""The value of a parameter that is taken out of the Modelfile."""

SYSTEM, EXAMPLES = "system", "examples"


@dataclass(frozen=True)
class Typed:
    """What stands in a field and is not used: because of a ``problem``, or, without one, because it waits for Enter."""

    text: str
    value: Any = None
    problem: str = ""


@dataclass
class Row:
    """One MESSAGE as it is edited; ``problem`` says why it is not used. An empty one is not used yet."""

    id: str
    role: str
    text: str
    problem: str = ""

    @property
    def is_used(self) -> bool:
        """Whether it is a MESSAGE line of what is tried."""
        return bool(usable(self.text)) and not self.problem


class Tuning:
    """The changes that are tried on a stored model. It asks no server.

    Attributes:
        stored: the model as it was read.
        home: what is gone back to: the stored text, or the person's cell where it makes the same.
        base: the text that is edited; ``home``, unless another text was taken over whole.
        tried: the text with the changes.
        parameters: the changed ones; `REMOVED` for one that is taken out.
        typed: what stands in fields and is not used, by parameter.
        system: the text of the editor, None while it is as stored.
        system_problem: why the editor's text cannot be used.
        rows: the MESSAGE lines as they are edited, None while they are as stored.
        in_cell: whether ``home`` is known to stand in a cell of the person.
    """

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.home = self.base = stored.modelfile
        self.tried: Modelfile = stored.modelfile
        self.parameters: dict[str, Any] = {}
        self.typed: dict[str, Typed] = {}
        self.system: str | None = None
        self.system_problem = ""
        self.rows: list[Row] | None = None
        self.in_cell = False
        self._ids = count(1)
        self._stored_rows = self._rows_of(self.base)

    def read_again(self, stored: Stored) -> None:
        """Go on with the same changes on what is stored now."""
        self.stored, self.in_cell, self.home = stored, False, stored.modelfile
        self._rebase(stored.modelfile)

    def adopt(self, source: str) -> bool:
        """Edit the person's own text from now on if it makes what is stored; return whether it does."""
        cell = parse(source)
        same = cell.commands == self.stored.modelfile.commands and cell.verdict.error is None
        if same:
            self.home, self.in_cell = cell, True
            self._rebase(cell)
        return same

    def take_over(self, text: str) -> None:
        """Try exactly this text: the changes are its differences from what is stored."""
        self._forget()
        self._rebase(parse(text))

    def discard(self) -> None:
        """Go back to what is stored."""
        self._forget()
        self._rebase(self.home)

    def _forget(self) -> None:
        self.parameters.clear()
        self.typed.clear()
        self.system, self.system_problem, self.rows = None, "", None

    @property
    def changes(self) -> list[str]:
        """The names of the places that differ from what is stored: parameters, ``system``, ``examples``, other instructions."""
        ours, theirs = self.tried, self.stored.modelfile
        mine, stored = parameters_of(ours), parameters_of(theirs)
        names = [name for name in OPTIONS if mine.get(name) != stored.get(name)]
        others = {name: (ours.values_of(name), theirs.values_of(name)) for name, _ in (*ours.commands, *theirs.commands)}
        names += [SYSTEM] if ours.system != theirs.system else []
        names += [EXAMPLES] if ours.messages != theirs.messages else []
        apart = {*OPTIONS, "system", "message"}
        return names + [name for name, (new, old) in others.items() if name not in apart and new != old]

    def set_parameter(self, name: str, value: Any, *, settled: bool = True) -> None:
        """Try a value, as typed or as JSON; a wrong one, and one that reloads the model before it is ``settled``, stays in its field.

        Raises:
            UsageProblem: there is no such parameter.
        """
        if name not in OPTIONS:
            raise unknown_parameter(name)
        try:
            read = typed_value(name, value)
        except UsageProblem as exc:
            self.typed[name] = Typed(str(value), problem=f"{exc.message}.")
            return
        if not settled and OPTIONS[name].load_time:
            self.typed[name] = Typed(str(value), read)
            if read == parameters_of(self.tried).get(name):
                del self.typed[name]
            return
        self.typed.pop(name, None)
        self._change(name, REMOVED if read == [] else read)

    def remove_parameter(self, name: str) -> None:
        """Try the model without its own value of a parameter."""
        self.typed.pop(name, None)
        self._change(name, REMOVED)

    def _change(self, name: str, value: Any) -> None:
        before = dict(self.parameters)
        self.parameters.pop(name, None)
        if parameters_of(self.base).get(name, REMOVED) != value:
            self.parameters[name] = value
        self._apply_or(lambda: setattr(self, "parameters", before))

    def set_system(self, text: str) -> None:
        """Try a system prompt; empty takes it out. Characters that a Modelfile cannot hold stay in the editor and are not used."""
        before = self.system, self.system_problem
        kept = self.usable(text)
        self.system_problem = "" if kept == "" or self._can_hold(kept) else f"Not used, a Modelfile cannot hold it: {why_not(kept)}."
        self.system = None if text == (self.base.system or "") else text
        if not self.system_problem:
            self._apply_or(lambda: self._system_was(*before))

    def usable(self, text: str) -> str:
        """Return a text as it can be stored: whole where the Modelfile has escapes of ours, else without what Ollama's parser drops."""
        return text if self.base.escapes else usable(text)

    def _can_hold(self, text: str) -> bool:
        return spell(text, escapes=self.base.escapes) is not None

    def _system_was(self, text: str | None, problem: str) -> None:
        self.system, self.system_problem = text, problem

    @property
    def examples(self) -> list[Row]:
        """The MESSAGE lines as rows; the base's where the Modelfile has none."""
        return self.rows if self.rows is not None else self._stored_rows

    @property
    def examples_inherited(self) -> bool:
        """Whether the rows are the base's."""
        return self.rows is None and not self.base.messages and bool(self._stored_rows)

    def set_example(self, ident: str, role: str | None = None, text: str | None = None) -> None:
        """Try a message with another role or text."""
        rows = self._own_rows()
        row = self._row(rows, ident)
        row.role, row.text = role or row.role, row.text if text is None else text
        self._set_rows(rows)

    def add_example(self, after: str | None = None) -> str:
        """Add a question and its answer, both empty and so not used yet; return the id of the question."""
        rows = self._own_rows()
        at = rows.index(self._row(rows, after)) + 1 if after else len(rows)
        pair = [Row(self._new_id(), role, "") for role in ("user", "assistant")]
        rows[at:at] = pair
        self._set_rows(rows)
        return pair[0].id

    def move_example(self, ident: str, to: int) -> None:
        """Put a message at another place."""
        rows = self._own_rows()
        row = self._row(rows, ident)
        rows.remove(row)
        rows.insert(max(0, min(to, len(rows))), row)
        self._set_rows(rows)

    def remove_example(self, ident: str) -> str | None:
        """Take a message out; return the id of the one that stands in its place now."""
        rows = self._own_rows()
        at = rows.index(self._row(rows, ident))
        del rows[at]
        self._set_rows(rows)
        return rows[min(at, len(rows) - 1)].id if rows else None

    def set_messages(self, messages: Sequence[tuple[str, str]]) -> None:
        """Try exactly these messages."""
        self._set_rows([Row(self._new_id(), role, text) for role, text in messages])

    def reset(self, name: str) -> None:
        """Go one step back: what is tried becomes what is stored, what is stored is taken out of the Modelfile."""
        if name == SYSTEM:
            theirs = self.stored.modelfile.system or ""
            tried = self.system is not None or (self.tried.system or "") != theirs
            self.set_system(theirs if tried else "")
        elif name == EXAMPLES:
            theirs_too = [(message["role"], message["content"]) for message in self.stored.modelfile.messages]
            tried = self.rows is not None or self.tried.messages != self.stored.modelfile.messages
            self.set_messages(theirs_too if tried else [])
        elif self.typed.pop(name, None) is None:
            before = parameters_of(self.stored.modelfile).get(name, REMOVED)
            now = parameters_of(self.tried).get(name, REMOVED)
            self._change(name, before if now != before else REMOVED)

    def _own_rows(self) -> list[Row]:
        return [Row(row.id, row.role, row.text) for row in self.examples]

    def _row(self, rows: list[Row], ident: str) -> Row:
        for row in rows:
            if row.id == ident:
                return row
        raise UsageProblem(f"there is no message {ident}", hint="it was removed meanwhile")

    def _new_id(self) -> str:
        return f"e{next(self._ids)}"

    def _rows_of(self, modelfile: Modelfile) -> list[Row]:
        own = [(message["role"], message["content"]) for message in modelfile.messages]
        return [Row(self._new_id(), role, text) for role, text in own or self.stored.inherited.messages]

    def _set_rows(self, rows: list[Row]) -> None:
        for row in rows:
            kept = self.usable(row.text)
            row.problem = "" if self._can_hold(kept) else f"Not used: {why_not(kept)}."
        before, self.rows = self.rows, rows
        if [(row.role, row.text) for row in rows] == [(row.role, row.text) for row in self._stored_rows]:
            self.rows = None
            self._stored_rows = rows
        self._apply_or(lambda: setattr(self, "rows", before))

    def _rebase(self, modelfile: Modelfile) -> None:
        """Make the changes to another text; what it has already is no change."""
        self.base = modelfile
        self._stored_rows = self._rows_of(modelfile)
        has = parameters_of(modelfile)
        self.parameters = {name: value for name, value in self.parameters.items() if has.get(name, REMOVED) != value}
        if self.system is not None and self.usable(self.system) == (modelfile.system or ""):
            self.system = None
        self._apply()

    def _apply_or(self, undo: Any) -> None:
        try:
            self._apply()
        except UsageProblem:
            undo()
            raise

    def _apply(self) -> None:
        """Make the text that is tried."""
        changes: dict[int, Command | None] = {}
        added: list[tuple[int, Command]] = []
        texts = {name: self._text(name) for name in self.parameters if OPTIONS[name].kind != "list"}
        if self.system is not None and not self.system_problem:
            texts[SYSTEM] = self.usable(self.system) or None
        for name, text in texts.items():
            self._plan(name, text, changes, added)
        tried = edited(self.base, changes, sorted(added, key=lambda place: place[0])) if texts else self.base
        for name in self.parameters:
            if OPTIONS[name].kind == "list":
                tried = list_edited(tried, name, [] if self.parameters[name] is REMOVED else list(self.parameters[name]))
        if self.rows is not None:
            tried = list_edited(tried, "message", [f"{row.role}: {self.usable(row.text)}" for row in self.rows if row.is_used])
        self.tried = tried

    def _text(self, name: str) -> str | None:
        value = self.parameters[name]
        return None if value is REMOVED else parameter_text(OPTIONS[name], value)

    def _plan(self, name: str, text: str | None, changes: dict[int, Command | None], added: list[tuple[int, Command]]) -> None:
        places = [at for at, command in enumerate(self.base.commands) if command[0] == name]
        if text is None:
            changes |= dict.fromkeys(places)
        elif places:
            changes[places[-1]] = (name, text)
        else:
            added.append((place_for(self.base, name), (name, text)))


def usable(text: str) -> str:
    """Return a text without the characters that Ollama's parser would drop."""
    lost = dropped_in(text)
    return "".join(character for character in text if character not in lost) if lost else text
