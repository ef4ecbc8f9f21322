"""Completion of magics, asked as a front end asks: the whole cell and the cursor."""

from types import SimpleNamespace

import pytest
from IPython.core.completer import context_matcher, provisionalcompleter

from ollama_magics.magics.completion import candidates
from ollama_magics.services.modelnames import ModelNames, Seen
from ollama_magics.wire.host import parse_host

INSTRUCTIONS = "%%modelfile mario\nFROM tutor\n"
TEMPLATE = INSTRUCTIONS + 'TEMPLATE """{{ .System }}\n'


@pytest.fixture
def complete(cells):
    """Return the texts that complete the end of a cell."""
    completer = cells.shell.Completer
    cells.shell._ollama_magics.session.names.moment_s = 30

    def ask(cell):
        with cells.shell.builtin_trap, provisionalcompleter():
            return [item.text for item in completer.completions(cell, len(cell))]

    return ask


OF_CREATE = ["--quantize", "--adapter", "--draft-quantize", "--remote-host", "--info", "--no-pull", "--dry-run"]
OF_MODELFILE = ["--chat", "--tune", "--host", "--subst", *OF_CREATE, "--help"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%ollama st", ["status", "stop"]),
        ("%ollama serv", ["serve"]),
        ("%%modelfile mario --q", ["--quantize"]),
        ("%%modelfile mario --", OF_MODELFILE),
        ("%%chat mario --keep-a", ["--keep-alive"]),
        ("%%chat mario --think ", ["true", "false", "low", "medium", "high", "max"]),
        ("%%chat mario --think=m", ["medium", "max"]),
        ("%%chat mario --format ", ["json"]),
        ("%%chat mario --reset --re", []),
        ("models = %ollama li", ["list"]),
        ("%%modelfile mario -q q4_", ["q4_K_M", "q4_K_S"]),
        ("%%chat mario -o use_mmap=t", ["true"]),
        ("%ollama version ", []),
        ("%ollama rm mario --y", ["--yes"]),
        ("%%chat mario -o temp", ["temperature="]),
        ("%ollama help num_c", ["num_ctx"]),
        (INSTRUCTIONS + "PARAM", ["PARAMETER "]),
        (INSTRUCTIONS + "sys", ["SYSTEM "]),
        (INSTRUCTIONS + "PARAMETER repeat_", ["repeat_last_n", "repeat_penalty"]),
        (INSTRUCTIONS + "MESSAGE a", ["assistant"]),
        (INSTRUCTIONS + "MESSAGE user impor", []),
        (INSTRUCTIONS + "PARAMETER use_mmap ", ["true", "false"]),
        (INSTRUCTIONS + "PARAMETER temperature ", ["0.8", "0.7"]),
        (INSTRUCTIONS + "RENDERER qwen3-v", ["qwen3-vl-instruct", "qwen3-vl-thinking"]),
        (INSTRUCTIONS + "PARSER harm", ["harmony"]),
        (INSTRUCTIONS + "# ollama-magics: ignore MF801", ["MF801"]),
        (INSTRUCTIONS + 'SYSTEM """You are\nimpor', []),
        (INSTRUCTIONS + "TEMPLATE {{ .Sy", [".System"]),
        (TEMPLATE + "{{ .Th", [".Think", ".ThinkLevel"]),
        (TEMPLATE + "{{ ran", ["range"]),
        (TEMPLATE + "{{ en", []),
        (TEMPLATE + "impor", []),
        (TEMPLATE + "{{ range .Messages }}\n{{- if eq .Ro", [".Role"]),
        (TEMPLATE + "{{ range .Messages }}{{ range .ToolCalls }}{{ .Function.", [".Index", ".Name", ".Arguments"]),
        (TEMPLATE + "{{ range $i, $m := .Messages }}{{ $m.Con", [".Content"]),
        (TEMPLATE + "{{ range $i, $m := .Messages }}{{ $", ["$", "$i", "$m"]),
        (TEMPLATE + "{{ range .Messages }}{{ $.Sy", [".System"]),
        (TEMPLATE + "{{ range .Messages }}{{ e", ["else", "end", "eq"]),
    ],
)
def test_completions(cell, expected):
    """Verbs, options and what they take, instructions, roles, parameters, values and templates are offered, and nothing of Python."""
    session = SimpleNamespace(names=ModelNames(lambda host: Seen()))
    *above, before = cell.split("\n")
    assert list(candidates(session, cell, len(above), before).texts) == expected


def test_completions_through_ipython(complete):
    """IPython offers them as they are, in the line of a magic and in the lines below one."""
    assert complete("%%modelfile mario --q") == ["--quantize"]
    assert complete(INSTRUCTIONS + "PARAM") == ["PARAMETER "]
    assert complete(TEMPLATE + "{{ range .Messages }}\n{{- if eq .Ro") == [".Role"]


@pytest.mark.parametrize("cell", ["impor", "%tim", "%%time\nimpor", "x = 1\nx.bit_l"])
def test_nothing_of_ours_elsewhere(complete, cell):
    """Other cells are completed as they were."""
    assert complete(cell) != []
    assert not {"PARAMETER ", "--chat", "status"} & set(complete(cell))


def test_models_of_the_server(on_embedded, complete):
    """Models come from the server in use, also behind FROM and in the middle of a name."""
    on_embedded.ok("%%modelfile toadette\nFROM tutor\n")
    assert complete("%%chat toad") == ["toadette"]
    assert complete("%%modelfile mario\nFROM tu") == ["tutor"]
    assert "toadette" in complete("%ollama show ")


def test_no_server_is_started_for_a_key_press(complete, monkeypatch, tmp_path):
    """Where no server answers, none is started, and the model that the built-in one would bring is offered."""
    from ollama_magics.services.servers import servers

    monkeypatch.setitem(servers().environ, "OLLAMA_HOST", "")
    monkeypatch.setitem(servers().environ, "OLLAMA_MAGICS_STATE", str(tmp_path))
    monkeypatch.setattr(servers(), "_usual", parse_host("http://127.0.0.1:9"))
    assert complete("%%chat toad") == []
    assert complete("%%chat tu") == ["tutor"]
    assert servers().known() is None


def test_a_server_that_is_named_and_dead_has_no_models(complete):
    """Nothing is offered for it, of Python neither, and the key press does not fail."""
    assert complete("%%chat --host http://127.0.0.1:9 tu") == []
    assert complete("%%modelfile mario --host http://127.0.0.1:9\nFROM tu") != ["tuple"]


def test_files(complete, tmp_path, monkeypatch):
    """Files and folders complete where a path is meant; a bare word after FROM may be weights too."""
    (tmp_path / "weights").mkdir()
    for name in ("mario.gguf", "weights/luigi.gguf", "Modelfile", ".hidden"):
        (tmp_path / name).write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert complete("%ollama create mario -f Mo") == ["Modelfile"]
    assert complete(INSTRUCTIONS + "ADAPTER ") == ["Modelfile", "mario.gguf", "weights/"]
    assert complete("%%modelfile m\nFROM ./weights/l") == ["./weights/luigi.gguf"]
    assert "mario.gguf" in complete("%%modelfile m\nFROM mar")


def test_functions_of_the_notebook_complete_tools(cells, complete):
    """What ``--tool`` takes is a function of the notebook, not every name."""
    cells.ok("def weather(place): ...\nweapon = 1")
    assert complete("%%chat mario --tool wea") == ["weather"]


def test_words_about_a_completion(cells):
    """Beside a parameter stand its type and default, beside an option what it takes."""
    completer = cells.shell.Completer
    with cells.shell.builtin_trap, provisionalcompleter():
        types = [
            item.type for cell in (f"{INSTRUCTIONS}PARAMETER tempe", "%%chat m --keep-a") for item in completer.completions(cell, len(cell))
        ]
    assert types == ["number, 0.8", "option TIME"]


def test_a_front_end_gets_nothing_of_python(cells, complete):
    """Also where there is nothing to offer nobody else is asked, jedi for one."""
    asked = []
    cells.shell.Completer.custom_matchers.append(matcher := _noting(asked))
    try:
        assert complete(INSTRUCTIONS + "SYSTEM impor") == []
        assert asked == []
        assert complete("impor") != []
        assert asked != []
    finally:
        cells.shell.Completer.custom_matchers.remove(matcher)


def _noting(asked):
    @context_matcher(identifier="noting")
    def match(context):
        asked.append(context.token)
        return {"completions": []}

    return match


def test_versions_behind_an_at(on_embedded, complete):
    """Where a version can be meant, those that are known are offered, the newest first."""
    for who in ("Yoshi", "Birdo"):
        on_embedded.ok(f"%%modelfile yoshi\nFROM tutor\nSYSTEM You are {who}.\n")
    on_embedded.ok("%ollama list")
    assert complete("%chat yoshi@") == ["yoshi@2", "yoshi@1"]
    assert complete("%%compare yoshi@1 yoshi@2") == ["yoshi@2"]
