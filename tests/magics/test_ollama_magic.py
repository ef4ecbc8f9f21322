"""The verbs of ``%ollama`` on the built-in server, in a real shell."""

import re

import pytest

import ollama_magics
from ollama_magics.errors import FileProblem, ModelNotFound, NoServer, UsageProblem
from ollama_magics.services.servers import servers


@pytest.fixture
def peach(on_embedded):
    """Return the shell with a model called peach."""
    on_embedded.ok("%%modelfile peach\nFROM tutor\nSYSTEM You are Peach.\n")
    return on_embedded


def test_status_and_version(on_embedded, embedded):
    """Every output says which server it talked to."""
    out = on_embedded.ok("%ollama status")
    assert "built-in server" in out
    assert embedded in out
    assert "built-in server, answers like Ollama 0.33" in on_embedded.ok("%ollama version")
    assert f"ollama-magics {ollama_magics.__version__}" in on_embedded.ok("%ollama version")


def test_list_and_show(peach):
    """Models are listed with id and size, and shown with what the server knows."""
    listed = peach.ok("%ollama list")
    assert "peach" in listed
    assert "tutor:latest teaching model" in listed
    same, again = (re.sub(r"\S+ \w+ ago", "some time ago", text) for text in (listed, peach.ok("%ollama ls")))
    assert again == same
    out = peach.ok("%ollama show peach")
    assert "You are Peach." in out
    assert "context length" in out


@pytest.mark.parametrize(("part", "text"), [("modelfile", "FROM tutor"), ("system", "You are Peach."), ("template", "{{ .Content }}")])
def test_show_one_part(peach, part, text):
    """``show --PART`` prints that part alone."""
    assert text in peach.ok(f"%ollama show peach --{part}")


def test_show_two_parts(peach):
    """Two parts at once cannot be meant."""
    assert isinstance(peach.fails("%ollama show peach --system --template"), UsageProblem)


def test_copy_and_remove(peach):
    """A copy is there until it is removed; one that is loaded is unloaded first."""
    peach.ok("%ollama cp peach daisy")
    assert "daisy" in peach.ok("%ollama list")
    peach.ok("%ollama run daisy")
    assert "daisy is deleted from built-in server." in peach.ok("%ollama rm --yes daisy")
    assert "No model is loaded." in peach.ok("%ollama ps")
    assert isinstance(peach.fails("%ollama show daisy"), ModelNotFound)


def test_remove_asks(peach, monkeypatch):
    """Without ``--yes`` the person decides."""
    asked = []

    def answer(text):
        def read(question=""):
            asked.append(question)
            return text

        return read

    monkeypatch.setattr("builtins.input", answer("n"))
    assert "peach is kept." in peach.ok("%ollama rm peach")
    [question] = asked
    assert question.startswith("Delete peach? It goes from built-in server for everybody. Its ")
    assert question.endswith(" in the history. [y/N] ")
    monkeypatch.setattr("builtins.input", answer("y"))
    assert "peach is deleted" in peach.ok("%ollama rm peach")


def test_remove_where_nobody_can_be_asked(peach, monkeypatch):
    """A kernel without a person at it needs ``--yes``."""
    from IPython.core.error import StdinNotImplementedError

    def refuse(question=""):
        raise StdinNotImplementedError

    monkeypatch.setattr("builtins.input", refuse)
    error = peach.fails("%ollama rm peach")
    assert (error.message, error.hint) == ("nobody can be asked here", "say it with --yes")


def test_near_names(peach):
    """A verb on a model that is not there names the near ones."""
    error = peach.fails("%ollama show peech")
    assert isinstance(error, ModelNotFound)
    assert error.hint == "did you mean peach?"


def test_create_from_a_file(peach, tmp_path):
    """``create -f`` reads the Modelfile; a file that is not there is an error, not another Modelfile."""
    (tmp_path / "Modelfile").write_text("FROM tutor\nSYSTEM From a file.\n", "utf-8")
    peach.ok(f"%ollama create filed -f {tmp_path / 'Modelfile'}")
    assert "From a file." in peach.ok("%ollama show --system filed")
    assert isinstance(peach.fails(f"%ollama create filed -f {tmp_path / 'missing'}"), FileProblem)


def test_pull_brings_tutor_back(on_embedded):
    """The teaching model can be removed and pulled again without a network."""
    on_embedded.ok("%ollama rm -f tutor")
    assert "tutor" not in on_embedded.ok("%ollama list")
    out = on_embedded.ok("%ollama pull tutor")
    assert "is on built-in server" in out
    assert "tutor" in on_embedded.ok("%ollama list")


def test_pull_of_what_is_nowhere(on_embedded):
    """A pull that fails says so in our words and the server's."""
    on_embedded.fails("%ollama pull nowhere/nothing")
    assert "was not pulled" in on_embedded.out


def test_host(on_embedded, embedded):
    """``host`` says and changes the server; an address where nothing answers is not taken."""
    assert f"Using built-in server at {embedded}." in on_embedded.ok("%ollama host")
    error = on_embedded.fails("%ollama host http://127.0.0.1:9")
    assert isinstance(error, NoServer)
    assert servers().default_host == embedded


def test_help_on_all(on_embedded):
    """``help`` alone lists verbs, and what else there is help about by group."""
    out = on_embedded.ok("%ollama help")
    for group, name in [
        ("Instructions", "ADAPTER"),
        ("Parameters", "num_ctx"),
        ("Templates", ".Messages"),
        ("Rules", "MF301"),
        ("Errors", "no-server"),
    ]:
        assert name in out[out.index(group) :]
    assert "create" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("SYSTEM", "before every conversation"),
        (".Messages.Role", "Who says it"),
        ("no-server", "ollama serve"),
        ("unexpected EOF", "MF202"),
        ("this model requires more system memory than you have", "lower `num_ctx`"),
        ("show", "%ollama show NAME"),
        ("%%compare", "%%compare"),
        ("chat", "%%chat NAME"),
    ],
)
def test_help_on_a_word(cells, words, said):
    """Instructions, names of templates, errors in the server's words, and magics have help too."""
    assert said in cells.ok(f"%ollama help {words}")
