"""Whatever a server does, one error says it: the same under a plain and a streamed call."""

import gzip
import json
import socket
import traceback

import httpcore
import httpx
import pytest

from ollama_magics import errors
from ollama_magics.client import transport
from ollama_magics.client.client import Client
from ollama_magics.client.faults import error_text, headline

from .scripted_server import OK_LINES

TEXT = {"model": "m", "message": {"role": "assistant", "content": "hi"}, "done": False}
DONE = {**TEXT, "done": True, "done_reason": "stop"}
MODES = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])


def chat(client, stream, **settings):
    answer = client.chat("m", [{"role": "user", "content": "x"}], stream=stream, **settings)
    return list(answer) if stream else answer


def status(code, body, kind="application/json; charset=utf-8", **headers):
    return lambda wire: wire.answer(code, body, kind, **headers)


def raw(data):
    def script(wire):
        wire.send(data)
        wire.close()

    return script


FAULTS = {
    "hang-up": (raw(b""), errors.StreamCut, "hung up without an answer"),
    "reset": (lambda wire: wire.reset(), errors.StreamCut, "hung up without an answer"),
    "hang-up in headers": (raw(b"HTTP/1.1 200 OK\r\nContent-"), errors.StreamCut, "hung up without an answer"),
    "hang-up in body": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), errors.StreamCut, "hung up in the middle"),
    "hang-up in chunk": (raw(OK_LINES + b"ff\r\n{"), errors.StreamCut, "hung up in the middle"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), errors.NotOllama, "does not speak HTTP"),
    "chunked garbage": (raw(OK_LINES + b"zz\r\nnope"), errors.StreamGarbled, "broke the rules of HTTP"),
    "flood of headers": (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000), errors.NotOllama, "does not speak HTTP"),
    "page": (status(200, b"<html>Sign in</html>", "text/html"), errors.NotOllama, ""),
    "page with a JSON label": (status(200, b"<html>Sign in</html>"), errors.NotOllama, ""),
    "bad gateway": (status(502, b"<html>Bad gateway", "text/html"), errors.NotOllama, "502"),
    "text": (status(404, b"404 page not found", "text/plain"), errors.NotOllama, "404 page not found"),
    "JSON text": (status(502, b'"bad gateway"'), errors.NotOllama, "bad gateway"),
    "JSON null": (status(500, b"null"), errors.NotOllama, "500"),
    "redirect": (status(301, b"", Location="https://elsewhere/api"), errors.NotOllama, "https://elsewhere/api"),
    "broken gzip": (status(200, b"\x1f\x8b nope", Content_Encoding="gzip"), errors.NotOllama, "cannot be unpacked"),
    "unknown model": (status(404, {"error": "model 'm' not found"}), errors.ModelNotFound, "has no model 'm'"),
    "busy": (status(503, {"error": "server busy, please try again"}), errors.ServerBusy, "server busy, please try again"),
    "engine died": (status(500, {"error": "llama-server process has terminated"}), errors.ServerFault, "process has terminated"),
    "panic": (status(500, b""), errors.ServerFault, "500 and no reason"),
    "foreign host": (status(403, b""), errors.ServerFault, "Host: localhost"),
    "signed out": (status(401, {"error": "unauthorized", "signin_url": "u"}), errors.ServerFault, "ollama signin"),
    "engine's JSON": (
        status(400, {"error": '{"error":{"code":400,"message":"no images"}}'}),
        errors.ServerFault,
        "no images",
    ),
    "number": (status(200, b"5"), errors.NotOllama, ""),
    "nothing": (status(200, b""), (errors.NotOllama, errors.StreamCut), ""),
    "error under 200": (status(200, {"error": "went wrong"}), errors.StreamError, "went wrong"),
    "no done": (status(200, TEXT), errors.StreamCut, "without saying that it was done"),
}


@MODES
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_error_and_one_remedy(serve, name, stream):
    script, kind, words = FAULTS[name]
    _, client = serve(script)
    with pytest.raises(kind) as caught:
        chat(client, stream)
    assert words in str(caught.value)
    assert caught.value.hint or name in ("engine died", "engine's JSON", "error under 200")
    assert "\n" not in caught.value.message


@MODES
def test_no_server_is_said_with_its_address(stream):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(errors.NoServer, match=f"cannot reach Ollama at http://127.0.0.1:{port}"):
        chat(Client(f"127.0.0.1:{port}", environ={}), stream)


@MODES
def test_a_host_that_does_not_exist_is_no_server(stream):
    with pytest.raises(errors.NoServer):
        chat(Client("no-such-host.invalid", environ={}), stream)


@MODES
def test_tls_to_a_server_without_it_says_so(serve, stream):
    server, _ = serve(status(400, b"Client sent an HTTP request", "text/plain"), speak_first=True)
    with pytest.raises(errors.NoServer, match="does not speak TLS"):
        chat(Client(f"https://127.0.0.1:{server.port}", environ={}), stream)


def hang(wire):
    wire.hang()


def hang_after_one(wire):
    wire.send(OK_LINES)
    wire.line(TEXT)
    wire.hang()


@MODES
@pytest.mark.parametrize("script", [hang, hang_after_one])
def test_silence_longer_than_the_timeout_is_timed_out(serve, script, stream):
    _, client = serve(script)
    with pytest.raises(errors.TimedOut, match=r"said nothing for 0\.05 s"):
        chat(client, stream, timeout=0.05)


def test_the_clients_timeout_holds_where_a_call_gives_none(serve):
    _, client = serve(hang, timeout=0.05)
    with pytest.raises(errors.TimedOut):
        client.list()


STREAMS = {
    "cut": ([TEXT, TEXT], None, errors.StreamCut, 2),
    "error": ([TEXT, {"error": "boom"}], b"", errors.StreamError, 1),
    "not JSON": ([TEXT], b"4\r\nnope\r\n1\r\n\n\r\n0\r\n\r\n", errors.StreamGarbled, 1),
    "middle of a line": ([TEXT], b'3\r\n{"a\r\n0\r\n\r\n', errors.StreamCut, 1),
    "no done": ([TEXT], b"0\r\n\r\n", errors.StreamCut, 1),
    "reset": ([TEXT], "reset", errors.StreamCut, 1),
}


@pytest.mark.parametrize("name", STREAMS)
def test_an_answer_that_breaks_keeps_what_came(serve, name):
    lines, rest, kind, count = STREAMS[name]
    whole = [json.dumps(value).encode() + b"\n" for value in lines]
    together = b"".join(b"%x\r\n%s\r\n" % (len(line), line) for line in whole)

    def script(wire):
        wire.send(OK_LINES + together)
        if rest == "reset":
            wire.server.hanging.wait(5)
            wire.reset()
        elif rest:
            wire.send(rest)
        wire.close()

    server, client = serve(script)
    seen = []

    def read():
        for chunk in client.chat("m", stream=True):
            seen.append(chunk)
            server.hanging.set()

    with pytest.raises(kind) as caught:
        read()
    assert seen == caught.value.partial == [TEXT] * count


def test_a_server_that_never_ends_a_finished_answer_costs_nothing_but_the_connection(serve):
    def script(wire):
        wire.send(OK_LINES)
        wire.line(DONE)
        wire.hang()

    server, client = serve(script, lambda wire: wire.answer(200, DONE))
    assert chat(client, True) == [DONE]
    assert server.released.wait(5)
    assert chat(client, False) == DONE


@MODES
def test_two_successes_are_one_create(serve, stream):
    lines = [{"status": "pulling manifest"}, {"status": "success"}, {"status": "writing manifest"}, {"status": "success"}]
    _, client = serve((lambda wire: wire.lines(*lines)) if stream else status(200, {"status": "success"}))
    answer = client.create("m", from_="b", stream=stream)
    assert (list(answer) if stream else [answer])[-1].status == "success"


def test_a_create_that_ends_after_its_pull_was_not_finished(serve):
    _, client = serve(lambda wire: wire.lines({"status": "success"}, {"status": "writing manifest"}))
    with pytest.raises(errors.StreamCut, match="the last it said was 'writing manifest'"):
        list(client.create("m", from_="b", stream=True))


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_characters_that_end_lines_elsewhere_end_none_here(serve, character):
    line = f'{{"message":{{"content":"a{character}b"}},"done":true}}\n'.encode()

    def script(wire):
        wire.send(OK_LINES)
        for at in range(len(line)):
            wire.chunk(line[at : at + 1])
        wire.chunk(b"")

    _, client = serve(script)
    assert chat(client, True)[0].message.content == f"a{character}b"


def test_an_answer_that_a_gateway_packed_is_unpacked(serve):
    _, client = serve(status(200, gzip.compress(b'{"models":[]}'), Content_Encoding="gzip"))
    assert client.list().models == []


def subclasses(kind):
    return [kind, *(deeper for direct in kind.__subclasses__() for deeper in subclasses(direct))]


# A transport raises TransportError; unpacking the body may raise more.
RAISED = [(kind, False) for kind in subclasses(httpx.TransportError)] + [(kind, True) for kind in subclasses(httpx.RequestError)]


@MODES
@pytest.mark.parametrize(("kind", "answered"), RAISED, ids=lambda value: getattr(value, "__name__", str(value)))
def test_every_exception_of_httpx_becomes_ours(kind, answered, stream):
    class Body(httpx.SyncByteStream):
        def __iter__(self):
            raise kind("s3cret", request=None)
            yield b""

    def answer(request):
        if not answered:
            raise kind("s3cret", request=request)
        return httpx.Response(200, stream=Body())

    with pytest.raises(errors.OllamaMagicsError) as caught:
        chat(Client(transport=httpx.MockTransport(answer), environ={}), stream)
    assert isinstance(caught.value.__cause__, kind)
    assert "s3cret" not in str(caught.value)


def test_every_exception_of_httpcore_that_a_request_raises_becomes_httpxs():
    kinds = {kind for kind in vars(httpcore).values() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert kinds - set(transport._HTTPX_ERRORS) == {httpcore.ConnectionNotAvailable}


@MODES
@pytest.mark.parametrize("name", FAULTS)
def test_no_error_shows_a_secret(serve, name, stream):
    server, _ = serve(FAULTS[name][0])
    environ = {"OLLAMA_API_KEY": "s3cret-key"}
    for host in (f"http://me:s3cret-word@127.0.0.1:{server.port}", server.url):
        client = Client(host, environ=environ)
        with pytest.raises(errors.OllamaMagicsError) as caught:
            chat(client, stream)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(client) + str(caught.value.details)
        assert "s3cret" not in shown
        client.close()


@pytest.mark.parametrize("key", ["bad\nkey-s3cret", "bäd-s3cret"])
def test_a_header_that_cannot_be_sent_is_not_shown(serve, key):
    _, client = serve(status(200, DONE), environ={"OLLAMA_API_KEY": key})
    with pytest.raises(errors.UsageProblem) as caught:
        client.list()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b"[" * 50_000, b"5", b"null", b"[1]", b'{"error":null}', b'{"error":{"a":1}}'])
def test_the_words_of_an_error_are_read_from_any_bytes(body):
    assert isinstance(error_text(body), str)


def test_a_headline_is_one_line_of_bearable_length():
    assert headline("a\nb") == "a"
    assert len(headline("x" * 10_000)) < 400
