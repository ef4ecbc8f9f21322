"""The lessons as a learner meets them: run from top to bottom in JupyterLab, tried in their panels, read again without a kernel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from labpage import LabPage
from playwright.sync_api import expect
from tunerpage import wait_for_answer

pytestmark = pytest.mark.long


def opened(lab_page: LabPage, root: Path, name: str, server: str) -> None:
    """Open a lesson on the server of the tests and run it, but for its last cell, which deletes what was made."""
    lesson = json.loads((root / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
    first = next(cell for cell in lesson["cells"] if cell["cell_type"] == "code")
    first["source"] = f"%load_ext ollama_magics\n%ollama host {server}"
    last = lesson["cells"].pop()
    assert "%ollama rm" in "".join(last["source"])
    (lab_page.notebooks / f"{name}.ipynb").write_text(json.dumps(lesson), "utf-8")
    lab_page.open(name)
    lab_page.run_all()


def errors_of(lab_page: LabPage) -> list[str]:
    """Return the errors in the saved notebook that its cells do not announce."""
    cells = lab_page.save()["cells"]
    calm = [cell for cell in cells if cell["cell_type"] == "code" and "raises-exception" not in cell["metadata"].get("tags", ())]
    return [output["evalue"] for cell in calm for output in cell["outputs"] if output["output_type"] == "error"]


def read_again(lab_page: LabPage, name: str, *words: str) -> None:
    """Open a lesson whose kernel has gone: what was said is still there, and no widget is missed."""
    lab_page.save()
    lab_page.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    lab_page.open(name)
    for word in words:
        expect(lab_page.page.locator(".jp-Notebook")).to_contain_text(word, timeout=20_000)
    expect(lab_page.page.locator(".jp-Notebook")).not_to_contain_text("model not found")
    assert lab_page.harm() == []


def test_tune_and_chat(lab_page: LabPage, embedded: str, root: Path) -> None:
    """The second lesson runs; its panel has noticed the version that a later cell made, and answers as that one."""
    opened(lab_page, root, "02-tune-and-chat", embedded)
    panel = lab_page.output(2).locator(".om-panel")
    panel.scroll_into_view_if_needed()
    expect(panel.get_by_role("alert").first).to_contain_text("beekeeper is v3 by now")
    panel.get_by_role("button", name="Read it again").click()
    expect(panel.locator(".om-head").first).to_contain_text("beekeeper v3")
    panel.get_by_role("textbox", name="Message").fill("Tell me a story.")
    panel.get_by_role("button", name="Send").click()
    wait_for_answer(panel)
    assert errors_of(lab_page) == []
    lab_page.picture("lesson-02", panel)
    read_again(lab_page, "02-tune-and-chat", "Griselda", "Tell me a story.")


def test_compare(lab_page: LabPage, embedded: str, root: Path) -> None:
    """The third lesson runs; a picked answer counts, and the one mistake in it is the one it shows."""
    opened(lab_page, root, "03-compare", embedded)
    grid = lab_page.output(3).locator(".om-panel")
    grid.scroll_into_view_if_needed()
    expect(grid).to_contain_text("What is the capital of France?", timeout=20_000)
    expect(lab_page.page.locator(".jp-Notebook")).to_contain_text("keepr")
    assert errors_of(lab_page) == []
    lab_page.picture("lesson-03", grid)
    read_again(lab_page, "03-compare", "keeper@2", "What is the capital of France?")
