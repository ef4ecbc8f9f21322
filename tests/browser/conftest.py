"""A real JupyterLab in a real browser: one server, one Chromium, one page for the run; for each test a notebook and a kernel of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from labpage import PATIENCE_MS, LabPage
from labserver import LabServer, lab_server
from playwright.sync_api import Error, Locator, expect
from recorder import Recorder, recording
from tunerpage import MODELFILE

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a browser test the time that a JupyterLab needs to start, on a busy machine too."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


class Desk:
    """Where the page that tests share lies between them."""

    def __init__(self, chromium: Chromium, lab: LabServer, pictures: Path | None) -> None:
        self._chromium, self._lab, self._pictures = chromium, lab, pictures
        self._page: LabPage | None = None

    @property
    def answers(self) -> bool:
        """Whether anything may be asked of its pages."""
        return self._chromium.answers

    def new(self) -> LabPage:
        """Return a page for one test alone."""
        return LabPage(self._chromium.new_page(), self._lab, self._pictures)

    def take(self) -> LabPage:
        """Return the page that the last test left in order, or a new one."""
        if self._page is None or not self.answers:
            self._page = self.new()
        return self._page

    def put_back(self, *, whole: bool) -> None:
        """Bring the page into order; one that a test failed on, or that cannot be brought into order, is thrown away."""
        page, self._page = self._page, None
        if page is not None and self.answers:
            with contextlib.suppress(Error):
                if whole and page.tidy():
                    self._page = page
                else:
                    page.close()
        self._lab.end_kernels()

    def close(self) -> None:
        """End the browser; a later test starts it again."""
        self._page = None
        self._chromium.close()


DESK = pytest.StashKey[Desk]()
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Remember for its fixtures whether a test has failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None):
    """End the browser after the last test of this folder: while Playwright runs, no other event loop can."""
    yield
    if DESK in item.config.stash and (nextitem is None or FOLDER not in nextitem.path.parents):
        item.config.stash[DESK].close()


@pytest.fixture(scope="session")
def lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """Start JupyterLab with nothing of the person's own."""
    with lab_server(root, tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def desk(lab: LabServer, chromium: str, pytestconfig: pytest.Config) -> Desk:
    """Return where pages come from; ``OLLAMA_MAGICS_PICTURES`` is the folder for pictures of them, without it none are taken."""
    folder = os.environ.get("OLLAMA_MAGICS_PICTURES")
    pictures = Path(folder).resolve() if folder else None
    expect.set_options(timeout=PATIENCE_MS)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    return pytestconfig.stash.setdefault(DESK, Desk(Chromium(chromium), lab, pictures))


@pytest.fixture
def lab_page(desk: Desk, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """Return a page without a notebook; what it asks of other hosts, and every dialog, is remembered."""
    yield desk.take()
    desk.put_back(whole=FAILED not in request.node.stash)


@pytest.fixture
def own_page(desk: Desk, lab: LabServer) -> Iterator[LabPage]:
    """Return a page that no other test sees, for what would change it for good."""
    page = desk.new()
    yield page
    if desk.answers:
        page.close()
    lab.end_kernels()


@pytest.fixture
def server(embedded: str) -> Iterator[Recorder]:
    with recording(embedded) as recorder:
        yield recorder


@pytest.fixture
def tuner(lab_page: LabPage, server: Recorder, request: pytest.FixtureRequest) -> Locator:
    """Return the tuner of a model that was created in the cell above it."""
    name = request.node.name.replace("_", "-")
    magic = f"%load_ext ollama_magics\n%ollama host {server.url}"
    lab_page.open(name, [magic, f"%%modelfile {name}\n{MODELFILE}", f"%tune {name}"])
    lab_page.run_all()
    panel = lab_page.output(2).locator(".om-tuner")
    expect(panel.locator(".om-head").first).to_contain_text("v1")
    return panel
