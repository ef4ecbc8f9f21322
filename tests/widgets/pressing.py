"""Pressing buttons of panels without a page."""

from __future__ import annotations

from ollama_magics.widgets.panel import Panel


def press(panel: Panel, method: str, ident: str = "v:1", **params) -> dict:
    """Send a request as a view does and return its reply."""
    message = {"kind": "request", "id": ident, "method": method, "params": params}
    panel._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
    return panel.comm.custom[-1]
