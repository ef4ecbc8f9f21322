"""Drafts collide with nothing, are listed nowhere, and go, even when their kernel has died."""

import json
import subprocess
import sys
from itertools import islice

import pytest

from ollama_magics.client.client import Client
from ollama_magics.errors import ModelNotFound
from ollama_magics.services.creation import create
from ollama_magics.services.servers import server_of
from ollama_magics.services.tuning.drafts import Draft, Drafts, draft_names, without_drafts
from ollama_magics.services.versions import Versions


@pytest.fixture
def client(embedded):
    found = Client(embedded, environ={})
    yield found
    for name in names(found) - {"tutor:latest"}:
        found.delete(name)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "drafts"


@pytest.fixture
def drafts(folder):
    found = Drafts(lambda: folder)
    yield found
    found.close()


def names(client):
    return {model.name for model in client.list().models}


def draft(client, drafts, model="pip"):
    return Draft(lambda: client, server_of(client).identity, model, drafts)


def test_draft_is_made_once_and_goes(client, drafts):
    """The same text makes nothing new, another text the same name anew; closed, it is gone."""
    made = draft(client, drafts)
    assert made.made("FROM tutor\nPARAMETER top_k 1\n", {}) == "pip-draft"
    assert made.made("FROM tutor\nPARAMETER top_k 2\n", {}) == "pip-draft"
    assert "2" in client.show("pip-draft").parameters
    made.close()
    assert names(client) == {"tutor:latest"}


def test_draft_leaves_a_model_of_its_name_alone(client, drafts):
    """Somebody's own pip-draft stays as it is; the draft takes the next name."""
    create("pip-draft", "FROM tutor\nSYSTEM Mine.\n", client=client, versions=Versions())
    made = draft(client, drafts)
    assert made.made("FROM tutor\nPARAMETER top_k 1\n", {}) == "pip-draft-2"
    made.close()
    assert (names(client), client.show("pip-draft").system) == ({"tutor:latest", "pip-draft:latest"}, "Mine.")


def test_draft_that_became_somebody_elses_is_not_deleted(client, drafts):
    """A model that was created over a draft is not ours any more."""
    made = draft(client, drafts)
    made.made("FROM tutor\nPARAMETER top_k 1\n", {})
    create("pip-draft", "FROM tutor\nSYSTEM Mine.\n", client=client, versions=Versions())
    assert made.made("FROM tutor\nPARAMETER top_k 2\n", {}) == "pip-draft-2"
    made.close()
    assert client.show("pip-draft").system == "Mine."


def test_drafts_are_left_out_of_lists(client, drafts, folder):
    """This kernel and every other one of the person knows what is a draft."""
    made = draft(client, drafts)
    made.made("FROM tutor\nPARAMETER top_k 1\n", {})
    for looking in (drafts, Drafts(lambda: folder)):
        assert [model.name for model in without_drafts(client.list().models, server_of(client), looking)] == ["tutor:latest"]
    made.close()
    assert drafts.names(server_of(client).identity) == set()


def test_sweep_leaves_drafts_of_living_kernels(client, drafts, folder):
    """A list whose lock is held is its kernel's."""
    made = draft(client, drafts)
    made.made("FROM tutor\nPARAMETER top_k 1\n", {})
    assert Drafts(lambda: folder).sweep(client, server_of(client).identity) == []
    assert "pip-draft:latest" in names(client)


_DYING = """
import os, sys
from pathlib import Path
from ollama_magics.client.client import Client
from ollama_magics.services.tuning.drafts import Draft, Drafts
client = Client(sys.argv[1], environ={})
draft = Draft(lambda: client, sys.argv[2], "pip", Drafts(lambda: Path(sys.argv[3])))
draft.made("FROM tutor\\nPARAMETER top_k 1\\n", {})
if sys.argv[4] == "dies":
    os._exit(1)
"""


@pytest.mark.parametrize(("end", "left"), [("dies", {"pip-draft:latest"}), ("ends", set())])
def test_draft_of_a_dead_kernel_is_swept(client, drafts, folder, end, left):
    """A kernel that ends takes its drafts along; those of one that was killed are deleted by whoever looks next."""
    server = server_of(client).identity
    subprocess.run([sys.executable, "-c", _DYING, client.url, server, str(folder), end], check=end == "ends", timeout=60)
    assert names(client) - {"tutor:latest"} == left
    drafts.sweep(client, server)
    assert (names(client), list(folder.glob("*"))) == ({"tutor:latest"}, [])


def test_damaged_list_is_nobodys_end(client, drafts, folder):
    """A file that is no list is passed over."""
    folder.mkdir()
    (folder / "x.json").write_text("{", "utf-8")
    (folder / "y.json").write_text(json.dumps([{"name": "tutor"}]), "utf-8")
    assert drafts.sweep(client, server_of(client).identity) == []
    assert drafts.names(server_of(client).identity) == set()


def test_names_go_on_for_ever():
    """There is always another name, and each is one that a model can have."""
    from ollama_magics.services.creation import check_name

    found = list(islice(draft_names("team/pip:v2"), 15))
    assert (found[0], len(set(found))) == ("team/pip:v2-draft", 15)
    for name in [*found, *islice(draft_names("p" * 80), 3), *islice(draft_names("pip:" + "t" * 80), 3)]:
        check_name(name)


def test_failed_draft_says_why(client, drafts):
    """A draft whose base is gone is an error like that of a create."""
    with pytest.raises(ModelNotFound, match="no base model nobody"):
        draft(client, drafts).made("FROM nobody\n", {})
