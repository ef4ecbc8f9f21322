"""``--host A,B`` creates on both; one that fails does not stop the other."""

import doctest
import json

import httpx
import pytest

from ollama_magics.cli import main
from ollama_magics.errors import ServerFault
from ollama_magics.services import severalhosts
from ollama_magics.services.servers import servers


class Classroom:
    """Servers by their port; those in ``full`` have no room."""

    def __init__(self):
        self.created, self.full = [], set()

    def __call__(self, request):
        path, port = request.url.path.removeprefix("/api/"), request.url.port
        if path == "create":
            if port in self.full:
                return httpx.Response(500, json={"error": "no space left on device"})
            self.created.append((port, json.loads(request.content)["system"]))
            return httpx.Response(200, content=b'{"status":"success"}\n')
        answers = {"version": {"version": "0.33.0"}, "tags": {"models": []}}
        return httpx.Response(200, json=answers[path]) if path in answers else httpx.Response(404)


@pytest.fixture
def classroom(cells, monkeypatch):
    from ollama_magics.client import request

    found = Classroom()
    monkeypatch.setattr(request, "SocketTransport", lambda host, environ: httpx.MockTransport(found))
    servers().forget()
    return cells, found


CELL = "%%modelfile mario --host 127.0.0.1:1,127.0.0.1:2\nFROM tutor\nSYSTEM hi\n"


def test_a_model_is_created_on_each(classroom):
    """The card has a part for each server in the order they were named, and the value has what came of each."""
    cells, room = classroom
    out = cells.ok(CELL)
    assert sorted(room.created) == [(1, "hi"), (2, "hi")]
    assert out.index("http://127.0.0.1:1\n") < out.index("http://127.0.0.1:2\n")
    made = cells.names["_"]
    assert [outcome.url for outcome in made] == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    assert (made[0].creation.request["system"], made.failed) == ("hi", ())


def test_one_that_fails_does_not_stop_the_other(classroom):
    """It says so in its part, and the cell fails after the other was created."""
    cells, room = classroom
    room.full = {1}
    error = cells.fails(CELL)
    assert isinstance(error, ServerFault)
    assert error.message == "creating mario failed on http://127.0.0.1:1 and worked on 1 of 2 servers"
    assert room.created == [(2, "hi")]
    assert "no space left on device" in cells.out
    assert "mario v" in cells.out


def test_in_a_shell(classroom, tmp_path, capsys):
    """The command creates on both too; its status is that of the worst."""
    _, room = classroom
    file = tmp_path / "Modelfile"
    file.write_text("FROM tutor\nSYSTEM ho\n", "utf-8")
    line = ["create", "mario", "-f", str(file), "--host", "127.0.0.1:1,127.0.0.1:2"]
    assert main(line) == 0
    room.full = {2}
    assert main(line) == 1
    assert "error: mario was not created: no space left on device" in capsys.readouterr().out
    assert [port for port, _ in room.created].count(1) == 2


def test_examples():
    """The examples in the docstrings are true."""
    assert doctest.testmod(severalhosts).failed == 0
