"""Passwords and keys reach no output: every magic, every verb, a server that repeats them in its errors, and every way to look."""

import json
import logging
import traceback

import httpx
import pytest

from ollama_magics.cli import MODEL_VERBS, main
from ollama_magics.client.client import Client
from ollama_magics.client.secrets import secrets_of
from ollama_magics.errors import OllamaMagicsError
from ollama_magics.magics.catalogue import magics
from ollama_magics.magics.completion import candidates
from ollama_magics.services.servers import servers
from ollama_magics.wire.host import parse_host

PASSWORD, KEY = "pw-s3cret-1", "key-s3cret-2"
ADDRESS = f"http://me:{PASSWORD}@gateway.example:8080/ollama"


class Echo:
    """A gateway that puts the request's headers into its answers: errors where ``failing``, else answers of a server."""

    failing = True

    def __call__(self, request):
        path = request.url.path.removeprefix("/ollama/api/")
        told = f"no entry for {dict(request.headers)} at {request.headers.get('authorization', '').partition(' ')[2]}"
        if path == "version":
            return httpx.Response(200, json={"version": "0.33.0"})
        if self.failing:
            return httpx.Response(401, json={"error": told})
        answers = {
            "tags": {"models": [{"name": "mario:latest", "digest": "d", "size": 1}]},
            "ps": {"models": []},
            "show": {"details": {}, "model_info": {}, "modelfile": "FROM tutor\n", "system": "x"},
            "embed": {"embeddings": [[1.0]]},
            "chat": {"message": {"role": "assistant", "content": "hi"}, "done": True, "done_reason": "stop"},
            "generate": {"response": "hi", "done": True, "done_reason": "stop"},
        }
        if path in answers:
            return httpx.Response(200, json=answers[path])
        return (
            httpx.Response(200, json={"status": "success"}) if path in ("create", "pull", "push", "copy", "delete") else httpx.Response(404)
        )


@pytest.fixture
def gateway(cells, monkeypatch):
    """Return a shell whose server is behind a gateway with a password; the cell's own history is not looked at."""
    from ollama_magics.client import request

    echo = Echo()
    monkeypatch.setattr(request, "SocketTransport", lambda host, environ: httpx.MockTransport(echo))
    servers().forget()
    servers().set_default_host(None)
    return cells, echo


# Every magic with what it needs; {host} is where an address may stand.
CELLS = {
    "%%modelfile": "%%modelfile mario {host}\nFROM tutor\n",
    "%%chat": "%%chat mario {host}\nhi\n",
    "%%compare": "%%compare mario luigi {host}\nhi\n",
    "%tune": "%tune mario {host}",
    "%modelfile": "%modelfile mario {host}",
    "%chat": "%chat mario {host}",
    "%compare": "%compare mario luigi {host} --file {file}",
    "%ollama status": "%ollama status {host}",
    "%ollama list": "%ollama list {host}",
    "%ollama ps": "%ollama ps {host}",
    "%ollama show": "%ollama show mario {host}",
    "%ollama run": "%ollama run {host} mario hi",
    "%ollama create": "%ollama create mario -f {file} {host}",
    "%ollama pull": "%ollama pull mario {host}",
    "%ollama push": "%ollama push me/mario {host}",
    "%ollama cp": "%ollama cp mario luigi -y {host}",
    "%ollama rm": "%ollama rm -f mario {host}",
    "%ollama history": "%ollama history mario {host}",
    "%ollama stop": "%ollama stop mario {host}",
    "%ollama check": "%ollama check mario {host}",
    "%ollama embed": "%ollama embed {host} mario hi",
    "%ollama host": "%ollama host {address}",
    "%ollama serve": "",
    "%ollama version": "%ollama version {host}",
    "%ollama help": "%ollama help temperature",
}


def test_every_magic_is_driven():
    """A new magic needs a row above."""
    assert set(CELLS) == set(magics())


@pytest.mark.parametrize(("way", "failing"), [("option", True), ("option", False), ("variable", True), ("key", True)])
def test_no_output_of_a_magic_has_a_secret(gateway, monkeypatch, tmp_path, caplog, failing, way):
    """Whether the password stands in the option, in ``OLLAMA_HOST``, or a key is in ``OLLAMA_API_KEY``."""
    cells, echo = gateway
    echo.failing = failing
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "prompts.txt"
    file.write_text("FROM tutor\n")
    plain = "http://gateway.example:8080/ollama"
    if way == "key":
        monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    if way == "variable":
        monkeypatch.setenv("OLLAMA_HOST", ADDRESS)
    option = {"option": f"--host {ADDRESS}", "variable": "", "key": f"--host {plain}"}[way]
    shown = []
    for cell in filter(None, CELLS.values()):
        line = cell.format(host=option, file=file, address=ADDRESS if way == "option" else "")
        cells.run(line)
        error = cells.result.error_in_exec
        if error is not None:
            assert isinstance(error, OllamaMagicsError), (line, error)
            shown += [str(error), repr(error), json.dumps(error.details, default=repr), "".join(error._render_traceback_())]
            # Python's own traceback, which no cell shows, quotes the line that the person typed.
            shown += traceback.format_exception(error) if way != "option" else traceback.format_exception_only(error)
        shown += [cells.out, repr(cells.result.result), str(cells.next_cell())]
        cells.capsys.readouterr()
    assert len(shown) > 60
    told = "\n".join([*shown, caplog.text])
    assert "gateway.example" in told
    assert PASSWORD not in told
    assert KEY not in told


@pytest.mark.parametrize("failing", [True, False], ids=["refused", "answered"])
def test_no_output_of_the_shell_has_a_secret(gateway, monkeypatch, capsys, failing):
    """The same for the verbs of a shell, tables and JSON."""
    _, echo = gateway
    echo.failing = failing
    monkeypatch.setenv("OLLAMA_HOST", ADDRESS)
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    needs = {
        "show": ["mario"],
        "pull": ["m"],
        "push": ["m"],
        "cp": ["mario", "b", "-y"],
        "rm": ["m", "-y"],
        "stop": ["m"],
        "check": ["m"],
        "embed": ["m", "x"],
    }
    for verb in MODEL_VERBS:
        for more in ([], ["--json"]):
            main([verb, *needs.get(verb, []), *more])
    told = "".join(capsys.readouterr())
    assert "gateway.example" in told
    assert PASSWORD not in told
    assert KEY not in told


def test_completion_offers_addresses_without_passwords(gateway, monkeypatch):
    """What completes ``--host`` is on the screen as well."""
    cells, _ = gateway
    monkeypatch.setenv("OLLAMA_HOST", ADDRESS)
    line = "%ollama list --host "
    from ollama_magics.magics.session import Session

    found = candidates(Session(cells.shell), line, 0, line)
    assert found is not None
    assert PASSWORD not in repr(found)
    assert "gateway.example" in repr(found)


def test_an_address_without_its_password_is_the_one_that_was_used(gateway):
    """Buttons and cells that we write name the server without its password, and still reach it."""
    cells, echo = gateway
    echo.failing = False
    cells.ok(f"%ollama list --host {ADDRESS}")
    assert "mario" in cells.ok("%ollama list --host http://gateway.example:8080/ollama")


def test_nothing_of_a_client_shows_a_secret():
    """Its repr, its address and that of the server have none; what is concealed is known by its header's name."""
    client = Client(ADDRESS, headers={"X-Api-Key": KEY}, environ={})
    assert PASSWORD not in f"{client!r} {client.url} {client.host!r} {client.host}"
    assert KEY not in repr(client)
    known = secrets_of(parse_host(ADDRESS), {"x-api-key": KEY, "accept": "application/json", "cookie": "a=b-c"})
    assert {f"me:{PASSWORD}", PASSWORD, KEY, "a=b-c"} == set(known)
    basic = secrets_of(parse_host("h"), {"authorization": "Basic bWU6cHctczNjcmV0LTE="})
    assert PASSWORD in basic
