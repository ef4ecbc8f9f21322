"""The server to talk to is found in one order, and found again when it has gone."""

import socket

import httpx
import pytest

from ollama_magics.client.client import Client
from ollama_magics.errors import NoServer, NotOllama
from ollama_magics.services.servers import Servers


class BuiltIn:
    """A built-in server that runs, can be started, or is not installed."""

    def __init__(self, *urls, running=False):
        self.urls, self.running, self.starts = list(urls), running, 0

    def find(self, environ, *, start):
        if not self.urls or not (self.running or start):
            return None
        self.starts += not self.running
        self.running = True
        return self.urls[0]


class Net:
    """Addresses that answer, at the transport."""

    def __init__(self, **versions):
        self.versions = {f"http://{name.replace('_', '.')}": version for name, version in versions.items()}
        self.asked = []

    def client(self, host):
        def handle(request):
            url = f"{request.url.scheme}://{request.url.host}"
            self.asked.append(request.url.path)
            if url not in self.versions:
                raise httpx.ConnectError("refused", request=request)
            version = self.versions[url]
            if request.url.path == "/api/ollama-magics" and version != "built-in":
                return httpx.Response(404, text="404 page not found")
            if version is None:
                return httpx.Response(200, html="<h1>Welcome</h1>")
            return httpx.Response(200, json={"version": version})

        return Client(host, transport=httpx.MockTransport(handle), environ={})


@pytest.fixture
def listening():
    """Give the address of a socket on this machine that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed():
    """Give an address on this machine where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"127.0.0.1:{port}"


def servers(net, built_in, usual, **environ):
    return Servers(environ=environ, make_client=net.client, embedded=built_in, usual=usual)


def test_the_order(listening, closed):
    """A named host beats the chosen one, that beats OLLAMA_HOST, that beats looking."""
    net = Net(a="1", b="2", c="3", **{"127_0_0_1": "4"})
    found = servers(net, BuiltIn(), listening, OLLAMA_HOST="c")
    assert found.find().label == "Ollama at c:11434"
    found.set_default_host("b")
    assert found.find().label == "Ollama at b:11434"
    assert found.find("a").label == "Ollama at a:11434"
    found.set_default_host(None)
    assert found.find().version == "3"
    assert servers(net, BuiltIn(), listening).find().label == "local Ollama 4"


def test_what_was_found_is_not_looked_for_again(listening):
    """A server is asked once in a kernel's life who it is."""
    net = Net(**{"127_0_0_1": "4"})
    found = servers(net, BuiltIn(), listening)
    assert [found.find().url for _ in range(3)] == [f"http://{listening}"] * 3
    assert net.asked == ["/api/version", "/api/ollama-magics"]
    assert found.known() == found.find()


def test_nothing_known_asks_nobody(closed):
    """``known`` makes no request and starts nothing."""
    built_in = BuiltIn("http://127.0.0.1:1")
    found = servers(Net(), built_in, closed)
    assert (found.known(), built_in.starts) == (None, 0)


def test_the_built_in_server_is_started_once(closed, listening):
    """Without an Ollama the built-in server is started, and kept while it listens."""
    built_in = BuiltIn(f"http://{listening}")
    found = servers(Net(**{"127_0_0_1": "built-in"}), built_in, closed)
    assert [found.find().label for _ in range(2)] == ["built-in server"] * 2
    assert (found.find().kind, built_in.starts) == ("embedded", 1)


def test_it_is_not_started_when_that_is_not_wanted(closed):
    """``start=False`` finds only what runs."""
    built_in = BuiltIn("http://127.0.0.1:1")
    with pytest.raises(NoServer):
        servers(Net(), built_in, closed).find(start=False)
    assert built_in.starts == 0


def test_a_server_that_has_gone_is_looked_for_again(closed):
    """The built-in server ended after its idle time: it is started again, wherever it comes up."""
    first, second = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    urls = [f"http://127.0.0.1:{sock.getsockname()[1]}" for sock in (first, second)]
    built_in = BuiltIn(*urls)
    found = servers(Net(**{"127_0_0_1": "built-in"}), built_in, closed)
    with second:
        with first:
            assert found.find().url == urls[0]
        built_in.urls, built_in.running = urls[1:], False
        assert found.find().url == urls[1]


def test_something_else_at_the_usual_address_is_passed_over(listening):
    """A web page at the usual port is no Ollama; the built-in server is next."""
    net = Net(**{"127_0_0_1": None})
    found = servers(net, BuiltIn("http://built:9"), listening)
    net.versions["http://built"] = "0.1"
    assert found.find().url == "http://built:9"


def test_something_else_at_a_named_address_is_said(closed):
    """A host that somebody named is not replaced by another one."""
    with pytest.raises(NotOllama):
        servers(Net(a=None), BuiltIn("http://127.0.0.1:1"), closed).find("a")


def test_nothing_anywhere_names_three_remedies(closed):
    """The error says how to start Ollama, how to get the built-in server, and how to choose another."""
    with pytest.raises(NoServer) as caught:
        servers(Net(), BuiltIn(), closed).find()
    assert caught.value.message == f"no server answers at http://{closed}"
    assert all(way in caught.value.hint for way in ("ollama serve", "ollama-magics[embedded]", "%ollama host URL"))


def test_forget_closes_and_looks_again(listening):
    """After ``forget`` the same server is asked anew."""
    net = Net(**{"127_0_0_1": "4"})
    found = servers(net, BuiltIn(), listening)
    found.find()
    found.forget()
    found.find()
    assert net.asked == ["/api/version", "/api/ollama-magics"] * 2


def test_a_new_password_is_a_new_client(closed):
    """The same address with other credentials is asked with those."""
    spelled = []
    net = Net(a="1")

    def make(host):
        spelled.append(host)
        return net.client(host)

    found = Servers(environ={}, make_client=make, embedded=BuiltIn(), usual=closed)
    for host in ("http://me:old@a:80", "http://me:new@a:80", "http://me:new@a:80"):
        found.find(host)
    assert spelled == ["http://me:old@a:80", "http://me:new@a:80"]
