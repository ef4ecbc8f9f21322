"""The tuner's panel beside a server that is slow, dies or refuses: nothing hangs, nothing is lost, what is true is said."""

import threading

import httpx
import pytest
from livetuning import SETTLED_S, Page
from services.scripted import Scripted, lines, plain
from services.talking import Held, broken, whole

from ollama_magics.services.tuning.drafts import Drafts
from ollama_magics.services.tuning.tuner import Tuner
from ollama_magics.services.versions import Versions

SHOWN = {
    "modelfile": "# FROM mario:latest\n\nFROM /models/blobs/sha256-1\nTEMPLATE {{ .Prompt }}\nSYSTEM You are Mario.\n",
    "system": "You are Mario.",
    "template": "{{ .Prompt }}",
    "parameters": "future_knob                    3\ntemperature                    0.8",
    "details": {"parent_model": "base"},
    "model_info": {"general.architecture": "llama", "llama.context_length": 8192},
}
BASE = {
    "modelfile": "FROM /models/blobs/sha256-1\nTEMPLATE {{ .Prompt }}\n",
    "template": "{{ .Prompt }}",
    "parameters": "future_knob                    3",
    "details": {},
}
LISTED = {"models": [{"name": "mario:latest", "model": "mario:latest", "digest": "a" * 64}]}


def shown(body):
    return plain(BASE if body["model"] == "base" else SHOWN)


@pytest.fixture
def open_page(tmp_path, publisher):
    """Return what opens the panel of mario on a server that answers by scripts."""
    opened = []

    def open_it(**scripts):
        server = Scripted(tags=lambda body: plain(LISTED), show=shown, ps=lambda body: plain({"models": []}), **scripts)
        tuner = Tuner("mario", client=server.client(), versions=Versions(), drafts=Drafts(lambda: tmp_path), seed=7)
        opened.append(Page(tuner, publisher))
        return opened[-1], server

    yield open_it
    for page in opened:
        page.live.close()


def test_new_change_stops_the_running_answer(open_page):
    """What was tried before speaks no longer; the answer to the change follows when it is settled."""
    held = Held()
    page, server = open_page(chat=[whole("Mamma mia."), held, whole("Luigi!")])
    page.press("chat.ask", text="Who are you?")
    page.send("param", name="temperature", value="0.5", how="enter")
    assert held.begun.wait(SETTLED_S)
    page.send("param", name="temperature", value="0.6", how="typing")
    held.go.set()
    page.time_passes()
    answers = page.live.tuner.chat.turns[0].answers
    assert [(answer.text, answer.state) for answer in answers][::2] == [("Mamma mia.", "done"), ("Luigi!", "done")]
    assert answers[1].state == "stopped"
    assert page.state("chat", "turns", 0, "before", "answer") == "Mamma mia."
    assert [body["options"].get("temperature") for body in server.asked("chat")] == [None, 0.5, 0.6]


def test_answer_that_breaks_off_is_told_and_can_be_had_again(open_page):
    """The thread says what happened, the knobs stay as they are, and the next try asks anew."""
    page, _ = open_page(chat=[whole("Mamma mia."), broken("It's"), whole("Luigi!")])
    page.press("chat.ask", text="Who are you?")
    page.press("param", name="temperature", value="0.5", how="enter")
    assert page.state("chat", "turns", 0, "state") == "error"
    assert (page.state("busy"), page.state("changes")) == ("", 1)
    page.press("answer_again")
    assert page.state("chat", "turns", 0, "answer") == "Luigi!"


def test_silent_server_holds_up_nothing(open_page):
    """While a draft is being made the panel answers every request, and the newest change is what is asked in the end."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(body):
        inside.set()
        go_on.wait(SETTLED_S)
        return lines({"status": "success"})

    page, server = open_page(chat=whole("Mamma mia."), create=slow)
    page.press("chat.ask", text="Who are you?")
    page.send("reset", name="temperature")
    page.delayed.pop()[1]()
    assert inside.wait(SETTLED_S)
    assert page.send("system", text="You are Luigi.", how="typing") is None
    assert page.state("system", "text") == "You are Luigi."
    go_on.set()
    page.time_passes()
    assert server.asked("create")[-1]["system"] == "You are Luigi."


def test_server_that_died_leaves_what_is_tried(open_page):
    """The create says why it failed and what is still there; nothing of what was tried is lost."""

    def dead(body):
        raise httpx.ConnectError("refused")

    page, _ = open_page(create=dead)
    page.press("system", text="You are Luigi.")
    page.press("create")
    assert page.state("alert", "text").endswith("mario is still v1.")
    assert (page.state("busy"), page.state("changes"), page.state("can_create")) == ("", 1, True)
    page.press("alert")
    assert page.state("alert") is None


def test_refusal_is_quoted(open_page):
    """What the server says stands in its own words beside ours."""
    page, _ = open_page(create=lambda body: plain({"error": "no space left on device"}, 500))
    page.press("system", text="You are Luigi.")
    page.press("create")
    assert "no space left on device" in page.state("alert", "detail")


def test_unknown_option_is_shown_and_kept(open_page):
    """A parameter of a newer Ollama is a row that cannot be turned."""
    page, _ = open_page()
    row = page.param("future_knob")
    assert (row["kind"], row["value"], row["meaning"]) == ("text", "3", "This package does not know it. The model keeps it.")
    assert page.refused("param", name="future_knob", value="4") == "there is no parameter future_knob"


def test_num_ctx_ends_where_the_weights_were_trained_to(open_page):
    """The slider of the context goes as far as the model's own."""
    page, _ = open_page()
    row = page.param("num_ctx")
    assert (row["scale"], row["low"], row["high"], row["ticks"][-1]) == ("log2", 2048, 8192, [8192, "8k"])
    assert row["value_words"] == "the server decides"


@pytest.mark.parametrize("text", ["\ud83d", "a\udc00b", "\x00\x1b[31m", "\u202eabc", "\U000e0041", "\u0301\u200d\U0001f468", 'a """\nb'])
def test_any_text_can_be_typed(open_page, text):
    """Half a surrogate pair, terminal commands and everything else reach the state as text that can be sent."""
    page, _ = open_page()
    page.press("system", text=text)
    page.press("param", name="stop", value=[text])
    page.state("system", "text").encode("utf-8")
    assert page.live.tuner.state.tried.verdict.error is None
