"""The tuner's panel without a page: what its requests do, when it answers again, and what it says."""

import pytest
from livetuning import SETTLED_S, Page
from pressing import press
from shapes import misfits

from ollama_magics.client.client import Client
from ollama_magics.services.creation import create
from ollama_magics.services.tuning.drafts import Drafts
from ollama_magics.services.tuning.tuner import Tuner
from ollama_magics.services.versions import Versions
from ollama_magics.widgets import tunerstate

TEXT = "# mine\nFROM tutor\nPARAMETER temperature 0.8\nSYSTEM You are Mario.\n"
CELL = f"%%modelfile mario --tune\n{TEXT}"


@pytest.fixture
def client(embedded):
    found = Client(embedded, environ={})
    yield found
    for name in {model.name for model in found.list().models} - {"tutor:latest"}:
        found.delete(name)


@pytest.fixture
def versions():
    return Versions()


@pytest.fixture
def drafts(tmp_path):
    found = Drafts(lambda: tmp_path / "drafts")
    yield found
    found.close()


@pytest.fixture
def tuner(client, versions, drafts):
    create("mario", TEXT, client=client, versions=versions)
    with Tuner("mario", client=client, versions=versions, drafts=drafts, seed=7) as found:
        yield found


@pytest.fixture
def page(tuner, publisher):
    found = Page(tuner, publisher)
    yield found
    found.live.wait(SETTLED_S)


@pytest.fixture
def asked(page):
    page.press("chat.ask", text="Who are you?")
    return page


def test_first_state_has_the_shape(page):
    """What the view is given is what it is written against."""
    assert list(misfits(page.state(), tunerstate.TunerState)) == []
    assert (page.state("testing"), page.state("words", "create"), page.state("can_create")) == ("v1", "Create v2", False)


def test_state_of_a_changed_model_has_the_shape(asked):
    """So is every state later on."""
    asked.press("param", name="temperature", value="0.2", how="enter")
    asked.press("param", name="num_ctx", value="x")
    asked.press("add_example", after=None)
    asked.press("system", text="No\u00a0break \U0001f6b2")
    assert list(misfits(asked.state(), tunerstate.TunerState)) == []


@pytest.mark.parametrize(("how", "delay_s"), [("typing", 0.6), ("release", 0.25)])
def test_change_is_answered_after_a_pause(asked, how, delay_s):
    """The last message is answered again, the answer before stands beside it, and both have the same seed."""
    asked.press("system", text="You are Luigi.", how=how)
    assert (asked.answers, asked.state("testing")) == (["I am Mario."], "v1 with 1 change")
    assert asked.time_passes() == delay_s
    assert asked.answers == ["I am Mario.", "I am Luigi."]
    assert asked.state("chat", "turns", 0, "before") == {"title": "Before: v1, seed 7", "answer": "I am Mario."}
    assert asked.state("chat", "turns", 0, "made_by") == "v1 with 1 change · seed 7"


def test_held_slider_is_not_answered(asked):
    """While the slider is held the state follows and nothing is asked; a run of changes is answered once."""
    for value in (0.1, 0.2, 0.3):
        asked.press("param", name="temperature", value=value, how="drag")
    assert (asked.time_passes(), asked.param("temperature")["value"]) == (None, 0.3)
    asked.press("param", name="temperature", value=0.4, how="release")
    asked.press("param", name="temperature", value=0.5, how="release")
    asked.time_passes()
    assert len(asked.answers) == 2


def test_change_that_is_taken_back_in_time_asks_nothing(asked):
    """What is tried is what was answered: there is nothing to answer again."""
    asked.press("param", name="temperature", value=0.2, how="typing")
    asked.press("reset", name="temperature")
    asked.time_passes()
    assert asked.answers == ["I am Mario."]


@pytest.mark.parametrize(("when", "how", "answers"), [("enter", "typing", 1), ("enter", "enter", 2), ("button", "enter", 1)])
def test_person_chooses_when(asked, when, how, answers):
    """On Enter, or by the button alone."""
    asked.press("answer_again_when", when=when)
    asked.press("param", name="temperature", value="0.2", how=how)
    asked.time_passes()
    assert len(asked.answers) == answers
    asked.press("answer_again")
    assert len(asked.answers) == answers + 1


def test_enter_is_answered_in_the_same_message(asked):
    """No timer stands between Enter and the answer."""
    asked.press("param", name="temperature", value="0.2", how="enter")
    assert (asked.delayed, len(asked.answers)) == ([], 2)


def test_nothing_is_asked_before_the_first_question(page):
    """Knobs alone start no conversation."""
    page.press("param", name="temperature", value="0.2", how="enter")
    assert (page.answers, page.state("alert")) == ([], None)


def test_parameter_that_reloads_waits_for_enter(asked):
    """The row and the head say so; what is tested is what is shown."""
    asked.press("param", name="num_ctx", value="512", how="release")
    asked.time_passes()
    assert (asked.param("num_ctx")["waits"], asked.state("testing"), len(asked.answers)) == (True, "v1", 1)
    assert asked.state("words", "waits") == "num_ctx reloads the model: press Enter"
    asked.press("param", name="num_ctx", value="512", how="enter")
    assert (asked.param("num_ctx")["waits"], asked.state("testing"), len(asked.answers)) == (False, "v1 with 1 change", 2)


def test_wrong_value_stays_typed_and_is_not_sent(asked):
    """One sentence under the row, the value in effect as before."""
    asked.press("param", name="temperature", value="0,6", how="enter")
    row = asked.param("temperature")
    assert (row["text"], row["value"], row["problem"]) == ("0,6", 0.8, "temperature takes a number, not '0,6'.")
    assert asked.state("changes") == 0


def test_states_have_their_words(page):
    """Not set, inherited, set, the same as what would be there anyway, and tried."""
    page.press("param", name="top_k", value="40")
    page.press("param", name="min_p", value="0.1")
    page.press("create")
    page.press("cell", source=f"%%modelfile mario\n{page.live.tuner.modelfile}")
    page.press("param", name="min_p", value="0.2")
    words = {
        name: (page.param(name)["state"], page.param(name)["state_words"]) for name in ("top_p", "num_ctx", "temperature", "top_k", "min_p")
    }
    assert words == {
        "top_p": ("unset", "not set, server default"),
        "num_ctx": ("inherited", "from tutor"),
        "temperature": ("same", "set, same as the default"),
        "top_k": ("same", "set, same as the default"),
        "min_p": ("tried", "tried, stored 0.1"),
    }
    page.press("reset", name="min_p")
    assert page.param("min_p")["state_words"] == "set in your cell"
    page.press("reset", name="min_p")
    assert (page.param("min_p")["state_words"], page.state("testing")) == ("tried without, stored 0.1", "a draft")


def test_draft_is_told(asked):
    """What a request cannot carry is tested as a draft, and the head can say so."""
    first = asked.press("add_example", after=None)
    asked.press("example", id=first, text="Hi", how="enter")
    assert (asked.state("testing"), asked.state("drafted"), asked.state("examples", "words")) == (
        "a draft",
        True,
        "1 pair, 1 token, empty ones are not used",
    )
    assert asked.state("chat", "turns", 0, "made_by") == "v1 with 1 change, as a draft · seed 7"


def test_double_click_creates_once(page, versions):
    """A second click while it is created, or when there is nothing left to store, does nothing."""
    page.press("param", name="temperature", value="0.2")
    first = press(page.live.panel, "create", "a:1")["result"]
    second = press(page.live.panel, "create", "a:2")["result"]
    assert page.live.wait(SETTLED_S)
    assert (first, second, page.press("create"), page.state("version")) == (True, False, False, "v2")
    assert len(page.live.tuner.versions()) == 2


def test_create_on_each_change(asked):
    """In the other way each settled change is a version, and the answer is that version's."""
    asked.press("mode", mode="create")
    asked.press("system", text="You are Luigi.", how="typing")
    assert asked.state("version") == "v1"
    asked.time_passes()
    assert (asked.state("version"), asked.state("changes"), asked.answers[-1]) == ("v2", 0, "I am Luigi.")
    assert asked.state("chat", "turns", 0, "made_by") == "v2 · seed 7"


def test_failed_create_says_what_is_true(client, versions, drafts, publisher):
    """The alert has the reason, and says that the old model is still there."""
    create("base", "FROM tutor\n", client=client, versions=versions)
    create("mario", "FROM base\n", client=client, versions=versions)
    with Tuner("mario", client=client, versions=versions, drafts=drafts) as tuner:
        page = Page(tuner, publisher)
        client.delete("base")
        page.press("param", name="temperature", value="0.2")
        page.press("create")
        assert page.state("alert", "text").startswith("mario was not created: there is no base model base")
        assert page.state("alert", "text").endswith("mario is still v1.")
        assert (page.state("version"), page.state("changes"), page.state("busy")) == ("v1", 1, "")


def test_lost_character_is_marked_and_mended(page):
    """Offsets count as the page counts, and the fix is made at that place."""
    page.press("system", text="\U0001f6b2 no\u00a0break")
    system = page.state("system")
    assert [(place["start"], place["end"], place["name"]) for place in system["problems"]] == [(5, 6, "NBSP")]
    assert system["problem_words"] == "1 character would be lost in Modelfile text: no-break space, line 1."
    page.press("fix_system", index=0)
    assert (page.state("system", "text"), page.state("system", "problems")) == ("\U0001f6b2 no break", [])
    assert page.refused("fix_system", index=0) == "there is no such place any more"


def test_write_back_changes_its_own_places(page):
    """Comments and the magic's line stay; written back, the cell is what the next edit begins with."""
    page.press("cell", source=CELL)
    page.press("param", name="temperature", value="0.6")
    written = page.press("write_back", source=CELL)
    assert written == {"source": CELL.replace("0.8", "0.6"), "merged": False}
    page.press("discard")
    assert page.press("write_back", source=written["source"]) == {"source": CELL, "merged": False}


def test_changed_cell_is_never_overwritten(page):
    """The places are told first; both edits are kept when that is wanted, and are then what is tried."""
    page.press("param", name="temperature", value="0.6")
    theirs = CELL.replace("SYSTEM", "PARAMETER num_ctx 512\nSYSTEM")
    conflict = page.press("write_back", source=theirs)
    assert (conflict["title"], conflict["words"]) == ("Your cell has changed since v1", ["Line 5 is new there: `num_ctx 512`."])
    assert page.state("changes") == 1
    written = page.press("write_back", source=theirs, force="both")
    assert written == {"source": theirs.replace("0.8", "0.6"), "merged": True}
    assert written["source"] == conflict["merged"]
    assert (page.state("changes"), page.param("num_ctx")["state"]) == (2, "tried")


def test_cell_of_an_earlier_version_is_not_a_changed_one(page):
    """After a create from the panel the cell holds the version before: it is brought up to date without a question."""
    page.press("cell", source=CELL)
    page.press("param", name="temperature", value="0.6")
    page.press("create")
    assert page.press("write_back", source=CELL) == {"source": CELL.replace("0.8", "0.6"), "merged": False}
    edited = CELL.replace("SYSTEM", "PARAMETER num_ctx 512\nSYSTEM")
    assert "theirs" in page.press("write_back", source=edited)


def test_conflict_shows_where_long_lines_part(page):
    """Of two long lines that begin alike, the words that differ are shown."""
    long = "You are Mario, " + "who is a plumber of some fame, " * 5
    page.press("system", text=long + "and a king.")
    words = page.press("write_back", source=CELL.replace(CELL.split("SYSTEM ")[1].strip(), long + "and a poet."))["words"]
    assert "and a poet.`" in words[0]
    assert "and a king.`" in words[0]


def test_new_cell_has_the_whole(page):
    """Where there is no cell, the text comes with the line that creates it."""
    page.press("system", text="You are Luigi.")
    assert page.press("write_back", source=None) == {"source": f"%%modelfile mario\n{page.live.tuner.modelfile}", "merged": False}
    assert page.press("text") == {"text": page.live.tuner.modelfile}


def test_change_elsewhere_is_said(page, client):
    """Somebody else's version is noticed, can be read, and is not overwritten."""
    create("mario", "FROM tutor\nSYSTEM You are Peach.\n", client=client, versions=Versions())
    page.press("look")
    assert page.state("alert", "text") == "mario has been created anew since v1 was read."
    page.press("param", name="temperature", value="0.2")
    page.press("create")
    assert [action["label"] for action in page.state("alert", "actions")] == ["Read it again", "Create anyway"]
    page.press("read_again")
    assert (page.state("alert"), page.state("version"), page.state("system", "text"), page.state("changes")) == (
        None,
        "v2",
        "You are Peach.",
        1,
    )


def test_deleted_model_is_said(page, client):
    """The panel says that it is gone, and can make it again."""
    client.delete("mario")
    page.press("look")
    assert "There is no mario on " in page.state("alert", "text")
    assert page.state("alert", "actions") == [{"label": "Create anyway", "method": "create", "params": {"anyway": True}}]
    page.press("create", anyway=True)
    assert (page.state("alert"), client.show("mario").system) == (None, "You are Mario.")


def test_tokens_are_those_of_the_model_once_it_is_loaded(page, client):
    """Before the first answer the count is an estimate and says so; then the server counts."""
    client.unload("tutor")
    page.press("system", text="You are Luigi, the plumber.")
    assert page.state("system", "tokens_words").startswith("about ")
    page.press("chat.ask", text="Who are you?")
    counts = client.count_tokens("mario", ["You are Luigi, the plumber.", "You are Mario."])
    assert page.state("system", "tokens_words") == f"{counts[0]} tokens, was {counts[1]}"
    assert (page.state("system", "about"), page.state("system", "tokens")) == (False, counts[0])


def test_second_panel_is_told(page, client, versions, drafts, publisher):
    """Two panels of one model say so, as long as both are open."""
    with Tuner("mario", client=client, versions=versions, drafts=drafts) as other:
        second = Page(other, publisher)
        assert second.state("elsewhere").startswith("mario is tuned elsewhere in this notebook too.")
        assert page.state("elsewhere") != ""
        second.live.close()
    page.press("discard")
    assert page.state("elsewhere") == ""


def test_version_can_be_restored(page):
    """What is tried would be lost, and that is said first."""
    page.press("system", text="You are Luigi.")
    page.press("create")
    page.press("param", name="temperature", value="0.1")
    assert page.press("restore", version=1) is False
    assert page.state("alert", "actions", 0, "label") == "Restore v1, discard 1 change"
    page.press(page.state("alert", "actions", 0, "method"), **page.state("alert", "actions", 0, "params"))
    assert (page.state("version"), page.state("system", "text"), page.state("changes")) == ("v3", "You are Mario.", 0)
    assert [(row["version"], row["on_server"]) for row in page.state("history")] == [(3, True), (2, False), (1, False)]


def test_answer_can_be_taught(asked):
    """A good exchange becomes two rows that are tried, and can be taken back."""
    turn = asked.state("chat", "turns", 0, "id")
    asked.press("chat.teach", id=turn)
    assert [row["text"] for row in asked.state("examples", "rows")] == ["Who are you?", "I am Mario."]
    assert asked.state("chat", "turns", 0, "taught")
    asked.press("chat.unteach", id=turn)
    assert (asked.state("examples", "rows"), asked.state("changes")) == ([], 0)


def test_new_seed_is_tried(asked):
    """The dice try another seed, which the answers before and after say."""
    asked.press("new_seed")
    seed = asked.param("seed")["value"]
    assert asked.state("chat", "turns", 0, "made_by") == f"v1 with 1 change · seed {seed}"


@pytest.mark.parametrize(
    ("method", "params"),
    [("mode", {"mode": "x"}), ("param", {"value": 1}), ("example", {"id": "e99", "text": "x"}), ("system", {"text": 1}), ("reset", {})],
)
def test_nonsense_is_refused(page, method, params):
    """A request that makes no sense is answered with a sentence, and changes nothing."""
    assert page.refused(method, **params)
    assert page.state("changes") == 0


def test_long_system_prompt_stays_light(page):
    """Of 10,000 lines the Modelfile tab holds what is near the change."""
    text = "\n".join(f"line {number} of a long prompt" for number in range(10_000))
    page.press("system", text=text)
    page.press("create")
    page.press("system", text=text.replace("line 5000 ", "Zeile 5000 "))
    lines = page.state("modelfile", "lines")
    assert [(line["sign"], line["text"]) for line in lines if line["sign"] in "-+"] == [
        ("-", "line 5000 of a long prompt"),
        ("+", "Zeile 5000 of a long prompt"),
    ]
    assert len(lines) < 20


def test_saved_form_is_left_behind(asked, publisher):
    """Closed, the panel leaves what was tuned and tried, and the draft goes."""
    asked.press("param", name="temperature", value="0.6")
    asked.live.close()
    last = publisher.shown[-1][0]
    assert "application/vnd.jupyter.widget-view+json" not in last
    assert "tried, not stored" in last["text/plain"]
    assert "I am Mario." in last["text/html"]
