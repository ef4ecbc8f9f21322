"""Asking the cells of a comparison: threads, cancelling, a server that is busy, versions that are made again for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.stuck import patience_for
from ollama_magics.errors import Cancelled, OllamaMagicsError, ServerBusy
from ollama_magics.services.comparisonqueue import Key, Queue
from ollama_magics.services.comparisonversions import Contestants

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.services.comparison import Comparison
    from ollama_magics.services.comparisoncells import Cell
    from ollama_magics.services.comparisoncolumns import Column
    from ollama_magics.services.conversation import Reply
    from ollama_magics.services.servers import Server
    from ollama_magics.services.versions import Versions

BUSY_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""How long to wait after each refusal of a server that is busy; the next refusal fails the cell."""

_BEHIND_S = 600.0
"""How long a cell that was asked beside others may give no first word: it may wait for their end in the server's own queue."""

_LOOK_S = 2.0


def later(delay_s: float, action: Callable[[], None]) -> None:
    """Run ``action`` after ``delay_s`` seconds in a thread of its own that does not keep the kernel alive."""
    timer = threading.Timer(delay_s, action)
    timer.daemon = True
    timer.start()


class Run:
    """Asks the cells of ``comparison``; every attempt at a cell ends exactly once.

    Args:
        host: the server's address; None looks for one as `find_server` does.
        client: ask through this client instead.
        versions: where versions are kept; None is this person's.
        later: runs an action after a delay in seconds.
    """

    def __init__(
        self,
        comparison: Comparison,
        *,
        host: str | None = None,
        client: Client | None = None,
        versions: Versions | None = None,
        later: Callable[[float, Callable[[], None]], None] = later,
    ) -> None:
        from ollama_magics.services.versions import VERSIONS

        self.comparison = comparison
        self._host, self._given = host, client
        self._versions = VERSIONS if versions is None else versions
        self._later = later
        self._lock = threading.RLock()
        self._idle = threading.Condition(self._lock)
        self._queue = Queue([column.model for column in comparison.columns], comparison.setting.parallel)
        self._tokens: dict[Key, CancelToken] = {}
        self._refused: dict[Key, int] = {}
        self._paused = False
        self._tidy = True
        self._seen: set[Hashable] = set()
        self._contestants: Contestants
        self._groups: list[Hashable]
        comparison.attach(self)

    def prepare(self, cancel: CancelToken | None = None) -> None:
        """Find the server and see that every column can be asked; loads nothing.

        Raises:
            ModelNotFound: the server has no such model; the hint names near ones.
            UsageProblem: a model has no such version.
        """
        server, client = self._server(cancel)
        self.comparison.server = server
        self._contestants = Contestants(client, server, self._versions)
        self._groups = [self._contestants.look(column, cancel) for column in self.comparison.columns]
        with self._lock:
            self._queue = Queue(self._groups, self.comparison.setting.parallel)
        if self._queue.apart:
            self._see_what_fits(client)

    def ask_all(self, cancel: CancelToken | None = None) -> None:
        """Ask every cell that waits, and return when all have ended; ``cancel`` stops them and returns at once."""
        forget = cancel.on_cancel(self.stop) if cancel is not None else None
        waiting = [(cell.row, cell.column) for row in self.comparison.cells for cell in row if cell.state == "waiting"]
        self._submit(waiting)
        self.wait()
        if forget is not None:
            forget()

    def again(self, row: int, column: int) -> None:
        """Ask a cell again that has ended, and return at once."""
        self.comparison.renew(row, column)
        self._submit([(row, column)])

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is under way; return whether that is so."""
        with self._idle:
            return self._idle.wait_for(lambda: self._tidy, timeout_s)

    def stop(self, key: Key | None = None) -> None:
        """Stop one cell, or all; cells that wait are not asked any more."""
        with self._lock:
            keys = [key] if key is not None else [*self._queue.order(), *self._tokens]
            tokens = [self._tokens[at] for at in keys if at in self._tokens]
            waiting = [at for at in keys if at not in self._tokens]
            for at in waiting:
                self._queue.end(at)
        for at in waiting:
            self._ended(at, None)
        for token in tokens:
            token.cancel()

    def places(self) -> dict[Key, int]:
        """Return for each cell that waits how many are asked before it."""
        with self._lock:
            return {key: at for at, key in enumerate(self._queue.order())}

    @property
    def at_once(self) -> int:
        """The most cells that the server answered at the same time so far."""
        return self._queue.at_once

    def record(self, row: int, column: int, best: bool | None = None) -> None:
        """Note in the history of the column's model what it answered, and whether that was the best.

        What a model answers to another system text than its own says nothing about its version.
        """
        cell, of = self.comparison.cell(row, column), self.comparison.columns[column]
        if cell.answered and of.system is None and self.comparison.server is not None:
            server = self.comparison.server.identity
            self._versions.record_answer(server, of.model, self._contestants.number(of), cell.prompt, cell.text, best)

    def _server(self, cancel: CancelToken | None) -> tuple[Server, Client]:
        from ollama_magics.services.servers import client_for, server_of

        if self._given is not None:
            return server_of(self._given), self._given
        # Asked for at each cell: the built-in server may have ended after its idle time, and is started again.
        return client_for(self._host, cancel)

    def _submit(self, keys: list[Key]) -> None:
        with self._lock:
            self._tidy = False
            for key in keys:
                self._refused.pop(key, None)
                self._queue.add(key)
        self._advance()

    def _advance(self) -> None:
        """Ask every cell whose time has come; let go of what was made for the comparison when nothing is left."""
        started: list[tuple[Cell, CancelToken, bool]] = []
        with self._lock:
            while not self._paused:
                alone = self._queue.under_way == 0
                key = self._queue.take()
                if key is None:
                    break
                token = self._tokens[key] = CancelToken()
                started.append((self.comparison.cell(*key), token, alone))
            over = self._queue.idle
        for cell, token, alone in started:
            self.comparison.began(cell.row, cell.column, cell.attempt)
            threading.Thread(target=self._ask, args=(cell, token, alone), name="ollama-magics-compare", daemon=True).start()
        if over:
            self._tidy_up()

    def _tidy_up(self) -> None:
        """Delete what was made for the comparison, and let those go who wait for its end."""
        self._contestants.remove_unused()
        with self._idle:
            self._tidy = self._queue.idle
            self._idle.notify_all()

    def _ask(self, cell: Cell, token: CancelToken, alone: bool) -> None:
        reply: Reply | None = None
        try:
            token.raise_if_cancelled()
            with self._contestants.lent(self.comparison.columns[cell.column], token) as name:
                reply = self._reply(name, cell, token, alone)
                for piece in reply:
                    self.comparison.piece(cell.row, cell.column, cell.attempt, piece)
                    self._first_word(cell)
        except ServerBusy as exc:
            self._busy(cell, exc)
        except OllamaMagicsError as exc:
            self._ended((cell.row, cell.column), cell, reply, exc)
        except Exception as exc:  # the border of the thread: nobody else would hear of it
            self._ended((cell.row, cell.column), cell, reply, OllamaMagicsError(f"{type(exc).__name__}: {exc}"))
        else:
            self._ended((cell.row, cell.column), cell, reply)

    def _reply(self, name: str, cell: Cell, token: CancelToken, alone: bool) -> Reply:
        from ollama_magics.services.conversation import Chat

        column, setting = self.comparison.columns[cell.column], self.comparison.setting
        _, client = self._server(token)
        chat = Chat(
            name,
            client=client,
            system=column.system,
            options=self._options(column, cell),
            format=setting.format,
            think=setting.think,
            keep_alive=setting.keep_alive,
            patience_s=patience_for(len(cell.prompt)) if alone else _BEHIND_S,
        )
        return chat.stream(cell.prompt, cancel=token)

    def _options(self, column: Column, cell: Cell) -> Mapping[str, Any]:
        return {"seed": cell.seed, **column.options}

    def _first_word(self, cell: Cell) -> None:
        key = (cell.row, cell.column)
        with self._lock:
            self._queue.first_word(key)
            new = self._queue.apart and self._groups[cell.column] not in self._seen
            self._seen.add(self._groups[cell.column])
        if new:
            self._see_what_fits(self._server(None)[1])
        self._advance()

    def _see_what_fits(self, client: Client) -> None:
        """Look whether everything the columns need is in memory at once: then cells are asked row by row."""
        try:
            loaded = {str(model.name or model.model) for model in client.ps(timeout=_LOOK_S).models or ()}
        except OllamaMagicsError:
            return
        needed: dict[Hashable, set[str]] = {}
        for group, column in zip(self._groups, self.comparison.columns, strict=True):
            needed.setdefault(group, set()).update((column.model, f"{column.model}:latest"))
        if all(names & loaded for names in needed.values()):
            with self._lock:
                self._queue.fit_together()

    def _busy(self, cell: Cell, error: ServerBusy) -> None:
        """Let a cell wait that the server had no room for, and all others with it for a while."""
        key = (cell.row, cell.column)
        with self._lock:
            times = self._refused.get(key, 0)
            token = self._tokens.get(key)
            over = times >= len(BUSY_S) or (token is not None and token.cancelled)
            if not over:
                self._refused[key] = times + 1
                self._tokens.pop(key, None)
                self._queue.give_back(key)
                self._paused = True
        if over:
            self._ended(key, cell, None, Cancelled("cancelled") if token is not None and token.cancelled else error)
            return
        self.comparison.waits_again(cell.row, cell.column, cell.attempt)
        self._later(BUSY_S[times], self._resume)

    def _resume(self) -> None:
        with self._lock:
            self._paused = False
        self._advance()

    def _ended(self, key: Key, cell: Cell | None, reply: Reply | None = None, error: OllamaMagicsError | None = None) -> None:
        at = cell or self.comparison.cell(*key)
        answer = reply.answer if reply is not None else None
        self.comparison.ends(*key, at.attempt, answer, error)
        self.record(*key)
        with self._lock:
            self._tokens.pop(key, None)
            self._queue.end(key)
        self._advance()
