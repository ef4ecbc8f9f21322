"""The base of all panels: a widget whose state streams, and whose requests are each answered once."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import anywidget
import traitlets
from ipywidgets import widget_serialization

from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.widgets.comms import let_the_page_choose_the_loop, post
from ollama_magics.widgets.library import Library, library, read_static
from ollama_magics.widgets.pace import Keeper, Later, Pacer, later
from ollama_magics.widgets.protocol import LiveState

_log = logging.getLogger(__name__)
_REPLIES_KEPT = 64
_SPREAD_S = 0.15
"""A delta says how long it may take to appear if that is longer."""

_RETIRED_KEPT = 16
_retired: deque[Panel] = deque()

Handler = Callable[[Mapping[str, Any]], Any]


class Panel(anywidget.AnyWidget):  # type: ignore[misc]
    """A panel: its state goes to every view as a snapshot and deltas, its views send requests.

    A view's code may load after the first deltas are gone, so that it asks for a snapshot when it begins. Where a busy kernel hears no
    view (VS Code; JupyterLab with subshells turned off) the trait ``live``, a snapshot of the state at the moment it is read, is sent again
    as the state grows.

    Handlers run in whatever thread the kernel reads messages in, beside a cell that may be running. They change the state and set
    events; they never print or display.
    """

    kind = traitlets.Unicode(help="Which view draws it.").tag(sync=True)
    live = traitlets.Int(help="Changes when a snapshot is due; what is sent is the snapshot.").tag(
        sync=True, to_json=lambda _, panel: panel.snapshot(), from_json=lambda value, panel: panel.live
    )
    ended = traitlets.Bool(help="Whether a saved form has taken its place: a view that is still there asks for it.").tag(sync=True)
    library = traitlets.Instance(Library, help="Holds the code of the views.").tag(sync=True, **widget_serialization)
    _esm = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, kind: str, state: dict[str, Any], *, pacer: Callable[[Callable[[float], None]], Pacer] = Pacer, later: Later = later
    ) -> None:
        self.state = LiveState(state)
        self._sending = threading.RLock()
        self._pacer = pacer(self._send_delta)
        self._keeper = Keeper(self._send_snapshot, self._sending, later=later)
        self._heard = False
        self._handlers: dict[str, Handler] = {"snapshot": self._on_snapshot, "cancel": self._on_cancel}
        self._repeatable = {"snapshot"}
        self._replies: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._cancels: list[Callable[[], object]] = []
        super().__init__(kind=kind, library=library(), _esm=read_static("panel.js"))
        self.on_msg(self._on_message)
        let_the_page_choose_the_loop(self.comm)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def on_request(self, method: str, handler: Handler, *, repeatable: bool = False) -> None:
        """Answer requests of ``method`` with what ``handler`` returns for their parameters, as JSON.

        A request that comes twice is done once and answered twice alike; a ``repeatable`` one, which only reads, is done again.
        """
        self._handlers[method] = handler
        if repeatable:
            self._repeatable.add(method)

    def on_cancel(self, action: Callable[[], object]) -> None:
        """Run ``action`` when a view's Cancel or Stop is pressed."""
        self._cancels.append(action)

    def set(self, *path: str | int, value: Any) -> None:
        """Put ``value`` at ``path`` of the state and show it soon."""
        self.state.set(*path, value=value)
        self._pacer.poke()

    def append(self, *path: str | int, text: str) -> None:
        """Add ``text`` to the string at ``path`` of the state and show it soon."""
        self.state.append(*path, text=text)
        self._pacer.poke()

    def splice(self, *path: str | int, index: int, remove: int = 0, add: Iterable[Any] = ()) -> None:
        """Put ``add`` in the place of ``remove`` entries of the list at ``path``, from ``index`` on, and show it soon."""
        self.state.splice(*path, index=index, remove=remove, add=add)
        self._pacer.poke()

    def flush(self) -> None:
        """Show what is pending now; what follows is shown at the pace of a beginning."""
        self._pacer.restart()
        self._send_delta()

    def snapshot(self) -> dict[str, Any]:
        """Return the state as all views have it once they have read what was sent."""
        with self._sending:
            self._send_delta()
            return self.state.snapshot()

    def retire(self, forms: Mapping[str, Any]) -> None:
        """Say that ``forms``, the saved forms of the panel, stand in its place.

        A page that was loaded while the cell ran gets no more of the cell's outputs (JupyterLab drops them): a view there asks for the
        forms. So the last panels of a kernel stay open; older ones are closed.
        """
        saved = dict(forms)
        self._cancels.clear()
        self.on_request("saved", lambda _: saved, repeatable=True)
        self.flush()
        self.ended = True
        _retired.append(self)
        while len(_retired) > _RETIRED_KEPT:
            _retired.popleft().close()

    def _send_delta(self, until_next_s: float = 0.0) -> None:
        with self._sending:
            delta = self.state.take_delta()
            if delta is not None:
                if until_next_s > _SPREAD_S:
                    delta["in"] = round(until_next_s, 2)
                self._post(delta)
                self._keeper.sent(sum(len(op["d"]) if "d" in op else len(json.dumps(op)) for op in delta["ops"]))

    def _send_snapshot(self) -> int:
        """Bring all views up to date, as cheaply as they let it; return the size that the next may wait for."""
        if self._heard:
            # Views that are heard ask for what they miss: they only have to know that they do.
            self._post({"kind": "at", "seq": self.state.seq})
            return sys.maxsize
        self.live += 1
        return len(json.dumps(self.state.snapshot()))

    def _post(self, content: dict[str, Any]) -> None:
        if self.comm is not None:
            post(self, content)

    def _on_message(self, _: Panel, message: Any, buffers: Any) -> None:
        if not isinstance(message, Mapping) or message.get("kind") != "request":
            return
        ident, method = str(message.get("id", "")), str(message.get("method", ""))
        with self._sending:
            reply = self._replies.get(ident)
        if reply is None:
            reply = {"kind": "reply", "id": ident, **self._answer(method, message.get("params"))}
            if method not in self._repeatable:
                self._remember(ident, reply)
        # What the request has brought about is on the page when its reply comes.
        self.flush()
        self._post(reply)

    def _remember(self, ident: str, reply: dict[str, Any]) -> None:
        with self._sending:
            self._replies[ident] = reply
            while len(self._replies) > _REPLIES_KEPT:
                self._replies.popitem(last=False)

    def _answer(self, method: str, params: Any) -> dict[str, Any]:
        """Return the one result or error of a request; whatever the handler does, the view hears of it."""
        try:
            handler = self._handlers.get(method)
            if handler is None:
                raise UsageProblem(f"the panel has no request {method!r}")
            return {"result": handler(params if isinstance(params, Mapping) else {})}
        except OllamaMagicsError as exc:
            return {"error": {"code": exc.code, "message": exc.message, "hint": exc.hint}}
        except Exception as exc:  # the border to the page: a request without a reply would wait for ever
            _log.exception("request %s of %r failed", method, self)
            return {"error": {"code": "internal", "message": f"{type(exc).__name__}: {exc}", "hint": ""}}

    def _on_snapshot(self, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the state, or None when the view that asks has it."""
        self._heard = True
        snapshot = self.snapshot()
        return None if params.get("seq") == snapshot["seq"] else snapshot

    def _on_cancel(self, _: Mapping[str, Any]) -> bool:
        for action in list(self._cancels):
            action()
        return bool(self._cancels)
