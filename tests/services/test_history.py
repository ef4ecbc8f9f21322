"""The history of a model: what others made is taken in, differences are of what was stored, versions come back."""

import doctest
from dataclasses import replace
from importlib.resources import files

import pytest

import ollama_magics as om
from ollama_magics.errors import ModelNotFound, UsageProblem
from ollama_magics.services import changes
from ollama_magics.services import history as services_history
from ollama_magics.services.changes import canonical, comparable, words
from ollama_magics.services.creation import create
from ollama_magics.services.history import history, split_version
from ollama_magics.services.servers import servers
from ollama_magics.services.versions import Versions
from ollama_magics.services.versionstore import Version

PIP = "FROM tutor\nPARAMETER temperature 0.8\nSYSTEM You are Pip.\n"


class Shop:
    """One model on the built-in server, and what can happen to it."""

    def __init__(self, client, versions):
        self.client, self.versions = client, versions

    def create(self, text, **options):
        return create("shop", text, client=self.client, versions=self.versions, **options)

    def elsewhere(self, **fields):
        """Create it as another program does."""
        for _ in self.client.create("shop", from_="tutor", stream=True, **fields):
            pass

    @property
    def history(self):
        return history("shop", client=self.client, versions=self.versions)


@pytest.fixture
def shop(embedded):
    """Return the model's place, empty, with a history of its own."""
    with om.Client(embedded, environ={}) as client:
        yield Shop(client, Versions())
        if any(model.name == "shop:latest" for model in client.list().models):
            client.delete("shop")


def test_versions_and_what_changed(shop):
    """One record a version, in words, the newest on the server."""
    shop.create(PIP)
    shop.create(PIP.replace("0.8", "0.6").replace("Pip.", "Pip, who keeps a shop.") + "MESSAGE user hi\nMESSAGE assistant ho\n")
    found = shop.history
    assert [version.number for version in found] == [1, 2]
    assert found.on_server == 2
    assert [record["changed"] for record in found.records()] == [
        "first version, from tutor",
        "SYSTEM, temperature 0.8 → 0.6, 2 messages added",
    ]
    assert found.diff(2)[:2] == ("- PARAMETER temperature 0.8", "- SYSTEM You are Pip.")
    assert "shop · 2 versions on" in str(found)
    assert "<b>v2</b>" in found._repr_mimebundle_()["text/html"]


def test_a_create_says_what_changed_since_a_state_of_somebody_else(shop):
    """The state that another program made is a version, and the difference is to that one."""
    shop.create(PIP)
    shop.elsewhere(system="Else.", parameters={"temperature": 0.8})
    creation = shop.create(PIP)
    assert (creation.version, creation.since) == (3, 2)
    assert creation.changed == ("- SYSTEM Else.", "+ SYSTEM You are Pip.")
    assert [version.elsewhere for version in shop.history] == [False, True, False]


def test_looking_takes_in_what_somebody_else_made(shop):
    """Its difference to ours leaves out what the base gives both."""
    shop.create(PIP)
    shop.elsewhere(system="Else.", parameters={"temperature": 0.8, "num_ctx": 512})
    found = shop.history
    assert (found.on_server, found.words(2)) == (2, "created elsewhere: SYSTEM, num_ctx 1024 → 512")
    assert sorted(found.diff(2)) == sorted(
        ["- SYSTEM You are Pip.", "+ SYSTEM Else.", "- PARAMETER num_ctx 1024", "+ PARAMETER num_ctx 512"]
    )
    assert len(shop.history) == 2


def test_restore_makes_a_new_version(shop):
    """Nothing goes away, and the server has the manifest of the restored one."""
    shop.create(PIP)
    shop.create("FROM tutor\n")
    back = shop.history.restore(1)
    assert (back.version, back.digest) == (3, shop.history[0].digest)
    assert [version.text for version in shop.history] == [PIP, "FROM tutor\n", PIP]


def test_restore_finds_files_from_anywhere(shop, tmp_path, monkeypatch):
    """A relative path is relative to the folder that it was sent from."""
    weights = next(file for file in files("ollama_magics.server.tutor").iterdir() if file.name.endswith(".gguf"))
    (tmp_path / "own.gguf").write_bytes(weights.read_bytes())
    monkeypatch.chdir(tmp_path)
    shop.create("FROM ./own.gguf\n")
    shop.create("FROM tutor\n")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert shop.history.restore(1).version == 3


def test_a_deleted_model_keeps_its_history(shop):
    """It is not on the server, its versions are; the next create goes on counting and compares with nothing."""
    shop.create(PIP)
    shop.client.delete("shop")
    found = shop.history
    assert (len(found), found.on_server) == (1, None)
    assert "is not on the server any more" in str(found)
    creation = shop.create("FROM tutor\n")
    assert (creation.version, creation.since, creation.changed) == (2, None, ())


def test_labels(shop):
    """A label finds its version; one that reads as a number is refused."""
    shop.create(PIP)
    assert shop.history.label(1, " two  sentences ").label == "two sentences"
    assert shop.history.find("two sentences").number == shop.history.find("v1").number == 1
    with pytest.raises(UsageProblem):
        shop.history.label(1, "v7")
    with pytest.raises(UsageProblem, match="has no version 9") as caught:
        shop.history.find(9)
    assert caught.value.hint == "it has v1 (two sentences)"


def test_remove(shop):
    """What the server holds stays."""
    shop.create(PIP)
    shop.create("FROM tutor\n")
    with pytest.raises(UsageProblem, match="is on the server"):
        shop.history.remove(2)
    shop.history.remove(1)
    assert [version.number for version in shop.history] == [2]


def test_no_history_at_all(shop):
    """A model that nobody knows."""
    with pytest.raises(ModelNotFound, match="no version of it is known"):
        _ = shop.history


def test_the_built_in_server_is_the_same_at_another_address(embedded):
    """It is known by its model folder; an Ollama by its address."""
    server = om.find_server(embedded)
    servers().forget()
    assert replace(server, url="http://127.0.0.1:1").identity == server.identity
    assert replace(server, models="another").identity != server.identity
    assert replace(server, models="").identity == server.url
    local = [replace(server, models="", url=f"http://{name}:11434") for name in ("127.0.0.1", "localhost", "[::1]")]
    assert {server.identity for server in local} == {"http://127.0.0.1:11434"}
    assert replace(local[0], url="http://other:11434").identity == "http://other:11434"


def test_history_is_public():
    """The function is there under its short name."""
    assert om.history is history


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("FROM a\nSYSTEM x", "FROM b\nSYSTEM x", "FROM a → b"),
        ('FROM a\nSYSTEM """a\nb"""', 'FROM a\nSYSTEM """a\nc"""', "SYSTEM line 2"),
        ('FROM a\nSYSTEM """a\nb"""', 'FROM a\nSYSTEM """a\nb\nc"""', "SYSTEM: line 3 added"),
        ("FROM a", "FROM a\nTEMPLATE x", "TEMPLATE added"),
        ("FROM a\nPARAMETER stop x\nPARAMETER stop y", "FROM a\nPARAMETER stop y", "stop x, y → y"),
        ("FROM a\nPARAMETER seed 1", "FROM a", "seed removed"),
        ("FROM a\nPARAMETER temperature 0.50", "FROM a\nPARAMETER temperature 0.5", "nothing but comments and layout"),
        ("FROM a\nMESSAGE user x", "FROM a\nMESSAGE user y", "messages changed"),
        ("FROM a\nLICENSE x", "FROM a", "LICENSE removed"),
        ("FROM a", "FROM a", "the same text, other files or another base"),
    ],
)
def test_a_change_in_words(before, after, expected):
    """Few words, each at its place."""
    assert words(Version(1, before, "d1"), Version(2, after, "d2")) == expected


def test_examples_of_the_docstrings():
    """Each example gives what stands below it."""
    assert [doctest.testmod(module).failed for module in (changes, services_history)] == [0, 0]


def test_texts_of_different_kinds_are_brought_to_one_form():
    """What was typed against what a server shows: only what the model gets differs."""
    typed = Version(1, "# mine\nSYSTEM hello\nPARAMETER temperature 0.70\nFROM tutor", "d1")
    shown = Version(
        2, None, "d2", "FROM tutor:latest\nTEMPLATE t\nSYSTEM hello\nPARAMETER temperature 0.7\n", inherited="FROM x\nTEMPLATE t\n"
    )
    assert len(set(comparable(typed, shown))) == 1
    assert canonical("FROM a\nPARAMETER num_ctx 1\nPARAMETER num_ctx 2") == "FROM a\nPARAMETER num_ctx 2\n"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("mario@3", ("mario", "3")),
        ("m:b@a b", ("m:b", "a b")),
        ("mario", ("mario", "")),
        ("m@sha256:ab", ("m@sha256:ab", "")),
        ("@3", ("@3", "")),
    ],
)
def test_a_name_with_a_version(name, parts):
    """What stands behind @ is a version unless it is a digest."""
    assert split_version(name) == parts
