"""Every verb of ``%ollama`` gives its result as data, in a notebook and in a shell."""

import json

import httpx
import pytest

from ollama_magics.cli import MODEL_VERBS, main
from ollama_magics.display import text
from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import options_of
from ollama_magics.magics.ollama import VERBS, embedding
from ollama_magics.magics.ollama.embedding import EmbedArguments, embed
from ollama_magics.services import servers as finding
from ollama_magics.wire.types import EmbedResponse


@pytest.fixture
def daisy(on_embedded):
    """Return the shell with a model called daisy."""
    on_embedded.ok("%%modelfile daisy\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are Daisy.\n")
    return on_embedded


# A line behind `%ollama`, with --json; what is looked up in its value, and what that is.
LINES = [
    ("status --json", lambda value: value["kind"], "embedded"),
    ("list --json", lambda value: {model.name for model in value} >= {"daisy:latest", "tutor:latest"}, True),
    ("list dai --json", lambda value: [model["name"] for model in value], ["daisy:latest"]),
    (
        "list --sort size --json",
        lambda value: sorted((model.size for model in value), reverse=True) == [model.size for model in value],
        True,
    ),
    ("show daisy --json", lambda value: value.system, "You are Daisy."),
    ("show daisy --json -v", lambda value: len(value.model_info["tokenizer.ggml.tokens"]) > 1000, True),
    ("show daisy --json --system", lambda value: value, {"system": "You are Daisy."}),
    ("show daisy --json --modelfile", lambda value: "FROM tutor" in value["modelfile"], True),
    (
        "run --json daisy Who are you?",
        lambda value: (value["model"], value["message"]["role"], value["done_reason"]),
        ("daisy", "assistant", "stop"),
    ),
    ("run daisy --json", lambda value: value.done_reason, "load"),
    ("ps --json", lambda value: "daisy:latest" in [model.name for model in value], True),
    ("check daisy --json", lambda value: (value["model"], value["problems"]), ("daisy", [])),
    ("stop daisy --json", lambda value: value["done_reason"], "unload"),
    ("cp daisy rosalina --json", lambda value: value["status"], "success"),
    ("rm -f rosalina --json", lambda value: value, {"deleted": ["rosalina"]}),
    ("pull tutor --json", lambda value: value.status, "success"),
    ("history daisy --json", lambda value: value[-1]["modelfile"].startswith("FROM tutor"), True),
    ("host --json", lambda value: value[0]["state"], "in use"),
    ("version --json", lambda value: value["server"]["kind"], "embedded"),
    ("serve --json", lambda value: value["kind"], "embedded"),
    ("help --json temper", lambda value: value, [{"word": "temperature", "kind": "parameter"}]),
]


def test_every_verb_as_data(daisy, tmp_path, embedded, monkeypatch):
    """The value can be assigned, is JSON, and nothing else is shown."""
    file = tmp_path / "Modelfile"
    file.write_text("FROM tutor\nSYSTEM You are Peach.\n", "utf-8")
    monkeypatch.setattr(finding, "start_embedded", lambda: finding.servers().find(embedded))
    created = (f"create peachy -f {file} --json", lambda value: (value["status"], value["name"]), ("success", "peachy"))
    for line, look, expected in [*LINES, created]:
        shown = daisy.ok(f"value = %ollama {line}")
        assert shown == "", line
        assert look(daisy.names["value"]) == expected, line
        json.dumps(daisy.names["value"])
    daisy.ok("%ollama rm -f peachy")
    tried = {line.split()[0] for line, _, _ in [*LINES, created]}
    assert tried | {"push", "embed"} == set(VERBS)
    assert all("--json" in options_of(verb.arguments) for verb in VERBS.values())


def test_the_last_line_of_a_cell_shows_data(daisy):
    """Not assigned, it is the value of the cell."""
    daisy.ok("%ollama show daisy --system --json")
    assert daisy.result.result == {"system": "You are Daisy."}


def test_the_same_in_a_shell(daisy, capsys, monkeypatch, embedded):
    """The verbs have their names and options on a command line, print tables, and JSON with ``--json``."""
    monkeypatch.setenv("OLLAMA_HOST", embedded)
    seen = []
    for line in (
        "status",
        "list dai",
        "show daisy --system",
        "ps",
        "check daisy",
        "cp daisy birdo",
        "stop birdo",
        "rm -f birdo",
        "pull tutor",
        "host",
    ):
        verb = line.split()[0]
        assert main(line.split()) == 0, line
        assert capsys.readouterr().out.strip(), line
        if verb not in {"rm"}:
            assert main([*line.split(), "--json", *(["-y"] if verb == "cp" else [])]) == 0, line
            json.loads(capsys.readouterr().out)
        seen.append(verb)
    assert {*seen, "push", "embed"} == set(MODEL_VERBS)


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("rm daisy", 1, "nobody can be asked here"),
        ("show dasiy", 1, "did you mean daisy?"),
        ("list --sort sizee", 1, "the columns are name, id, size, changed"),
        ("rm", 1, "rm needs NAME"),
        ("show", 2, "NAME"),
        ("list --jsn", 2, "--jsn"),
    ],
)
def test_mistakes_in_a_shell(daisy, capsys, monkeypatch, embedded, line, status, words):
    """A mistake is one message in the words of the shell, on standard error."""
    monkeypatch.setenv("OLLAMA_HOST", embedded)
    assert main(line.split()) == status
    told = capsys.readouterr()
    assert words in told.err
    assert "%ollama" not in told.err
    assert told.out == ""


def test_a_copy_over_a_model_asks(daisy, monkeypatch):
    """The model that would lose its name stays unless the person says so."""
    daisy.ok("%ollama cp daisy wario")
    asked = []
    monkeypatch.setattr("builtins.input", lambda question="": asked.append(question) or "n")
    assert "wario is kept." in daisy.ok("%ollama cp tutor wario")
    assert asked == ["There is a model wario on built-in server. Overwrite it with tutor? [y/N] "]
    assert "You are Daisy." in daisy.ok("%ollama show wario --system")
    assert "tutor is also wario" in daisy.ok("%ollama cp tutor wario --yes")
    daisy.ok("%ollama rm -f wario")


def test_columns(daisy):
    """A list is sorted by the column that is named; one that is not there names the others."""
    names = [line.split()[0] for line in daisy.ok("%ollama list --sort name").splitlines()[2:]]
    assert names == sorted(names)
    error = daisy.fails("%ollama list --sort sizee")
    assert (error.message, error.hint) == ("there is no column sizee to sort by", "the columns are name, id, size, changed")


def test_known_hosts(daisy, embedded, monkeypatch):
    """``host`` lists what is known, without the password of an address."""
    monkeypatch.setenv("OLLAMA_HOST", "http://me:s3cret@127.0.0.1:9")
    out = daisy.ok("%ollama host")
    rows = {line.split()[0]: line for line in out.splitlines() if line.startswith("http")}
    assert "in use" in rows[embedded]
    assert "does not answer" in rows["http://127.0.0.1:9"]
    assert "OLLAMA_HOST" in rows["http://127.0.0.1:9"]
    assert "s3cret" not in out


def test_show_verbose(daisy):
    """``-v`` adds what the file says of itself, and its tensors."""
    out = daisy.ok("%ollama show daisy -v")
    assert "llama.context_length" in out
    assert "token_embd.weight" in out
    assert "token_embd.weight" not in daisy.ok("%ollama show daisy")


VECTORS = {"north": [0.0, 2.0], "east": [1.0, 0.0], "north too": [0.0, 1.0]}


class Desk:
    """A desk whose server embeds by a table."""

    def __init__(self):
        self.shown, self.asked = [], []
        self.screen = self

    def server(self, host):
        from ollama_magics.client.client import Client
        from ollama_magics.services.servers import Server

        def answer(request):
            self.asked.append(json.loads(request.content))
            return httpx.Response(200, json={"embeddings": [VECTORS[text] for text in self.asked[-1]["input"]], "prompt_eval_count": 5})

        client = Client("http://127.0.0.1:9", transport=httpx.MockTransport(answer), environ={})
        return Server(client.url, "ollama", "0.33.0", "a server"), client

    def work(self, work, *_, **__):
        from ollama_magics.client.cancel import CancelToken

        return work(lambda step: None, CancelToken())

    def document(self, document):
        self.shown.append(text.render(document))


def test_embed(tmp_path):
    """The lines of a file are embedded together and compared with each other; as data they are the server's answer."""
    desk = Desk()
    file = tmp_path / "texts.txt"
    file.write_text("north\neast\n\nnorth too\n", "utf-8")
    assert embed(desk, EmbedArguments(name="m", file=str(file))) is None
    [shown] = desk.shown
    assert "3 vectors" in shown
    assert "1.00" in shown
    assert desk.asked == [{"model": "m", "input": ["north", "east", "north too"]}]
    got = embed(desk, EmbedArguments(name="m", text="east", dimensions=2, json=True))
    assert got == EmbedResponse(embeddings=[[1.0, 0.0]], prompt_eval_count=5)
    assert desk.asked[-1] == {"model": "m", "input": ["east"], "dimensions": 2}
    with pytest.raises(UsageProblem, match="nothing to embed"):
        embed(desk, EmbedArguments(name="m"))
    assert embedding.cosine([0, 0], [1, 1]) == 0.0
