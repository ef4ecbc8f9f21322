"""Text that wants to do harm, in every panel: 0 scripts run and 0 requests, while it is live and when it is read again."""

from __future__ import annotations

import pytest
from hostile import HOSTILE
from labpage import LabPage
from looking import assert_fits
from panel_kinds import KINDS, cells
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.long

# What none of our elements is made of, whatever a text says.
FOREIGN = "script, img:not([src^='data:image/']), iframe, svg, style, link, form, base, meta, object, embed, math, video, audio"
ADDRESSES = ("https://good.example", "https://evil.example", "mailto:")


def assert_inert(output: Locator) -> None:
    for place in (".om-panel", ".jp-RenderedHTML"):
        assert output.locator(place).locator(FOREIGN).evaluate_all("found => found.map(each => each.outerHTML.slice(0, 200))") == []
    links = output.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [link for link in links if not link.startswith(ADDRESSES)] == []
    handlers = "found => found.flatMap(each => each.getAttributeNames()).filter(name => name.startsWith('on'))"
    assert output.locator("*").evaluate_all(handlers) == []


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_runs_nothing_and_fetches_nothing(lab_page: LabPage, kind: str) -> None:
    lab_page.open(f"hostile-{kind}", cells(HOSTILE, [kind]))
    lab_page.run_all()
    output = lab_page.output(1)
    panel = output.locator(".om-panel").first
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("omHarm")
    assert_inert(output)
    lab_page.width(320)
    assert_fits(panel)
    lab_page.picture(f"hostile-{kind}-narrow", output)
    lab_page.width(None)
    lab_page.save()
    lab_page.end_kernel()
    lab_page.open(f"hostile-{kind}")
    expect(output.locator(".jp-OutputArea-output").first).to_be_visible()
    assert_inert(lab_page.output(1))
    assert lab_page.harm() == []
