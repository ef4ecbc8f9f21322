"""The server itself: status, version, host, serve."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ollama_magics
from ollama_magics.errors import ConnectionProblem
from ollama_magics.magics.arguments import positional, switch
from ollama_magics.magics.ollama.desk import Desk, ServerArguments, VerbArguments

if TYPE_CHECKING:
    from ollama_magics.services.servers import Server


@dataclass
class StatusArguments(ServerArguments):
    """Say which server is used and what it has."""

    usage = "%ollama status"


@dataclass
class VersionArguments(ServerArguments):
    """Say the versions of the server and of this package."""

    usage = "%ollama version"


@dataclass
class HostArguments(VerbArguments):
    """Say which server is used and which others are known, or choose another for this kernel."""

    usage = "%ollama host"

    url: str = positional("URL", "the server to use from now on", required=False)
    reset: bool = switch("--reset", about="go back to looking for a server")


@dataclass
class ServeArguments(VerbArguments):
    """Start the built-in server and use it."""

    usage = "%ollama serve"


def status(desk: Desk, arguments: StatusArguments) -> Any:
    """Show the server, its models and what is loaded."""
    from ollama_magics.display.quantities import count
    from ollama_magics.display.segments import Document, Facts, Title

    server, client = desk.server(arguments.host)
    models, loaded = desk.work(lambda report, cancel: (client.list(cancel=cancel).models or (), client.ps(cancel=cancel).models or ()))
    if arguments.json:
        return {**server_data(server), "models": [model.name for model in models], "loaded": [model.name for model in loaded]}
    names = ", ".join(str(model.name).removesuffix(":latest") for model in loaded)
    facts = Facts((("", server.url), ("", count(len(models), "model")), ("loaded:", names or "none")))
    desk.screen.document(Document((Title("ok", server.label, version_words(server)), facts)))


def server_data(server: Server) -> dict[str, Any]:
    """Return what is known of a server."""
    return {"url": server.url, "label": server.label, "kind": server.kind, "version": server.version}


def version_words(server: Server) -> str:
    """Return the server's version where its label does not say it; the built-in one's is that of the Ollama it is like."""
    if not server.version or server.version in server.label:
        return ""
    return f"answers like Ollama {server.version}" if server.kind == "embedded" else f"version {server.version}"


def version(desk: Desk, arguments: VersionArguments) -> Any:
    """Print both versions."""
    server, _ = desk.server(arguments.host)
    if arguments.json:
        return {"server": server_data(server), "ollama_magics": ollama_magics.__version__}
    words = version_words(server) or ("" if server.version else "tells no version")
    print(f"{server.label}{', ' * bool(words)}{words}\nollama-magics {ollama_magics.__version__}")


def host(desk: Desk, arguments: HostArguments) -> Any:
    """Choose a server for this kernel, or say which one is used and which others are known."""
    from ollama_magics.services.servers import set_default_host

    if arguments.reset:
        set_default_host(None)
    elif arguments.url:
        server, _ = desk.server(arguments.url)  # an address where nothing answers is not taken
        set_default_host(arguments.url)
        if arguments.json:
            return server_data(server)
        print(f"Using {server.label} at {server.url}.")
        return None
    return _known_hosts(desk, arguments)


def _known_hosts(desk: Desk, arguments: HostArguments) -> Any:
    from ollama_magics.display.cards import hosts_table
    from ollama_magics.services.hosts import known_hosts

    server: Server | None = None
    failure: ConnectionProblem | None = None
    try:
        server, _ = desk.server(None)
    except ConnectionProblem as exc:
        failure = exc
    hosts = desk.work(lambda report, cancel: known_hosts(in_use=server))
    if arguments.json:
        return [dataclasses.asdict(known) for known in hosts]
    if server is not None:
        print(f"Using {server.label} at {server.url}.")
    desk.screen.document(hosts_table(hosts))
    if failure is not None:
        raise failure
    return None


def serve(desk: Desk, arguments: ServeArguments) -> Any:
    """Start the built-in server, or find the one that runs, and use it from now on."""
    from ollama_magics.services.servers import set_default_host, start_embedded

    server = desk.work(lambda report, cancel: start_embedded())
    set_default_host(server.url)
    if arguments.json:
        return server_data(server)
    print(f"The built-in server is at {server.url}. It ends by itself when nobody uses it.")
