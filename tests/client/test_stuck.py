"""A loaded model that gives no first line is told from one that loads, and from one that answers late."""

import itertools

import pytest

from ollama_magics.client.stuck import StuckWatch, cure, is_stuck, watched
from ollama_magics.errors import ModelStuck, StreamCut

from .scripted_server import OK_LINES

DONE = {"message": {"content": "hi"}, "done": True}
FAST = {"patience_s": 0.02, "between_s": 0.02}


def ollama(*, loaded=("m:latest",), moving=False, silent=False, weights=None, chat=lambda wire: wire.hang()):
    """Return a script that plays the routes; ``moving`` makes the moments of unloading run with the clock."""
    moments = itertools.count()

    def script(wire):
        request = wire.server.requests[-1]
        if request.path == "/api/chat":
            return chat(wire)
        if silent:
            return wire.hang()
        if request.path == "/api/ps":
            until = f"2026-11-21T12:00:{next(moments) if moving else 0:02}Z"
            return wire.answer(200, {"models": [{"name": name, "expires_at": until} for name in loaded]})
        if request.path == "/api/show":
            return wire.answer(200, {"modelfile": f"# x\nFROM {(weights or {}).get(request.json['model'], '/other')}\n"})
        return wire.answer(200, {"done": True, "done_reason": "unload"})

    return script


def test_a_stuck_model_is_said_and_the_request_is_let_go(serve):
    server, client = serve(ollama())
    with pytest.raises(ModelStuck, match="m is loaded and has given no first line") as caught:
        list(watched(client.chat("m", stream=True), client, "m", **FAST))
    assert "`%ollama stop m` or `client.unload('m')`" in caught.value.hint
    assert server.released.wait(5)


def test_a_model_that_answers_late_is_left_alone(serve):

    def late(wire):
        while sum(request.path == "/api/ps" for request in wire.server.requests) < 3:
            if wire.server.hanging.wait(0.005):
                break
        wire.lines(DONE)

    _, client = serve(ollama(moving=True, chat=late))
    assert list(watched(client.chat("m", stream=True), client, "m", **FAST)) == [DONE]


def test_an_answer_that_begins_is_never_called_stuck(serve):
    def slow(wire):
        wire.send(OK_LINES)
        wire.line({"message": {"content": "a"}, "done": False})
        wire.server.hanging.wait(0.2)  # many times the patience
        wire.close()

    _, client = serve(ollama(chat=slow))
    with pytest.raises(StreamCut):
        list(watched(client.chat("m", stream=True), client, "m", **FAST))


CASES = {
    "listed": ({}, True),
    "listed in other case": ({"loaded": ("M:latest",)}, True),
    "not loaded": ({"loaded": ()}, False),
    "something moves": ({"moving": True}, False),
    "other weights are loaded": ({"loaded": ("base:latest",), "weights": {"m": "/a", "base:latest": "/b"}}, False),
    "its weights are loaded under another name": ({"loaded": ("base:latest",), "weights": {"m": "/a", "base:latest": "/a"}}, True),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_server_lists_decides(serve, name):
    settings, expected = CASES[name]
    _, client = serve(ollama(**settings))
    pauses = []
    assert is_stuck(client, "m", between_s=3.0, pause=pauses.append) is expected
    assert pauses == [3.0]


def test_a_server_that_says_nothing_proves_nothing(serve):
    _, client = serve(lambda wire: wire.close())
    assert is_stuck(client, "m", pause=lambda _: None) is False


def test_nobody_asks_before_the_patience_is_over(serve):
    server, client = serve(ollama())
    now = [100.0]
    watch = StuckWatch(client, "m", patience_s=20, between_s=5, clock=lambda: now[0])
    for now[0], asked in ((119.9, 0), (120.0, 1), (124.9, 1)):
        assert watch.check() is None
        assert len(server.requests) == asked
    now[0] = 125.0
    assert "for 25 s" in watch.check().message


def test_the_cure_unloads(serve):
    server, client = serve(ollama())
    cure(client, "m")
    assert server.requests[-1].json == {"model": "m", "stream": False, "keep_alive": 0}
