"""Panels as the page sees them: what is opened, what is sent, and that every request is answered once."""

from __future__ import annotations

from types import SimpleNamespace as Record

import pytest
from pressing import press

from ollama_magics.errors import UsageProblem
from ollama_magics.widgets.chat import ChatPanel
from ollama_magics.widgets.panel import Panel
from ollama_magics.widgets.progress import ProgressModel, ProgressPanel


def step(stage: str, item: str = "", status: str = "", completed=None, total=None, elapsed_s: float = 0.0) -> Record:
    return Record(stage=stage, item=item, status=status, completed=completed, total=total, elapsed_s=elapsed_s)


def test_code_of_the_views_travels_once_for_many_panels(opened) -> None:
    for _ in range(3):
        ProgressPanel("Creating mario")
    sizes = [comm.size for comm in opened]
    libraries = [size for size in sizes if size > 10_000]
    assert len(libraries) == 1
    assert libraries[0] <= 120_000
    assert sum(sizes) - libraries[0] < 3 * 4000


def test_request_gets_exactly_one_reply_and_a_repeat_the_same_one() -> None:
    panel = Panel("chat", {"a": 1})
    calls = []
    panel.on_request("count", lambda params: calls.append(params) or len(calls))
    assert press(panel, "count", "v:1", by=2) == {"kind": "reply", "id": "v:1", "result": 1}
    assert press(panel, "count", "v:1", by=2)["result"] == 1
    assert press(panel, "count", "v:2")["result"] == 2
    assert calls == [{"by": 2}, {}]
    assert len(panel.comm.custom) == 3


def test_reading_request_is_answered_anew_and_not_kept() -> None:
    panel = Panel("chat", {"a": 1})
    assert press(panel, "snapshot", "v:1")["result"]["state"] == {"a": 1}
    panel.set("a", value=2)
    assert press(panel, "snapshot", "v:1")["result"]["state"] == {"a": 2}


@pytest.mark.parametrize(
    ("failure", "code"), [(UsageProblem("no", hint="do"), "usage"), (ZeroDivisionError("x"), "internal"), (KeyError("x"), "internal")]
)
def test_failing_request_is_answered_with_its_error(failure: Exception, code: str) -> None:
    panel = Panel("chat", {})

    def fail(_):
        raise failure

    panel.on_request("fail", fail)
    reply = press(panel, "fail")
    assert reply["error"]["code"] == code
    assert "result" not in reply


def test_unknown_request_is_answered() -> None:
    assert press(Panel("chat", {}), "nothing")["error"]["code"] == "usage"


def test_snapshot_is_the_state_of_now() -> None:
    panel = ChatPanel("mario")
    panel.begin("Who?")
    panel.delta("Mario")
    snapshot = press(panel, "snapshot")["result"]
    assert snapshot["state"]["turns"][0]["answer"] == "Mario"
    assert panel.get_state("live")["live"]["state"] == snapshot["state"]


def test_comm_of_a_panel_leaves_the_choice_of_the_loop_to_the_page(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    comm_type = type(Panel("chat", {}).comm)
    monkeypatch.setattr(comm_type, "_reply_subshell_for", lambda self, data, default: "the loop that sent last", raising=False)
    assert Panel("chat", {}).comm._reply_subshell_for({}, "the loop asked for") == "the loop asked for"


def test_repr_is_stable() -> None:
    assert repr(ChatPanel("mario")) == "<ChatPanel>"


def test_long_answer_costs_little_on_the_wire(opened) -> None:
    """2,000 tokens at the pace of ten a second, snapshots included."""
    now = [0.0]
    waiting = []

    def pacer(flush):
        from ollama_magics.widgets.pace import Pacer

        return Pacer(flush, clock=lambda: now[0], later=lambda delay, action: waiting.append(action))

    panel = ChatPanel("mario", pacer=pacer)
    panel.begin("Write.")
    for index in range(2000):
        now[0] += 0.005
        if index % 20 == 0 and waiting:
            waiting.pop()()
        panel.delta(f"word{index:03} ")
    panel.finish(Record(question="Write.", answer="".join(f"word{i:03} " for i in range(2000)), thinking="", thought_s=None, state="done",
                        note="", stats={"tokens": 2000}))  # fmt: skip
    spent = panel.comm.size
    assert panel.comm.snapshots[-1]["state"]["turns"][0]["answer"].endswith("word1999 ")
    assert spent < 90_000


def test_cancel_reaches_whoever_asked_and_shows() -> None:
    panel = ProgressPanel("Creating mario")
    pressed = []
    panel.on_cancel(lambda: pressed.append(1))
    assert press(panel, "cancel")["result"] is True
    assert pressed == [1]
    assert panel.state.value("state") == "cancelling"


def test_stepper_shows_the_stages_of_the_run_in_their_order() -> None:
    model = ProgressModel("Creating mario")
    model.take(step("check"))
    model.take(step("pull", "llama3.2", "pulling manifest"))
    assert [(stage["label"], stage["state"]) for stage in model.stages()] == [
        ("Check", "done"), ("Pull llama3.2", "now"), ("Build", "todo"), ("Done", "todo"),
    ]  # fmt: skip
    model.take(step("done"))
    assert {stage["state"] for stage in model.stages()} == {"done"}


def test_bar_never_goes_back_and_says_the_rate_after_two_seconds() -> None:
    model = ProgressModel("Creating mario")
    amounts = []
    for second, completed in enumerate([0, 50, 100, 90, 200, 250]):
        model.take(step("upload", "m.gguf", "uploading", completed * 1_000_000, 1_000_000_000, float(second)))
        amounts.append(model.bars()[0])
    assert [bar["share"] for bar in amounts] == sorted(bar["share"] for bar in amounts)
    assert amounts[1]["amount"] == "0.05 of 1.00 GB"
    assert amounts[-1]["amount"].startswith("0.25 of 1.00 GB · ")
    assert amounts[-1]["amount"].endswith(" left")
    model.take(step("upload", "m.gguf", "uploading", 1_000_000_000, 1_000_000_000, 9.0))
    assert model.bars()[0]["amount"] == "1.00 GB · done"


def test_layers_of_a_pull_have_bars_of_their_own() -> None:
    model = ProgressModel("Creating mario")
    for digest in ("dde5aa3fc5ff", "966de95ca8a6"):
        model.take(step("pull", "llama3.2", f"pulling {digest}", 10, 100, 0.1))
    assert [(bar["label"], bar["detail"]) for bar in model.bars()] == [("Layer", "dde5aa3fc5ff"), ("Layer", "966de95ca8a6")]


def test_log_holds_a_line_for_each_new_status_and_at_most_a_thousand() -> None:
    panel = ProgressPanel("Creating mario")
    for number in range(1300):
        for _ in range(2):
            panel.update(step("build", "", f"creating new layer {number}", elapsed_s=number / 100))
    lines = panel.state.value("log")
    assert len(lines) <= 1000
    assert lines[-1].endswith("creating new layer 1299")
    assert len(set(lines)) == len(lines)


def test_chat_panel_takes_the_final_text_when_pieces_were_missed() -> None:
    panel = ChatPanel("mario:latest", composer=True)
    panel.begin("Who?")
    panel.delta("It's ")
    panel.finish(Record(question="Who?", answer="It's-a me!", thinking="", thought_s=None, state="stopped", note="Stopped.", stats={}))
    assert panel.state.value("turns", 0, "answer") == "It's-a me!"
    assert panel.state.value("turns", 0, "state") == "stopped"
    assert panel.state.value("model") == "mario"


def test_rate_is_shown_once_it_says_something() -> None:
    now = [10.0]
    panel = ChatPanel("mario", clock=lambda: now[0])
    panel.begin("Who?")
    shown = []
    for _ in range(4):
        panel.delta("It ")
        shown.append(panel.state.value("turns", 0, "stats"))
        now[0] += 0.2
    assert shown == ["1 token", "2 tokens", "3 tokens", "4 tokens · 5 tokens/s"]


def test_chat_panel_refuses_what_its_owner_refuses() -> None:
    panel = ChatPanel("mario", composer=True)

    def busy(text: str) -> None:
        raise UsageProblem("an answer is still coming")

    panel.on_ask(busy)
    assert press(panel, "ask", text="hi")["error"]["message"] == "an answer is still coming"
