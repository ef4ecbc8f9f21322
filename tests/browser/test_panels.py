"""Panels driven by the kernel side alone: what a person sees while work runs, and what stays."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from labpage import LabPage
from playwright.sync_api import expect
from talk_cell import TALK

PROGRESS = """
import threading
from types import SimpleNamespace as Step
from ollama_magics.client.cancel import CancelToken
from ollama_magics.display.segments import Document, Paragraph, Span, Title
from ollama_magics.widgets.live import LiveProgress

def step(view, stage, item="", status="", done=None, total=None, at=0.0):
    view.update(Step(stage=stage, item=item, status=status, completed=done, total=total, elapsed_s=at))

go = threading.Event()
"""

RUNNING = """
cancel = CancelToken()
cancel.on_cancel(go.set)
with LiveProgress("Creating bikeshop", "local Ollama 0.33.1") as view:
    view.cancels(cancel)
    step(view, "check")
    step(view, "pull", "llama3.2", "pulling manifest", at=0.1)
    step(view, "pull", "llama3.2", "pulling 966de95ca8a6", 13_000, 13_000, 0.2)
    for second in range(5):
        step(view, "pull", "llama3.2", "pulling dde5aa3fc5ff", 262_000_000 * (second + 1), 2_020_000_000, 1.0 + 5 * second)
    while not go.wait(0.05):
        pass
    go.clear()
    title = "Cancelled" if cancel.cancelled else "bikeshop"
    view.finish(Document((Title("stop" if cancel.cancelled else "ok", title, "v4, from llama3.2"),), framed=True))
"""


def test_progress_is_live_and_leaves_its_result(lab_page: LabPage) -> None:
    lab_page.open("progress", [PROGRESS, RUNNING])
    lab_page.wait_for_kernel()
    limit_s = 2 * lab_page.slowness()
    lab_page.start_all()
    panel = lab_page.output(1).locator(".om-panel")
    expect(panel).to_contain_text("Creating bikeshop")
    expect(panel).to_contain_text("1.31 of 2.02 GB")
    expect(panel.locator("li[aria-current=step]")).to_have_text("Pull llama3.2")
    expect(lab_page.output(1).get_by_text("…")).to_be_hidden()
    lab_page.picture("progress-light", lab_page.output(1))
    held = lab_page.save()["cells"][1]["outputs"][0]["data"]
    assert "".join(held["text/plain"]) == "Creating bikeshop on local Ollama 0.33.1 …"
    panel.locator("summary").click()
    expect(panel.locator(".om-log")).to_contain_text("pulling manifest")
    lab_page.theme("JupyterLab Dark")
    lab_page.picture("progress-dark-log", lab_page.output(1))
    lab_page.theme("JupyterLab Light")
    began = time.perf_counter()
    panel.get_by_role("button", name="Cancel").click()
    lab_page.page.wait_for_function("!document.querySelector('.om-panel')", polling=10)
    spent = time.perf_counter() - began
    print(f"Cancel to its card: {spent:.2f} s, the click included")
    assert spent < limit_s
    expect(lab_page.output(1)).to_contain_text("Cancelled")
    expect(panel).to_have_count(0)
    final = lab_page.save()["cells"][1]["outputs"]
    assert [set(output["data"]) for output in final] == [{"text/html", "text/plain"}]
    lab_page.picture("cancelled-saved", lab_page.output(1))


DEAF = """
go.clear()
try:
    with LiveProgress("Creating deaf", "local Ollama") as view:
        view.cancels(CancelToken())
        # As in a front end without subshells: the page's messages wait for the end of the cell.
        view.panel.comm._reply_subshell_for = lambda data, default: None
        step(view, "build")
        while not go.wait(0.05):
            pass
except KeyboardInterrupt:
    view.settle(Document((Title("stop", "Cancelled", "by an interrupt"),)))
"""


def test_cancel_reaches_a_kernel_that_hears_no_messages(lab_page: LabPage) -> None:
    lab_page.open("deaf", [PROGRESS, DEAF])
    lab_page.start_all()
    cancel = lab_page.output(1).get_by_role("button", name="Cancel")
    cancel.click()
    expect(lab_page.output(1)).to_contain_text("Cancelled by an interrupt")


ANSWER = '''
import threading
from ollama_magics.client.cancel import CancelToken
from ollama_magics.display.cards import answer_card
from ollama_magics.errors import Cancelled
from ollama_magics.widgets.livechat import LiveAnswer

TEXT = """A slipping chain is nearly always **wear**, so I measure first. I have `14:30` and 16:00 free today.

| Work | Price |
|---|--:|
| Measure the chain | free |
| New chain, fitted | 38 € |

1. Puncture
2. Brakes, see [our page](https://shop.example/brakes)

```python
booking.add(time="14:30", job="chain")
```
"""
go = threading.Event()
'''

ANSWERING = """
def answer(question):
    yield "", "The user asks for price and time."
    for at in range(0, len(TEXT), 7):
        yield TEXT[at:at + 7]
    while not go.wait(0.05):
        pass

chat = talk("bikeshop", answer)
cancel = CancelToken()
cancel.on_cancel(go.set)
with LiveAnswer(chat, "local Ollama 0.33.1") as view:
    view.cancels(cancel)
    try:
        chat.ask("?", cancel=cancel)
    except Cancelled:
        pass
    view.finish(answer_card("bikeshop", chat.answers[-1].turn()), chat.answers[-1])
"""


def test_answer_is_drawn_as_it_comes_and_then_saved(lab_page: LabPage) -> None:
    lab_page.open("answer", [TALK + ANSWER, ANSWERING])
    lab_page.start_all()
    panel = lab_page.output(1).locator(".om-panel")
    expect(panel.locator("pre")).to_contain_text("booking.add")
    expect(panel.locator("th").first).to_have_text("Work")
    expect(panel.locator("strong")).to_have_text("wear")
    expect(panel.get_by_role("button", name="Stop")).to_be_visible()
    assert panel.locator("a").get_attribute("href") == "https://shop.example/brakes"
    lab_page.picture("answer-streaming-light", lab_page.output(1))
    lab_page.theme("JupyterLab Dark")
    lab_page.picture("answer-streaming-dark", lab_page.output(1))
    lab_page.theme("JupyterLab Light")
    panel.get_by_role("button", name="Stop").click()
    saved = lab_page.output(1).locator(".jp-RenderedHTML")
    expect(saved).to_contain_text("Stopped.")
    expect(panel).to_have_count(0)
    lab_page.picture("answer-saved", lab_page.output(1))


CHAT = """
from ollama_magics.widgets.livechat import LiveChat

waiting = threading.Event()

def answer(question):
    words = f"You said: *{question}*. It costs **38 €**. ".split(" ")
    for word in words * 400 if "long" in question else words:
        yield word + " "
        if "long" in question:
            waiting.wait(0.01)

live = LiveChat(talk("bikeshop", answer), server="local Ollama 0.33.1")
live.show()
"""


def test_chat_goes_on_after_its_cell_and_reads_well_without_a_kernel(lab_page: LabPage) -> None:
    lab_page.open("chat", [TALK + CHAT])
    lab_page.run_all()
    panel = lab_page.output(0).locator(".om-panel")
    field = panel.get_by_role("textbox")
    expect(field).to_be_visible()
    expect(panel).to_contain_text("Talk to bikeshop")
    lab_page.picture("chat-empty", lab_page.output(0))
    field.fill("What does a chain cost?")
    field.press("Enter")
    expect(panel.locator(".om-msg.bot")).to_contain_text("It costs 38 €.")
    expect(panel).to_contain_text("42 tokens/s")
    expect(field).to_have_value("")
    field.fill("Tell me a long story")
    field.press("Enter")
    expect(panel.get_by_role("button", name="Stop")).to_be_visible()
    lab_page.picture("chat-answering", lab_page.output(0))
    held = lab_page.save()["cells"][0]["outputs"][0]["data"]
    assert "What does a chain cost?" in "".join(held["text/html"])
    lab_page.load("chat")
    expect(panel.locator(".om-msg.bot").first).to_contain_text("It costs 38 €.")
    expect(panel.get_by_role("button", name="Stop")).to_be_visible()
    field.press("Escape")
    expect(panel.locator(".om-msg.bot").last.get_by_text("stopped", exact=True)).to_be_visible()
    lab_page.page.set_viewport_size({"width": 480, "height": 800})
    lab_page.picture("chat-narrow", lab_page.output(0))
    lab_page.page.set_viewport_size({"width": 1100, "height": 800})
    lab_page.theme("JupyterLab Dark")
    lab_page.picture("chat-dark", lab_page.output(0))
    lab_page.theme("JupyterLab Light")
    lab_page.page.wait_for_function("document.querySelector('.ollama-magics-output')?.textContent.includes('Stopped.')")
    lab_page.save()
    lab_page.restart_kernel()
    expect(panel).to_be_hidden()
    expect(lab_page.output(0).locator("blockquote").last).to_be_visible()
    lab_page.end_kernel()
    lab_page.load("chat")
    output = lab_page.output(0)
    expect(output.locator("blockquote").first).to_have_text("What does a chain cost?")
    expect(output.locator("blockquote").last).to_have_text("Tell me a long story")
    expect(output).not_to_contain_text("model not found")
    expect(panel).to_have_count(0)
    lab_page.picture("chat-reopened", output)


HOSTILE = """
HARM = {harm}
from types import SimpleNamespace as Piece
from ollama_magics.widgets.live import LiveProgress
from ollama_magics.widgets.livechat import LiveChat

def answer(question):
    for at in range(0, len(question), 9):
        yield question[at:at + 9], question[at:at + 9]
    yield RuntimeError(question)

live = LiveChat(talk("".join(HARM)[:400], answer), server=HARM[0])
live.show()
for harm in HARM:
    live.ask(harm)
    assert live.thread.wait(60)
with LiveProgress(HARM[0] + HARM[1], HARM[1]) as view:
    for harm in HARM:
        view.update(Piece(stage="pull", item=harm, status=harm, completed=1, total=2, elapsed_s=1.0))
"""


def test_hostile_text_runs_nothing_and_fetches_nothing(lab_page: LabPage) -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent / "display"))
    from display_samples import HOSTILE as HARM

    harm = json.dumps([text.encode("utf-8", "replace").decode() for text in HARM])
    lab_page.open("hostile", [TALK + HOSTILE.replace("{harm}", f"__import__('json').loads({harm!r})")])
    lab_page.run_all()
    panel = lab_page.output(0).locator(".om-panel")
    expect(panel.locator(".om-msg.bot")).to_have_count(len(HARM))
    expect(panel.locator(".om-stat")).to_have_count(len(HARM))
    for live in (True, False):
        output = lab_page.output(0)
        expect(output).to_contain_text("alert(1)")
        for tag in ("script", "img", "iframe", "svg", "style", "link", "form", "base", "meta", "object"):
            assert output.locator(f".om-panel {tag}, .jp-RenderedHTML {tag}").count() == 0, (tag, live)
        for link in output.locator("a").all():
            assert (link.get_attribute("href") or "").startswith(("https://good.example", "https://evil.example"))
        if live:
            lab_page.save()
            lab_page.end_kernel()
            lab_page.open("hostile")
            expect(lab_page.output(0).locator(".jp-RenderedHTML").first).to_be_visible()
    assert lab_page.strange == []
