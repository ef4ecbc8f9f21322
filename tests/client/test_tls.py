"""The same over TLS, with a certificate that is good for this machine only."""

import ssl
from pathlib import Path

import pytest

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.client import Client
from ollama_magics.errors import Cancelled, NoServer

from .conftest import Outcome
from .scripted_server import OK_LINES
from .test_cancel import let_go_in_time

CERTIFICATE = Path(__file__).with_name("loopback.pem")
TEXT = {"message": {"content": "hi"}, "done": False}
DONE = {"message": {"content": ""}, "done": True}


@pytest.fixture
def serve_tls(serve, monkeypatch):
    """Start scripted servers that speak TLS, and clients that trust them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    return lambda *scripts: serve(*scripts, tls=context)


def hang_after_one(wire):
    wire.send(OK_LINES)
    wire.line(TEXT)
    wire.hang()


def test_calls_and_streams_share_a_connection(serve_tls):
    server, client = serve_tls(lambda wire: wire.answer(200, {"models": []}), lambda wire: wire.lines(TEXT, DONE))
    assert client.url.startswith("https://")
    assert client.list().models == []
    assert list(client.chat("m", stream=True)) == [TEXT, DONE]
    assert server.connections == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(serve_tls):
    def answer_and_close(wire):
        wire.answer(200, {"models": []})
        wire.close()
        wire.server.released.set()

    server, client = serve_tls(answer_and_close, lambda wire: wire.answer(200, {"models": []}))
    client.list()
    assert server.released.wait(5)
    client.list()
    assert server.connections == 2


@pytest.mark.parametrize("script", [lambda wire: wire.hang(), hang_after_one], ids=["before", "in the middle"])
def test_a_request_is_let_go(serve_tls, script):
    server, client = serve_tls(script)
    token = CancelToken()
    outcome = Outcome(lambda: list(client.chat("m", stream=True, cancel=token)))
    assert server.hanging.wait(5)
    let_go_in_time(outcome, token.cancel, server)


def test_a_handshake_that_never_comes_is_let_go(serve):
    server, _ = serve(lambda wire: wire.hang(), speak_first=True)
    token = CancelToken()
    outcome = Outcome(lambda: Client(f"https://127.0.0.1:{server.port}", environ={}).list(cancel=token))
    assert server.hanging.wait(5)
    token.cancel()
    outcome.join(1)
    assert isinstance(outcome.error, Cancelled)


def test_a_certificate_that_nobody_trusts_is_said(serve_tls, monkeypatch):
    _, client = serve_tls(lambda wire: wire.answer(200, {}))
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NoServer, match=r"certificate of .* is not trusted") as caught:
        client.list()
    assert "SSL_CERT_FILE" in caught.value.hint


@pytest.mark.parametrize(
    "way", [{"verify": False}, {"environ": {"OLLAMA_MAGICS_UNVERIFIED": "other, 127.0.0.1"}}], ids=["argument", "variable"]
)
def test_a_certificate_is_left_unchecked_for_a_host_that_is_named(serve_tls, monkeypatch, way):
    """By the argument for one client, or by the name of the host; a word for all hosts there is none."""
    server, _ = serve_tls(lambda wire: wire.answer(200, {"models": []}))
    monkeypatch.delenv("SSL_CERT_FILE")
    settings = {"environ": {}, **way}
    with Client(server.url, **settings) as client:
        assert client.list().models == []
    for listed in ("*", "all", "example.com"):
        with Client(server.url, environ={"OLLAMA_MAGICS_UNVERIFIED": listed}) as client, pytest.raises(NoServer):
            client.list()
