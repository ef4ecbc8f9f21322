"""Panels without a page: their buttons are pressed, and their clock is moved, by hand."""

from __future__ import annotations

from ollama_magics.widgets.panel import Panel


def press(panel: Panel, method: str, ident: str = "v:1", **params) -> dict:
    """Send a request as a view does and return its reply."""
    message = {"kind": "request", "id": ident, "method": method, "params": params}
    panel._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
    return panel.comm.custom[-1]


class Hand:
    """A clock and a timer that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, object]] = []

    def later(self, delay: float, action) -> None:
        self.due.append((self.now + delay, action))

    def move(self, seconds: float) -> None:
        self.now += seconds
        ready = [action for at, action in self.due if at <= self.now + 1e-9]
        self.due = [(at, action) for at, action in self.due if at > self.now + 1e-9]
        for action in ready:
            action()
