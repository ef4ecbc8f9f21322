"""One Chromium for all tests that stand in a row in this folder."""

from __future__ import annotations

import asyncio

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright


class Chromium:
    """The machine's Chromium, running from the first page that is asked for until ``close``."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._playwright: Playwright | None = None
        self._context: BrowserContext | None = None

    @property
    def answers(self) -> bool:
        """Whether anything may be asked of its pages."""
        return _loop_runs() and self._context is not None and self._context.browser is not None and self._context.browser.is_connected()

    def new_page(self) -> Page:
        """Open a page in the one profile of the run: JupyterLab's own code is fetched once."""
        if self._context is None or not self.answers:
            self.close()
            self._playwright = sync_playwright().start()
            browser = self._playwright.chromium.launch(executable_path=self._path, args=["--no-sandbox", "--disable-gpu"])
            self._context = browser.new_context(viewport={"width": 1100, "height": 800})
        return self._context.new_page()

    def close(self) -> None:
        """End it; the thread is free for other event loops again."""
        playwright, self._playwright, self._context = self._playwright, None, None
        # Without its loop it goes with the last that holds it.
        if playwright and _loop_runs():
            playwright.stop()


def _loop_runs() -> bool:
    """Tell whether Playwright's event loop runs, as it does from start to stop.

    What interrupts a test from outside (a timeout) can end it, and whoever asks something of a page then waits for ever.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
