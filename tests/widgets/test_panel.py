"""Panels as the page sees them: what is opened, what is sent, and that every request is answered once."""

from __future__ import annotations

from types import SimpleNamespace as Record

import pytest
from pressing import Hand, press
from services.talking import talk, whole

from ollama_magics.errors import UsageProblem
from ollama_magics.widgets.chat import ChatPanel
from ollama_magics.widgets.pace import Pacer
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
    panel = Panel("chat", {"turns": [{"answer": ""}]})
    panel.append("turns", 0, "answer", text="Mario")
    snapshot = press(panel, "snapshot")["result"]
    assert snapshot["state"]["turns"][0]["answer"] == "Mario"
    assert panel.get_state("live")["live"]["state"] == snapshot["state"]


def test_comm_of_a_panel_leaves_the_choice_of_the_loop_to_the_page(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    comm_type = type(Panel("chat", {}).comm)
    monkeypatch.setattr(comm_type, "_reply_subshell_for", lambda self, data, default: "the loop that sent last", raising=False)
    assert Panel("chat", {}).comm._reply_subshell_for({}, "the loop asked for") == "the loop asked for"


def test_repr_is_stable() -> None:
    assert repr(ProgressPanel("Creating mario")) == "<ProgressPanel>"


HEADERS = 300
"""Bytes of Jupyter's own around each message of a comm, as counted in ``tests/browser``."""


@pytest.mark.parametrize(("heard", "limit"), [(True, 80_000), (False, 115_000)])
@pytest.mark.parametrize("tokens_per_s", [40, 200, 2000])
def test_long_answer_costs_little_on_the_wire(tokens_per_s: int, heard: bool, limit: int) -> None:
    """2,000 tokens, slow or fast; a view that cannot be heard gets snapshots besides."""
    spent = wire_cost(2000, tokens_per_s, heard)
    assert spent < limit
    # Snapshots begin at 8 kB, so that a short answer has few of them.
    assert wire_cost(20_000, tokens_per_s, heard) < (11 if heard else 14) * spent


def paced_by(hand: Hand):
    return lambda flush: Pacer(flush, clock=lambda: hand.now, later=hand.later)


def wire_cost(tokens: int, tokens_per_s: int, heard: bool) -> int:
    hand = Hand()
    chat, _ = talk(whole(*(f"word{index % 1000:03} " for index in range(tokens)), eval_count=tokens))
    panel = ChatPanel(chat, clock=lambda: hand.now, pacer=paced_by(hand), later=hand.later)
    if heard:
        press(panel, "snapshot")
    messages, size = len(panel.comm.sent), panel.comm.size
    text = chat.ask("Write.", on_delta=lambda piece: hand.move(1 / tokens_per_s)).text
    for _ in range(60):
        hand.move(0.1)
    assert hand.due == []
    if not heard:
        assert panel.comm.snapshots[-1]["state"]["turns"][0]["answer"] == text
    return panel.comm.size - size + HEADERS * (len(panel.comm.sent) - messages)


def test_views_that_are_heard_learn_of_the_last_delta_without_a_snapshot() -> None:
    hand = Hand()
    panel = Panel("chat", {"a": ""}, later=hand.later)
    press(panel, "snapshot")
    panel.append("a", text="x")
    hand.move(2.5)
    assert panel.comm.custom[-1] == {"kind": "at", "seq": 1}
    assert len(panel.comm.snapshots) == 1
    sent = len(panel.comm.sent)
    hand.move(60)
    assert len(panel.comm.sent) == sent
    assert hand.due == []


def test_what_a_request_brings_about_is_sent_before_its_reply() -> None:
    panel = Panel("chat", {"n": 0})
    for number in range(1, 9):
        panel.set("n", value=-number)
        panel.on_request("do", lambda _, number=number: panel.set("n", value=number), repeatable=True)
        press(panel, "do", f"v:{number}")
        *_, delta, reply = panel.comm.custom
        assert delta["ops"][-1]["v"] == number
        assert reply["kind"] == "reply"


def test_one_view_that_catches_up_leaves_no_gap_to_the_others() -> None:
    """Asking for the state sends what is pending to all first: else each question would make the next view ask."""
    hand = Hand()
    panel = Panel("chat", {"a": ""}, pacer=paced_by(hand))
    for number in range(20):
        panel.append("a", text="x")
        press(panel, "snapshot", f"v:{number}")
    seqs = [message["seq"] for message in panel.comm.custom if message["kind"] == "delta"]
    assert seqs == list(range(1, 21))


def test_panel_that_has_ended_gives_its_saved_form_to_a_page_that_came_later(opened) -> None:
    panels = [Panel("progress", {"n": number}) for number in range(40)]
    for number, panel in enumerate(panels):
        panel.retire({"text/plain": str(number), "text/html": f"<p>{number}</p>"})
    assert panels[-1].ended
    assert press(panels[-1], "saved")["result"] == {"text/plain": "39", "text/html": "<p>39</p>"}
    closed = [panel for panel in panels if panel.comm is None]
    assert closed == panels[: len(closed)]
    assert len(panels) - len(closed) <= 16


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


def test_layers_of_a_push_have_a_bar_each():
    model = ProgressModel("Pushing me/mario", "local Ollama")
    for digest in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
        model.take(step("push", "me/mario", f"pushing {digest}", 10, 100, 0.1))
    assert [(bar["label"], bar["detail"]) for bar in model.bars()] == [("Layer", "aaaaaaaaaaaa"), ("Layer", "bbbbbbbbbbbb")]
    assert "Push me/mario" in [stage["label"] for stage in model.stages()]
