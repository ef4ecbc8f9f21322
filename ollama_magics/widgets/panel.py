"""The base of all panels: a widget whose state streams, and whose requests are each answered once."""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets
from ipywidgets import widget_serialization

from ollama_magics.errors import OllamaMagicsError, UsageProblem
from ollama_magics.widgets.library import Library, library, read_static
from ollama_magics.widgets.pace import Keeper, Pacer
from ollama_magics.widgets.protocol import LiveState

_log = logging.getLogger(__name__)
_REPLIES_KEPT = 64

Handler = Callable[[Mapping[str, Any]], Any]


class Panel(anywidget.AnyWidget):  # type: ignore[misc]
    """A panel: its state goes to every view as a snapshot and deltas, its views send requests.

    A view's code may load after the first deltas are gone, and messages of a busy kernel may wait: the trait ``live`` is a snapshot of
    the state at the moment it is read, and is sent again as the state grows.

    Handlers run in whatever thread the kernel reads messages in, beside a cell that may be running. They change the state and set
    events; they never print or display.
    """

    kind = traitlets.Unicode(help="Which view draws it.").tag(sync=True)
    live = traitlets.Int(help="Changes when a snapshot is due; what is sent is the snapshot.").tag(
        sync=True, to_json=lambda _, panel: panel.state.snapshot(), from_json=lambda value, panel: panel.live
    )
    library = traitlets.Instance(Library, help="Holds the code of the views.").tag(sync=True, **widget_serialization)
    _esm = traitlets.Unicode().tag(sync=True)

    def __init__(self, kind: str, state: dict[str, Any], *, pacer: Callable[[Callable[[], None]], Pacer] = Pacer) -> None:
        self.state = LiveState(state)
        self._sending = threading.RLock()
        self._pacer = pacer(self._send_delta)
        self._keeper = Keeper(self._send_snapshot, self._sending)
        self._handlers: dict[str, Handler] = {"snapshot": self._on_snapshot, "cancel": self._on_cancel}
        self._repeatable = {"snapshot"}
        self._replies: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._cancels: list[Callable[[], object]] = []
        super().__init__(kind=kind, library=library(), _esm=read_static("panel.js"))
        self.on_msg(self._on_message)
        _let_the_page_choose_the_loop(self.comm)

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

    def flush(self) -> None:
        """Show what is pending now, with a snapshot for views that missed something."""
        with self._sending:
            self._send_delta()
            self._keeper.keep()

    def _send_delta(self) -> None:
        with self._sending:
            delta = self.state.take_delta()
            if delta is not None:
                self.send(delta)
                self._keeper.sent(sum(len(op["d"]) if "d" in op else len(json.dumps(op["v"])) for op in delta["ops"]))

    def _send_snapshot(self) -> int:
        self.live += 1
        return len(json.dumps(self.state.snapshot()))

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
        self.send(reply)

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
        with self._sending:
            snapshot = self.state.snapshot()
        return None if params.get("seq") == snapshot["seq"] else snapshot

    def _on_cancel(self, _: Mapping[str, Any]) -> bool:
        for action in list(self._cancels):
            action()
        return bool(self._cancels)


def _let_the_page_choose_the_loop(comm: Any) -> None:
    """Let a message from the page run in the loop the page asked for, not in the one that sent last.

    Expected: JupyterLab sends messages of a widget to a subshell, so that a button works while a cell runs. Actual, in ipykernel 7.4: the
    comm answers in the loop that sent last, which is the busy main one while a cell streams. ``tests/browser/test_panels.py`` presses
    Cancel in a running cell.
    Source: ipykernel 7.4.0 ipykernel/comm/comm.py (BaseComm._reply_subshell_for).
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default
