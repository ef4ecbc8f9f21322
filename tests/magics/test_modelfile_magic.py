"""``%%modelfile`` and ``%modelfile`` on the built-in server, in a real shell."""

import pytest

from ollama_magics.errors import FileProblem, ModelfileProblem, ModelNotFound, UsageProblem
from ollama_magics.services.servers import servers

MARIO = "%%modelfile {name}\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are Mario.\n"


def test_create_and_change(on_embedded):
    """The first create says what it sets, the second what changed, the third that nothing did."""
    out = on_embedded.ok(MARIO.format(name="shown"))
    assert "shown v1, from tutor, created in " in out
    assert "Sets SYSTEM (14 characters) and temperature." in out
    assert "built-in server" in out
    out = on_embedded.ok(MARIO.format(name="shown").replace("Mario", "Luigi"))
    assert "shown v2" in out
    assert "Changed since v1:\n  - SYSTEM You are Mario.\n  + SYSTEM You are Luigi.\n" in out
    assert on_embedded.ok(MARIO.format(name="shown").replace("Mario", "Luigi")).startswith("shown v2 is the same as before.")


def test_the_value_of_the_cell(on_embedded):
    """``_`` is the result; it is not drawn a second time, and is drawn when somebody asks for it."""
    out = on_embedded.ok(MARIO.format(name="valued"))
    assert out.count("valued v1") == 1
    assert "Out[" not in out
    creation = on_embedded.names["_"]
    assert (creation.name, creation.version, creation.base, creation.server.kind) == ("valued", 1, "tutor", "embedded")
    assert creation.request == {"model": "valued", "from": "tutor", "system": "You are Mario.", "parameters": {"temperature": 0}}
    assert len(creation.digest) == 64
    assert "valued v1" in on_embedded.ok("_")


def test_mistakes_are_shown_at_their_lines_and_nothing_is_sent(on_embedded, embedded):
    """Every mistake has its line as the person counts it, and the model is not created."""
    error = on_embedded.fails("%%modelfile broken\nFROM tutor\nPARAMETER temprature 0.6\nPARAMETER top_k many\n")
    assert isinstance(error, ModelfileProblem)
    assert "Not created: 2 mistakes" in on_embedded.out
    assert "3 | PARAMETER temprature 0.6" in on_embedded.out
    assert "4 | PARAMETER top_k many" in on_embedded.out
    assert "broken" not in on_embedded.ok("%ollama list")


def test_an_unknown_base_names_the_near_ones(on_embedded):
    """The message names the base, what is near it, and how to get it; there is no model afterwards."""
    error = on_embedded.fails("%%modelfile lost\nFROM tutr\n")
    assert isinstance(error, ModelNotFound)
    assert "no base model tutr" in on_embedded.out
    assert "tutor" in on_embedded.out
    assert "%ollama pull tutr" in on_embedded.out
    assert isinstance(on_embedded.fails("%ollama show lost"), ModelNotFound)


def test_a_failed_create_leaves_the_model_as_it_was(on_embedded):
    """After a create that failed the old model answers as before, and the message says so."""
    on_embedded.ok(MARIO.format(name="kept"))
    before = on_embedded.names["_"].digest
    on_embedded.fails("%%modelfile kept\nFROM nowhere\nSYSTEM You are nobody.\n")
    assert "kept is still v1." in on_embedded.out
    assert before[:12] in on_embedded.ok("%ollama list")


def test_dry_run_sends_nothing(on_embedded):
    """``--dry-run`` shows the request, and there is no such model afterwards."""
    out = on_embedded.ok("%%modelfile dry --dry-run -q q4_K_M\nFROM tutor\nSYSTEM hi\n")
    assert out.startswith('POST /api/create\n{\n  "model": "dry",\n  "from": "tutor"')
    assert '"quantize": "q4_K_M"' in out
    assert on_embedded.names["_"].sent is False
    assert isinstance(on_embedded.fails("%ollama show dry"), ModelNotFound)


def test_no_pull(on_embedded):
    """``--no-pull`` asks whether the base is there instead of letting the server look for it."""
    error = on_embedded.fails("%%modelfile lost --no-pull\nFROM tutr\n")
    assert isinstance(error, ModelNotFound)
    assert "no base model tutr" in error.message


@pytest.mark.parametrize("name", ["mario:cloud", "mario:8b-cloud", "mario:local"])
def test_a_name_that_could_never_be_used_is_refused(on_embedded, name):
    """A tag that Ollama reads as a place is refused before anything is sent."""
    error = on_embedded.fails(f"%%modelfile {name}\nFROM tutor\n")
    assert isinstance(error, UsageProblem)
    assert "could never be used" in error.message


def test_substitution(on_embedded):
    """Variables come in with ``--subst`` only, and a template's braces stay."""
    on_embedded.names["persona"] = "You are {{ .Peach }}."
    on_embedded.ok("%%modelfile subst --subst --dry-run\nFROM tutor\nSYSTEM ${persona}\n")
    assert on_embedded.names["_"].request["system"] == "You are {{ .Peach }}."
    on_embedded.ok("%%modelfile subst --dry-run\nFROM tutor\nSYSTEM ${persona} {persona} $persona\n")
    assert on_embedded.names["_"].request["system"] == "${persona} {persona} $persona"


def test_weights_of_its_own(on_embedded, embedded, tmp_path, monkeypatch):
    """A GGUF file beside the notebook is hashed, sent once, and becomes a model."""
    from importlib.resources import files

    weights = next(file for file in files("ollama_magics.server.tutor").iterdir() if file.name.endswith(".gguf"))
    (tmp_path / "own.gguf").write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    monkeypatch.chdir(tmp_path)
    on_embedded.ok("%%modelfile own\nFROM ./own.gguf\nSYSTEM hi\n")
    assert on_embedded.names["_"].request["files"].keys() == {"own.gguf"}
    assert "own" in on_embedded.ok("%ollama list")


def test_a_file_that_is_not_there(on_embedded):
    """An adapter that is not there is said before anything is sent."""
    error = on_embedded.fails("%%modelfile lost\nFROM tutor\nADAPTER ./missing.gguf\n")
    assert isinstance(error, FileProblem)
    assert "missing.gguf" in on_embedded.out


def test_chat_afterwards(on_embedded):
    """``--chat`` offers the next cell."""
    on_embedded.ok(MARIO.format(name="offered --chat"))
    assert on_embedded.next_cell() == "%%chat offered\n"


def test_modelfile_into_the_next_cell(on_embedded):
    """``%modelfile`` gives a cell that creates the same model again: template, system text, parameters and licences."""
    on_embedded.ok(MARIO.format(name="again"))
    before = servers().client(servers().find()).show("again")
    on_embedded.ok("%modelfile again")
    cell = on_embedded.next_cell()
    assert cell.startswith("%%modelfile again\n")
    on_embedded.ok(cell)
    after = servers().client(servers().find()).show("again")
    for part in ("template", "system", "license", "parameters", "messages", "details"):
        assert sorted(str(after.get(part)).split("\n")) == sorted(str(before.get(part)).split("\n")), part


def test_what_has_no_effect_is_said_below_the_result_and_by_check(on_embedded):
    cell = "%%modelfile idle\nFROM tutor\nPARAMETER num_ctx 1024\nSYSTEM Hi"
    out = on_embedded.ok(cell)
    assert "ⓘ line 3: PARAMETER num_ctx 1024 changes nothing: tutor has the same value." in out
    assert out.index("created in") < out.index("line 3")
    checked = on_embedded.ok("%ollama check")
    assert "3 | PARAMETER num_ctx 1024" in checked
    assert "[MF002" in on_embedded.ok("%ollama check idle")
    data = on_embedded.ok("found = %ollama check idle --json") or on_embedded.names["found"]
    assert [problem["code"] for problem in data["problems"]] == ["MF002"]
