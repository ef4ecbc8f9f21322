"""A server at the transport that speaks Ollama's API and says what a test wants to see on a page: what it is asked decides what it says."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = [f"word{at} " for at in range(60)]
CODE = 'Here it is:\n\n```python\ndef book(time: str) -> int:\n    # one slot\n    return run("booking add", time, 14.5)\n```\n'


class TalkingServer:
    """A running server.

    Attributes:
        url: its address.
        requests: the bodies of the chats it was asked for.
        go: an answer to ``hold`` waits for it after its first part; ``going`` is set when one waits.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.go, self.going = threading.Event(), threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                found = {"/api/version": {"version": "0.33.1"}, "/api/tags": {"models": [_MODEL]}, "/api/ps": {"models": [_LOADED]}}
                owner.tell(self, found.get(self.path, {}))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
                if self.path == "/api/chat":
                    owner.requests.append(body)
                    owner.stream(self, body)
                else:
                    owner.tell(self, {"/api/show": _SHOWN}.get(self.path, {}))

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """End it, and whatever waits."""
        self.go.set()
        self._server.shutdown()
        self._server.server_close()

    def tell(self, handler: BaseHTTPRequestHandler, found: Any) -> None:
        """Answer with one object."""
        body = json.dumps(found).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stream(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        """Answer a chat piece by piece."""
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()

        def line(**found: Any) -> None:
            data = json.dumps({"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "done": False, **found}).encode() + b"\n"
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            handler.wfile.flush()

        try:
            figures = self._say(body["messages"], line)
            if figures is None:
                handler.connection.shutdown(socket.SHUT_RDWR)
                handler.close_connection = True
                return
            line(message={"role": "assistant", "content": ""}, **{**_FIGURES, **figures})
            handler.wfile.write(b"0\r\n\r\n")
        except OSError:
            handler.close_connection = True  # who asked has hung up

    def _say(self, messages: list[dict[str, Any]], line: Callable[..., None]) -> dict[str, Any] | None:
        """Say what the last message asks for and return the figures of its end; None breaks the stream off."""

        def say(*pieces: str) -> None:
            for piece in pieces:
                line(message={"role": "assistant", "content": piece})

        if messages[-1]["role"] == "tool":
            say("I have ", "14:30 and 16:00 ", "free today.")
            return {}
        asked = str(messages[-1]["content"])
        if asked.startswith("say "):
            say(asked.removeprefix("say "))
            return {}
        if "think" in asked:
            for piece in ("The price list ", "names a lock ", "only for city bikes."):
                line(message={"role": "assistant", "content": "", "thinking": piece})
        if "hold" in asked:
            say(*WORDS[:20])
            self.going.set()
            self.go.wait(60)
            say(*WORDS[20:])
        elif "slots" in asked:
            call = {"function": {"name": "free_slots", "arguments": {"day": "today"}}}
            line(message={"role": "assistant", "content": "", "tool_calls": [call]})
        elif "break" in asked:
            say("Yes, bring it in ", "and I will look at the frame. If it can be")
            return None
        elif "every" in asked:
            say("1. Puncture: 15 €\n2. Brake pads: 22 €\n3. New")
            return {"done_reason": "length"}
        elif "code" in asked:
            say(CODE)
        elif "full" in asked:
            say("Nearly.")
            return {"prompt_eval_count": 3900}
        else:
            say("A slipping chain is nearly always **wear**, ", "so I measure first. ", f"That was question {len(self.requests)}.")
        return {}


@contextmanager
def talking_server() -> Iterator[TalkingServer]:
    """Run a server for as long as a test needs it."""
    server = TalkingServer()
    try:
        yield server
    finally:
        server.close()


_FIGURES = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 2_300_000_000,
    "load_duration": 1_000_000,
    "prompt_eval_count": 58,
    "prompt_eval_duration": 100_000_000,
    "eval_count": 96,
    "eval_duration": 2_285_714_000,
}
_MODEL = {
    "name": "bikeshop:latest",
    "model": "bikeshop:latest",
    "modified_at": "2026-01-01T00:00:00Z",
    "size": 2_000_000_000,
    "digest": "0" * 64,
    "details": {"family": "llama", "parameter_size": "3B", "quantization_level": "Q4_K_M"},
}
_LOADED = {**_MODEL, "size_vram": 2_000_000_000, "expires_at": "2030-01-01T00:00:00Z", "context_length": 4096}
_SHOWN = {
    "modelfile": "FROM llama3.2\n",
    "system": "You are Pip, who keeps a small bicycle shop.\nAnswer in two sentences.",
    "parameters": "num_ctx                        4096",
    "template": "{{ .System }} {{ .Prompt }}",
    "details": {"family": "llama", "parameter_size": "3B", "quantization_level": "Q4_K_M"},
    "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
    "capabilities": ["completion", "tools", "vision", "thinking"],
    "messages": [{"role": "user", "content": "Do you repair e-bikes?"}, {"role": "assistant", "content": "Yes, all but the motor."}],
}
