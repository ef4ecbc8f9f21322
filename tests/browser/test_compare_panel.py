"""A comparison as a learner does it: three temperatures, picks, blind, stop, a cell that fails, the notebook read again."""

from __future__ import annotations

from labpage import LabPage
from looking import assert_accessible_in_all_themes, assert_fits
from playwright.sync_api import Locator, expect

SETUP = """%load_ext ollama_magics
%ollama host {embedded}"""
MODELS = """import ollama_magics as om
for style in ("", " Answer like a king.", " Answer like a pirate."):
    om.create("keeper", f"FROM tutor\\nSYSTEM You are Griselda, a beekeeper.{style}")"""
TEMPERATURES = "%%compare keeper@1 temperature=0,0.8,1.5 num_predict=40\nWho are you?\n\nTell me a joke.\n\nWhat is the capital of France?"
BLIND = "%%compare keeper@2 keeper@3 --blind\nWho are you?\n\nWhat is the capital of Spain?"


def panel_of(lab_page: LabPage, cell: int) -> Locator:
    return lab_page.output(cell).locator(".om-panel")


def test_three_temperatures(lab_page: LabPage, embedded: str) -> None:
    lab_page.open("compare", [SETUP.replace("{embedded}", embedded), MODELS, TEMPERATURES, "_.tally, _.winner.label"])
    lab_page.run_all()
    panel = panel_of(lab_page, 2)
    expect(panel).to_contain_text("Compared 3 settings of keeper", timeout=60_000)
    expect(panel).to_contain_text("9 answers")
    expect(panel.get_by_role("row")).to_have_count(4)
    expect(panel.get_by_role("columnheader")).to_have_text(
        ["3 promptsseed 7 in every cell", *[f"temperature {t}num_predict 40" for t in ("0", "0.8", "1.5")]]
    )
    lab_page.picture("compare-first", lab_page.output(2))
    panel.get_by_label("Best: temperature 0.8").first.click()
    panel.get_by_label("Best: temperature 0.8").nth(1).click()
    panel.get_by_label("Best: temperature 0", exact=True).nth(2).click()
    expect(panel).to_contain_text("Best: temperature 0.8 in 2 rows, temperature 0 in 1 row.")
    assert_accessible_in_all_themes(lab_page, pictures="compare", of=lab_page.output(2))
    for width in (320, 400, 1600):
        lab_page.width(width)
        assert_fits(panel)
        lab_page.picture(f"compare-{width}", lab_page.output(2))
    lab_page.width(None)
