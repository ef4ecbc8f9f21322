"""Pages that come and go while the kernel works: reloads, kernels that end, and a notebook that is opened later."""

from __future__ import annotations

import pytest
from labpage import LabPage
from playwright.sync_api import expect
from talk_cell import TALK
from test_panels import ANSWER, PROGRESS

pytestmark = pytest.mark.long

# Each cell ends when the test lets it, by a file: after a reload no button of a running cell is there yet.
CREATING = """
import time
from pathlib import Path
with LiveProgress("Creating bikeshop", "local Ollama 0.33.1") as view:
    for second in range(5):
        step(view, "pull", "llama3.2", "pulling dde5aa3fc5ff", 262_000_000 * (second + 1), 2_020_000_000, 1.0 + 5 * second)
    while not Path("go").exists():
        time.sleep(0.02)
    view.finish(Document((Title("ok", "bikeshop", "v4, from llama3.2"),), framed=True))
"""

ANSWERING = """
import time
from pathlib import Path

def answer(question):
    yield TEXT
    while not Path("go").exists():
        time.sleep(0.02)
    yield "And that was all."

chat = talk("bikeshop", answer)
with LiveAnswer(chat, "local Ollama 0.33.1") as view:
    got = chat.ask("?")
    view.finish(answer_card("bikeshop", got.turn()), got)
"""


def check_result_gets_into_the_notebook(lab_page: LabPage, name: str, cells: list[str], running: str, ended: str) -> None:
    go = lab_page.notebooks / "go"
    go.unlink(missing_ok=True)
    lab_page.open(name, cells)
    lab_page.start_all()
    output = lab_page.output(1)
    expect(output.locator(".om-panel")).to_contain_text(running)
    lab_page.save()
    lab_page.load(name)
    expect(output).to_contain_text("bikeshop")
    go.touch()
    expect(output).to_contain_text(ended)
    expect(output.locator(".om-panel")).to_have_count(0)
    expect(output).not_to_contain_text("model not found")
    data = lab_page.save()["cells"][1]["outputs"][0]["data"]
    assert set(data) == {"text/html", "text/plain"}
    assert ended in "".join(data["text/plain"])


def test_result_of_a_create_reaches_a_page_that_was_loaded_meanwhile(lab_page: LabPage) -> None:
    check_result_gets_into_the_notebook(lab_page, "reload-create", [PROGRESS, CREATING], "1.31 of 2.02 GB", "v4, from llama3.2")


def test_answer_reaches_a_page_that_was_loaded_meanwhile(lab_page: LabPage) -> None:
    check_result_gets_into_the_notebook(lab_page, "reload-answer", [TALK + ANSWER, ANSWERING], "booking.add", "And that was all.")


def test_result_reaches_a_page_that_is_opened_after_the_end(lab_page: LabPage) -> None:
    """The notebook was closed while its cell ran; the kernel lives, and what it holds is put where the panel was."""
    go = lab_page.notebooks / "go"
    go.unlink(missing_ok=True)
    lab_page.open("opened-later", [PROGRESS, CREATING])
    lab_page.start_all()
    expect(lab_page.output(1).locator(".om-panel")).to_contain_text("1.31 of 2.02 GB")
    lab_page.save()
    lab_page.leave()
    go.touch()
    lab_page.load("opened-later")
    expect(lab_page.output(1)).to_contain_text("v4, from llama3.2")
    expect(lab_page.output(1).locator(".om-panel")).to_have_count(0)


def test_kernel_that_ends_while_a_cell_runs_leaves_word(lab_page: LabPage) -> None:
    """Nothing looks as if it still ran: neither on this page nor in the file."""
    (lab_page.notebooks / "go").unlink(missing_ok=True)
    lab_page.open("kernel-ends", [PROGRESS, CREATING])
    lab_page.start_all()
    output = lab_page.output(1)
    expect(output.locator(".om-panel")).to_contain_text("1.31 of 2.02 GB")
    lab_page.restart_kernel()
    expect(output).to_contain_text("The kernel ended before this was done.")
    expect(output.locator(".om-panel")).to_have_count(0)
    data = lab_page.save()["cells"][1]["outputs"][0]["data"]
    assert set(data) == {"text/html", "text/plain"}
