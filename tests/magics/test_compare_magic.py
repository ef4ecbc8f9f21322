"""``%%compare`` on the built-in server, in a real shell."""

import json

import pytest

from ollama_magics.errors import ModelNotFound, UsageProblem


@pytest.fixture(scope="module")
def pirates(embedded):
    """Make two versions of one model on the built-in server, and forget them afterwards."""
    import ollama_magics as om

    for style in ("king", "pirate"):
        om.create("duel", f"FROM tutor\nPARAMETER temperature 0\nSYSTEM You are Mario, a plumber. Answer like a {style}.", host=embedded)
    yield
    om.Client(embedded).delete("duel")


@pytest.fixture
def duel(on_embedded, pirates):
    """Return the shell with a model of two versions."""
    return on_embedded


def test_versions(duel):
    """Every row stands there with both answers; the cell's value is the comparison; nothing made for it is left on the server."""
    out = duel.ok("%%compare duel@1 duel@2\nWho are you?\n\nWhat is the capital\nof France?")
    comparison = duel.names["_"]
    assert out.startswith("Comparing 2 versions of duel on 2 prompts · seed 7 · built-in server")
    assert out.index("1 of 2  Who are you?") < out.index("duel v1") < out.index("duel v2") < out.index("2 of 2  What is the capital")
    king, pirate = (cell.text for cell in comparison.cells[0])
    assert king.startswith("By royal decree")
    assert pirate.startswith("Arr")
    assert king in out
    assert [record["prompt"] for record in comparison.records()[::2]] == ["Who are you?", "What is the capital\nof France?"]
    assert "draft" not in duel.ok("%ollama list")


def test_temperatures_and_seeds(duel):
    """Twice the same question gives the same answers; every column of a row has its seed."""
    line = "%%compare duel temperature=0,1.5 num_predict=16 --seed 3 --repeat 2\nTell me something."
    duel.ok(line)
    first = duel.names["_"].records()
    duel.ok(line)
    again = duel.names["_"].records()
    assert [record["answer"] for record in first] == [record["answer"] for record in again]
    assert [(record["seed"], record["temperature"]) for record in first] == [(3, 0.0), (3, 1.5), (4, 0.0), (4, 1.5)]
    assert first[0]["answer"] == first[2]["answer"]


def test_system_texts(duel):
    """One text stands beside the model's own SYSTEM, and changes the answer."""
    duel.ok('%%compare duel -s "You are Griselda, a beekeeper."\nWho are you?')
    own, other = duel.names["_"].cells[0]
    assert "Mario" in own.text
    assert "Griselda" in other.text


def test_prompts_of_a_file(duel, tmp_path):
    """A file holds prompts as a cell does, or as a JSON list; the line magic needs no cell."""
    (tmp_path / "prompts.txt").write_text("Who are you?\n\nWhat is two plus two?\n", "utf-8")
    (tmp_path / "prompts.json").write_text(json.dumps(["Who\n\nare you?"]), "utf-8")
    duel.ok(f"%compare duel tutor --file {tmp_path / 'prompts.txt'}")
    assert duel.names["_"].prompts == ("Who are you?", "What is two plus two?")
    duel.ok(f"%%compare duel tutor --file {tmp_path / 'prompts.json'}\nHello!")
    assert duel.names["_"].prompts == ("Hello!", "Who\n\nare you?")


def test_blind(duel):
    """No output names a column before the names are shown; Python can judge and reveal."""
    out = duel.ok("%%compare duel@1 duel@2 --blind\nWho are you?")
    comparison = duel.names["_"]
    assert "names are hidden" in out
    assert "v1" not in out + str(comparison) + comparison.to_markdown() + comparison._repr_mimebundle_()["text/html"]
    comparison.pick(0, 1)
    comparison.show_names()
    assert "Best: duel v2 in 1 row; picked blind in 1 of 1." in str(comparison)
    assert comparison.winner.label == "duel v2"


def test_answers_are_in_the_history(duel, embedded):
    """What a version answered, and whether it was the best, is kept with it."""
    from ollama_magics.services.servers import find_server
    from ollama_magics.services.versions import VERSIONS

    duel.ok("%%compare duel@1 duel@2\nWhat is the capital of Spain?")
    duel.names["_"].pick(0, 0)
    server = find_server(embedded).identity
    kept = {number: [said for said in VERSIONS.answers(server, "duel", number) if "Spain" in said.question] for number in (1, 2)}
    assert [[said.best for said in kept[number]] for number in (1, 2)] == [[True], [False]]


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("%%compare\nHi", UsageProblem, "no model to compare"),
        ("%%compare duel\nHi", UsageProblem, "only one column, duel"),
        ("%%compare duel tutor\n \n", UsageProblem, "nothing to ask"),
        ("%%compare duel dule\nHi", ModelNotFound, "did you mean duel?"),
        ("%%compare duel duel@9\nHi", UsageProblem, "duel has no version 9"),
        ("%%compare duel temperature=0,hot\nHi", UsageProblem, "temperature cannot be 'hot'"),
        ("%%compare duel tutor -n 0\nHi", UsageProblem, "-n cannot be 0"),
        ("%%compare duel tutor --file nowhere.txt\nHi", UsageProblem, "nowhere.txt cannot be read"),
        ("%compare duel tutor", UsageProblem, "nothing to ask"),
    ],
)
def test_what_cannot_be(duel, line, kind, words):
    """Each mistake is one sentence with its remedy, before anything is asked."""
    error = duel.fails(line)
    assert isinstance(error, kind)
    assert words.casefold() in " ".join(duel.out.split()).casefold()


def test_help(duel):
    """Both forms explain themselves."""
    out = duel.ok("%compare --help")
    assert "%%compare [NAME… PARAMETER=VALUES…] [options]" in out
    assert "--blind" in out
