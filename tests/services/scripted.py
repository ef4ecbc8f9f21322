"""A server at the transport: each path answers by a script, and every request is kept."""

import json

import httpx

from ollama_magics.client.client import Client


def lines(*objects, then=None):
    """Return a streamed answer; ``then`` is raised after its last line, as a broken connection is."""

    def pieces():
        for item in objects:
            yield json.dumps(item).encode() + b"\n"
        if then is not None:
            raise then

    return httpx.Response(200, headers={"content-type": "application/x-ndjson"}, content=pieces())


def plain(item, status=200):
    """Return an answer of one object."""
    return httpx.Response(status, json=item)


class Scripted:
    """Answers the requests to a path by its scripts, one after the other, the last one again and again.

    A script is a function of the request's body that returns an ``httpx.Response``.
    """

    def __init__(self, **scripts):
        self.scripts = {f"/api/{path}": list(script) if isinstance(script, list) else [script] for path, script in scripts.items()}
        self.requests = []

    def handle(self, request):
        body = json.loads(request.content) if request.content else None
        self.requests.append((request.method, request.url.path, body))
        scripts = self.scripts.get(request.url.path)
        if scripts is None:
            return httpx.Response(404, json={"error": "404 page not found"})
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script(body)

    def asked(self, path):
        """Return the bodies of the requests to a path."""
        return [body for _, asked, body in self.requests if asked == f"/api/{path}"]

    @property
    def paths(self):
        """The paths asked for, in order, without their prefix."""
        return [path.removeprefix("/api/") for _, path, _ in self.requests]

    def client(self):
        return Client("http://127.0.0.1:9", transport=httpx.MockTransport(self.handle), environ={})
