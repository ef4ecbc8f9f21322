"""What stands in a cell while its work runs: lines of text, or a panel that opens once the work has lasted."""

import io

import pytest

from ollama_magics.client.cancel import CancelToken
from ollama_magics.display.segments import Document, Paragraph
from ollama_magics.magics.plain import PlainChat, PlainProgress
from ollama_magics.magics.views import PageView
from ollama_magics.services.conversation import Answer, Delta, Stats
from ollama_magics.services.progress import Progress

RESULT = Document((Paragraph("mario v1"),))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Panel:
    """A panel that remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.stopped = False

    def __enter__(self):
        self.asked.append("open")
        return self

    def __getattr__(self, name):
        return lambda *given: self.asked.append((name, *given))


@pytest.fixture
def page():
    """Return a view, its clock, its panel and what was shown in the cell."""
    clock, panel, shown = Clock(), Panel(), []
    return PageView(lambda: panel, shown.append, after_s=0.3, clock=clock), clock, panel, shown


def step(stage, elapsed, **more):
    return Progress(stage, more.pop("item", ""), stage, elapsed_s=elapsed, **more)


def test_short_work_shows_only_its_result(page):
    """No panel is opened, nothing flickers."""
    view, clock, panel, shown = page
    with view:
        view.update(step("check", 0.0))
        clock.now = 0.29
        view.update(step("build", 0.29))
        view.finish(RESULT)
    assert (panel.asked, shown) == ([], [RESULT])


def test_work_that_lasts_opens_a_panel_with_all_that_was(page):
    """The panel gets the steps from before it was open, and the result takes its place."""
    view, clock, panel, shown = page
    token = CancelToken()
    with view:
        view.cancels(token)
        view.update(step("check", 0.0))
        clock.now = 0.3
        view.tick()
        view.update(step("build", 0.4))
        view.finish(RESULT)
    names = [asked if isinstance(asked, str) else asked[0] for asked in panel.asked]
    assert names == ["open", "cancels", "update", "update", "finish"]
    assert panel.asked[1] == ("cancels", token)
    assert shown == []


def test_a_failure_takes_the_panel_s_place(page):
    """The card of an error is drawn where the panel was; an error without a panel is shown in the cell."""
    view, clock, panel, shown = page
    clock.now = 1
    view.tick()
    view.__exit__(ValueError, ValueError(), None)
    view.settle(RESULT)
    assert (panel.asked, shown) == (["open", ("settle", RESULT)], [])


def test_where_there_are_no_panels(page):
    """A page without widgets shows the result alone, however long it took."""
    shown = []
    clock = Clock()
    view = PageView(lambda: None, shown.append, after_s=0.3, clock=clock)
    clock.now = 5
    with view:
        view.tick()
        view.delta(Delta("word"))
        view.finish(RESULT)
    assert shown == [RESULT]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def lines_of(*steps, out, quiet_s=0.3):
    with PlainProgress("Creating mario on local Ollama 0.33.1", color=False, quiet_s=quiet_s, out=out) as view:
        for one in steps:
            view.update(one)
        view.finish(RESULT)
    return out.getvalue()


def test_stages_as_lines():
    """Each stage is a line once it is done: what, how long, how much."""
    pull = {"item": "llama3.2", "total": 2_020_000_000}
    out = lines_of(
        step("check", 0.0),
        step("pull", 0.5, completed=1, **pull),
        step("pull", 42.0, completed=2_020_000_000, **pull),
        step("build", 42.5),
        step("done", 42.7),
        out=io.StringIO(),
    )
    assert out.split("\n") == [
        "Creating mario on local Ollama 0.33.1",
        "  ok  check                      0.50 s",
        "  ok  pull llama3.2                42 s  2.02 GB",
        "  ok  build                      0.20 s",
        "mario v1",
        "",
    ]


def test_short_work_is_one_line():
    """A create that takes no time says its result only."""
    assert lines_of(step("check", 0.0), step("build", 0.01), step("done", 0.02), out=io.StringIO()) == "mario v1\n"


def test_a_terminal_is_redrawn_in_place():
    """The running stage is on one line that is taken away again; a file gets no such line."""
    steps = (step("pull", 1.0, item="x", completed=1, total=4), step("pull", 2.0, item="x", completed=2, total=4), step("done", 3.0))
    out = lines_of(*steps, out=Terminal())
    assert out.count("\r\x1b[K      pulling x") == 2
    assert "\r" not in lines_of(*steps, out=io.StringIO())


def test_names_in_progress_cannot_command_the_terminal():
    """A base's name is shown, not obeyed."""
    out = lines_of(step("pull", 1.0, item="\x1b]0;title\x07"), step("done", 2.0), out=io.StringIO())
    assert "\x1b" not in out
    assert "\x07" not in out


def test_an_answer_as_text():
    """Words as they come, what had not come yet, the figures, and the sentence on how it ended."""
    out = io.StringIO()
    stats = Stats(tokens=4, tokens_per_s=2.0)
    answer = Answer("mario", "Hi", "It's-a me!\x1b[2J", state="cut", note="Stopped at num_predict 4.", stats=stats)
    with PlainChat(color=False, out=out) as view:
        view.delta(Delta("", "Hm."))
        view.delta(Delta("It's-a "))
        view.finish(RESULT, answer)
    assert out.getvalue() == "It's-a me!␛[2J\n4 tokens, 2.0 tokens/s\n! Stopped at num_predict 4.\n"


def test_thinking_is_dim_where_there_are_colours():
    """Thinking and answer are told apart."""
    out = io.StringIO()
    with PlainChat(color=True, out=out) as view:
        view.delta(Delta("", "Hm."))
        view.delta(Delta("Yes."))
    assert out.getvalue() == "\x1b[2mHm.\x1b[0m\n\nYes.\n"
