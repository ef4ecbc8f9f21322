"""The cells around an output, as a view in it reads and writes them."""

from __future__ import annotations

from typing import Any

import pytest
from labpage import LabPage
from playwright.sync_api import Locator, expect

SHOW = """
from IPython.display import display
display({"text/plain": "panel", "text/html": "<p>the panel</p>", "application/vnd.ollama-magics.panel+json": {"mark": 7}}, raw=True)
"""
MODELFILE = "%%modelfile mario --chat\nFROM tutor\nSYSTEM You are \U0001f600 Mario."
LATER = "%%modelfile luigi\nFROM tutor"
CELLS = [LATER, MODELFILE, SHOW, "%%modelfile Mario:latest\nFROM tutor\n# further down"]

ASK = """
async (element, [method, params]) => {
  const detail = { method, params };
  element.dispatchEvent(new CustomEvent('ollama-magics:cell', { bubbles: true, composed: true, detail }));
  return detail.answer === undefined ? 'nobody' : await detail.answer;
}
"""


def ask(element: Locator, method: str, **params: Any) -> Any:
    return element.evaluate(ASK, [method, params])


def source(page: LabPage, cell: int) -> str:
    return page.page.evaluate("at => window.jupyterapp.shell.currentWidget.content.model.cells.get(at).sharedModel.getSource()", cell)


@pytest.fixture
def shown(lab_page: LabPage, request: pytest.FixtureRequest) -> LabPage:
    """Open a notebook of its own whose third cell holds an output of ours."""
    lab_page.open(request.node.name, CELLS)
    lab_page.wait_for_kernel()
    lab_page.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
    lab_page.command("notebook:run-cell")
    expect(panel(lab_page)).to_be_visible()
    return lab_page


def panel(page: LabPage) -> Locator:
    return page.output(2).get_by_text("the panel")


def test_cells_are_read_and_written_as_one_step(shown: LabPage) -> None:
    at = panel(shown)
    assert ask(at, "read") == {"source": SHOW, "where": "own", "number": 1}
    assert ask(at, "read", model="MARIO") == {"source": MODELFILE, "where": "other", "number": None}
    assert ask(at, "read", model="luigi")["source"] == LATER
    assert ask(at, "read", model="peach") is None
    assert ask(at, "outputs", type="application/vnd.ollama-magics.panel+json") == [{"mark": 7}]
    after = MODELFILE.replace("\U0001f600 Mario", "\U0001f601 Luigi").replace("FROM tutor", "FROM tutor\nPARAMETER seed 1")
    assert ask(at, "write", model="mario", expects=MODELFILE + "x", source=after) == "changed"
    assert source(shown, 1) == MODELFILE
    assert ask(at, "write", model="mario", expects=MODELFILE, source=after) == "written"
    assert ask(at, "write", model="mario", expects=after, source=after + "\n# end") == "written"
    assert source(shown, 1) == after + "\n# end"
    undo = "window.jupyterapp.shell.currentWidget.content.model.cells.get(1).sharedModel.undo()"
    for before in (after, MODELFILE):
        shown.page.evaluate(undo)
        assert source(shown, 1) == before
    assert ask(at, "write", model="peach", expects="", source="x") == "absent"
    expect(shown.page.locator(".jp-CodeCell").nth(1)).to_contain_text("You are \U0001f600 Mario.")


def test_a_cell_that_may_not_be_edited_is_left_alone(shown: LabPage) -> None:
    shown.page.evaluate("window.jupyterapp.shell.currentWidget.content.model.cells.get(1).setMetadata('editable', false)")
    assert ask(panel(shown), "write", model="mario", expects=MODELFILE, source="x") == "absent"
    assert source(shown, 1) == MODELFILE


def test_a_cell_is_added_below_and_shown(shown: LabPage) -> None:
    assert ask(panel(shown), "insert", source="%%modelfile new\nFROM tutor") is True
    assert source(shown, 3) == "%%modelfile new\nFROM tutor"
    assert ask(panel(shown), "show", model="new") is True
    shown.page.keyboard.type("X")
    assert source(shown, 3) == "%%modelfile new\nFROM tutorX"
    assert ask(panel(shown), "show", model="peach") is False


def test_an_output_beside_its_notebook_finds_its_cell(shown: LabPage) -> None:
    notebook = shown.page.evaluate("window.jupyterapp.shell.currentWidget.id")
    shown.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
    shown.command("notebook:create-output-view")
    beside = shown.page.locator(".jp-LinkedOutputView").get_by_text("the panel")
    expect(beside).to_be_visible()
    assert ask(beside, "read", model="mario")["source"] == MODELFILE
    assert ask(beside, "read")["where"] == "own"
    assert ask(beside, "write", model="mario", expects=MODELFILE, source=MODELFILE + "\n# beside") == "written"
    assert ask(beside, "show", model="mario") is True
    assert shown.page.evaluate("window.jupyterapp.shell.currentWidget.id") == notebook
    assert source(shown, 1) == MODELFILE + "\n# beside"
    expect(shown.page.locator(".jp-Notebook .cm-focused").first).to_be_visible()


def test_a_second_view_of_the_notebook_writes_the_same_cell(shown: LabPage) -> None:
    shown.command("docmanager:clone")
    panels = shown.page.get_by_text("the panel", exact=True)
    expect(panels).to_have_count(2)
    second = panels.nth(1)
    assert ask(second, "read", model="mario")["source"] == MODELFILE
    assert ask(second, "write", model="mario", expects=MODELFILE, source=MODELFILE + "\n# second") == "written"
    assert ask(panels.nth(0), "read", model="mario")["source"] == MODELFILE + "\n# second"


def test_outside_of_our_outputs_nobody_answers(shown: LabPage) -> None:
    assert ask(shown.page.locator(".jp-CodeCell").nth(0), "read") == "nobody"
