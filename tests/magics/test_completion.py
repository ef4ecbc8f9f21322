"""Completion of magics, asked as a front end asks: the whole cell and the cursor."""

import pytest
from IPython.core.completer import provisionalcompleter

INSTRUCTIONS = "%%modelfile mario\nFROM tutor\n"


@pytest.fixture
def complete(cells):
    """Return the texts that complete the end of a cell."""
    completer = cells.shell.Completer

    def ask(cell):
        with cells.shell.builtin_trap, provisionalcompleter():
            return [item.text for item in completer.completions(cell, len(cell))]

    return ask


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%ollama st", ["status", "stop"]),
        ("%ollama serv", ["serve"]),
        ("%%modelfile mario --q", ["--quantize"]),
        ("%%modelfile mario --", ["--chat", "--tune", "--quantize", "--host", "--subst", "--dry-run", "--no-pull", "--help"]),
        ("%%chat mario --keep-a", ["--keep-alive"]),
        ("%ollama rm mario --y", ["--yes"]),
        ("%%chat mario -o temp", ["temperature="]),
        ("%ollama help num_c", ["num_ctx"]),
        (INSTRUCTIONS + "PARAM", ["PARAMETER "]),
        (INSTRUCTIONS + "sys", ["SYSTEM "]),
        (INSTRUCTIONS + "PARAMETER repeat_", ["repeat_last_n", "repeat_penalty"]),
        (INSTRUCTIONS + "MESSAGE a", ["assistant"]),
    ],
)
def test_completions(complete, cell, expected):
    """Verbs, options, parameters, instructions and roles are offered, and nothing of Python."""
    assert complete(cell) == expected


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


def test_no_server_is_started_for_a_key_press(complete):
    """Without a known server there are no names of models, and nothing is looked for."""
    from ollama_magics.services.servers import servers

    assert complete("%%chat toad") == []
    assert servers().known() is None


def test_versions_behind_an_at(on_embedded, complete):
    """Where a version can be meant, those that are known are offered, the newest first."""
    for who in ("Yoshi", "Birdo"):
        on_embedded.ok(f"%%modelfile yoshi\nFROM tutor\nSYSTEM You are {who}.\n")
    on_embedded.ok("%ollama list")
    assert complete("%chat yoshi@") == ["yoshi@2", "yoshi@1"]
    assert complete("%%compare yoshi@1 yoshi@2") == ["yoshi@2"]
