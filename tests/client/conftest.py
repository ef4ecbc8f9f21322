import threading

import pytest

from ollama_magics.client.client import Client

from .scripted_server import ScriptedServer


@pytest.fixture
def serve():
    """Start scripted servers that end with the test; give the server and a client of it."""
    started = []

    def start(*scripts, read_bodies=True, speak_first=False, tls=None, **settings):
        server = ScriptedServer(*scripts, read_bodies=read_bodies, speak_first=speak_first, tls=tls).__enter__()
        client = Client(settings.pop("host", server.url), environ=settings.pop("environ", {}), **settings)
        started.extend([client.close, lambda: server.__exit__()])
        return server, client

    yield start
    for end in started:
        end()


class Outcome(threading.Thread):
    """A call in a thread, and what came of it."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.value, self.error = call, None, None
        self.start()

    def run(self):
        try:
            self.value = self.call()
        except BaseException as exc:
            self.error = exc
