"""A comparison as a learner does it: three temperatures, picks, blind, stop, a cell that fails, the notebook read again."""

from __future__ import annotations

from labpage import LabPage
from looking import assert_accessible, assert_accessible_in_all_themes, assert_fits
from playwright.sync_api import Locator, expect

SETUP = """%load_ext ollama_magics
%ollama host {embedded}"""
MODELS = """import ollama_magics as om
for style in ("", " Answer like a king.", " Answer like a pirate."):
    om.create("hive", f"FROM tutor\\nSYSTEM You are Griselda, a beekeeper.{style}")"""
TEMPERATURES = "%%compare hive@1 temperature=0,0.8,1.5 num_predict=40\nWho are you?\n\nTell me a joke.\n\nWhat is the capital of France?"
BLIND = "%%compare hive@2 hive@3 --blind\nWho are you?\n\nWhat is the capital of Spain?"


def panel_of(lab_page: LabPage, cell: int) -> Locator:
    return lab_page.output(cell).locator(".om-panel")


def test_three_temperatures(lab_page: LabPage, embedded: str) -> None:
    lab_page.open("compare", [SETUP.replace("{embedded}", embedded), MODELS, TEMPERATURES, "_.tally, _.winner.label"])
    lab_page.run_all()
    panel = panel_of(lab_page, 2)
    expect(panel).to_contain_text("Compared 3 settings of hive")
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


def test_blind_with_the_arrow_keys(lab_page: LabPage, embedded: str) -> None:
    """Nothing on the page names a column until all rows are judged; then the names are there, and Python has the picks."""
    cells = [SETUP.replace("{embedded}", embedded), MODELS, BLIND, "c = _", "[pick.blind for pick in c.picks.values()], c.blind"]
    lab_page.open("blind", cells)
    lab_page.run_all()
    panel = panel_of(lab_page, 2)
    expect(panel).to_contain_text("prompt 1 of 2")
    expect(panel.get_by_role("button", name="A ←")).to_be_enabled()
    expect(panel).to_contain_text("Who are you?")
    lab_page.picture("compare-blind", lab_page.output(2))
    for place in (panel, lab_page.output(2)):
        html = place.evaluate("element => element.outerHTML")
        assert "hive" not in html
        assert "tokens" not in html
    assert "hive" not in str(lab_page.save()["cells"][2]["outputs"])
    panel.get_by_role("button", name="A ←").focus()
    lab_page.page.keyboard.press("ArrowRight")
    expect(panel).to_contain_text("prompt 2 of 2")
    expect(panel).to_contain_text("What is the capital of Spain?")
    lab_page.page.keyboard.press("ArrowDown")
    expect(panel).to_contain_text("hive v2")
    expect(panel).to_contain_text("same in 1 row; picked blind in 2 of 2.")
    expect(panel.get_by_role("row")).to_have_count(3)
    lab_page.picture("compare-revealed", lab_page.output(2))
    run_again(lab_page, 4)
    expect(lab_page.output(4)).to_contain_text("([True, True], False)")


def run_again(lab_page: LabPage, cell: int) -> None:
    lab_page.page.evaluate("cell => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = cell; }", cell)
    lab_page.command("notebook:run-cell")


SLOW = """
import json, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Slow(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    go = threading.Event()
    def log_message(self, *_): pass
    def plain(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        known = "version" in self.path or self.path == "/api/ps"
        self.plain({"version": "0.33.1", "models": []} if known else {"error": "404 page not found"}, 200 if known else 404)
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/show":
            return self.plain({"modelfile": "FROM /weights/one", "parameters": ""})
        if "fails" in body["messages"][-1]["content"]:
            return self.plain({"error": "out of memory"}, 500)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(200):
            line = json.dumps({"message": {"role": "assistant", "content": f"word{number} "}, "done": number == 199}) + "\\n"
            self.wfile.write(f"{len(line):x}\\r\\n{line}\\r\\n".encode())
            if number == 5 and "holds" in body["messages"][-1]["content"]:
                Slow.go.wait(60)
        self.wfile.write(b"0\\r\\n\\r\\n")

slow = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
threading.Thread(target=slow.serve_forever, daemon=True).start()
"""


def test_stop_and_ask_again(lab_page: LabPage) -> None:
    """A cell that fails keeps its place and can be asked again; Stop keeps what came; the notebook reads well without a kernel."""
    prompts = "It fails.\\n\\nIt holds.\\n\\nIt is quick."
    ask = f"get_ipython().run_cell_magic('compare', f'a b c -n 2 --host 127.0.0.1:{{slow.server_port}}', '{prompts}');"
    lab_page.open("stop", ["%load_ext ollama_magics", SLOW, ask])
    lab_page.start_all()
    panel = panel_of(lab_page, 2)
    expect(panel).to_contain_text("word5")
    expect(panel.locator(".om-notice.err:visible")).to_have_count(3)
    expect(panel).to_contain_text("3 of 9 done, 3 failed")
    expect(panel).to_contain_text("waits, 2nd in the queue")
    expect(panel.locator("[aria-busy=true]").first).to_contain_text("word5")
    lab_page.picture("compare-running", lab_page.output(2))
    lab_page.theme("JupyterLab Dark")
    lab_page.width(400)
    lab_page.picture("compare-running-dark-400", lab_page.output(2))
    lab_page.width(None)
    lab_page.theme("JupyterLab Light")
    held = lab_page.save()["cells"][2]["outputs"][0]["data"]
    assert "".join(held["text/plain"]) == "Comparing 3 models …"
    panel.get_by_role("button", name="Stop this answer: a").first.click()
    expect(panel.get_by_role("button", name="Try again: a")).to_have_count(2)
    panel.get_by_role("button", name="Stop", exact=True).click()
    expect(panel).to_contain_text("0 answers, 3 failed, 6 stopped")
    expect(panel.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
    panel.get_by_role("button", name="Try again: b").last.click()
    expect(panel).to_contain_text("1 answer, 3 failed, 5 stopped")
    expect(panel).to_contain_text("word199")
    lab_page.page.wait_for_function("document.querySelector('.ollama-magics-output .jp-RenderedHTML')?.textContent.includes('word199')")
    lab_page.save()
    lab_page.end_kernel()
    lab_page.open("stop")
    output = lab_page.output(2)
    expect(output).to_contain_text("Compared 3 models on 3 prompts")
    expect(output).to_contain_text("failed: out of memory.")
    expect(output.locator("table").first).to_contain_text("word199")
    expect(panel).to_have_count(0)
    lab_page.picture("compare-reopened", output)


def test_names_stay_in_sight(lab_page: LabPage, embedded: str) -> None:
    """Far down a long comparison the names of the columns are still there; many columns scroll in a window of their own."""
    prompts = "\\n\\n".join(f"Prompt {number}: who are you?" for number in range(14))
    tall = f"get_ipython().run_cell_magic('compare', 'hive@1 temperature=0,1', '{prompts}');"
    wide = f"get_ipython().run_cell_magic('compare', 'hive@1 temperature=0,1 top_k=1,2,3', '{prompts}');"
    lab_page.open("tall", [SETUP.replace("{embedded}", embedded), MODELS, tall, wide])
    lab_page.run_all()
    panel = panel_of(lab_page, 2)
    expect(panel).to_contain_text("28 answers")
    scroll_down(panel)
    expect(panel.get_by_role("columnheader").nth(1)).to_be_in_viewport(ratio=1)
    wide_panel = panel_of(lab_page, 3)
    expect(wide_panel).to_contain_text("84 answers")
    scroll_down(wide_panel)
    expect(wide_panel.get_by_role("columnheader").nth(6)).to_be_in_viewport(ratio=1)
    expect(wide_panel.get_by_role("rowheader").last).to_be_in_viewport(ratio=1)
    lab_page.picture("compare-wide", wide_panel)
    assert_accessible(lab_page.page, ".om-compare .om-grid.wide")


def scroll_down(panel: Locator) -> None:
    """Bring the head of a panel to the top of the window, and the end of its table into sight."""
    panel.evaluate("panel => panel.scrollIntoView()")
    panel.locator(".om-grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight; grid.scrollLeft = grid.scrollWidth; }")
    expect(panel.get_by_text("Prompt 13:").first).to_be_in_viewport()
