"""What cards hold for the page: fixes that fit the cell, buttons of this kernel alone, and the version that was created."""

import zlib
from types import SimpleNamespace

import pytest

from ollama_magics.display.cards import cancelled_card, problems_card
from ollama_magics.errors import Cancelled, ModelfileProblem, ModelNotFound, UsageProblem
from ollama_magics.magics.opening import KERNEL, Openings
from ollama_magics.magics.pagedata import RunningCell, created_page, failure_page
from ollama_magics.modelfile import parse
from ollama_magics.services.creation import Creation
from ollama_magics.services.servers import Server, client_for
from ollama_magics.services.versions import Versions
from ollama_magics.widgets import outputs

HEAD = "\n%%modelfile \U0001f600\n"


def shell_of(source, magics=("chat",)):
    return SimpleNamespace(
        get_parent=lambda: {"content": {"code": source}},
        displayhook=SimpleNamespace(prompt_count=5),
        magics_manager=SimpleNamespace(magics={"line": dict.fromkeys(magics)}),
    )


def edited(source, edits):
    """Make edits as the page does: by offsets in UTF-16 units."""
    units = source.encode("utf-16-le", "surrogatepass")
    for low, high, text in sorted(edits, reverse=True):
        units = units[: 2 * low] + text.encode("utf-16-le", "surrogatepass") + units[2 * high :]
    return units.decode("utf-16-le", "surrogatepass")


def failed(text):
    modelfile = parse(text)
    error = ModelfileProblem("x", problems=modelfile.problems, details={"name": "pip", "modelfile": modelfile})
    return error, problems_card(modelfile, "pip")


@pytest.mark.parametrize("typed", ["", "\n"])
def test_fixes_are_edits_of_the_cell(typed):
    """Offsets are those of the whole cell as it was typed, in the browser's units; IPython's line end at the end is not the cell's."""
    body = "FROM x\nPARAMETER temprature 0.6\n# \U0001f600\nPARAMETRE num_ctx 2048"
    source = HEAD + body + typed
    error, card = failed(body + "\n")
    fixes = failure_page(error, card, shell_of(source))["fixes"]
    assert fixes["cell"] == zlib.crc32(source.encode("utf-16-le"))
    assert [fix["label"] for fix in fixes["each"]] == ["Change to temperature", "Change to PARAMETER"]
    assert [fix["pre"] for fix in fixes["each"]] == [0, 1]
    both = source.replace("temprature", "temperature").replace("PARAMETRE", "PARAMETER")
    assert edited(source, fixes["each"][0]["edits"]) == source.replace("temprature", "temperature")
    assert edited(source, [edit for fix in fixes["each"] for edit in fix["edits"]]) == both
    assert fixes["all"]["label"] == "Fix both in the cell"
    assert edited(source, fixes["all"]["edits"]) == both


def test_one_mistake_has_no_button_for_all():
    error, card = failed("FROM x\nPARAMETER temprature 0.6\n")
    assert failure_page(error, card, shell_of("%%modelfile pip\nFROM x\nPARAMETER temprature 0.6"))["fixes"]["all"] is None


def test_a_text_that_is_not_the_cells_is_not_mended():
    """After ``--subst``, and for ``create`` called from Python, the cell holds something else."""
    error, card = failed("FROM x\nPARAMETER temprature 0.6\n")
    assert failure_page(error, card, shell_of("%%modelfile pip --subst\nFROM ${base}\nPARAMETER temprature 0.6")) == {}
    assert failure_page(error, card, SimpleNamespace()) == {}
    assert RunningCell.of(shell_of("anything"), parse("")) is None


def test_near_bases_are_written_into_from():
    modelfile = parse("# mine\nFROM tutr # no comment\nSYSTEM x\n")
    error = ModelNotFound("x", status=404, details={"base": "tutr", "near": ["tutor", "other"], "modelfile": modelfile})
    source = "%%modelfile pip\n# mine\nFROM tutr # no comment\nSYSTEM x"
    fixes = failure_page(error, cancelled_card("pip"), shell_of(source))["fixes"]
    assert [fix["label"] for fix in fixes["each"]] == ["FROM tutor", "FROM other"]
    assert edited(source, fixes["each"][0]["edits"]) == source.replace("tutr # no comment", "tutor")


def test_a_cancelled_create_can_be_run_again():
    error = Cancelled("cancelled", details={"name": "pip", "while": "pulling x"})
    assert failure_page(error, cancelled_card("pip"), SimpleNamespace()) == {"again": True}
    assert failure_page(UsageProblem("x"), cancelled_card("pip"), SimpleNamespace()) == {}


def creation(**facts):
    modelfile = parse("FROM tutor\n")
    server = Server("http://127.0.0.1:11434", "ollama", "0.33.1", "local Ollama 0.33.1")
    base = {"base": "tutor", "changed": (), "size": 1, "new_layers": 1, "kept_layers": 0, "seconds": 0.1, "server": server}
    made = {"name": "pip", "version": 4, "since": 3, "digest": "d" * 64, "request": {"quantize": "q8_0"}, "modelfile": modelfile}
    return Creation(**{**base, **made, **facts})


def test_a_created_card_offers_what_this_shell_can_open():
    made = creation()
    page = created_page(made, made.card(), shell_of("%%modelfile pip\nFROM tutor", ("chat", "compare")))
    assert page["opens"]["kernel"] == KERNEL
    assert [(button["open"], button["label"]) for button in page["opens"]["buttons"]] == [("chat", "Chat"), ("compare", "Compare with v3")]
    assert page["opens"]["buttons"][0]["params"] == {"name": "pip", "host": "http://127.0.0.1:11434", "version": 4, "since": 3}
    version = page["version"]
    assert (version["model"], version["number"], version["cell"], version["quantize"]) == ("pip", 4, 5, "q8_0")
    assert version["text"] == "FROM tutor\n"
    assert "fixes" not in page


def test_nothing_to_compare_with_and_nothing_sent():
    shell = shell_of("", ("chat", "compare"))
    for since in (None, 4):
        page = created_page(creation(since=since), creation().card(), shell)
        assert [button["open"] for button in page["opens"]["buttons"]] == ["chat"]
    assert created_page(creation(version=None, sent=False), creation().card(), shell) == {}


class Comm:
    """A comm that keeps what is sent and can be spoken into."""

    def __init__(self):
        self.sent, self.hear = [], None

    def send(self, data):
        self.sent.append(data)

    def on_msg(self, hear):
        self.hear = hear

    def ask(self, **data):
        self.hear({"content": {"data": data}})
        return self.sent[-1]


class Manager:
    def __init__(self):
        self.targets = {}

    def register_target(self, name, handler):
        self.targets[name] = handler

    def unregister_target(self, name, handler):
        del self.targets[name]


@pytest.fixture
def page():
    """Return a page's comm to a shell whose ``%chat`` shows a place that changes later, and whose ``%tune`` fails."""
    shell = shell_of("")
    places = []

    def chat(line):
        place = outputs.Place(SimpleNamespace(publish=None))
        place.show({"text/plain": line})
        places.append(place)

    def tune(line):
        outputs.show({"text/plain": "a card"})
        raise UsageProblem("it cannot be tuned")

    def broken(line):
        raise ZeroDivisionError("by zero")

    shell.magics_manager.magics["line"] = {"chat": chat, "tune": tune, "ollama": broken}
    manager = Manager()
    shell.kernel = SimpleNamespace(comm_manager=manager)
    openings = Openings(shell)
    comm = Comm()
    manager.targets["ollama_magics.open"](comm, {})
    yield comm, places
    openings.close()
    assert manager.targets == {}


def test_the_page_is_told_who_answers_and_gets_the_output_of_a_magic(page):
    comm, places = page
    assert comm.sent == [{"kernel": KERNEL}]
    answer = comm.ask(id=1, open="chat", params={"name": "my model", "host": "http://a:1"})
    [output] = answer["outputs"]
    assert (answer["id"], output["data"]) == (1, {"text/plain": "'my model' --host http://a:1"})
    places[0].show({"text/plain": "later"})
    assert comm.sent[-1] == {"name": output["name"], "data": {"text/plain": "later"}}


def test_a_failure_is_an_output_or_a_sentence(page):
    comm, _ = page
    assert comm.ask(id=2, open="tune", params={"name": "pip"})["outputs"][0]["data"] == {"text/plain": "a card"}
    assert comm.ask(id=3, open="history", params={"name": "pip"}) == {"id": 3, "error": "ZeroDivisionError: by zero"}
    assert "error" in comm.ask(id=4, open="rm", params={"name": "pip"})


def test_a_comparison_is_a_cell_with_what_was_asked_before(page, embedded, monkeypatch):
    """Each question stands once, the last ones asked; one with an empty line in it would fall apart and is left out."""
    versions = Versions()
    monkeypatch.setattr("ollama_magics.services.versions.VERSIONS", versions)
    server, _ = client_for(embedded)
    for question in ("Who?", "Where?", "Two\n\nparts", "Who?", "When?"):
        versions.record_answer(server.identity, "pip", 3, question, f"answer {len(question)}")
    params = {"name": "pip", "host": embedded, "version": 4, "since": 3}
    assert page[0].ask(id=5, open="compare", params=params) == {
        "id": 5,
        "cell": f"%%compare pip@3 pip@4 --host {embedded}\nWho?\n\nWhen?",
    }
