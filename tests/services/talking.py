"""Conversations with a server that says what a test wants, at the transport."""

from __future__ import annotations

import json
import threading

import httpx

from ollama_magics.services.conversation import Chat
from ollama_magics.services.versions import Versions

from .scripted import Scripted, lines, plain

FIGURES = {"eval_count": 4, "eval_duration": 2_000_000_000, "prompt_eval_count": 10, "load_duration": 5_000_000}


def said(text="", **more):
    """Return a chunk."""
    return {"model": "mario", "message": {"role": "assistant", "content": text, **more}, "done": False}


def done(reason="stop", **more):
    """Return the last chunk."""
    return {"model": "mario", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason, **FIGURES, **more}


def called(name, ident="c1", **arguments):
    """Return a chunk that asks for a tool."""
    return said(tool_calls=[{"id": ident, "function": {"name": name, "arguments": arguments}}])


def loaded(size=4096):
    """Return a list of loaded models with mario in it."""
    return lambda body: plain({"models": [{"name": "mario:latest", "model": "mario:latest", "context_length": size}]})


def whole(*texts, reason="stop", **more):
    """Return a script that answers with these pieces."""
    return lambda body: lines(*map(said, texts), done(reason, **more))


def rendered(prompt):
    """Return a script that tells what it would render."""
    return lambda body: plain(
        {"model": "mario", "message": {"role": "", "content": ""}, "done": False, "_debug_info": {"rendered_template": prompt(body)}}
    )


def broken(*texts):
    """Return a script whose connection breaks after these pieces."""
    return lambda body: lines(*map(said, texts), then=httpx.ReadError("reset"))


class Held:
    """An answer that stops after its first piece until ``go`` is set; ``begun`` says that it has come so far."""

    def __init__(self, first="It's-a ", second="me!"):
        self.first, self.second = first, second
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, body):
        def pieces():
            yield _line(said(self.first))
            self.begun.set()
            assert self.go.wait(10)
            yield _line(said(self.second))
            yield _line(done())

        return httpx.Response(200, headers={"content-type": "application/x-ndjson"}, content=pieces())


def _line(item):
    return json.dumps(item).encode() + b"\n"


def talk(*scripts, size=4096, model="mario", shown=None, **settings):
    """Return a conversation with a scripted server, and the server. The last script answers again and again."""
    server = Scripted(chat=list(scripts), ps=loaded(size), show=lambda body: plain(shown or {}))
    return Chat(model, client=server.client(), versions=settings.pop("versions", Versions()), **settings), server
