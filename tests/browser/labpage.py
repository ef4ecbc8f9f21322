"""JupyterLab as a test drives it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labserver import TOKEN, LabServer
from playwright.sync_api import Dialog, Locator, Page, WebSocket

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark", "contrast": "JupyterLab Dark High Contrast"}
"""JupyterLab's own themes, by the word that pictures of them are named with."""


LAB = "lab/tree"
ROUND_TRIP_MS = 20
PATIENCE_MS = 60_000
"""How long anything is waited for. What is there is there in a second or two; a busy machine may take thirty times as long."""
SIZE = {"width": 1100, "height": 800}

# Closes what is open in the main area, saved or not; no question is asked.
_CLOSE = """() => {
  for (const widget of [...window.jupyterapp.shell.widgets("main")]) widget.dispose();
}"""

# What a test may have left that is no notebook: the page is as after loading, or this is false.
_CLEAR = """() => {
  document.querySelector("style#width")?.remove();
  delete window.omHarm;
  getSelection().removeAllRanges();
  return !document.querySelector(".jp-Dialog, .om-panel, .jp-Notebook");
}"""

_READY = """path => {
  const context = window.jupyterapp?.shell?.currentWidget?.context;
  return context?.path === path && context.isReady && document.querySelector(".jp-Notebook .jp-Cell") !== null;
}"""


class LabPage:
    """One page of a JupyterLab.

    Attributes:
        page: Playwright's page.
        strange: requests to other hosts and dialogs that opened; empty unless something got out.
        received: bytes of the kernels' websockets that the page received.
        frames: messages of the kernels' websockets that the page received.
    """

    def __init__(self, page: Page, lab: LabServer, pictures: Path | None = None) -> None:
        self.page, self._lab, self.notebooks, self._pictures = page, lab, lab.notebooks, pictures
        self.strange: list[str] = []
        self.received = 0
        self.frames = 0
        self._loaded = ""
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: self._note(request.url))
        page.on("dialog", self._answer)
        page.on("websocket", self._listen)

    def _note(self, url: str) -> None:
        if not url.startswith((self._lab.url, self._lab.url.replace("http", "ws"), "blob:", "data:")):
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

    def open(self, name: str, cells: Sequence[str] | None = None, *, front_end: str = LAB) -> None:
        """Open a notebook, and close the one that was open; with ``cells`` it is written first, and a new kernel waits for it.

        The page is loaded only if ``front_end`` (JupyterLab, or ``notebooks``: Notebook 7) is not the one it shows.
        """
        if cells is not None:
            (self.notebooks / f"{name}.ipynb").write_text(json.dumps(notebook(cells)), "utf-8")
            self._lab.give_kernel(f"{name}.ipynb")
        if front_end != LAB or self._loaded != LAB:
            self.load(name, front_end)
            return
        self.page.evaluate(_CLOSE)
        self.command("docmanager:open", path=f"{name}.ipynb")
        self.page.wait_for_function(_READY, arg=f"{name}.ipynb")

    def load(self, name: str, front_end: str = LAB) -> None:
        """Load the whole page anew, with a notebook as its file holds it."""
        self.page.goto(f"{self._lab.url}/{front_end}/{name}.ipynb?token={TOKEN}&reset")
        self.page.wait_for_function(_READY, arg=f"{name}.ipynb")
        self.page.evaluate("window.jupyterapp.shell.collapseLeft?.()")
        self._loaded = front_end

    def leave(self) -> None:
        """Leave JupyterLab; notebooks and kernels stay as they are."""
        self.page.goto("about:blank")
        self._loaded = ""

    def end_kernel(self) -> None:
        """End the notebook's kernel and wait for its end."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    def restart_kernel(self) -> None:
        """Give the notebook a new kernel in place of its own."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")

    def wait_for_kernel(self) -> None:
        """Wait until the notebook's kernel is idle."""
        self.page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'")

    def slowness(self) -> float:
        """Return how many times as long the idle kernel takes to answer the page as on a quiet machine."""
        spent = self.page.evaluate(
            """async () => {
              const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
              const spent = [];
              for (let count = 0; count < 5; count += 1) {
                const began = performance.now();
                await kernel.requestKernelInfo();
                spent.push(performance.now() - began);
              }
              return spent;
            }"""
        )
        return max(1, statistics.median(spent) / ROUND_TRIP_MS)

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
        if self.page.evaluate("document.body.dataset.jpThemeName") != name:
            self.command("apputils:change-theme", theme=name)
            self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    def width(self, pixels: int | None) -> None:
        """Make all outputs ``pixels`` wide, whatever the window; None gives them their own width back."""
        self.page.set_viewport_size({**SIZE, "width": max(SIZE["width"], (pixels or 0) + 300)})
        rule = f".jp-OutputArea-output {{ width: {pixels}px !important; max-width: none !important; flex: none !important; }}"
        self.page.evaluate(
            """rule => {
              document.querySelector("style#width")?.remove();
              document.head.append(Object.assign(document.createElement("style"), { id: "width", textContent: rule }));
            }""",
            rule if pixels else "",
        )

    def picture(self, name: str, locator: Locator | None = None) -> None:
        """Keep a picture for a person to look at, if pictures are asked for."""
        if self._pictures is None:
            return
        target = locator or self.page
        size = dict(self.page.viewport_size or {})
        if locator:
            # A notebook scrolls; what is to be seen has to be in its window.
            box = locator.bounding_box() or {"height": 0}
            self.page.set_viewport_size({**size, "height": max(size["height"], min(int(box["height"]) + 300, 6000))})
            locator.scroll_into_view_if_needed()
        target.screenshot(path=str(self._pictures / f"{name}.png"), animations="disabled")
        self.page.set_viewport_size(size)

    def tidy(self) -> bool:
        """Close everything and forget what was noted; False if something stays that the next test would find."""
        self.page.unroute_all()
        self.page.set_viewport_size(SIZE)
        self.page.emulate_media(forced_colors="none", reduced_motion="no-preference")
        if self._loaded != LAB:
            self.leave()
        else:
            self.theme(THEMES["light"])
            self.page.evaluate(_CLOSE)
            if not self.page.evaluate(_CLEAR):
                return False
        self.strange.clear()
        return True

    def close(self) -> None:
        """Close the page, whatever state it is in."""
        self.page.close()


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
