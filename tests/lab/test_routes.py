"""The routes of the server extension, asked over a real Jupyter Server."""

import re
from types import SimpleNamespace

import ollama_magics
from ollama_magics.errors import NoServer
from ollama_magics.lab.status import status


def test_jupyter_server_loads_the_extension(jupyter):
    """The configuration file that the wheel installs is enough to enable it."""
    assert "ollama_magics.lab | extension was successfully loaded" in jupyter.started


def test_every_route_asks_who_is_there(jupyter, get):
    """Without a token the answer is 403, and Jupyter Server warns of no handler of ours that forgot to ask."""
    assert get("ollama-magics/status", token=None)[0] == 403
    assert get("ollama-magics/status", token="wrong")[0] == 403
    assert not re.search(r"registered for \S*/ollama-magics/", jupyter.started)


def test_status_names_the_server_of_jupyters_own_environment(get, ollama):
    """``OLLAMA_HOST`` is read where Jupyter Server runs."""
    code, answer = get("ollama-magics/status")
    assert code == 200
    assert answer["version"] == ollama_magics.__version__
    assert answer["problem"] is None
    assert (answer["server"]["url"], answer["server"]["version"]) == (ollama, "0.33.0")


def test_unknown_routes_are_not_found(get):
    """There is no general proxy behind the prefix."""
    assert get("ollama-magics/api/tags")[0] == 404


def test_status_of_what_was_found():
    """What `find` returns is passed on field by field."""
    server = SimpleNamespace(url="http://localhost:1", kind="embedded", version="0.33.0", label="embedded server")
    assert status(lambda: server)["server"] == vars(server)


def test_status_without_a_server_is_an_answer():
    """No server is told with the reason and the remedy."""

    def find():
        raise NoServer("nothing answers", hint="ollama serve")

    assert status(find) == {
        "version": ollama_magics.__version__,
        "server": None,
        "problem": {"code": "no-server", "message": "nothing answers", "hint": "ollama serve"},
    }
