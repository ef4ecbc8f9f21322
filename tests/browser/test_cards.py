"""Cards and their buttons: what is wrong is mended in the cell, what was created is opened below, and without a kernel a card is text."""

from __future__ import annotations

from typing import Any

import pytest
from labpage import LabPage
from playwright.sync_api import Locator, expect

LOAD = "%load_ext ollama_magics\n%ollama host {embedded}"
CREATE = "%%modelfile pip\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are Pip, who keeps a bicycle shop."
CREATE_2 = CREATE.replace("Pip, who keeps a bicycle shop", "Pip, a poet")
MISTAKES = "%%modelfile pip\nFROM tutor\nPARAMETER temprature 0.6\n# \U0001f600\nPARAMETRE num_ctx 2048\n"
MENDED = "%%modelfile pip\nFROM tutor\nPARAMETER temperature 0.6\n# \U0001f600\nPARAMETER num_ctx 2048\n"


def source(page: LabPage, cell: int) -> str:
    return page.page.evaluate("at => window.jupyterapp.shell.currentWidget.content.model.cells.get(at).sharedModel.getSource()", cell)


def undo(page: LabPage, cell: int) -> None:
    page.page.evaluate("at => window.jupyterapp.shell.currentWidget.content.model.cells.get(at).sharedModel.undo()", cell)


def set_source(page: LabPage, cell: int, text: str) -> None:
    change = "([at, text]) => window.jupyterapp.shell.currentWidget.content.model.cells.get(at).sharedModel.setSource(text)"
    page.page.evaluate(change, [cell, text])


def run_cell(page: LabPage, cell: int) -> None:
    page.page.evaluate("at => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = at; }", cell)
    page.command("notebook:run-cell")


def button(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


@pytest.fixture
def opened(lab_page: LabPage, embedded: str, request: pytest.FixtureRequest) -> LabPage:
    cells = [LOAD.replace("{embedded}", embedded), CREATE, CREATE_2, MISTAKES]
    lab_page.open(request.node.name, cells)
    lab_page.wait_for_kernel()
    return lab_page


def test_mistakes_are_mended_in_the_cell(opened: LabPage) -> None:
    run_cell(opened, 0)
    run_cell(opened, 3)
    card = opened.output(3)
    expect(card).to_contain_text("Not created: 2 mistakes")
    expect(card).to_contain_text("Run the cell again afterwards.")
    opened.picture("card-mistakes-light", card)
    opened.theme("JupyterLab Dark")
    opened.picture("card-mistakes-dark", card)
    opened.theme("JupyterLab Light")
    button(card, "Change to temperature").click()
    assert source(opened, 3) == MISTAKES.replace("temprature", "temperature")
    expect(card).to_contain_text("Fixed. Run the cell again.")
    expect(button(card, "Change to temperature")).to_have_count(0)
    undo(opened, 3)
    assert source(opened, 3) == MISTAKES
    expect(button(card, "Change to temperature")).to_be_visible()
    button(card, "Fix both in the cell").click()
    assert source(opened, 3) == MENDED
    opened.picture("card-mended", card)
    expect(button(card, "Fix both in the cell")).to_have_count(0)
    undo(opened, 3)
    assert source(opened, 3) == MISTAKES
    button(card, "Change to temperature").click()
    button(card, "Change to PARAMETER").click()
    assert source(opened, 3) == MENDED
    button(card, "Run again").click()
    expect(card).to_contain_text("pip v1, from tutor")


def test_a_cell_that_changed_meanwhile_is_left_alone(opened: LabPage) -> None:
    run_cell(opened, 0)
    run_cell(opened, 3)
    card = opened.output(3)
    expect(button(card, "Fix both in the cell")).to_be_visible()
    set_source(opened, 3, MISTAKES + "# mine")
    expect(button(card, "Fix both in the cell")).to_have_count(0)
    assert source(opened, 3) == MISTAKES + "# mine"
    undo(opened, 3)
    expect(button(card, "Fix both in the cell")).to_be_visible()


def test_fixes_work_in_a_reopened_notebook_and_are_not_saved(opened: LabPage) -> None:
    run_cell(opened, 0)
    run_cell(opened, 3)
    expect(button(opened.output(3), "Fix both in the cell")).to_be_visible()
    held = opened.save()["cells"][3]["outputs"][0]["data"]
    assert "<button" not in "".join(held["text/html"])
    opened.end_kernel()
    opened.open("test_fixes_work_in_a_reopened_notebook_and_are_not_saved")
    button(opened.output(3), "Fix both in the cell").click()
    assert source(opened, 3) == MENDED


def test_an_unknown_base_is_changed_to_a_near_one(opened: LabPage) -> None:
    run_cell(opened, 0)
    set_source(opened, 3, "%%modelfile pip --no-pull\nFROM tutr\nSYSTEM x")
    run_cell(opened, 3)
    button(opened.output(3), "FROM tutor").click()
    assert source(opened, 3) == "%%modelfile pip --no-pull\nFROM tutor\nSYSTEM x"
    opened.picture("card-unknown-base", opened.output(3))


def created(opened: LabPage) -> Locator:
    run_cell(opened, 0)
    run_cell(opened, 1)
    run_cell(opened, 2)
    card = opened.output(2)
    expect(card).to_contain_text("Changed since v")
    return card


@pytest.mark.long
def test_a_chat_opens_below_its_card_and_stays(opened: LabPage) -> None:
    card = created(opened)
    expect(button(card, "Chat")).to_be_visible()
    expect(card.get_by_text("%chat pip")).to_be_hidden()
    opened.picture("card-created-light", card)
    button(card, "Show request").click()
    expect(card).to_contain_text('"from": "tutor"')
    opened.picture("card-created-request", card)
    button(card, "Hide request").click()
    opened.theme("JupyterLab Dark")
    opened.picture("card-created-dark", card)
    opened.theme("JupyterLab Light")
    button(card, "Chat").click()
    field = card.get_by_role("textbox")
    expect(field).to_be_focused()
    field.fill("Hello!")
    field.press("Enter")
    expect(card.locator(".om-stat").first).to_contain_text("tokens")
    expect(field).to_be_enabled()
    button(card, "Show request").focus()
    button(card, "Chat").click()
    expect(field).to_be_focused()
    assert card.locator(".om-panel").count() == 1
    opened.picture("card-chat-open", card)
    html = '"".join(window.jupyterapp.shell.currentWidget.content.model.cells.get(2).outputs.get(1).data["text/html"])'
    opened.page.wait_for_function(html.replace('"".join', "").strip("()") + ".includes('Hello!')")
    opened.save()
    opened.load("test_a_chat_opens_below_its_card_and_stays")
    expect(card.locator(".om-panel")).to_be_visible()
    expect(button(card, "Chat")).to_be_visible()
    button(card, "Chat").click()
    expect(card.get_by_role("textbox")).to_be_focused()
    opened.restart_kernel()
    expect(button(card, "Chat")).to_have_count(0)
    expect(card.get_by_text("%chat pip")).to_be_visible()
    expect(card.locator("blockquote")).to_have_text("Hello!")
    run_cell(opened, 0)
    run_cell(opened, 1)
    expect(button(opened.output(1), "Chat")).to_be_visible()
    expect(button(card, "Chat")).to_have_count(0)


@pytest.mark.long
def test_a_comparison_is_a_cell_below(opened: LabPage) -> None:
    card = created(opened)
    card.get_by_role("button", name="Compare with v").click()
    opened.page.wait_for_function("window.jupyterapp.shell.currentWidget.content.model.cells.length === 5")
    assert source(opened, 3).startswith("%%compare pip@")
    expect(opened.page.locator(".jp-CodeCell").nth(3).locator(".cm-focused")).to_be_visible()


@pytest.mark.long
def test_a_card_opens_no_widget_until_a_button_is_pressed(opened: LabPage) -> None:
    card = created(opened)
    expect(button(card, "Chat")).to_be_visible()
    set_source(opened, 0, "import ipywidgets\nprint('open widgets:', len(ipywidgets.Widget.widgets))")
    run_cell(opened, 0)
    expect(opened.output(0)).to_contain_text("open widgets: 0")


@pytest.mark.long
def test_buttons_of_a_card_are_reached_by_keyboard(opened: LabPage) -> None:
    card = created(opened)
    expect(button(card, "Chat")).to_be_visible()
    button(card, "Chat").focus()
    opened.page.keyboard.press("Enter")
    expect(card.get_by_role("textbox")).to_be_focused()


@pytest.mark.long
def test_the_version_is_kept_in_the_notebook(opened: LabPage) -> None:
    created(opened)
    data: dict[str, Any] = opened.save()["cells"][2]["outputs"][0]["data"]["application/vnd.ollama-magics.panel+json"]
    version = data["version"]
    assert version["text"] == CREATE_2.partition("\n")[2] + "\n"
    assert (version["model"], version["cell"], version["quantize"]) == ("pip", 3, "")
    assert version["number"] >= 2
    assert len(version["digest"]) == 64


@pytest.mark.long
def test_the_tuner_opens_below_its_card(opened: LabPage) -> None:
    card = created(opened)
    button(card, "Tune").click()
    panel = card.locator(".om-panel")
    expect(panel).to_contain_text("temperature")
    expect(panel.get_by_role("button", name="Create v").first).to_be_visible()


@pytest.mark.long
def test_notebook_7_has_the_buttons_too(lab_page: LabPage, embedded: str) -> None:
    lab_page.open("notebook7-cards", [LOAD.replace("{embedded}", embedded), CREATE, MISTAKES], front_end="notebooks")
    lab_page.wait_for_kernel()
    for cell in range(3):
        run_cell(lab_page, cell)
    button(lab_page.output(2), "Fix both in the cell").click()
    assert source(lab_page, 2) == MENDED
    expect(lab_page.output(2)).to_contain_text("Fixed. Run the cell again.")
    button(lab_page.output(1), "Chat").click()
    expect(lab_page.output(1).get_by_role("textbox")).to_be_focused()
    lab_page.picture("notebook7-card")


@pytest.mark.long
def test_without_our_extension_a_card_names_the_commands(own_page: LabPage, embedded: str) -> None:
    own_page.page.route("**/extensions/ollama-magics/**", lambda route: route.abort())
    own_page.open("bare-cards", [LOAD.replace("{embedded}", embedded), CREATE, MISTAKES])
    own_page.wait_for_kernel()
    for cell in range(3):
        run_cell(own_page, cell)
    expect(own_page.output(1)).to_contain_text("%chat pip")
    expect(own_page.output(2)).to_contain_text("The Modelfile with the mistakes put right")
    assert own_page.page.locator(".jp-OutputArea button").count() == 0


PANELS = """from ipywidgets.widgets.widget import _instances
from ollama_magics.widgets.panel import Panel
print(sum(isinstance(widget, Panel) for widget in _instances.values()), "open")"""


@pytest.mark.long
def test_a_panel_that_a_button_opened_goes_when_its_cell_runs_again(opened: LabPage) -> None:
    set_source(opened, 3, PANELS)
    run_cell(opened, 0)
    run_cell(opened, 1)
    button(opened.output(1), "Chat").click()
    expect(opened.output(1).get_by_role("textbox", name="Message")).to_be_focused()
    run_cell(opened, 3)
    expect(opened.output(3)).to_contain_text("1 open")
    run_cell(opened, 1)
    expect(opened.output(1).get_by_role("textbox", name="Message")).to_have_count(0)
    run_cell(opened, 3)
    expect(opened.output(3)).to_contain_text("0 open")
