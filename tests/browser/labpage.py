"""JupyterLab as a test drives it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Dialog, Locator, Page, WebSocket

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark", "contrast": "JupyterLab Dark High Contrast"}
"""JupyterLab's own themes, by the word that pictures of them are named with."""


class LabPage:
    """One page of a JupyterLab.

    Attributes:
        page: Playwright's page.
        strange: requests to other hosts and dialogs that opened; empty unless something got out.
        received: bytes of the kernels' websockets that the page received.
        frames: messages of the kernels' websockets that the page received.
    """

    def __init__(self, page: Page, url: str, token: str, notebooks: Path, pictures: Path) -> None:
        self.page, self._url, self._token, self.notebooks, self._pictures = page, url, token, notebooks, pictures
        self.strange: list[str] = []
        self.received = 0
        self.frames = 0
        page.on("request", lambda request: self._note(request.url))
        page.on("dialog", self._answer)
        page.on("websocket", self._listen)

    def _note(self, url: str) -> None:
        if not url.startswith((self._url, self._url.replace("http", "ws"), "blob:", "data:")):
            self.strange.append(url)

    def _answer(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.strange.append(dialog.message)
        dialog.accept()

    def _listen(self, socket: WebSocket) -> None:
        if "/channels" in socket.url:
            socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        self.received += len(payload if isinstance(payload, bytes) else payload.encode())
        self.frames += 1

    def open(self, name: str, cells: Sequence[str] | None = None, *, front_end: str = "lab/tree") -> None:
        """Open a notebook in JupyterLab, or (``notebooks``) in Notebook 7; with ``cells`` it is written first."""
        file = self.notebooks / f"{name}.ipynb"
        if cells is not None:
            file.write_text(json.dumps(notebook(cells)), "utf-8")
        self.page.goto(f"{self._url}/{front_end}/{name}.ipynb?token={self._token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.context?.isReady")
        self.page.evaluate("window.jupyterapp.shell.collapseLeft?.()")

    def wait_for_kernel(self) -> None:
        """Wait until the notebook's kernel is idle."""
        self.page.wait_for_function(
            "window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'", timeout=60_000
        )

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab and wait for it."""
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)", [name, arguments])

    def start(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab without waiting."""
        self.page.evaluate("([name, args]) => { void window.jupyterapp.commands.execute(name, args); }", [name, arguments])

    def run_all(self) -> None:
        """Run all cells and wait for their end."""
        self.wait_for_kernel()
        self.command("notebook:run-all-cells")

    def start_all(self) -> None:
        """Run all cells without waiting."""
        self.wait_for_kernel()
        self.start("notebook:run-all-cells")

    def save(self) -> dict[str, Any]:
        """Save the notebook and return it as the file holds it."""
        self.command("docmanager:save")
        path = self.page.evaluate("window.jupyterapp.shell.currentWidget.context.path")
        return json.loads((self.notebooks / path).read_text("utf-8"))

    def harm(self) -> list[str]:
        """Return what hostile text has brought about: scripts that ran, dialogs, requests to other hosts."""
        ran = self.page.evaluate("window.omHarm ?? 0")
        return [*self.strange, *(["a script ran"] if ran else [])]

    def output(self, cell: int) -> Locator:
        """Return the outputs of a code cell, counted from 0."""
        return self.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea")

    def theme(self, name: str) -> None:
        """Change the theme and wait for it."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    def width(self, pixels: int | None) -> None:
        """Make all outputs ``pixels`` wide, whatever the window; None gives them their own width back."""
        self.page.set_viewport_size({"width": max(1100, (pixels or 0) + 300), "height": 800})
        rule = f".jp-OutputArea-output {{ width: {pixels}px !important; max-width: none !important; flex: none !important; }}"
        self.page.evaluate(
            """rule => {
              document.querySelector("style#width")?.remove();
              document.head.append(Object.assign(document.createElement("style"), { id: "width", textContent: rule }));
            }""",
            rule if pixels else "",
        )

    def picture(self, name: str, locator: Locator | None = None) -> None:
        """Keep a picture for a person to look at."""
        target = locator or self.page
        size = dict(self.page.viewport_size or {})
        if locator:
            # A notebook scrolls; what is to be seen has to be in its window.
            box = locator.bounding_box() or {"height": 0}
            self.page.set_viewport_size({**size, "height": max(size["height"], min(int(box["height"]) + 300, 6000))})
            locator.scroll_into_view_if_needed()
        target.screenshot(path=str(self._pictures / f"{name}.png"), animations="disabled")
        self.page.set_viewport_size(size)

    def shut_down(self) -> None:
        """End the kernel of the page."""
        if not self.page.is_closed():
            self.page.evaluate("window.jupyterapp?.shell?.currentWidget?.sessionContext?.shutdown?.()")


def notebook(cells: Sequence[str]) -> dict[str, Any]:
    """Return a notebook of code cells; one that fails does not keep the others from running."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = [
        {
            "cell_type": "code",
            "id": f"cell{at}",
            "metadata": {"tags": ["raises-exception"]},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for at, source in enumerate(cells)
    ]
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
