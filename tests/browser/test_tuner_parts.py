"""The parts of a tuner by pointer and keyboard: examples, stops, the search, two tuners of a model."""

from __future__ import annotations

import pytest
from labpage import LabPage
from looking import assert_accessible, assert_fits
from playwright.sync_api import Locator, expect
from recorder import Recorder
from tunerpage import MODELFILE

pytestmark = pytest.mark.long


def test_two_tuners_of_a_model_know_of_each_other(lab_page: LabPage, server: Recorder) -> None:
    magic = f"%load_ext ollama_magics\n%ollama host {server.url}"
    lab_page.open("two-tuners", [magic, f"%%modelfile two-tuners\n{MODELFILE}", "%tune two-tuners", "%tune two-tuners"])
    lab_page.run_all()
    first, second = (lab_page.output(at).locator(".om-tuner") for at in (2, 3))
    for panel in (first, second):
        expect(panel.get_by_role("status").filter(has_text="two-tuners is tuned elsewhere in this notebook too")).to_be_visible()
    field = second.get_by_role("textbox", name="temperature")
    field.fill("0.5")
    field.press("Enter")
    second.get_by_role("button", name="Create v2", exact=True).click()
    expect(first.get_by_role("alert")).to_contain_text("v2")
    expect(first.locator(".om-head").first).to_contain_text("v1")
    first.get_by_role("button", name="Read it again").click()
    expect(first.locator(".om-head").first).to_contain_text("v2")
    expect(first.get_by_role("textbox", name="temperature")).to_have_value("0.5")


def test_examples_are_moved_and_removed_by_keyboard_and_pointer(lab_page: LabPage, tuner: Locator) -> None:
    tuner.get_by_role("button", name="Add pair").click()
    rows = tuner.locator(".om-shot")
    texts = rows.locator("textarea")
    expect(texts.first).to_be_focused()
    for at, text in enumerate(("Do you repair e-bikes?", "Yes, all makes.", "On Sundays?", "No.")):
        if at == 2:
            tuner.get_by_role("button", name="Add pair").click()
            expect(texts.nth(2)).to_be_focused()
        texts.nth(at).fill(text)
    expect(tuner.locator(".chat > .om-head")).to_contain_text("a draft")
    texts.nth(2).press("Alt+ArrowUp")
    expect(texts.nth(1)).to_have_value("On Sundays?")
    expect(texts.nth(1)).to_be_focused()
    grip, target = rows.nth(1).locator(".grip").bounding_box(), rows.nth(2).bounding_box()
    assert grip
    assert target
    mouse = lab_page.page.mouse
    mouse.move(grip["x"] + 8, grip["y"] + 8)
    mouse.down()
    mouse.move(target["x"] + 8, target["y"] + target["height"] / 2, steps=4)
    expect(rows.nth(2)).to_have_class("om-shot tried over")
    mouse.up()
    expect(texts.nth(2)).to_have_value("On Sundays?")
    rows.first.get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(3)
    expect(texts.first).to_be_focused()
    expect(texts.first).to_have_value("Yes, all makes.")
    tuner.get_by_role("tab", name="Modelfile").click()
    expect(tuner.locator(".om-diff .add").first).to_contain_text("MESSAGE assistant Yes, all makes.")
    assert_accessible(lab_page.page)
    lab_page.picture("tuner-modelfile", tuner)


def test_stops_seed_and_the_search_of_a_narrow_tuner(lab_page: LabPage, tuner: Locator) -> None:
    lab_page.width(400)
    tabs = tuner.get_by_role("tab")
    assert [words.split()[0] for words in tabs.all_inner_texts()] == ["Prompt", "Knobs", "Modelfile", "History", "Chat"]
    add = tuner.get_by_role("textbox", name="Add to stop")
    for text in ("\\n\\n", "User:"):
        add.fill(text)
        add.press("Enter")
    tags = tuner.locator(".om-tag")
    expect(tags).to_have_text(["\\n\\n", "User:"])
    add.press("ArrowLeft")
    expect(tuner.get_by_role("button", name="Remove User:")).to_be_focused()
    lab_page.page.keyboard.press("Delete")
    expect(tags).to_have_text(["\\n\\n"])
    add.focus()
    add.press("Backspace")
    expect(tags).to_have_count(0)
    seed = tuner.get_by_role("textbox", name="seed")
    tuner.get_by_role("button", name="New seed").click()
    expect(seed).not_to_have_value("7")
    tuner.get_by_role("button", name="seed: Back to 7").click()
    expect(seed).to_have_value("7")
    search = tuner.get_by_role("combobox", name="Find a parameter")
    search.fill("penalt")
    expect(tuner.get_by_role("option")).to_contain_text(["frequency_penalty", "presence_penalty"], use_inner_text=True)
    assert_accessible(lab_page.page)
    lab_page.picture("tuner-search-400", tuner)
    field = tuner.get_by_role("textbox", name="top_k")
    field.fill("many")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(tuner.locator(".om-param .problem:visible")).to_have_count(1)
    expect(field).to_have_value("many")
    for tab in ("Prompt", "History", "Chat"):
        tuner.get_by_role("tab", name=tab).click()
        assert_fits(tuner)
        assert_accessible(lab_page.page)
        lab_page.picture(f"tuner-400-{tab.lower()}", tuner)
    lab_page.width(None)
    expect(tuner.get_by_role("tab", name="Knobs")).to_have_attribute("aria-selected", "true")
