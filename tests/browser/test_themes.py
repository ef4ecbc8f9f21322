"""Every panel in every theme, narrow and wide, by keyboard, with less motion, with forced colours, from right to left."""

from __future__ import annotations

import pytest
from labpage import THEMES, LabPage
from looking import assert_accessible, assert_accessible_in_all_themes, assert_apart, assert_fits, tab_order
from panel_kinds import KINDS, ORDINARY, cells
from playwright.sync_api import expect

pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", KINDS)
def test_panel_reads_well_everywhere(lab_page: LabPage, kind: str) -> None:
    lab_page.open(f"themes-{kind}", cells(ORDINARY, [kind]))
    lab_page.run_all()
    output = lab_page.output(1)
    panel = output.locator(".om-panel").first
    expect(panel).to_contain_text("bikeshop")
    assert_accessible_in_all_themes(lab_page, pictures=f"theme-{kind}", of=output)
    for width in (320, 560, 4000):
        lab_page.width(width)
        assert_fits(panel)
        assert_apart(panel)
        lab_page.picture(f"theme-{kind}-{width}", output)
    lab_page.width(None)
    check_forced_colours(lab_page, kind)
    check_keyboard(lab_page)
    check_less_motion(lab_page)
    check_right_to_left(lab_page)


def check_forced_colours(lab_page: LabPage, kind: str) -> None:
    """Icons stay, words stay: nothing is said by a tint alone."""
    lab_page.page.emulate_media(forced_colors="active")
    panel = lab_page.output(1).locator(".om-panel").first
    assert panel.evaluate("panel => getComputedStyle(panel).borderTopStyle") == "solid"
    lab_page.picture(f"theme-{kind}-forced", lab_page.output(1))
    assert_accessible(lab_page.page)
    lab_page.page.emulate_media(forced_colors="none")


def check_keyboard(lab_page: LabPage) -> None:
    """The Tab key comes by every control, each has a name and a ring that is seen, and it leaves the panel again."""
    panel = lab_page.output(1).locator(".om-panel").first
    stops = tab_order(panel)
    assert [stop for stop in stops if not stop.name or not stop.seen] == []
    buttons = panel.locator("button:visible:enabled:not([tabindex='-1'])").count()
    assert sum(stop.role in ("button", "submit", "tab") for stop in stops) >= buttons


def check_less_motion(lab_page: LabPage) -> None:
    """Where a person asks for less motion nothing turns, blinks or slides."""
    lab_page.page.emulate_media(reduced_motion="reduce")
    lab_page.page.wait_for_function("matchMedia('(prefers-reduced-motion: reduce)').matches")
    moving = """panel => panel.getAnimations({ subtree: true })
      .filter(each => each.playState === "running").map(each => each.animationName ?? each.transitionProperty)"""
    assert lab_page.output(1).locator(".om-panel").first.evaluate(moving) == []
    lab_page.page.emulate_media(reduced_motion="no-preference")


def check_right_to_left(lab_page: LabPage) -> None:
    """In a page that reads from right to left nothing sticks out or lies on something else, and each text has its own direction."""
    panel = lab_page.output(1).locator(".om-panel").first
    panel.evaluate("panel => { panel.parentElement.dir = 'rtl'; }")
    lab_page.width(560)
    assert_fits(panel)
    assert_apart(panel)
    lab_page.width(None)
    assert lab_page.page.evaluate("document.body.dataset.jpThemeName") == THEMES["light"]
