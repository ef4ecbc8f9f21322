"""What a person finds on a panel, and a program that reads for a person: names, colours, widths, the way of the Tab key."""

from __future__ import annotations

from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from labpage import THEMES, LabPage
from playwright.sync_api import Locator, Page

# WCAG 2.2 AA and what axe-core holds to be good practice. The rules left out are about whole pages: where JupyterLab has its landmarks.
_RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # No rule of these asks for style sheets or media to be fetched first.
    "preload": False,
    "rules": {"region": {"enabled": False}, "heading-order": {"enabled": False}, "page-has-heading-one": {"enabled": False}},
}


def assert_accessible(page: Page, selector: str = ".om-panel") -> None:
    """Hold what ``selector`` finds to axe-core's rules, in the theme that is on."""
    assert page.locator(selector).count(), f"nothing on the page is {selector}"
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    where = {"include": [[selector]]}
    found = page.evaluate("([where, rules]) => axe.run(where, rules).then(result => result.violations)", [where, _RULES])
    assert not found, "\n".join(_words(violation, node) for violation in found for node in violation["nodes"])


def _words(violation: dict, node: dict) -> str:
    reasons = [check["message"] for check in (*node["any"], *node["all"], *node["none"])]
    return f"{violation['id']}: {node['target'][-1]}\n    {node['html'][:200]}\n    {'; '.join(reasons)}"


def assert_accessible_in_all_themes(
    lab_page: LabPage, selector: str = ".om-panel", *, pictures: str = "", of: Locator | None = None
) -> None:
    """Hold a panel to the rules in light, dark and high contrast; with ``pictures`` keep one of each, ``NAME-light`` and so on."""
    for word, theme in THEMES.items():
        lab_page.theme(theme)
        if pictures:
            lab_page.picture(f"{pictures}-{word}", of)
        assert_accessible(lab_page.page, selector)
    lab_page.theme(THEMES["light"])


# Elements that stick out of their panel to the right or left: what scrolls, is cut, or is there for readers only is no fault.
_OUTSIDE = """panel => {
  const box = panel.getBoundingClientRect();
  const clipped = element => {
    for (let at = element; at !== panel; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (at.matches(".om-said")) return true;
      if (at !== element && ["auto", "scroll", "hidden", "clip"].includes(style.overflowX)) return true;
    }
    return false;
  };
  const out = [...panel.querySelectorAll("*")].filter(element => {
    const rect = element.getBoundingClientRect();
    const { overflowX, display } = getComputedStyle(element);
    const spills = overflowX === "visible" && display !== "inline" && element.scrollWidth > element.clientWidth + 1;
    if (spills && !clipped(element)) return true;
    const sticksOut = rect.right > box.right + 1 || rect.left < box.left - 1;
    return rect.width > 0 && sticksOut && element.checkVisibility({ visibilityProperty: true }) && !clipped(element);
  });
  const names = out.map(element => `${element.tagName}.${element.className}: ${(element.textContent ?? "").slice(0, 60)}`);
  const scrolls = panel.scrollWidth > panel.clientWidth + 1;
  const wide = scrolls ? [`the panel scrolls: ${panel.scrollWidth} in ${panel.clientWidth}`] : [];
  return [...wide, ...names].slice(0, 8);
}"""

# Pairs of texts and controls that lie on each other, neither of them in the other.
_OVERLAPS = """panel => {
  // The layer of marks under a text field says what the field says, in no colour.
  const away = element => element.closest(".om-said, .om-editor .layer");
  const shown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !away(element);
  const things = [...panel.querySelectorAll("button, input, textarea, select, summary, a")].filter(shown)
    .map(element => ({ element, words: element.ariaLabel ?? element.textContent, rects: [element.getBoundingClientRect()] }));
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    if (text.data.trim() && shown(text.parentElement)) {
      const range = document.createRange();
      range.selectNodeContents(text);
      things.push({ element: text.parentElement, words: text.data.trim(), rects: [...range.getClientRects()] });
    }
  }
  const visible = (rect, element) => {
    let { left, top, right, bottom } = rect;
    for (let at = element; at && at !== panel.parentElement; at = at.parentElement) {
      if (getComputedStyle(at).overflow !== "visible") {
        const box = at.getBoundingClientRect();
        [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
        [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
      }
    }
    return { left, top, right, bottom };
  };
  things.forEach(thing => (thing.rects = thing.rects.map(rect => visible(rect, thing.element))));
  const common = (low1, high1, low2, high2) => Math.min(high1, high2) - Math.max(low1, low2) > 2;
  const on = (a, b) => common(a.left, a.right, b.left, b.right) && common(a.top, a.bottom, b.top, b.bottom);
  const found = [];
  things.forEach((one, index) => {
    for (const two of things.slice(index + 1)) {
      const nested = one.element.contains(two.element) || two.element.contains(one.element);
      if (!nested && one.rects.some(a => two.rects.some(b => on(a, b)))) {
        found.push(`${(one.words ?? "").slice(0, 40)} | ${(two.words ?? "").slice(0, 40)}`);
      }
    }
  });
  return found;
}"""


def assert_fits(panel: Locator) -> None:
    """Nothing of a panel sticks out of it to a side, and it has no scroll bar of its own to the right."""
    found = panel.evaluate(_OUTSIDE)
    assert not found, "\n".join(found)


def assert_apart(panel: Locator) -> None:
    """No text or control of a panel lies on another."""
    found = panel.evaluate(_OVERLAPS)
    assert not found, "\n".join(found)


@dataclass(frozen=True)
class Stop:
    """A place where the Tab key stops: what it is, what it is called, whether its focus can be seen."""

    role: str
    name: str
    seen: bool


_STOP = """panel => {
  const at = document.activeElement;
  if (!panel.contains(at)) return null;
  const style = getComputedStyle(at);
  const label = at.labels?.[0]?.textContent ?? document.getElementById(at.getAttribute("aria-labelledby"))?.textContent;
  const name = at.getAttribute("aria-label") ?? label ?? (at.textContent.trim() || at.title || at.placeholder || "");
  const around = at.closest(":focus-within:not(:focus)");
  const ring = ({ outlineStyle, boxShadow }) => outlineStyle !== "none" || boxShadow !== "none";
  const seen = ring(style) || (around !== null && ring(getComputedStyle(around)));
  return [at.getAttribute("role") ?? at.type ?? at.localName, name.trim().slice(0, 80), seen];
}"""


def tab_order(panel: Locator, limit: int = 100) -> list[Stop]:
    """Return where the Tab key stops in a panel, from just before it to just after it; the last press has left it."""
    page = panel.page
    panel.evaluate(
        """panel => {
          const before = Object.assign(document.createElement("span"), { tabIndex: -1, id: "before-panel" });
          panel.before(before);
          before.focus();
        }"""
    )
    stops: list[Stop] = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        stop = panel.evaluate(_STOP)
        if stop is None:
            page.evaluate("document.getElementById('before-panel')?.remove()")
            return stops
        stops.append(Stop(*stop))
    raise AssertionError(f"Tab does not leave the panel: {[stop.name for stop in stops[-5:]]}")
