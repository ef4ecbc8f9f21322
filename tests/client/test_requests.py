"""What goes over the wire: every method, every field, and the official client's calls unchanged."""

import inspect
import json
import pathlib

import httpx
import ollama
import pytest

from ollama_magics.client.client import Client
from ollama_magics.errors import FileProblem, ModelNotFound, ServerFault, UsageProblem
from ollama_magics.wire import types

DIGEST = f"sha256:{'0' * 64}"
MESSAGES = [{"role": "user", "content": "hi"}]
# Everything that any client wants to find in an answer.
ANSWER = {"done": True, "status": "success", "response": "", "message": {"role": "assistant"}}
ANSWER |= {"embeddings": [], "embedding": [], "model_info": {}}
ANSWERS = {"/api/version": {"version": "1.2.3"}, "/api/tags": {"models": []}, "/api/ps": {"models": []}}


class Recorder:
    """A transport that keeps the requests and answers each well."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = ANSWERS.get(request.url.path, ANSWER)
        return httpx.Response(200, json=answer)

    @property
    def sent(self):
        request = self.requests[-1]
        return request.method, request.url.path, json.loads(request.content) if request.content else None


@pytest.fixture
def wire():
    return Recorder()


@pytest.fixture
def client(wire):
    return Client(transport=httpx.MockTransport(wire), environ={})


EVERY_FIELD = {
    "think": "high",
    "logprobs": True,
    "top_logprobs": 3,
    "format": {"type": "object"},
    "options": {"min_p": 0.1, "draft_num_predict": 4},
    "keep_alive": "10m",
    "truncate": False,
    "shift": False,
    "_debug_render_only": True,
}
CREATE = {
    "renderer": "r",
    "parser": "p",
    "requires": "0.14.0",
    "info": {"context_length": 1},
    "remote_host": "h",
    "draft_files": {"a": "sha256:0"},
    "draft_quantize": "Q8_0",
}
CALLS = {
    "generate": (
        lambda c: c.generate("m", "p", "s", system="y", template="t", context=[1], raw=True, images=[b"\xff"], **EVERY_FIELD),
        "POST",
        "/api/generate",
        {
            "model": "m",
            "prompt": "p",
            "suffix": "s",
            "system": "y",
            "template": "t",
            "context": [1],
            "raw": True,
            "images": ["/w=="],
            "stream": False,
            **EVERY_FIELD,
        },
    ),
    "chat": (
        lambda c: c.chat("m", MESSAGES, tools=[{"type": "function"}], **EVERY_FIELD),
        "POST",
        "/api/chat",
        {"model": "m", "messages": MESSAGES, "tools": [{"type": "function"}], "stream": False, **EVERY_FIELD},
    ),
    "create": (
        lambda c: c.create("m", "Q8_0", "b", {"f": "d"}, {"a": "d"}, "t", ["l"], "s", {"top_k": 1}, MESSAGES, **CREATE),
        "POST",
        "/api/create",
        {
            "model": "m",
            "quantize": "Q8_0",
            "from": "b",
            "files": {"f": "d"},
            "adapters": {"a": "d"},
            "template": "t",
            "license": ["l"],
            "system": "s",
            "parameters": {"top_k": 1},
            "messages": MESSAGES,
            "stream": False,
            **CREATE,
        },
    ),
    "embed": (
        lambda c: c.embed("m", ["a"], True, {}, 5, 8),
        "POST",
        "/api/embed",
        {"model": "m", "input": ["a"], "truncate": True, "options": {}, "keep_alive": 5, "dimensions": 8},
    ),
    "embeddings": (
        lambda c: c.embeddings("m", "p", {}, 5),
        "POST",
        "/api/embeddings",
        {"model": "m", "prompt": "p", "options": {}, "keep_alive": 5},
    ),
    "list": (lambda c: c.list(), "GET", "/api/tags", None),
    "ps": (lambda c: c.ps(), "GET", "/api/ps", None),
    "show": (
        lambda c: c.show("m", verbose=True, system="s", options={}),
        "POST",
        "/api/show",
        {"model": "m", "verbose": True, "system": "s", "options": {}},
    ),
    "copy": (lambda c: c.copy("a", "b"), "POST", "/api/copy", {"source": "a", "destination": "b"}),
    "delete": (lambda c: c.delete("m"), "DELETE", "/api/delete", {"model": "m"}),
    "pull": (lambda c: c.pull("m", insecure=True), "POST", "/api/pull", {"model": "m", "insecure": True, "stream": False}),
    "push": (lambda c: c.push("m"), "POST", "/api/push", {"model": "m", "insecure": False, "stream": False}),
    "version": (lambda c: c.version(), "GET", "/api/version", None),
    "built_in": (lambda c: c.built_in(), "GET", "/api/ollama-magics", None),
    "count_tokens": (lambda c: c.count_tokens("m", ("a", "b")), "POST", "/api/ollama-magics/tokens", {"model": "m", "texts": ["a", "b"]}),
    "cloud": (lambda c: c.cloud(), "GET", "/api/status", None),
    "load": (lambda c: c.load("m", keep_alive=-1), "POST", "/api/generate", {"model": "m", "stream": False, "keep_alive": -1}),
    "unload": (lambda c: c.unload("m"), "POST", "/api/generate", {"model": "m", "stream": False, "keep_alive": 0}),
    "send_create": (
        lambda c: c.send_create({"model": "m", "from": "b"}).last(),
        "POST",
        "/api/create",
        {"model": "m", "from": "b", "stream": True},
    ),
    "has_blob": (lambda c: c.has_blob(DIGEST), "HEAD", f"/api/blobs/{DIGEST}", None),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_sends_its_fields_and_no_others(client, wire, name):
    call, *expected = CALLS[name]
    call(client)
    assert list(wire.sent) == expected
    assert len(wire.requests) == 1


OFFICIAL = {
    "generate": lambda c: c.generate("m", "p", "s", system="y", options={"top_k": 1}, keep_alive=5, images=[b"\xff"], format="json"),
    "chat": lambda c: c.chat("m", MESSAGES, think=True, logprobs=True, top_logprobs=2, options={"seed": 1}),
    "create": lambda c: c.create("m", "q4_K_M", "b", None, None, "t", "l", "s", {"stop": ["x"]}, MESSAGES),
    "embed": lambda c: c.embed("m", ["a"], True),
    "embeddings": lambda c: c.embeddings("m", "p"),
    "show": lambda c: c.show("m"),
    "copy": lambda c: c.copy("a", "b"),
    "delete": lambda c: c.delete("m"),
    "pull": lambda c: c.pull("m"),
    "push": lambda c: c.push("m", insecure=True),
    "list": lambda c: c.list(),
    "ps": lambda c: c.ps(),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_official_client_sends_the_same(client, wire, name):
    OFFICIAL[name](client)
    ours = wire.sent
    OFFICIAL[name](ollama.Client(transport=httpx.MockTransport(wire)))
    *route, body = wire.sent
    # It sends tools=[] for none, which means the same.
    assert ours == (*route, {key: value for key, value in body.items() if value != []} if body else body)


# Image generation, which the server has lost again (v0.32.6), and services of ollama.com.
LEFT_OUT = {"generate": {"width", "height", "steps"}, "web_search": ..., "web_fetch": ..., "systemone": ...}
METHODS = [
    name for name, value in vars(ollama.Client).items() if callable(value) and not name.startswith("_") and LEFT_OUT.get(name) is not ...
]


@pytest.mark.parametrize("name", METHODS)
def test_every_parameter_of_the_official_client_has_its_place(name):
    theirs = inspect.signature(getattr(ollama.Client, name)).parameters
    ours = inspect.signature(getattr(Client, name)).parameters
    positional = [key for key, value in theirs.items() if value.kind is value.POSITIONAL_OR_KEYWORD]
    assert list(ours)[: len(positional)] == positional
    assert set(theirs) - LEFT_OUT.get(name, set()) <= set(ours)
    for key in set(theirs) & set(ours) - {"insecure"}:
        assert ours[key].default == theirs[key].default


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda c: c.chat("m", thnik=True), "did you mean think?"),
        (lambda c: c.create("m", rendrer="x"), "did you mean renderer?"),
        (lambda c: c.generate("m", zzzzzz=1), "`help(client.generate)` lists the fields"),
    ],
)
def test_a_field_that_does_not_exist_is_refused_with_the_near_ones(client, wire, call, hint):
    with pytest.raises(UsageProblem) as caught:
        call(client)
    assert caught.value.hint == hint
    assert wire.requests == []


@pytest.mark.parametrize("value", [float("nan"), object(), print], ids=["nan", "object", "function"])
def test_a_value_without_a_form_in_json_is_refused(client, value):
    with pytest.raises(UsageProblem, match="cannot be written as JSON"):
        client.chat("m", options={"x": value})


@pytest.mark.parametrize("messages", ["hi", {"role": "user"}, [5], ["hi"]])
def test_what_is_no_list_of_messages_is_refused(client, messages):
    with pytest.raises(UsageProblem):
        client.chat("m", messages)


def test_objects_of_the_official_client_and_records_of_ours_are_taken(client, wire):
    messages = [ollama.Message(role="user", content="a"), types.Message(role="user", content="b")]
    client.chat("m", messages, options=ollama.Options(seed=1))
    assert wire.sent[2]["messages"] == [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
    assert wire.sent[2]["options"] == {"seed": 1}


def test_images_are_bytes_files_or_base64(client, wire, tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"\xff")
    client.chat("m", [{"role": "user", "content": "", "images": [b"\xff", path, str(path), "/w=="]}])
    assert wire.sent[2]["messages"][0]["images"] == ["/w=="] * 4
    with pytest.raises(FileProblem, match="cannot be read"):
        client.generate("m", images=[pathlib.Path(tmp_path, "none")])


def test_lone_surrogates_and_every_other_character_survive(client, wire):
    client.generate("m", "a\ud800\x85\u2028é😀")
    assert wire.sent[2]["prompt"] == "a\ud800\x85\u2028é😀"


@pytest.mark.parametrize(
    ("settings", "authorization"),
    [
        ({"environ": {}}, None),
        ({"environ": {"OLLAMA_API_KEY": "k"}}, "Bearer k"),
        ({"environ": {"OLLAMA_API_KEY": "k"}, "headers": {"Authorization": "mine"}}, "mine"),
        ({"environ": {"OLLAMA_API_KEY": "k"}, "host": "http://me:pw@h:1"}, "Basic bWU6cHc="),
    ],
)
def test_who_asks_is_said_in_one_header(wire, settings, authorization):
    Client(transport=httpx.MockTransport(wire), **settings).list()
    assert wire.requests[-1].headers.get("authorization") == authorization


def test_the_path_of_the_address_stands_before_every_route(wire):
    client = Client("https://h/ollama/", transport=httpx.MockTransport(wire), environ={})
    client.list()
    assert str(wire.requests[-1].url) == "https://h/ollama/api/tags"


def test_the_address_comes_from_the_environment_unless_one_is_given():
    assert Client(environ={"OLLAMA_HOST": "0.0.0.0:1"}).url == "http://127.0.0.1:1"
    assert Client("h:2", environ={"OLLAMA_HOST": "0.0.0.0:1"}).url == "http://h:2"
    with pytest.raises(UsageProblem, match="neither http nor https"):
        Client("unix:///x", environ={})


def names(request):
    if request.url.path == "/api/tags":
        return httpx.Response(200, json={"models": [{"name": "mario:latest"}, {"name": "tutor:latest"}]})
    return httpx.Response(404, json={"error": "model 'marios' not found"})


def test_an_unknown_model_is_answered_with_the_near_names():
    client = Client(transport=httpx.MockTransport(names), environ={})
    with pytest.raises(ModelNotFound, match="did you mean mario"):
        client.show("marios")
    with pytest.raises(ModelNotFound) as caught:
        client.show("qqqqqqqq")
    assert caught.value.details["near"] == []
    assert "did you mean" not in caught.value.hint


def test_a_base_that_is_nowhere_is_said_in_plain_words():
    """The server tells it as a failed pull, with a status or inside the stream."""

    def answer(request):
        if request.url.path == "/api/tags":
            return httpx.Response(200, json={"models": [{"name": "mario:latest"}]})
        return httpx.Response(500, json={"error": "pull model manifest: file does not exist"})

    client = Client(transport=httpx.MockTransport(answer), environ={})
    with pytest.raises(ServerFault, match="there is no model 'maro', neither on") as caught:
        client.create("m", from_="maro")
    assert caught.value.hint == "did you mean mario?"
    assert caught.value.error == "pull model manifest: file does not exist"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            "open /models/manifests/registry/library/maro/latest: no such file or directory",
            "there is no model 'maro' on",
            "did you mean mario?",
        ),
        ('pull model manifest: Get "https://h/v2/": dial tcp h:443: connect: connection refused', "pull model manifest", "nothing listens"),
        ('Head "https://h/v2/": tls: first record does not look like a TLS handshake', "Head", "--insecure"),
    ],
    ids=["not here", "no registry", "plain registry"],
)
def test_a_transfer_that_fails_names_its_remedy(words, message, hint):
    """A model that is not there has near ones; a registry that cannot be reached has another remedy than another name."""

    def answer(request):
        if request.url.path == "/api/tags":
            return httpx.Response(200, json={"models": [{"name": "mario:latest"}]})
        return httpx.Response(500, json={"error": words})

    client = Client(transport=httpx.MockTransport(answer), environ={})
    with pytest.raises(ServerFault) as caught:
        client.push("maro")
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint
