"""The panel of a comparison: a grid of answers that stream, are marked where they differ, and are judged, with names or blind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ollama_magics.display.quantities import count, rate
from ollama_magics.errors import UsageProblem
from ollama_magics.widgets import comparestate, outputs
from ollama_magics.widgets.comparestate import NO_PICK, SAME, CompareState, JudgingState, RowState
from ollama_magics.widgets.panel import Panel

_FIGURES_S = 0.5
"""How often the figures of an answer that comes are brought up to date; a rate of less time says nothing."""


class ComparePanel(Panel):
    """Follows a ``services.comparison.Comparison`` and lets a person judge it.

    While names are hidden the state holds only the row that is judged, in its shuffled order: what is not there cannot leak.

    Args:
        comparison: what is shown.
        on_change: called when what is saved should be: all cells have ended, or a pick was made since.
        clock: seconds, for the time that is left.
    """

    def __init__(
        self,
        comparison: Any,
        *,
        on_change: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        self.comparison = comparison
        self._clock, self._began = clock, clock()
        self._on_change = on_change
        self._drawing = threading.RLock()
        self._marking = True
        self._notes: dict[tuple[int, int], str] = {}
        self._shown: dict[tuple[int, int], int] = {}
        self._counts: dict[tuple[int, int], tuple[int, float, float]] = {}
        super().__init__("compare", dict(self._whole()), **options)
        self.on_cancel(comparison.stop)
        self.on_request("stop", self._on_stop)
        self.on_request("retry", self._on_retry)
        self.on_request("pick", self._on_pick)
        self.on_request("mark", self._on_mark)
        self.on_request("blind", self._on_blind)
        self.on_request("table", lambda _: comparison.to_markdown(), repeatable=True)
        self.on_request("saved", lambda _: outputs.saved(comparison.card()), repeatable=True)
        self._silence = comparison.listen(self._on_event)
        self._redraw()

    def close(self) -> None:
        """Follow the comparison no longer, and leave the page."""
        self._silence()
        super().close()

    # What is shown.

    def _whole(self) -> CompareState:
        comparison, cells = self.comparison, self.comparison.cells
        words = comparestate.head_words(comparison, cells, self._clock() - self._began)
        places = comparison.places()
        judging, rows = self._judged(cells, places) if comparison.blind else (None, self._rows(cells, places))
        if judging is not None:
            words |= {"title": "Which is better?" if len(comparison.columns) == 2 else "Which is best?"}
            words |= {"progress": f"{judging['words']} · {words['progress']}" if words["running"] else judging["words"], "failed": False}
        return CompareState(
            title=words["title"],
            progress=words["progress"],
            running=words["running"],
            failed=words["failed"],
            facts=comparestate.facts(comparison),
            blind=comparison.blind,
            marking=self._marking,
            corner=comparestate.corner(comparison),
            columns=comparestate.heads(comparison),
            rows=rows,
            judging=judging,
            verdict=comparestate.verdict(comparison),
            said="",
        )

    def _rows(self, cells: Any, places: dict[tuple[int, int], int]) -> list[RowState]:
        rows = [comparestate.row_state(self.comparison, at, row, places) for at, row in enumerate(cells)]
        for row in rows:
            for column, cell in enumerate(row["cells"]):
                self._notes[row["row"], column] = cell["note"]
                self._shown[row["row"], column] = len(cell["answer"])
        return rows

    def _judged(self, cells: Any, places: dict[tuple[int, int], int]) -> tuple[JudgingState, list[RowState]]:
        at = comparestate.judged_row(self.comparison, cells)
        if at is None:
            return JudgingState(words="nothing to judge yet", ready=False, keys=False), []
        row = comparestate.row_state(self.comparison, at, cells[at], places)
        ready = all(cell.ended for cell in cells[at])
        words = f"prompt {at + 1} of {len(cells)}"
        return JudgingState(words=words, ready=ready, keys=len(row["cells"]) == 2 and all(cell["can_pick"] for cell in row["cells"])), [row]

    def _redraw(self) -> None:
        """Bring the whole state up to the comparison; keys that did not change cost nothing."""
        with self._drawing:
            for key, value in self._whole().items():
                if key != "said":
                    self.set(key, value=value)

    # What happens.

    def _on_event(self, event: Any) -> None:
        with self._drawing:
            if event.kind == "piece":
                self._more(event)
            elif event.kind == "state" and not self.comparison.blind:
                self._cell_changed(event.row, event.column)
            else:
                self._redraw()
        if event.kind == "state" and self.comparison.ended:
            self._all_ended()
        elif event.kind in ("pick", "blind"):
            self._on_change()

    def _more(self, event: Any) -> None:
        if self.comparison.blind:
            return
        key = (event.row, event.column)
        known = self._shown[key] - event.at
        if 0 <= known < len(event.text):
            self.append("rows", event.row, "cells", event.column, "answer", text=event.text[known:])
            self._shown[key] += len(event.text) - known
        self._note(key, "" if event.at or event.text else "thinking")
        self._count(key)

    def _count(self, key: tuple[int, int]) -> None:
        """Show how much has come: the count is of pieces, which are tokens nearly always."""
        now = self._clock()
        pieces, first, drawn = self._counts.get(key, (0, now, now))
        pieces += 1
        due = now - drawn >= _FIGURES_S
        self._counts[key] = (pieces, first, now if due else drawn)
        if due:
            per_second = rate((pieces - 1) / (now - first))
            self.set("rows", key[0], "cells", key[1], "figures", value=f"{per_second} · {count(pieces, 'token')}")

    def _cell_changed(self, row: int, column: int) -> None:
        comparison, cells = self.comparison, self.comparison.cells
        places = comparison.places()
        cell = cells[row][column]
        if cell.ended or cell.state == "waiting":
            self._counts.pop((row, column), None)
            self._row_changed(row, cells, places)
        else:
            self.set("rows", row, "cells", column, "state", value=cell.state)
            self._note((row, column), "asked, no word yet" if cell.state == "asked" else self._notes[row, column])
        for key, place in places.items():
            self._note(key, comparestate.waiting_words(place))
        for key, value in comparestate.head_words(comparison, cells, self._clock() - self._began).items():
            self.set(key, value=value)
        self.set("facts", value=comparestate.facts(comparison))

    def _row_changed(self, row: int, cells: Any, places: dict[tuple[int, int], int]) -> None:
        state = comparestate.row_state(self.comparison, row, cells[row], places)
        for at, cell in enumerate(state["cells"]):
            for name, value in cell.items():
                # Of an answer that still comes the words are sent as they come.
                if name not in ("answer", "figures") or cells[row][at].ended or cells[row][at].state == "waiting":
                    self.set("rows", row, "cells", at, name, value=value)
            self._notes[row, at] = cell["note"]
            if cells[row][at].ended or cells[row][at].state == "waiting":
                self._shown[row, at] = len(cell["answer"])
        self.set("rows", row, "pick", value=state["pick"])

    def _note(self, key: tuple[int, int], note: str) -> None:
        if self._notes.get(key) != note:
            self._notes[key] = note
            self.set("rows", key[0], "cells", key[1], "note", value=note)

    def _all_ended(self) -> None:
        comparison = self.comparison
        if comparison.blind and comparestate.judged_row(comparison, comparison.cells) is None:
            comparison.show_names()
        with self._drawing:
            words = comparestate.head_words(comparison, comparison.cells, 0.0)
            self.set("said", value=f"{words['title']}: {words['progress']}.")
        self.flush()
        self._on_change()

    # What a person does.

    def _column(self, params: Mapping[str, Any]) -> tuple[int, int]:
        """Return the cell that a view means by the place where it shows it."""
        row, place = params.get("row"), params.get("cell")
        order = self.comparison.order(row) if isinstance(row, int) and 0 <= row < len(self.comparison.cells) else ()
        if not isinstance(row, int) or not isinstance(place, int) or not 0 <= place < len(order):
            raise UsageProblem(f"there is no cell {place} in row {row}")
        return row, order[place]

    def _on_stop(self, params: Mapping[str, Any]) -> bool:
        self.comparison.stop(*self._column(params))
        return True

    def _on_retry(self, params: Mapping[str, Any]) -> bool:
        if self.comparison.ended:
            self._began = self._clock()
        self.comparison.retry(*self._column(params), wait=False)
        return True

    def _on_pick(self, params: Mapping[str, Any]) -> bool:
        row, place = params.get("row"), params.get("cell")
        if place == NO_PICK and isinstance(row, int):
            self.comparison.unpick(row)
        elif place == SAME and isinstance(row, int):
            self.comparison.pick(row, None)
        else:
            self.comparison.pick(*self._column(params))
        comparison = self.comparison
        if comparison.blind and comparison.ended and comparestate.judged_row(comparison, comparison.cells) is None:
            comparison.show_names()
            self.set("said", value=f"All prompts are judged, the names are shown. {comparestate.verdict(comparison)}")
        return True

    def _on_mark(self, params: Mapping[str, Any]) -> bool:
        self._marking = bool(params.get("on"))
        self.set("marking", value=self._marking)
        return self._marking

    def _on_blind(self, params: Mapping[str, Any]) -> bool:
        if params.get("on"):
            self.comparison.hide_names()
        else:
            self.comparison.show_names()
        return True


class LiveComparison:
    """A comparison in a notebook: its panel, which stays after the cell has ended, and its saved form beside it.

    Args:
        comparison: ``services.comparison.Comparison``.
        publisher: where outputs go; None is the running shell's.
    """

    def __init__(self, comparison: Any, *, publisher: Any = None) -> None:
        self._comparison = comparison
        self._place = outputs.Place(publisher)
        self.panel = ComparePanel(comparison, on_change=self._keep)

    def show(self) -> None:
        """Show the panel in the running cell; until everything has ended the notebook holds one line."""
        self._place.show(outputs.running(self.panel.model_id, f"{self.panel.state.value('title')} …"))

    def close(self) -> None:
        """Leave the saved form where the panel was."""
        self._place.show(outputs.saved(self._comparison.card()))
        self.panel.close()

    def _keep(self) -> None:
        if self._comparison.ended:
            self._place.show(outputs.live(self.panel.model_id, self._comparison.card()))
