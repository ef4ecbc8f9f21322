"""What panels cost a page: bytes on the websocket, nodes that are drawn, code that is loaded, and nothing at all while nothing happens.

Limits are counts and ratios within one run; what a clock said is printed.
"""

from __future__ import annotations

import pytest
from labpage import LabPage
from playwright.sync_api import expect
from talk_cell import TALK

pytestmark = pytest.mark.long

STREAM = """
import time
from ollama_magics.display.cards import answer_card
from ollama_magics.widgets.livechat import LiveAnswer, LiveChat

def paragraphs(at):
    return f"w{at:05} " if at % 12 else f"w{at:04}.\\n\\n"

def items(at):
    return ("- " if at % 12 == 0 else "") + f"w{at:05}" + ("\\n" if at % 12 == 11 else " ")

def rows(at):
    head = "| a | b |\\n|---|---|\\n" if at == 0 else ""
    return head + ("| " if at % 12 == 0 else "") + f"w{at:05}" + (" |\\n" if at % 12 == 11 else " | " if at % 12 == 5 else " ")

def stream(form, tokens, tokens_per_s):
    def answer(question):
        began = time.monotonic()
        for at in range(tokens):
            yield form(at)
            time.sleep(max(0, began + at / tokens_per_s - time.monotonic()))

    chat = talk("bikeshop", answer, {"done": True, "done_reason": "stop", "eval_count": tokens})
    with LiveAnswer(chat) as view:
        got = chat.ask("?")
        view.finish(answer_card("bikeshop", got.turn()), got)
"""

# Counts, from now on: nodes put into panels, times our code asked for a later moment, long tasks.
COUNTING = """() => {
  window.counted = { nodes: 0, timers: 0, long: [] };
  const nodes = all => all.reduce((sum, node) => sum + 1 + (node.querySelectorAll?.("*").length ?? 0), 0);
  new MutationObserver(changes => changes.forEach(({ target, addedNodes }) => {
    if (target.closest?.(".om")) window.counted.nodes += nodes([...addedNodes]);
  })).observe(document.body, { childList: true, subtree: true });
  for (const name of ["setTimeout", "setInterval", "requestAnimationFrame", "requestIdleCallback"]) {
    const given = window[name];
    window[name] = (...args) => {
      if (new Error().stack.includes("blob:")) window.counted.timers += 1;
      return given.apply(window, args);
    };
  }
  new PerformanceObserver(list => list.getEntries().forEach(entry => window.counted.long.push(Math.round(entry.duration))))
    .observe({ type: "longtask" });
}"""


class Meter:
    """Counts what one cell costs the page."""

    def __init__(self, lab_page: LabPage) -> None:
        self.lab_page = lab_page
        self.session = lab_page.page.context.new_cdp_session(lab_page.page)
        # Time on the processor: what other programs of the machine do does not count.
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})
        lab_page.page.evaluate(COUNTING)

    def main_thread_s(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    def run(self, name: str, cell: int, last: str) -> dict[str, float]:
        """Run the selected cell to its end, which shows ``last`` in its saved form."""
        page = self.lab_page.page
        page.evaluate("Object.assign(counted, { nodes: 0, timers: 0, long: [] })")
        before, received, frames = self.main_thread_s(), self.lab_page.received, self.lab_page.frames
        self.lab_page.command("notebook:run-cell-and-select-next")
        expect(self.lab_page.output(cell).locator(".jp-RenderedHTML")).to_contain_text(last)
        counted = page.evaluate("counted")
        cost = {
            "bytes": self.lab_page.received - received,
            "frames": self.lab_page.frames - frames,
            "main_thread_s": round(self.main_thread_s() - before, 2),
            "nodes": counted["nodes"],
        }
        print(f"{name}: {cost}, tasks over 50 ms: {counted['long']}")
        return cost


def test_an_answer_costs_little_and_ten_times_as_much_ten_times_that(own_page: LabPage, record_property: pytest.FixtureRequest) -> None:
    """2,000 tokens: at most 0.1 MB on the websocket; each part of an answer is put into the page about once."""
    streams = [("paragraphs", 2000, 400), ("items", 2000, 1000), ("rows", 2000, 1000), ("paragraphs", 20_000, 4000)]
    cells = [TALK + STREAM, "stream(paragraphs, 24, 1000)", *(f"stream({form}, {count}, {rate})" for form, count, rate in streams)]
    own_page.open("costs", cells)
    own_page.wait_for_kernel()
    meter = Meter(own_page)
    own_page.command("notebook:run-cell-and-select-next")
    meter.run("the first panel, with the views' code", 1, "w0012")
    costs = []
    for at, (form, count, rate) in enumerate(streams):
        costs.append(meter.run(f"{count:,} tokens of {form} at {rate}/s", 2 + at, f"w{count - 1:05}"))
    record_property("websocket_bytes", costs[0]["bytes"])
    assert all(cost["bytes"] <= 100_000 for cost in costs[:3])
    paragraphs, items, rows = 2000 / 12, 2000 / 12, 2000 / 12
    for cost, parts in zip(costs[:3], (2 * paragraphs, 2 * items, 5 * rows), strict=True):
        assert cost["nodes"] <= 2 * parts + 200
    assert costs[3]["bytes"] <= 11 * costs[0]["bytes"]
    assert costs[3]["nodes"] <= 11 * costs[0]["nodes"]
    assert costs[3]["main_thread_s"] <= 20 * max(costs[0]["main_thread_s"], 0.3)


PANELS = """
chats = []
for number in range(50):
    chat = talk(f"shop{number}", lambda question: [f"Answer *{number}*."])
    chat.ask("What does a chain cost?")
    chats.append(LiveChat(chat))
    chats[-1].show()
"""

MOUNTED = "count => document.querySelectorAll('.om-panel').length === count"
QUIET = "seconds => new Promise(resolve => setTimeout(() => resolve(counted.timers), 1000 * seconds))"
THREADS = "import threading; print(sum(thread.name.startswith('ollama-magics') for thread in threading.enumerate()), 'of ours')"


def test_fifty_panels_load_their_code_once_and_cost_nothing_while_idle(own_page: LabPage) -> None:
    own_page.open("fifty", [TALK + STREAM, PANELS, THREADS])
    own_page.wait_for_kernel()
    meter = Meter(own_page)
    own_page.command("notebook:run-cell-and-select-next")
    received = own_page.received
    began = own_page.page.evaluate("performance.now()")
    own_page.start("notebook:run-cell-and-select-next")
    own_page.page.wait_for_function(MOUNTED, arg=50, polling="raf")
    spent = own_page.page.evaluate("began => performance.now() - began", began) / 1000
    print(f"50 panels: {spent:.2f} s, {own_page.received - received:,} bytes, main thread {meter.main_thread_s():.2f} s")
    assert own_page.page.evaluate("ollamaMagicsLibraries.size") == 1
    assert own_page.page.locator("style[data-ollama-magics-styles]").count() == 1
    # The code once, and what is one panel's own fifty times.
    assert own_page.received - received <= 120_000 + 50 * 12_000
    expect(own_page.page.locator(".om-panel").last).to_contain_text("Answer 49.")
    # What was said last is confirmed after a rest; then nothing moves on either side.
    own_page.page.evaluate(QUIET, 3.5)
    own_page.page.evaluate("counted.timers = 0")
    frames = own_page.frames
    assert own_page.page.evaluate(QUIET, 1.5) == 0
    assert own_page.frames == frames
    own_page.command("notebook:run-cell")
    expect(own_page.output(2)).to_contain_text("0 of ours")
