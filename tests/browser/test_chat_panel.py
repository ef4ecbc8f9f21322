"""A conversation in a real JupyterLab as a person has it: with keys and mouse, on the built-in server and on one that plays a part."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from labpage import LabPage
from looking import assert_accessible_in_all_themes, assert_apart, assert_fits, tab_order
from playwright.sync_api import Locator, expect
from talking_server import TalkingServer, talking_server

TALK = "%load_ext ollama_magics\n%ollama host {url}\nchat = %chat bikeshop"
TOOLS = '''
def free_slots(day: str) -> list:
    """Return the free times of a day.

    Args:
        day: the day.
    """
    return ["14:30", "16:00"]

chat.tools = [free_slots]
'''
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
def talker() -> Iterator[TalkingServer]:
    with talking_server() as server:
        yield server


class Talk:
    """A chat panel as a person sees it."""

    def __init__(self, lab_page: LabPage, cell: int = 0) -> None:
        self.lab_page, self.page = lab_page, lab_page.page
        self.panel = lab_page.output(cell).locator(".om-panel")
        self.field = self.panel.get_by_role("textbox", name=re.compile("essage"))
        self.answers = self.panel.locator(".om-msg.bot")
        self.questions = self.panel.locator(".om-msg.user")

    def ask(self, text: str, answers: int) -> Locator:
        """Send a message with the Enter key, wait for the end of answer number ``answers`` and return it."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.answers).to_have_count(answers)
        self.settled()
        return self.answers.nth(answers - 1)

    def settled(self) -> None:
        expect(self.panel.get_by_role("log")).to_have_attribute("aria-busy", "false")

    def button(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.panel).get_by_role("button", name=name, exact=True)


def begin(lab_page: LabPage, name: str, cells: list[str], cell: int = 0) -> Talk:
    lab_page.open(name, cells)
    lab_page.run_all()
    talk = Talk(lab_page, cell)
    expect(talk.field).to_be_visible()
    return talk


def test_keys_alone_do_everything(lab_page: LabPage, embedded: str) -> None:
    cells = [
        f"%load_ext ollama_magics\n%ollama host {embedded}",
        "%%modelfile keys\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are a pirate.",
        "chat = %chat keys",
        "for message in chat.messages: print(message['role'], '|', message['content'])",
    ]
    talk = begin(lab_page, "keys", cells, 2)
    keys = lab_page.page.keyboard
    talk.field.focus()
    keys.type("Hello!")
    keys.press("Shift+Enter")
    keys.type("Who are you?")
    keys.press("Enter")
    expect(talk.answers).to_contain_text("tokens")
    talk.settled()
    expect(talk.questions).to_have_text(re.compile(r"Hello!\nWho are you\?"), use_inner_text=True)
    expect(talk.field).to_be_focused()
    # Arrow up in the empty field edits the last message, Escape leaves it as it was.
    keys.press("ArrowUp")
    edit = talk.panel.get_by_role("textbox", name="Edit message")
    expect(edit).to_be_focused()
    expect(talk.panel).to_contain_text("Starts branch 2. The answer stays in branch 1.")
    lab_page.picture("chat-editing", talk.panel)
    keys.press("Escape")
    expect(edit).to_have_count(0)
    expect(talk.field).to_be_focused()
    keys.press("ArrowUp")
    keys.press("ControlOrMeta+a")
    keys.type("What is the sea?")
    keys.press("Enter")
    expect(talk.questions.get_by_role("group", name="question 2 of 2")).to_be_visible()
    talk.settled()
    expect(talk.questions).to_contain_text("What is the sea?")
    # Back to the first wording and forth again; the message has the focus.
    walk_with_keys(talk)
    # The thread is one stop: Tab goes on into the buttons of the message, arrows to the other messages.
    regenerate = talk.button("Regenerate")
    regenerate.focus()
    keys.press("Enter")
    expect(talk.answers.get_by_role("group", name="answer 2 of 2")).to_be_visible()
    talk.settled()
    keys.press("Alt+ArrowLeft")
    expect(talk.answers.get_by_role("group", name="answer 1 of 2")).to_be_visible()
    run_cell(lab_page, 3)
    said = talk.answers.locator("> .om-md").inner_text()
    expect(lab_page.output(3)).to_contain_text("user | What is the sea?")
    expect(lab_page.output(3)).to_contain_text(said.split("\n")[0][:30])
    expect(lab_page.output(3)).not_to_contain_text("Hello!")
    assert lab_page.strange == []


def walk_with_keys(talk: Talk) -> None:
    keys = talk.page.keyboard
    talk.field.focus()
    keys.press("Shift+Tab")
    expect(talk.button("Attach an image")).to_be_focused()
    talk.answers.focus()
    keys.press("ArrowUp")
    expect(talk.questions).to_be_focused()
    keys.press("Alt+ArrowLeft")
    expect(talk.questions).to_contain_text("Who are you?")
    expect(talk.questions).to_be_focused()
    keys.press("Alt+ArrowRight")
    expect(talk.questions).to_contain_text("What is the sea?")


def run_cell(lab_page: LabPage, cell: int) -> None:
    lab_page.page.locator(".jp-CodeCell").nth(cell).locator(".cm-content").click()
    lab_page.command("notebook:run-cell")


def test_a_stream_moves_nothing_that_is_read(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "stream", [TALK.replace("{url}", talker.url)])
    log = talk.panel.get_by_role("log")
    for at in range(1, 6):
        talk.ask(f"question {at}", at)
    assert log.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 2
    talk.field.fill("hold on")
    talk.field.press("Enter")
    assert talker.going.wait(60)
    expect(talk.answers.last).to_contain_text("word19")
    expect(log).to_have_attribute("aria-busy", "true")
    expect(talk.button("Stop")).to_be_visible()
    lab_page.picture("chat-streaming", talk.panel)
    # The person reads further up, and marks a word.
    log.evaluate("box => { box.scrollTop = 0; }")
    lab_page.page.evaluate("() => getSelection().selectAllChildren(document.querySelector('.om-msg.bot .om-md p'))")
    marked = lab_page.page.evaluate("getSelection().toString()")
    before = talk.questions.first.bounding_box()
    talk.field.focus()
    talker.go.set()
    talk.settled()
    expect(talk.answers.last).to_contain_text("word59")
    chip = talk.button("New text below")
    expect(chip).to_be_visible()
    lab_page.picture("chat-new-text", talk.panel)
    assert talk.questions.first.bounding_box() == before
    assert log.evaluate("box => box.scrollTop") == 0
    expect(talk.field).to_be_focused()
    assert lab_page.page.evaluate("getSelection().toString()") == marked != ""
    chip.click()
    expect(chip).to_be_hidden()
    assert log.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 2
    # Said once, whole, where a screen reader hears it.
    expect(talk.panel.get_by_role("status").filter(has_text="word59")).to_have_count(1)


def test_escape_stops_and_what_is_written_stays(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "stop", [TALK.replace("{url}", talker.url)])
    talk.field.fill("hold on")
    talk.field.press("Enter")
    assert talker.going.wait(60)
    expect(talk.answers.last).to_contain_text("word19")
    talk.field.press("Escape")
    talk.settled()
    expect(talk.answers.last).to_contain_text("stopped")
    expect(talk.answers.last).to_contain_text("word19")
    expect(talk.panel.get_by_role("status").filter(has_text="Answer stopped")).to_have_count(1)
    expect(talk.field).to_be_focused()
    expect(talk.button("Send")).to_be_visible()


def test_enter_belongs_to_the_input_method_while_it_composes(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "compose", [TALK.replace("{url}", talker.url)])
    talk.field.focus()
    wire = lab_page.page.context.new_cdp_session(lab_page.page)
    wire.send("Input.imeSetComposition", {"text": "かな", "selectionStart": 2, "selectionEnd": 2})
    talk.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(talk.questions).to_have_count(0)
    wire.send("Input.insertText", {"text": "仮名"})
    expect(talk.field).to_have_value("仮名")
    talk.field.press("Enter")
    expect(talk.questions).to_contain_text("仮名")


def test_thinking_tools_limits_and_faults(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "faults", [TALK.replace("{url}", talker.url) + TOOLS])
    expect(talk.panel).to_contain_text("Talk to bikeshop")
    expect(talk.panel).to_contain_text("You are Pip, who keeps a small bicycle shop.")
    lab_page.picture("chat-empty", talk.panel)
    talk.panel.get_by_role("button", name="Do you repair e-bikes?").dblclick()
    expect(talk.questions).to_contain_text("Do you repair e-bikes?")
    expect(talk.answers).to_contain_text("tokens")
    talk.settled()
    expect(talk.panel.get_by_role("alert")).to_have_count(0)
    thought = talk.ask("think about locks", 2).locator("details.om-think")
    expect(thought).to_contain_text(re.compile(r"Thought for \d"))
    expect(thought).not_to_have_attribute("open", "")
    check_tools(talk)
    unfinished = talk.ask("List every repair with its price.", 4)
    expect(unfinished).to_contain_text("The answer is not finished.")
    talk.button("Go on", unfinished).click()
    expect(unfinished).to_contain_text("I measure first.")
    expect(talk.button("Go on")).to_have_count(0)
    talk.settled()
    broken = talk.ask("Does it break?", 5)
    expect(broken).to_contain_text("not whole")
    expect(broken.get_by_role("alert")).to_be_visible()
    lab_page.picture("chat-faults", talk.panel)
    talk.button("Try again", broken).click()
    expect(broken.get_by_role("group", name="answer 2 of 2")).to_be_visible()
    talk.settled()
    talk.ask("Is it full?", 6)
    expect(talk.panel.locator(".om-ctx")).to_contain_text("nearly full")
    check_looks(talk)
    assert lab_page.strange == []


def check_tools(talk: Talk) -> None:
    talk.field.fill("Which slots are free?")
    talk.field.press("Enter")
    call = talk.answers.nth(2).get_by_role("group", name="tool free_slots")
    expect(call).to_contain_text('free_slots(day="today")')
    expect(talk.panel.get_by_role("status").filter(has_text="Allow free_slots?")).to_have_count(1)
    for name in ("Allow once", "Allow in this chat", "Refuse"):
        expect(talk.button(name)).to_be_visible()
    talk.lab_page.picture("chat-tool-asks", talk.panel)
    talk.button("Allow once").click()
    talk.settled()
    expect(call.locator(".om-chip")).to_contain_text("allowed")
    expect(call).to_contain_text('["14:30", "16:00"]')
    expect(talk.answers.nth(2)).to_contain_text("14:30 and 16:00 free today.")


def check_looks(talk: Talk) -> None:
    talk.ask("Show the code", 7)
    keyword = talk.answers.last.locator(".om-tok.keyword").first
    expect(keyword).to_have_text("def")
    talk.questions.first.scroll_into_view_if_needed()
    for width in (320, 400, 1100):
        talk.lab_page.width(width)
        assert_fits(talk.panel)
        assert_apart(talk.panel)
        talk.lab_page.picture(f"chat-{width}", talk.panel)
    talk.lab_page.width(None)
    assert_accessible_in_all_themes(talk.lab_page, pictures="chat-all", of=talk.panel)


def test_images_go_as_they_are(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "images", [TALK.replace("{url}", talker.url)])
    with lab_page.page.expect_file_chooser() as chooser:
        talk.button("Attach an image").click()
    big = {"name": "big.png", "mimeType": "image/png", "buffer": PIXEL + bytes(8_000_000)}
    chooser.value.set_files([{"name": "bike.png", "mimeType": "image/png", "buffer": PIXEL}, big])
    listed = talk.panel.get_by_role("list", name="Images to send")
    expect(listed).to_contain_text("bike.png")
    expect(talk.panel).to_contain_text("big.png (8.0 MB) is not attached: a message holds 7.0 MB of images.")
    put = """([field, kind, data]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], `${kind}.png`, { type: "image/png" }));
      const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
        : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
      field.dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    for kind in ("paste", "drop"):
        assert lab_page.page.evaluate(put, [talk.field.element_handle(), kind, base64.b64encode(PIXEL).decode()])
    expect(listed.get_by_role("listitem")).to_have_count(3)
    talk.button("Remove paste.png").click()
    expect(listed.get_by_role("listitem")).to_have_count(2)
    lab_page.picture("chat-images", talk.panel)
    talk.ask("What is this?", 1)
    expect(talk.questions.locator("img")).to_have_count(2)
    expect(talk.questions.locator("img").first).to_have_attribute("alt", re.compile("^bike.png"))
    assert talker.requests[-1]["messages"][-1]["images"] == [base64.b64encode(PIXEL).decode()] * 2
    assert lab_page.strange == []


def test_teach_writes_into_the_cell(lab_page: LabPage, embedded: str) -> None:
    cells = [f"%load_ext ollama_magics\n%ollama host {embedded}", "%%modelfile taught --chat\nFROM tutor\nPARAMETER temperature 0"]
    talk = begin(lab_page, "teach", cells, 1)
    answer = talk.ask("Hello!", 1)
    said = answer.locator("> .om-md").inner_text().strip()
    talk.button("Teach").click()
    cell = lab_page.page.locator(".jp-CodeCell").nth(1).locator(".cm-content")
    expect(cell).to_contain_text("MESSAGE user Hello!")
    expect(cell).to_contain_text("MESSAGE assistant")
    expect(cell).to_contain_text(said.split("\n")[0][:20])
    expect(talk.panel).to_contain_text("2 MESSAGE lines added to your cell. The model does not know them yet.")
    lab_page.picture("chat-taught", talk.panel)
    talk.button("Undo").click()
    expect(cell).not_to_contain_text("MESSAGE")
    expect(talk.button("Teach")).to_be_visible()
    talk.button("Teach").click()
    talk.button("Create v2").click()
    expect(talk.panel.locator(".om-head")).to_contain_text("v2")
    expect(talk.answers.first).to_contain_text("v1, now v2")
    lab_page.picture("chat-created", talk.panel)


RIGHT_TO_LEFT = "say שלום, השרשרת מחליקה **מאוד**.\n\n- אחת\n- שתיים"


def test_words_of_any_kind_stand_where_they_belong(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "words", [TALK.replace("{url}", talker.url)])
    talk.ask(RIGHT_TO_LEFT, 1)
    talk.ask("say " + "endless" * 60 + "\n\n```js\nconst wide = " + '"' + "wide" * 60 + '";\n```', 2)
    direction = "element => getComputedStyle(element).direction"
    assert [talk.answers.first.locator(part).first.evaluate(direction) for part in ("p", "ul", "li")] == ["rtl"] * 3
    assert talk.answers.last.locator("p").first.evaluate(direction) == "ltr"
    for width in (320, 1100):
        lab_page.width(width)
        assert_fits(talk.panel)
        lab_page.picture(f"chat-words-{width}", talk.panel)
    lab_page.width(None)
    lab_page.page.emulate_media(reduced_motion="reduce")
    talk.field.fill("hold on")
    talk.field.press("Enter")
    assert talker.going.wait(60)
    expect(talk.panel.locator(".om-caret")).to_be_visible()
    assert talk.panel.locator(".om-caret").evaluate("caret => getComputedStyle(caret).animationName") == "none"
    lab_page.page.emulate_media(reduced_motion="no-preference")


def test_one_stop_for_the_messages_and_a_menu(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "stops", [TALK.replace("{url}", talker.url)])
    for at in (1, 2, 3):
        talk.ask(f"question {at}", at)
    names = [stop.name for stop in tab_order(talk.panel)]
    assert [name for name in names if name in ("Copy", "Regenerate", "Teach")] == ["Copy", "Regenerate", "Teach"]
    assert all(stop.seen for stop in tab_order(talk.panel))
    talk.answers.last.focus()
    lab_page.page.keyboard.press("Home")
    expect(talk.questions.first).to_be_focused()
    lab_page.page.keyboard.press("Tab")
    expect(talk.button("Edit and ask again", talk.questions.first)).to_be_focused()
    # A lesson for a model whose cell is not in this notebook: the lines to copy.
    talk.button("Teach", talk.answers.last).click()
    expect(talk.panel).to_contain_text("cannot be reached from here")
    expect(talk.panel.locator(".om-thread > .om-notice pre")).to_contain_text("MESSAGE user question 3")
    lab_page.picture("chat-lines", talk.panel)
    talk.button("Close").click()
    more = talk.button("More")
    more.focus()
    lab_page.page.keyboard.press("Enter")
    expect(talk.panel.get_by_role("menuitem", name="New conversation")).to_be_focused()
    lab_page.picture("chat-menu", talk.panel)
    lab_page.page.keyboard.press("Escape")
    expect(more).to_be_focused()
    lab_page.page.keyboard.press("Enter")
    lab_page.page.keyboard.press("Enter")
    expect(talk.panel).to_contain_text("Talk to bikeshop")
    expect(talk.questions).to_have_count(0)
    expect(talk.field).to_be_focused()


def test_a_reopened_notebook_shows_the_open_branch(lab_page: LabPage, talker: TalkingServer) -> None:
    talk = begin(lab_page, "reopened", [TALK.replace("{url}", talker.url)])
    talk.ask("First question", 1)
    talk.button("Edit and ask again").click()
    talk.page.keyboard.press("ControlOrMeta+a")
    talk.page.keyboard.type("Second wording")
    talk.button("Ask again").click()
    expect(talk.questions.get_by_role("group", name="question 2 of 2")).to_be_visible()
    talk.settled()
    lab_page.save()
    lab_page.load("reopened")
    expect(talk.questions).to_contain_text("Second wording")
    talk.button("Question before").click()
    expect(talk.questions).to_contain_text("First question")
    talk.button("Next question").click()
    expect(talk.questions).to_contain_text("Second wording")
    held = "JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.cells.get(0).outputs.toJSON())"
    lab_page.page.wait_for_function(f"{held}.includes('Second wording')")
    lab_page.save()
    lab_page.end_kernel()
    lab_page.open("reopened")
    expect(lab_page.output(0).locator("blockquote").first).to_have_text("Second wording")
    expect(talk.panel).to_have_count(0)
    lab_page.picture("chat-kernel-gone", lab_page.output(0))
