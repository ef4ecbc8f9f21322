"""The history of a model as a person walks it: differences, names, restoring, another notebook, a new kernel, another machine."""

from __future__ import annotations

import json

import pytest
from labpage import LabPage, notebook
from looking import assert_accessible
from playwright.sync_api import Locator, expect

LOAD = "%load_ext ollama_magics\n%ollama host {embedded}"
FIRST = "%%modelfile {name}\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are Pip."
HISTORY = "%ollama history {name}"
PANEL_TYPE = "application/vnd.ollama-magics.panel+json"


class Shop:
    """A notebook with a model of its own name."""

    def __init__(self, page: LabPage, embedded: str, name: str) -> None:
        self.page, self.host, self.name = page, embedded, name
        self.cells = [text.replace("{embedded}", embedded).replace("{name}", name) for text in (LOAD, FIRST, HISTORY)]
        self.cells.insert(2, self.cells[1].replace("temperature 0", "temperature 0.5").replace("You are Pip.", "You are Pip, a poet."))

    def open(self, name: str) -> None:
        self.page.open(name, self.cells)

    def run(self, *cells: int) -> None:
        self.page.wait_for_kernel()
        for cell in cells:
            self.page.page.evaluate("at => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = at; }", cell)
            self.page.command("notebook:run-cell")

    def source(self, cell: int) -> str:
        js = "at => window.jupyterapp.shell.currentWidget.content.model.cells.get(at).sharedModel.getSource()"
        return self.page.page.evaluate(js, cell)

    @property
    def panel(self) -> Locator:
        return self.page.output(3).locator(".om-panel").first

    def option(self, version: str) -> Locator:
        return self.panel.get_by_role("option").filter(has_text=version)


@pytest.fixture
def shop(lab_page: LabPage, embedded: str, request: pytest.FixtureRequest) -> Shop:
    name = request.node.name.removeprefix("test_").replace("_", "-")[:30]
    made = Shop(lab_page, embedded, name)
    made.open(request.node.name)
    return made


def button(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def test_versions_are_walked_compared_and_named(shop: Shop) -> None:
    shop.run(0, 1, 2, 3)
    panel = shop.panel
    expect(panel).to_contain_text("2 versions")
    expect(panel).to_contain_text("by cell [3]")
    expect(panel.locator("ins").filter(has_text="a poet")).to_be_visible()
    expect(panel.get_by_role("row", name="temperature")).to_contain_text("0.5")
    shop.page.picture("history-light", panel)
    assert_accessible(shop.page.page, ".om-panel")
    shop.option("v2").focus()
    shop.page.page.keyboard.press("ArrowDown")
    expect(shop.option("v1")).to_have_attribute("aria-selected", "true")
    expect(shop.option("v1")).to_be_focused()
    expect(panel).to_contain_text("the first that is known")
    shop.option("v2").click(modifiers=["Shift"])
    expect(panel.get_by_role("option", selected=True)).to_have_count(2)
    expect(panel).to_contain_text("against v1")
    shop.option("v1").click()
    shop.page.page.keyboard.press("F2")
    field = panel.get_by_role("textbox", name="Name of v1")
    expect(field).to_be_focused()
    field.fill("3")
    field.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("cannot be named")
    field.fill("euros")
    shop.page.picture("history-naming", panel)
    field.press("Enter")
    expect(shop.option("v1")).to_contain_text("“euros”")
    expect(shop.option("v1")).to_be_focused()
    button(panel, "Search").click()
    panel.get_by_role("searchbox").fill("poet")
    expect(panel.get_by_role("option")).to_have_count(1)
    panel.get_by_role("searchbox").press("Escape")
    expect(panel.get_by_role("option")).to_have_count(2)
    expect(button(panel, "Search")).to_be_focused()


def test_a_version_is_brought_back_into_the_cell_too(shop: Shop) -> None:
    shop.run(0, 1, 2, 3)
    before = shop.source(2)
    expect(shop.option("v1")).to_be_visible()
    shop.option("v1").click()
    button(shop.panel, "Create v3 from v1…").click()
    expect(shop.panel).to_contain_text(f"Make {shop.name} as it was in v1?")
    expect(shop.panel.get_by_role("checkbox")).to_be_checked()
    shop.page.picture("history-restore", shop.panel)
    button(shop.panel, "Create v3 from v1").click()
    expect(shop.panel).to_contain_text(f"{shop.name} v3 was created from the text of v1.")
    expect(shop.option("v3")).to_contain_text("on the server")
    shop.page.page.wait_for_function(
        "text => window.jupyterapp.shell.currentWidget.content.model.cells.get(2).sharedModel.getSource() !== text", arg=before
    )
    assert shop.source(2) == shop.source(1)
    shop.page.page.evaluate("window.jupyterapp.shell.currentWidget.content.model.cells.get(2).sharedModel.undo()")
    assert shop.source(2) == before
    button(shop.panel, "Chat with v3").click()
    fields = shop.page.output(3).get_by_role("textbox", name="Message")
    expect(fields).to_be_focused()
    shop.option("v1").click()
    button(shop.panel, "Chat with v1").click()
    expect(fields.nth(1)).to_be_focused()
    fields.nth(1).fill("Who are you?")
    fields.nth(1).press("Enter")
    expect(shop.page.output(3).get_by_role("log").last).to_contain_text("v1")


def test_a_version_is_copied_as_a_cell_and_removed(shop: Shop) -> None:
    shop.run(0, 1, 2, 3)
    expect(shop.option("v1")).to_be_visible()
    shop.option("v1").click()
    button(shop.panel, "Copy as cell").click()
    shop.page.page.wait_for_function("window.jupyterapp.shell.currentWidget.content.model.cells.length === 5")
    assert shop.source(4) == shop.source(1) + "\n"
    button(shop.panel, "Remove…").click()
    expect(shop.panel).to_contain_text("It goes from the history in every notebook")
    shop.page.page.keyboard.press("Escape")
    expect(shop.panel.get_by_text("It goes from")).to_have_count(0)
    button(shop.panel, "Remove…").click()
    button(shop.panel, "Remove v1").click()
    expect(shop.panel.get_by_role("option")).to_have_count(1)


def test_the_history_outlives_the_kernel_and_is_seen_from_another_notebook(shop: Shop) -> None:
    shop.run(0, 1, 2, 3)
    expect(shop.option("v2")).to_be_visible()
    shop.page.save()
    shop.page.restart_kernel()
    expect(shop.panel).to_be_hidden()
    expect(shop.page.output(3).locator("table").first).to_contain_text("v1")
    shop.run(0, 3)
    expect(shop.option("v1")).to_be_visible()
    shop.page.end_kernel()
    shop.open("history-elsewhere")
    shop.run(0, 3)
    expect(shop.panel).to_contain_text("2 versions")
    expect(shop.option("v2")).to_contain_text("on the server")


def test_a_notebook_from_another_machine_brings_its_versions(shop: Shop) -> None:
    """The store knows nothing of the model; the cards of the notebook do."""
    kept = {"model": shop.name, "server": "their Ollama", "number": 7, "digest": "d" * 64, "at": 1.7e9, "cell": 2, "quantize": ""}
    card = {"version": {**kept, "text": "FROM tutor\nSYSTEM You are from far away.\n"}}
    made = notebook([shop.cells[0], shop.cells[1], "", shop.cells[3] + " --notebook"])
    data = {"text/plain": "created", "text/html": "<p>created</p>", PANEL_TYPE: card}
    made["cells"][1]["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    (shop.page.notebooks / "far.ipynb").write_text(json.dumps(made), "utf-8")
    shop.page.open("far")
    shop.run(0, 3)
    row = shop.option("v7 of this notebook")
    expect(row).to_contain_text("made on their Ollama")
    expect(shop.panel).to_contain_text("You are from far away.")
    shop.page.picture("history-far", shop.panel)
    button(shop.panel, "Create v1 from v7…").click()
    button(shop.panel, "Create v1 from v7").click()
    expect(shop.option("v1")).to_contain_text("on the server")
    expect(row).to_have_count(0)


def test_what_others_made_of_the_model_is_said(shop: Shop) -> None:
    shop.run(0, 1, 2, 3)
    expect(shop.option("v2")).to_be_visible()
    create = f"om.Client({shop.host!r}).create({shop.name!r}, from_='tutor', system='Mine.', stream=True)"
    elsewhere = f"import ollama_magics as om\nlist({create}) and None"
    set_source = "([text]) => window.jupyterapp.shell.currentWidget.content.model.cells.get(1).sharedModel.setSource(text)"
    shop.page.page.evaluate(set_source, [elsewhere])
    shop.run(1, 3)
    expect(shop.panel).to_contain_text("was changed elsewhere")
    button(shop.panel, "Show difference to v2").click()
    expect(shop.panel).to_contain_text("against v2")
    shop.page.picture("history-outside", shop.panel)
