"""The page that tests share: nothing that one of them does to it reaches the next."""

from __future__ import annotations

from typing import Any

from labpage import SIZE, THEMES
from playwright.sync_api import expect

ENDLESS = "import threading; print('waits', flush=True); threading.Event().wait()"


def test_what_a_test_leaves_is_gone_and_a_page_it_broke_is_replaced(desk: Any) -> None:
    page = desk.take()
    page.open("left-behind", [ENDLESS])
    page.start_all()
    expect(page.output(0)).to_contain_text("waits")
    page.theme(THEMES["dark"])
    page.width(400)
    page.strange.append("https://evil.example")
    desk.put_back(whole=True)
    assert desk.take() is page
    page.open("next", ["print(1 + 1)"])
    page.run_all()
    expect(page.output(0)).to_contain_text("2")
    assert page.page.evaluate("[...window.jupyterapp.shell.widgets('main')].filter(each => each.context).length") == 1
    assert page.page.evaluate("document.body.dataset.jpThemeName") == THEMES["light"]
    assert page.page.viewport_size == SIZE
    assert page.harm() == []
    page.page.close()
    desk.put_back(whole=True)
    other = desk.take()
    assert other is not page
    other.open("after", ["print(2 + 2)"])
    other.run_all()
    expect(other.output(0)).to_contain_text("4")
    desk.put_back(whole=False)
    assert desk.take() is not other
    desk.put_back(whole=True)
