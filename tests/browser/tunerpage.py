"""A tuner in a notebook, as a test drives it: its model is made in the cell above."""

from __future__ import annotations

from labpage import LabPage
from playwright.sync_api import Locator, expect
from recorder import Recorder

MODELFILE = """# our shop, spring prices
FROM tutor

PARAMETER temperature 0.8
PARAMETER seed 7
SYSTEM You are a pirate."""
QUESTION = "Hello! Who are you?"


def ask(panel: Locator, server: Recorder) -> None:
    """Ask the first question and wait for the whole answer."""
    panel.get_by_role("textbox", name="Message").fill(QUESTION)
    panel.get_by_role("button", name="Send").click()
    wait_for_answer(panel)
    server.wait_for_chats(1)


def wait_for_answer(panel: Locator) -> None:
    expect(panel.locator(".om-msgs")).to_have_attribute("aria-busy", "false")
    expect(panel.locator(".chat .om-stat").last).to_contain_text("tokens/s")


def drag(panel: Locator, name: str, share: float) -> None:
    """Drag the thumb of a slider to a share of its way, in steps as a hand does."""
    slider = panel.get_by_role("slider", name=name, exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    thumb, way, y = 7, box["width"] - 14, box["y"] + box["height"] / 2
    mouse = panel.page.mouse
    start = float(slider.input_value()) / float(slider.get_attribute("max") or 1)
    mouse.move(box["x"] + thumb + start * way, y)
    mouse.down()
    mouse.move(box["x"] + thumb + share * way, y, steps=12)
    mouse.up()


def cell_source(lab_page: LabPage, cell: int) -> str:
    return lab_page.page.evaluate("at => window.jupyterapp.shell.currentWidget.content.widgets[at].model.sharedModel.getSource()", cell)


def write_cell(lab_page: LabPage, cell: int, source: str) -> None:
    script = "([at, text]) => window.jupyterapp.shell.currentWidget.content.widgets[at].model.sharedModel.setSource(text)"
    lab_page.page.evaluate(script, [cell, source])
