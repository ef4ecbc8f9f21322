"""The panel of a history without a page: what it says of versions, what its buttons do, what a notebook may bring."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pressing
import pytest

from ollama_magics.errors import ServerFault, UsageProblem
from ollama_magics.services.history import History
from ollama_magics.services.servers import Server
from ollama_magics.services.versions import Versions
from ollama_magics.widgets.history import HistoryPanel, LiveHistory, in_cell
from ollama_magics.widgets.historystate import difference_lines

SERVER = Server("http://127.0.0.1:11434", "ollama", "0.33.1", "local Ollama 0.33.1")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ONE = (
    'FROM llama3.2\nPARAMETER temperature 0.8\nSYSTEM """You are Pip.\nAnswer in one sentence.\nIf you do not know, say so.\nBe kind."""\n'
)
TWO = ONE.replace("0.8", "0.6").replace("one sentence", "two sentences at most")


class Shop:
    """A store with versions, and a server that says what it is told."""

    def __init__(self) -> None:
        self.store, self.standing, self.made, self.problem = Versions(clock=lambda: NOW.timestamp()), 0, [], None
        self.work = []

    def record(self, text, digest, minutes, **more):
        version = self.store.record(SERVER.identity, "pip", text, digest, at=NOW.timestamp() - 60 * minutes, **more)
        self.standing = version.number
        return version

    def read(self):
        return History("pip", SERVER, tuple(self.store.all(SERVER.identity, "pip")), self.standing, None, self.store)

    def make(self, version):
        if self.problem:
            raise self.problem
        self.made.append(version)
        made = self.record(version.modelfile, f"{len(self.made)}" * 64, 0)
        return SimpleNamespace(version=made.number, unchanged=False)

    def panel(self, **more):
        return HistoryPanel("pip", self.read, self.make, self.read(), now=lambda: NOW, start=self.work.append, **more)

    def settle(self):
        while self.work:
            self.work.pop(0)()


@pytest.fixture
def shop():
    shop = Shop()
    shop.record(ONE, "a" * 64, 30, shown=ONE + "PARAMETER stop <|end|>\n")
    shop.record(TWO, "b" * 64, 18, shown=TWO + "PARAMETER stop <|end|>\n")
    return shop


def press(panel, method, **params):
    """Press a button; each press is a request of its own."""
    press.count += 1
    return pressing.press(panel, method, f"v:{press.count}", **params)


press.count = 0


def value(panel, *path):
    return panel.state.value(*path)


def text_of(line):
    return f"{line['sign']}{line['number'] or ''} " + "".join(f"[{text}]" if mark else text for text, mark in line["pieces"])


def test_the_timeline_and_the_newest_against_the_one_before(shop):
    panel = shop.panel(server=SERVER.label)
    assert value(panel, "count") == "2 versions"
    assert [(row["label"], row["time"], row["on_server"]) for row in value(panel, "timeline")] == [
        ("v2", "11:42", True),
        ("v1", "11:30", False),
    ]
    assert value(panel, "selected") == ["2"]
    assert value(panel, "detail", "facts") == f"against v1 · created 11:42 · id {'b' * 12}"
    assert [text_of(line) for line in value(panel, "detail", "lines")] == [
        " 2 FROM llama3.2",
        "-3 PARAMETER temperature [0.8]",
        "+3 PARAMETER temperature [0.6]",
        ' 4 SYSTEM """You are Pip.',
        "-5 Answer in [one sentence].",
        "+5 Answer in [two sentences at most].",
        " 6 If you do not know, say so.",
        ' 7 Be kind."""',
    ]
    rows = {row["name"]: (row["old"], row["new"], row["changed"], row["origin"]) for row in value(panel, "detail", "parameters")}
    assert rows == {
        "temperature": ("0.8", "0.6", True, "set, line 3"),
        "stop": ("<|end|>", "<|end|>", False, "from llama3.2"),
    }
    assert next(iter(rows)) == "temperature"


def test_a_change_deep_in_a_text_says_in_which(shop):
    long = ONE.replace("Be kind.", "\n".join(f"Rule {number}." for number in range(20)))
    old, new = shop.record(long, "c" * 64, 3), shop.record(long.replace("Rule 15.", "Rule 15!"), "d" * 64, 2)
    lines, cut = difference_lines(old, new)
    assert (text_of(lines[0]), cut) == ("@ SYSTEM", "")
    assert text_of(lines[3]).startswith("-22 Rule 15")


def test_two_versions_are_compared_older_first_whatever_is_chosen_first(shop):
    shop.record(TWO.replace("0.6", "0.7"), "c" * 64, 3)
    panel = shop.panel()
    press(panel, "select", key="3")
    press(panel, "select", key="1", also=True)
    assert value(panel, "selected") == ["3", "1"]
    assert value(panel, "detail", "title") == "v3"
    assert value(panel, "detail", "facts").startswith("against v1")
    press(panel, "view", whole=True)


def test_each_version_is_talked_to_and_the_one_on_the_server_is_kept(shop):
    panel = shop.panel(host="http://a:1")
    actions = {action["label"]: action for action in value(panel, "detail", "actions")}
    assert list(actions) == ["Chat with v2", "Name it", "Copy as cell", "Compare with v1"]
    assert actions["Compare with v1"]["params"] == {
        "open": "compare",
        "params": {"name": "pip", "host": "http://a:1", "version": 2, "since": 1},
    }
    press(panel, "select", key="1")
    older = {action["label"]: action for action in value(panel, "detail", "actions")}
    assert list(older) == ["Create v3 from v1…", "Chat with v1", "Name it", "Copy as cell", "Remove…"]
    assert (older["Create v3 from v1…"]["primary"], "primary" in older["Chat with v1"]) == (True, False)
    assert [each["Chat with " + at]["params"]["params"]["name"] for each, at in ((older, "v1"), (actions, "v2"))] == ["pip@1", "pip"]


def test_restoring_asks_makes_a_new_version_and_gives_the_cells_text(shop):
    panel = shop.panel()
    press(panel, "ask", what="restore", key="1")
    asks = value(panel, "asks")
    assert (asks["title"], asks["button"]) == ("Make pip as it was in v1?", "Create v3 from v1")
    assert asks["text"] == "This creates v3 from the text of v1. v2 stays in the history."
    press(panel, "confirm", token="t", cell="%%modelfile pip --chat\nFROM other\n# mine")
    assert value(panel, "busy") == "Creating v3 from v1 …"
    shop.settle()
    assert (value(panel, "busy"), value(panel, "asks")) == ("", None)
    assert value(panel, "made") == {"token": "t", "source": "%%modelfile pip --chat\n" + ONE.rstrip("\n")}
    assert [row["label"] for row in value(panel, "timeline")] == ["v3", "v2", "v1"]
    assert value(panel, "selected") == ["3"]
    assert value(panel, "notice") == {"kind": "ok", "text": "pip v3 was created from the text of v1."}


def test_a_restore_that_fails_says_why_and_writes_nothing(shop):
    shop.problem = ServerFault("the server is full", status=500, hint="delete a model")
    panel = shop.panel()
    press(panel, "ask", what="restore", key="1")
    press(panel, "confirm", token="t", cell="%%modelfile pip")
    shop.settle()
    assert value(panel, "notice") == {"kind": "err", "text": "The server is full. Delete a model."}
    assert (value(panel, "made"), value(panel, "busy")) == (None, "")


def test_a_second_restore_waits_for_the_first(shop):
    panel = shop.panel()
    press(panel, "ask", what="restore", key="1")
    press(panel, "confirm", token="t")
    press(panel, "ask", what="restore", key="1")
    with pytest.raises(UsageProblem, match="being created"):
        panel._confirm({"token": "u"})
    shop.settle()
    assert len(shop.made) == 1


def test_a_version_is_removed_after_a_question_and_never_the_one_on_the_server(shop):
    panel = shop.panel()
    press(panel, "hold", cards=[card(text=ONE, number=1)])
    press(panel, "ask", what="remove", key="1")
    assert value(panel, "asks", "cell") is False
    press(panel, "dismiss")
    assert value(panel, "asks") is None
    press(panel, "ask", what="remove", key="1")
    press(panel, "confirm")
    assert [row["label"] for row in value(panel, "timeline")] == ["v2"]
    press(panel, "ask", what="remove", key="2")
    with pytest.raises(UsageProblem, match="is on the server"):
        panel._confirm({})


def test_a_name_is_shown_and_found(shop):
    panel = shop.panel()
    press(panel, "name", key="1", label="one  sentence")
    assert value(panel, "timeline", 1)["name"] == "one sentence"
    with pytest.raises(UsageProblem, match="cannot be named"):
        panel._label({"key": "1", "label": "v3"})
    press(panel, "search", text="MOST two")
    assert [row["label"] for row in value(panel, "timeline")] == ["v2"]
    press(panel, "search", text="one sentence")
    assert [row["label"] for row in value(panel, "timeline")] == ["v1"]
    press(panel, "search", text="nowhere")
    assert (value(panel, "timeline"), value(panel, "detail")) == ([], None)
    assert value(panel, "none") == "No version has 'nowhere' in it."


def test_what_it_answered_stands_once_a_question(shop):
    for answer, best in (("It is 38 €.", True), ("About 40 €.", None)):
        shop.store.record_answer(SERVER.identity, "pip", 2, "What does a chain\ncost?", answer, best)
    rows = value(shop.panel(), "detail", "answers")
    assert rows == [{"question": "What does a chain cost?", "answer": "It is 38 €.", "best": True, "more": "2 answers"}]


def test_what_others_made_is_said_and_shown(shop):
    shop.record(None, "e" * 64, 10, shown=TWO.replace("Be kind.", "Be brief."))
    panel = shop.panel()
    outside = value(panel, "outside")
    assert outside["text"] == "pip was changed elsewhere at 11:50. It is taken in as v3."
    press(panel, "select", keys=outside["select"])
    assert value(panel, "detail", "facts").startswith("against v2 · found 11:50 · made elsewhere")


def card(**more):
    made = {"model": "Pip:latest", "server": "their Ollama", "number": 7, "digest": "d" * 64, "at": 1.7e9, "cell": 5, "quantize": "q8_0"}
    return {"version": {**made, "text": "FROM far\n", **more}}


def test_a_notebook_brings_versions_that_nobody_stored(shop):
    known = card(text=TWO, number=2, digest="b" * 64, cell=9)
    damaged = [card(text=5), card(number="7"), card(at=-1), {"version": None}, {}, 3, card(model="other")]
    panel = shop.panel()
    press(panel, "hold", cards=[card(), card(), known, *damaged])
    assert value(panel, "count") == "2 versions, 1 only in this notebook"
    assert value(panel, "detail", "facts").startswith("against v1 · created 11:42 by cell [9]")
    press(panel, "select", key="n0")
    assert [action["label"] for action in value(panel, "detail", "actions")] == ["Create v3 from v7…", "Copy as cell"]
    assert panel._copy({"key": "n0"}) == {"source": "%%modelfile pip\nFROM far\n"}
    press(panel, "ask", what="restore", key="n0")
    press(panel, "confirm", token="t")
    shop.settle()
    assert (shop.made[0].text, shop.made[0].quantize) == ("FROM far\n", "q8_0")
    assert value(panel, "count") == "3 versions"


def test_a_model_that_only_the_notebook_knows(shop):
    panel = HistoryPanel("pip", shop.read, shop.make, None, now=lambda: NOW, start=shop.work.append)
    assert (value(panel, "timeline"), value(panel, "detail"), value(panel, "none")) == ([], None, "No version is known.")
    press(panel, "hold", cards=[card()])
    assert value(panel, "count") == "1 version, only in this notebook"
    assert value(panel, "detail", "lines")[0]["pieces"] in ([("FROM far", "")], [["FROM far", ""]])
    assert value(panel, "detail", "actions")[0]["label"] == "Create v1 from v7…"


def test_the_output_keeps_what_was_last_seen(shop, publisher):
    live = LiveHistory(lambda keep: shop.panel(on_change=keep), publisher=publisher)
    live.show()
    shop.record(ONE, "c" * 64, 1)
    press(live.panel, "refresh")
    assert [update for _, _, update in publisher.shown] == [False, True]
    assert "v3" in publisher.shown[-1][0]["text/plain"]
    press(live.panel, "refresh")
    assert len(publisher.shown) == 2


def test_a_cells_own_first_line_stays():
    assert in_cell("\n%%modelfile pip --chat -q q8_0\nold", "pip", "FROM x\n") == "%%modelfile pip --chat -q q8_0\nFROM x"
    assert in_cell("print(1)", "pip", "FROM x") == "%%modelfile pip\nFROM x"
