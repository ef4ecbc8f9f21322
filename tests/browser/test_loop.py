"""The whole loop as a person does it: write a Modelfile, build it, talk to it, close the notebook, read it again."""

from __future__ import annotations

from labpage import LabPage
from nbconvert import HTMLExporter, MarkdownExporter
from playwright.sync_api import expect

CELLS = [
    "%load_ext ollama_magics\n%ollama host {embedded}",
    "%%modelfile pirate\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are a pirate.",
    "%%chat pirate\nHello! Who are you?",
    "%%modelfile pirate --chat\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are a poet.",
]
MISTAKES = "%%modelfile pirate\nFROM tutor\nPARAMETER temprature 0.6\nPARAMETER num_ctx many"
UNKNOWN = "%%modelfile pirate --no-pull\nFROM tutr"


def test_modelfile_to_chat_and_back(lab_page: LabPage, embedded: str) -> None:
    lab_page.open("loop", [CELLS[0].replace("{embedded}", embedded), *CELLS[1:]])
    lab_page.run_all()
    expect(lab_page.output(1)).to_contain_text("pirate v1, from tutor")
    expect(lab_page.output(2)).to_contain_text("tokens/s")
    expect(lab_page.output(3)).to_contain_text("Changed since v1")
    expect(lab_page.output(3).locator("ins")).to_contain_text("poet")
    chat = lab_page.output(3).locator(".om-panel")
    expect(chat.locator(".om-head")).to_contain_text("pirate v2 · built-in server")
    chat.get_by_role("textbox").fill("Write a line about the sea.")
    chat.get_by_role("button", name="Send").click()
    expect(chat.locator(".om-stat").first).to_contain_text("tokens/s")
    said = chat.locator(".om-msg.bot .om-md").inner_text()
    assert said.strip()
    lab_page.picture("loop-light")
    lab_page.theme("JupyterLab Dark")
    lab_page.picture("loop-dark")
    lab_page.theme("JupyterLab Light")
    lab_page.save()
    lab_page.end_kernel()
    lab_page.load("loop")
    for words in ("Changed since v1", "Write a line about the sea."):
        expect(lab_page.output(3)).to_contain_text(words)
    expect(lab_page.page.locator(".jp-Notebook")).not_to_contain_text("model not found")
    lab_page.picture("loop-reopened")
    assert_exports_well(lab_page, said)
    assert lab_page.strange == []


def assert_exports_well(lab_page: LabPage, said: str) -> None:
    for exporter in (HTMLExporter(), MarkdownExporter()):
        page, _ = exporter.from_filename(str(lab_page.notebooks / "loop.ipynb"))
        assert "Changed since v1" in page
        assert said.split()[-1].strip(".!?") in page
        assert "Widget object" not in page
        assert "Panel>" not in page


def test_failures_stand_in_their_cells(lab_page: LabPage, embedded: str) -> None:
    lab_page.open("failures", [CELLS[0].replace("{embedded}", embedded), MISTAKES, UNKNOWN])
    lab_page.run_all()
    mistakes, unknown = lab_page.output(1), lab_page.output(2)
    expect(mistakes).to_contain_text("Not created: 2 mistakes")
    expect(mistakes.locator("pre").first).to_contain_text("3 | PARAMETER temprature 0.6")
    expect(mistakes).to_contain_text("temperature")
    expect(unknown).to_contain_text("no base model tutr")
    expect(unknown).to_contain_text("near it: tutor")
    lab_page.picture("mistakes-light", mistakes)
    lab_page.picture("unknown-base", unknown)
    lab_page.theme("JupyterLab Dark")
    lab_page.picture("mistakes-dark", mistakes)
    lab_page.theme("JupyterLab Light")
