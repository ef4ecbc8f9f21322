"""The tuner as a person uses it: turn a knob, hear the answer, store, write back, read it again without a kernel."""

from __future__ import annotations

import statistics

from labpage import LabPage
from looking import assert_accessible
from playwright.sync_api import Locator, expect
from recorder import Recorder
from tunerpage import ask, cell_source, drag, wait_for_answer, write_cell


def test_knob_is_heard_then_stored(lab_page: LabPage, tuner: Locator, server: Recorder) -> None:
    ask(tuner, server)
    first = server.chats()[0]
    assert "temperature" not in (first.get("options") or {})
    drag(tuner, "temperature", 0.3)
    second = server.wait_for_chats(2)[1]
    assert second["options"]["temperature"] == 0.6
    assert [message["content"] for message in second["messages"]] == [message["content"] for message in first["messages"]]
    row = tuner.locator(".om-param.tried")
    expect(row.locator(".st")).to_have_text("tried, stored 0.8")
    expect(row.get_by_role("slider")).to_have_attribute("aria-valuetext", "0.6, tried, stored 0.8")
    wait_for_answer(tuner)
    expect(tuner.locator(".om-dirty .long")).to_have_text("1 change not stored")
    expect(tuner.locator(".chat")).to_contain_text("v1 with 1 change")
    expect(tuner.locator(".chat")).to_contain_text("Before: v1")
    assert len(server.chats()) == 2, "a drag is one try"
    prompt = tuner.get_by_role("textbox", name="System prompt")
    prompt.fill("You are a poet.")
    third = server.wait_for_chats(3)[2]
    assert {"role": "system", "content": "You are a poet."}.items() <= third["messages"][0].items()
    wait_for_answer(tuner)
    expect(tuner.locator(".om-editor ins")).to_contain_text("poet")
    lab_page.picture("tuner-tried", tuner)
    created = len(server.of("/api/create"))
    tuner.get_by_role("button", name="Create v2", exact=True).dblclick()
    expect(tuner.locator(".om-head").first).to_contain_text("v2")
    expect(tuner.locator(".om-dirty")).to_be_hidden()
    assert len(server.of("/api/create")) == created + 1
    tuner.get_by_role("tab", name="History").click()
    versions = tuner.locator(".om-versions li")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("on the server")
    versions.nth(1).get_by_role("button", name="Create v3 from v1").click()
    expect(tuner.locator(".om-head").first).to_contain_text("v3")
    expect(versions).to_have_count(3)
    tuner.get_by_role("tab", name="Knobs").click()
    expect(prompt).to_have_value("You are a pirate.")
    assert lab_page.strange == []


def test_write_back_keeps_the_cell_and_asks_before_a_merge(lab_page: LabPage, tuner: Locator) -> None:
    field = tuner.get_by_role("textbox", name="temperature")
    field.fill("0.6")
    field.press("Enter")
    expect(tuner.locator(".om-tabs")).to_contain_text("+1 −1")
    tuner.get_by_role("tab", name="Modelfile").click()
    expect(tuner.locator(".om-diff .del")).to_contain_text("0.8")
    expect(tuner.locator(".om-diff .add ins")).to_have_text("0.6")
    before = cell_source(lab_page, 1)
    tuner.get_by_role("button", name="Write back").click()
    expect(tuner.get_by_role("status").filter(has_text="Written to your cell")).to_be_visible()
    assert cell_source(lab_page, 1) == before.replace("temperature 0.8", "temperature 0.6")
    write_cell(lab_page, 1, cell_source(lab_page, 1).replace("spring", "summer").replace("seed 7", "seed 8"))
    tuner.get_by_role("tab", name="Knobs").click()
    field.fill("0.4")
    field.press("Enter")
    expect(tuner.locator(".om-param.tried").first).to_contain_text("tried")
    button = tuner.get_by_role("button", name="Write back")
    button.click()
    dialog = tuner.get_by_role("dialog")
    expect(dialog).to_contain_text("Your cell has changed")
    assert "0.4" not in cell_source(lab_page, 1), "nothing is done before it is shown"
    expect(dialog.get_by_role("button", name="Keep both edits")).to_be_focused()
    assert_accessible(lab_page.page)
    lab_page.picture("tuner-conflict", tuner)
    tuner.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    dialog.get_by_role("button", name="Keep both edits").click()
    expect(dialog).to_be_hidden()
    source = cell_source(lab_page, 1)
    assert "# our shop, summer prices" in source
    assert "temperature 0.4" in source
    assert "seed 8" in source


def test_a_knob_waits_for_nothing_but_the_engine(lab_page: LabPage, tuner: Locator, server: Recorder) -> None:
    """From Enter in a field to the first word of the new answer on the page, without the engine's own time."""
    ask(tuner, server)
    field = tuner.get_by_role("textbox", name="temperature")
    # A new answer may say what the last one said: which of how many it is tells them apart.
    watch = """panel => {
      const last = () => [...panel.querySelectorAll('.chat .om-msg.bot')].at(-1);
      const count = () => Number(last()?.querySelector('.om-branch')?.textContent.match(/\\/\\s*(\\d+)/)?.[1] ?? 1);
      const before = count();
      window.spent = new Promise(resolve => {
        let began;
        panel.addEventListener('keydown', event => event.key === 'Enter' && (began ??= performance.now()), { capture: true });
        new MutationObserver((_, observer) => {
          if (began !== undefined && count() > before && last().querySelector('.om-md').textContent.trim()) {
            observer.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - began));
          }
        }).observe(panel, { childList: true, subtree: true, characterData: true });
      });
    }"""
    spent: list[float] = []
    slowness: list[float] = []
    for at, value in enumerate(("0.1", "0.2", "0.3", "0.4", "0.5"), start=1):
        field.fill(value)
        tuner.evaluate(watch)
        field.press("Enter")
        page_s = lab_page.page.evaluate("window.spent") / 1000
        server.wait_for_chats(1 + at)
        wait_for_answer(tuner)
        asked = [each for each in server.of("/api/chat") if each.body.get("messages")][-1]
        assert asked.body["options"]["temperature"] == float(value)
        assert asked.engine_s is not None
        spent.append(page_s - asked.engine_s)
        slowness.append(lab_page.slowness())
    print(f"Knob to first word without the engine: {', '.join(f'{1000 * each:.0f}' for each in spent)} ms")
    assert statistics.median(spent) < 0.25 * statistics.median(slowness)


def test_typing_is_never_disturbed(tuner: Locator, server: Recorder) -> None:
    """The kernel's answers to earlier letters move neither the caret nor the text; undo goes on working."""
    ask(tuner, server)
    prompt = tuner.get_by_role("textbox", name="System prompt")
    prompt.focus()
    prompt.press("Control+Home")
    typed = "Answer in one sentence, whoever asks and however long. "
    prompt.press_sequentially(typed, delay=15)
    assert prompt.input_value() == f"{typed}You are a pirate."
    server.wait_for_chats(2)
    wait_for_answer(tuner)
    caret = "field => [field.selectionStart, field.selectionEnd, document.activeElement === field]"
    assert prompt.evaluate(caret) == [len(typed), len(typed), True]
    assert server.chats()[-1]["messages"][0]["content"] == f"{typed}You are a pirate."
    prompt.press("Control+z")
    assert prompt.input_value() != f"{typed}You are a pirate."


def test_lost_characters_are_marked_and_mended(tuner: Locator) -> None:
    prompt = tuner.get_by_role("textbox", name="System prompt")
    prompt.fill("You are a\u00a0pirate.\nYou are brief.")
    expect(tuner.locator(".om-finds")).to_contain_text("no-break space")
    expect(tuner.locator(".om-editor .drop")).to_have_count(1)
    tuner.locator(".om-finds .om-words").click()
    assert prompt.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == "\u00a0"
    tuner.get_by_role("button", name="Make it a space").click()
    expect(prompt).to_have_value("You are a pirate.\nYou are brief.")
    expect(prompt).to_be_focused()
    expect(tuner.locator(".om-finds")).to_be_hidden()
    prompt.press("Control+z")
    expect(prompt).to_have_value("You are a\u00a0pirate.\nYou are brief.")


def test_without_a_kernel_what_was_tuned_is_read(lab_page: LabPage, tuner: Locator, server: Recorder) -> None:
    ask(tuner, server)
    said = tuner.locator(".chat .om-msg.bot .om-md").first.inner_text()
    drag(tuner, "temperature", 0.3)
    server.wait_for_chats(2)
    wait_for_answer(tuner)
    expect(tuner.locator(".om-param.tried")).to_have_count(1)
    lab_page.save()
    lab_page.end_kernel()
    name = lab_page.page.evaluate("window.jupyterapp.shell.currentWidget.context.path").removesuffix(".ipynb")
    lab_page.open(name)
    output = lab_page.output(2)
    expect(output).to_contain_text("tried, not stored")
    expect(output).to_contain_text("temperature")
    expect(output).to_contain_text("0.6")
    assert said.split()[0] in output.inner_text()
    expect(output.locator(".om-panel")).to_have_count(0)
    lab_page.picture("tuner-reopened", output)


def test_keys_of_the_tuner_are_its_own(lab_page: LabPage, tuner: Locator, server: Recorder) -> None:
    ask(tuner, server)
    cells = lab_page.page.locator(".jp-Cell").count()
    tuner.get_by_role("button", name="on Enter").click()
    temperature = tuner.get_by_role("slider", name="temperature")
    temperature.focus()
    for key in ("ArrowRight", "Shift+ArrowRight"):
        temperature.press(key)
    expect(temperature).to_have_attribute("aria-valuetext", "1.35, tried, stored 0.8")
    for key in ("a", "b", "m", "d", "d"):
        temperature.press(key)
    assert len(server.chats()) == 1, "on Enter: nothing is answered before it"
    temperature.press("Control+Enter")
    assert server.wait_for_chats(2)[1]["options"]["temperature"] == 1.35
    wait_for_answer(tuner)
    assert lab_page.page.locator(".jp-Cell").count() == cells
    temperature.press("Control+s")
    expect(tuner.locator(".om-head").first).to_contain_text("v2")
    expect(temperature).to_be_focused()


def test_a_create_that_fails_says_what_is_true(lab_page: LabPage, tuner: Locator, server: Recorder) -> None:
    server.refused["/api/create"] = "no space left on device"
    field = tuner.get_by_role("textbox", name="temperature")
    field.fill("0.5")
    field.press("Enter")
    expect(tuner.locator(".om-dirty .long")).to_have_text("1 change not stored")
    tuner.get_by_role("button", name="Create v2", exact=True).click()
    alert = tuner.get_by_role("alert")
    expect(alert).to_contain_text("is still v1")
    expect(alert.locator(".om-detail")).to_have_text("no space left on device")
    expect(field).to_have_value("0.5")
    assert_accessible(lab_page.page)
    lab_page.picture("tuner-not-created", tuner)
    server.refused.clear()
    tuner.get_by_role("button", name="Create v2", exact=True).click()
    expect(alert).to_have_count(0)
    expect(tuner.locator(".om-head").first).to_contain_text("v2")


def test_each_change_is_a_version_when_the_person_wants_it(tuner: Locator, server: Recorder) -> None:
    ask(tuner, server)
    tuner.get_by_role("button", name="Create on each change").click()
    drag(tuner, "temperature", 0.3)
    expect(tuner.locator(".om-head").first).to_contain_text("v2")
    second = server.wait_for_chats(2)[1]
    assert "temperature" not in second.get("options", {}), "the model has it now"
    wait_for_answer(tuner)
    expect(tuner.locator(".om-dirty")).to_be_hidden()
    expect(tuner.locator(".om-param.set").first).to_contain_text("temperature")


def test_composed_characters_are_sent_when_they_are_chosen(lab_page: LabPage, tuner: Locator, server: Recorder) -> None:
    ask(tuner, server)
    prompt = tuner.get_by_role("textbox", name="System prompt")
    prompt.fill("")
    server.wait_for_chats(2)
    wait_for_answer(tuner)
    keyboard = lab_page.page.context.new_cdp_session(lab_page.page)
    prompt.focus()
    for text in ("u", "うみ", "海"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        assert prompt.input_value() == text
    keyboard.send("Input.insertText", {"text": "海のように"})
    asked = server.wait_for_chats(3)[2]
    assert asked["messages"][0]["content"] == "海のように"
    assert not any("うみ" in str(chat["messages"]) for chat in server.chats())
