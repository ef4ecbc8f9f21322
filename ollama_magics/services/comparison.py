"""Comparisons: the same prompts to several models, versions or parameter sets, answers side by side, the best one picked."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.services.comparisoncells import Cell, Event, Pick, Pieces, Setting, figures
from ollama_magics.services.comparisoncolumns import Column

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document
    from ollama_magics.services.comparisonrun import Run
    from ollama_magics.services.conversation import Answer, Delta
    from ollama_magics.services.servers import Server

SEED = 7
"""The seed of every cell where nobody names one."""


class Comparison:
    """Answers of several columns to the same prompts, and which is best in each row. Safe to use from several threads.

    Args:
        columns: what is compared.
        prompts: what is asked; each makes a row for each of ``seeds``.
        seeds: the seed of a row is the same in every column that has none of its own.
        setting: what is the same in every request.
        blind: hide which column an answer is from, and shuffle them in each row, until `show_names`.
        shuffle: puts a list into another order.

    Attributes:
        server: who answers; None before it is known.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        prompts: Sequence[str],
        *,
        seeds: Sequence[int] = (SEED,),
        setting: Setting | None = None,
        blind: bool = False,
        shuffle: Callable[[list[int]], None] = random.shuffle,
    ) -> None:
        self.columns = tuple(columns)
        self.prompts = tuple(prompts)
        self.seeds = tuple(seeds)
        self.setting = setting or Setting()
        self.server: Server | None = None
        self._lock = threading.RLock()
        rows = [(prompt, seed) for prompt in self.prompts for seed in self.seeds]
        self._cells = [[Cell(at, to, prompt, seed) for to in range(len(self.columns))] for at, (prompt, seed) in enumerate(rows)]
        self._pieces: dict[tuple[int, int], Pieces] = {}
        self._picks: dict[int, Pick] = {}
        self._listeners: list[Callable[[Event], object]] = []
        self._orders = [list(range(len(self.columns))) for _ in rows]
        self._shuffle = shuffle
        self._run: Run | None = None
        self.blind = False
        self.names_seen = not blind
        if blind:
            self._hide()

    @property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """Every cell as it is now, row by row."""
        with self._lock:
            return tuple(tuple(self._now(cell) for cell in row) for row in self._cells)

    def cell(self, row: int, column: int) -> Cell:
        """Return one cell as it is now."""
        with self._lock:
            return self._now(self._cells[row][column])

    @property
    def ended(self) -> bool:
        """Whether every cell has ended."""
        with self._lock:
            return all(cell.ended for row in self._cells for cell in row)

    def listen(self, listener: Callable[[Event], object]) -> Callable[[], None]:
        """Call ``listener`` with each event from now on, in the thread that it happens in; return a function that ends this."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    # What happens to cells; called by `services.comparisonrun`.

    def began(self, row: int, column: int, attempt: int) -> None:
        """Note that a cell is asked."""
        self._change(row, column, attempt, state="asked")

    def waits_again(self, row: int, column: int, attempt: int) -> None:
        """Note that the server had no room for a cell: it waits as before."""
        self._change(row, column, attempt, state="waiting")

    def piece(self, row: int, column: int, attempt: int, delta: Delta) -> None:
        """Note more words of a cell."""
        with self._lock:
            cell = self._cells[row][column]
            if cell.ended or cell.attempt != attempt:
                return
            begins = cell.state != "streaming"
            if begins:
                self._cells[row][column] = replace(cell, state="streaming")
            texts = self._pieces.setdefault((row, column), Pieces())
            at = texts.add(delta)
        # Nobody is told under the lock: a listener may hold one of its own, and ask back.
        if begins:
            self._tell(Event("state", row, column))
        self._tell(Event("piece", row, column, delta.text, at))

    def ends(self, row: int, column: int, attempt: int, answer: Answer | None, error: OllamaMagicsError | None = None) -> None:
        """Note how a cell ended; a second end of the same attempt is not heard."""
        facts: dict[str, Any] = {"state": "stopped"}
        if answer is not None:
            facts |= {"text": answer.text, "thinking": answer.thinking, **(figures(answer) if error is None else {})}
            facts["state"] = answer.state if error is None else "error"
            facts["note"] = answer.note if answer.state == "cut" else ""
        if error is not None:
            stopped = error.code == "cancelled"
            facts["state"] = "stopped" if stopped else "error"
            facts |= {} if stopped else {"error": f"{error.message[:1].upper()}{error.message[1:]}.", "hint": error.hint}
        self._change(row, column, attempt, **facts)

    def settle(self) -> None:
        """Let every cell that has not ended be one that was stopped, with what came."""
        for row in self.cells:
            for cell in row:
                if not cell.ended:
                    self._change(cell.row, cell.column, cell.attempt, state="stopped", text=cell.text, thinking=cell.thinking)

    def renew(self, row: int, column: int) -> int:
        """Let a cell that has ended wait again; return the number of its next attempt.

        Raises:
            UsageProblem: it has not ended.
        """
        with self._lock:
            cell = self._cells[row][column]
            if not cell.ended:
                raise UsageProblem("this answer is still coming", hint="stop it first")
            self._cells[row][column] = Cell(row, column, cell.prompt, cell.seed, attempt=cell.attempt + 1)
            self._pieces.pop((row, column), None)
            if (pick := self._picks.get(row)) and pick.column == column:
                del self._picks[row]
        self._tell(Event("state", row, column))
        return cell.attempt + 1

    def _change(self, row: int, column: int, attempt: int, **facts: Any) -> None:
        with self._lock:
            cell = self._cells[row][column]
            if cell.ended or cell.attempt != attempt:
                return
            self._cells[row][column] = replace(self._now(cell), **facts)
            if self._cells[row][column].ended:
                self._pieces.pop((row, column), None)
        self._tell(Event("state", row, column))

    def _now(self, cell: Cell) -> Cell:
        pieces = self._pieces.get((cell.row, cell.column))
        return replace(cell, text="".join(pieces.text), thinking="".join(pieces.thinking)) if pieces and not cell.ended else cell

    def _tell(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener(event)

    # Judging.

    def pick(self, row: int, column: int | None) -> None:
        """Say which column is best in a row; None says that none is better than the others.

        Raises:
            UsageProblem: there is no such row or column, or the column gave no answer there.
        """
        with self._lock:
            if not (0 <= row < len(self._cells) and (column is None or 0 <= column < len(self.columns))):
                raise UsageProblem(f"there is no row {row} with a column {column}", hint="rows and columns count from 0")
            if column is not None and not self._cells[row][column].answered:
                raise UsageProblem(f"{self.columns[column].label} has no whole answer in row {row}", hint="ask that cell again")
            before, self._picks[row] = self._picks.get(row), Pick(column, blind=self.blind and not self.names_seen)
        self._record(row, before.column if before else None, column)
        self._tell(Event("pick", row))

    def unpick(self, row: int) -> None:
        """Take the judgement on a row back."""
        with self._lock:
            before = self._picks.pop(row, None)
        self._record(row, before.column if before else None, None)
        self._tell(Event("pick", row))

    def _record(self, row: int, before: int | None, after: int | None) -> None:
        """Let the histories of the models know which answer was called the best."""
        if self._run is not None and before != after:
            for column, best in ((before, False), (after, True)):
                if column is not None:
                    self._run.record(row, column, best)

    @property
    def picks(self) -> dict[int, Pick]:
        """The judgements so far, by row."""
        with self._lock:
            return dict(sorted(self._picks.items()))

    @property
    def tally(self) -> dict[str, int]:
        """How many rows each column won, by its label."""
        chosen = [pick.column for pick in self.picks.values()]
        return {column.label: chosen.count(at) for at, column in enumerate(self.columns)}

    @property
    def winner(self) -> Column | None:
        """The column that won the most rows; None when nothing is picked or two are equal."""
        wins = sorted(((count, label) for label, count in self.tally.items()), reverse=True)
        if not wins[0][0] or wins[0][0] == wins[1][0]:
            return None
        return next(column for column in self.columns if column.label == wins[0][1])

    def order(self, row: int) -> tuple[int, ...]:
        """Return the columns of a row as they are shown: shuffled while names are hidden."""
        return tuple(self._orders[row]) if self.blind else tuple(range(len(self.columns)))

    def hide_names(self) -> None:
        """Hide which column an answer is from. What was seen before stays on the record: `names_seen`."""
        with self._lock:
            self._hide()
        self._tell(Event("blind"))

    def show_names(self) -> None:
        """End the blindness for good; picks made until now stay marked as blind."""
        with self._lock:
            self.blind, self.names_seen = False, True
        self._tell(Event("blind"))

    def _hide(self) -> None:
        self.blind = True
        for order in self._orders:
            self._shuffle(order)

    # Asking.

    def attach(self, run: Run) -> None:
        """Let ``run`` do the asking."""
        self._run = run

    def retry(self, row: int, column: int, *, wait: bool = True) -> None:
        """Ask a cell again that has ended; ``wait`` returns when it has an answer.

        Raises:
            UsageProblem: it has not ended, or nobody is there to ask.
        """
        if self._run is None:
            raise UsageProblem("this comparison has no server", hint="run it again")
        self._run.again(row, column)
        if wait:
            self._run.wait()

    def stop(self, row: int | None = None, column: int | None = None) -> None:
        """Stop one cell, or with no cell named all of them; what came stays."""
        if self._run is not None:
            self._run.stop(None if row is None or column is None else (row, column))

    def places(self) -> dict[tuple[int, int], int]:
        """Return for each cell that waits, by row and column, how many are asked before it."""
        return self._run.places() if self._run is not None else {}

    @property
    def at_once(self) -> int:
        """The most cells that the server was seen to answer at the same time."""
        return self._run.at_once if self._run is not None else 0

    # Reading.

    def records(self) -> list[dict[str, Any]]:
        """Return every cell as plain data, row by row; ``pandas.DataFrame(comparison.records())`` is a table of them.

        Parameters that differ between columns are keys of their own, beside ``options`` with all of them. Times are in seconds.
        """
        varied = sorted({name for column in self.columns for name in column.options} - {"seed"})
        picks = self.picks
        return [self._plain(cell, picks.get(cell.row), varied) for row in self.cells for cell in row]

    def _plain(self, cell: Cell, pick: Pick | None, varied: Sequence[str]) -> dict[str, Any]:
        column = self.columns[cell.column]
        return {
            "row": cell.row,
            "prompt": cell.prompt,
            "column": column.label,
            "model": column.model,
            "version": column.version,
            "system": column.system,
            "seed": column.options.get("seed", cell.seed),
            **{name: column.options.get(name) for name in varied},
            "options": dict(column.options),
            "state": cell.state,
            "answer": cell.text,
            "thinking": cell.thinking,
            "error": cell.error,
            "seconds": cell.seconds,
            "first_s": cell.first_s,
            "tokens": cell.tokens,
            "tokens_per_s": cell.tokens_per_s,
            "prompt_tokens": cell.prompt_tokens,
            "best": pick is not None and pick.column == cell.column,
            "same": pick is not None and pick.column is None,
            "judged_blind": pick is not None and pick.blind,
            "server": self.server.label if self.server else "",
        }

    def to_markdown(self) -> str:
        """Return the answers as a Markdown table; while names are hidden its columns are A, B and so on."""
        from ollama_magics.display.cards.comparison import markdown_table

        return markdown_table(self)

    def card(self) -> Document:
        """Return the comparison as a document."""
        from ollama_magics.display.cards.comparison import comparison_card

        return comparison_card(self)

    def __str__(self) -> str:
        from ollama_magics.display import text

        return text.render(self.card())

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.columns)} columns, {len(self._cells)} rows>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from ollama_magics.display import html

        return {"text/plain": str(self), "text/html": html.render(self.card())}
