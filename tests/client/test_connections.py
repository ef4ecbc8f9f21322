"""How connections are kept, shared and found dead; which proxy; what an import costs."""

import subprocess
import sys
import threading

import pytest

from ollama_magics.client.client import Client
from ollama_magics.wire.host import parse_host
from ollama_magics.wire.proxies import proxy_for

from .conftest import Outcome
from .scripted_server import OK_LINES

TAGS = {"models": []}
DONE = {"message": {"content": "hi"}, "done": True}


def tags(wire):
    wire.answer(200, TAGS)


def test_one_connection_carries_one_call_after_another(serve):
    server, client = serve(tags, lambda wire: wire.lines(DONE), lambda wire: wire.answer(404, {"error": "model 'x' not found"}), tags)
    client.list()
    assert list(client.chat("m", stream=True)) == [DONE]
    with pytest.raises(Exception, match="has no model"):
        client.delete("m")
    client.list()
    assert server.connections == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(serve):
    def answer_and_close(wire):
        wire.answer(200, TAGS)
        wire.close()
        wire.server.released.set()

    server, client = serve(answer_and_close, tags)
    client.list()
    assert server.released.wait(5)
    assert client.list() == TAGS
    assert server.connections == 2


def test_a_closed_client_opens_anew(serve):
    server, client = serve(tags)
    with client:
        client.list()
    client.list()
    assert server.connections == 2


def test_threads_share_a_client(serve):
    together = threading.Barrier(4)

    def wait_for_all(wire):
        together.wait(5)
        wire.answer(200, TAGS)

    server, client = serve(wait_for_all)
    outcomes = [Outcome(client.list) for _ in range(4)]
    for outcome in outcomes:
        outcome.join(5)
    assert [outcome.value for outcome in outcomes] == [TAGS] * 4
    assert server.connections == 4


def test_a_stream_that_nobody_reads_sends_nothing(serve):
    server, client = serve(tags)
    client.chat("m", stream=True).close()
    client.list()
    assert len(server.requests) == 1


def test_a_request_is_one_packet(serve):
    """Head and body apart would wake the server twice."""
    seen = []

    def look(wire):
        seen.append(wire.buffer)
        wire.answer(200, {"done": True})

    _, client = serve(look, read_bodies=False)
    client.generate("m", "p", timeout=5)
    assert seen == [b'{"model":"m","prompt":"p","stream":false}']


def test_an_answer_in_small_pieces_is_whole(serve):
    body = b'{"models":[{"name":"\xc3\xa9"}]}'

    def drip(wire):
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body):
            wire.send(bytes([byte]))

    _, client = serve(drip)
    assert client.list().models[0].name == "é"


def test_a_flood_of_lines_comes_through_in_order(serve):
    def flood(wire):
        wire.send(OK_LINES)
        for start in range(0, 20_000, 1000):
            wire.chunk(b"".join(b'{"message":{"content":"%d"}}\n' % number for number in range(start, start + 1000)))
        wire.line(DONE)
        wire.chunk(b"")

    _, client = serve(flood)
    *lines, last = client.chat("m", stream=True)
    assert [int(line.message.content) for line in lines] == list(range(20_000))
    assert last.done


PROXIES = [
    ("http://h", {}, ""),
    ("http://h", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
    ("http://h", {"http_proxy": "p:1"}, "http://p:1"),
    ("https://h", {"HTTP_PROXY": "p:1"}, ""),
    ("https://h", {"HTTPS_PROXY": "p:1"}, "http://p:1"),
    ("http://127.0.0.1", {"HTTP_PROXY": "p:1"}, ""),
    ("http://localhost", {"HTTP_PROXY": "p:1"}, ""),
    ("http://[::1]", {"HTTP_PROXY": "p:1"}, ""),
    ("http://h", {"HTTP_PROXY": "p:1", "NO_PROXY": "*"}, ""),
    ("http://a.h", {"HTTP_PROXY": "p:1", "NO_PROXY": "x, h"}, ""),
    ("http://a.h", {"HTTP_PROXY": "p:1", "NO_PROXY": ".h"}, ""),
    ("http://h", {"HTTP_PROXY": "p:1", "NO_PROXY": ".h"}, "http://p:1"),
    ("http://ah", {"HTTP_PROXY": "p:1", "NO_PROXY": "h"}, "http://p:1"),
    ("http://10.1.2.3", {"HTTP_PROXY": "p:1", "no_proxy": "10.0.0.0/8"}, ""),
    ("http://10.1.2.3", {"HTTP_PROXY": "p:1", "no_proxy": "10.1.2.3"}, ""),
    ("http://h:81", {"HTTP_PROXY": "p:1", "NO_PROXY": "h:80"}, "http://p:1"),
    ("http://h:80", {"HTTP_PROXY": "p:1", "NO_PROXY": "h:80"}, ""),
]


@pytest.mark.parametrize(("address", "environ", "proxy"), PROXIES)
def test_a_proxy_is_chosen_as_ollamas_own_client_does(address, environ, proxy):
    assert proxy_for(parse_host(address), environ) == proxy


def test_a_request_goes_through_the_proxy(serve):
    proxy, _ = serve(tags)
    client = Client("http://gpu.example:8080", environ={"HTTP_PROXY": proxy.url.replace("//", "//me:pw@")})
    assert client.list() == TAGS
    request = proxy.requests[-1]
    assert request.path == "http://gpu.example:8080/api/tags"
    assert request.headers["host"] == "gpu.example:8080"
    assert request.headers["proxy-authorization"] == "Basic bWU6cHc="
    client.close()


def test_a_client_that_sends_nothing_loads_neither_httpx_nor_tls():
    code = """
import sys
import ollama_magics
client = ollama_magics.Client("127.0.0.1:1")
print(sorted({"httpx", "httpcore", "ssl", "IPython"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
