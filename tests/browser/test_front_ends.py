"""Panels beyond JupyterLab with our extension: Notebook 7, and a front end that knows nothing but widgets."""

from __future__ import annotations

import pytest
from labpage import LabPage
from panel_kinds import KINDS, ORDINARY, cells
from playwright.sync_api import Route, expect
from talk_cell import TALK
from test_panels import PROGRESS, RUNNING

pytestmark = pytest.mark.long

CHAT = """
from ollama_magics.widgets.livechat import LiveChat
live = LiveChat(talk("bikeshop", lambda question: [f"You said *{question}*."]))
live.show()
"""


def without_our_extension(own_page: LabPage) -> None:
    """Make JupyterLab load without our extension: the panels have anywidget alone, as in VS Code and Colab."""

    def nothing(route: Route) -> None:
        route.abort()

    own_page.page.route("**/extensions/ollama-magics/**", nothing)


def test_notebook_7_shows_panels_and_what_they_leave(lab_page: LabPage) -> None:
    lab_page.open("notebook7", [PROGRESS, RUNNING, TALK + CHAT], front_end="notebooks")
    lab_page.start_all()
    progress, chat = lab_page.output(1), lab_page.output(2)
    expect(progress.locator(".om-panel")).to_contain_text("1.31 of 2.02 GB")
    lab_page.picture("notebook7-progress")
    progress.get_by_role("button", name="Cancel").click()
    expect(progress).to_contain_text("Cancelled")
    expect(progress.locator(".om-panel")).to_have_count(0)
    field = chat.locator(".om-panel").get_by_role("textbox")
    field.fill("What does a chain cost?")
    field.press("Enter")
    expect(chat.locator(".om-panel")).to_contain_text("You said What does a chain cost?.")
    lab_page.picture("notebook7-chat")
    expect(chat.locator(".om-panel").get_by_role("button", name="Regenerate")).to_be_visible()
    lab_page.save()
    lab_page.end_kernel()
    lab_page.open("notebook7", front_end="notebooks")
    expect(chat.locator("blockquote").first).to_have_text("What does a chain cost?")
    expect(lab_page.page.locator(".jp-Notebook")).not_to_contain_text("model not found")
    assert lab_page.harm() == []


def test_notebook_7_shows_every_kind_of_panel(lab_page: LabPage) -> None:
    lab_page.open("notebook7-kinds", cells(ORDINARY), front_end="notebooks")
    lab_page.run_all()
    for at, kind in enumerate(KINDS):
        expect(lab_page.output(1 + at).locator(".om-panel").first, kind).to_be_visible()
    lab_page.picture("notebook7-kinds")
    assert lab_page.harm() == []


def test_panels_work_without_our_extension_and_say_when_their_kernel_is_gone(own_page: LabPage) -> None:
    without_our_extension(own_page)
    own_page.open("bare", [PROGRESS, RUNNING, TALK + CHAT])
    assert not own_page.page.evaluate("window.jupyterapp.hasPlugin('ollama-magics:panels')")
    own_page.start_all()
    progress, chat = own_page.output(1), own_page.output(2)
    progress.get_by_role("button", name="Cancel").click()
    expect(progress).to_contain_text("Cancelled")
    panel = chat.locator(".om-panel")
    panel.get_by_role("textbox").fill("What does a chain cost?")
    panel.get_by_role("textbox").press("Enter")
    expect(panel).to_contain_text("You said What does a chain cost?.")
    own_page.restart_kernel()
    expect(panel.get_by_role("status").last).to_have_text("The kernel is gone. This is the last that came from it.")
    expect(panel).to_contain_text("You said What does a chain cost?.")
    expect(panel.get_by_role("button", name="Send")).to_be_disabled()
    own_page.picture("bare-gone", chat)
