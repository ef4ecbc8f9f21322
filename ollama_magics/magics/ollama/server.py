"""The server itself: status, version, host, serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ollama_magics
from ollama_magics.magics.arguments import Arguments, positional, switch
from ollama_magics.magics.ollama.models import host_option
from ollama_magics.magics.session import Session

if TYPE_CHECKING:
    from ollama_magics.services.servers import Server


@dataclass
class StatusArguments(Arguments):
    """Say which server is used and what it has."""

    usage = "%ollama status"

    host: str | None = host_option()


@dataclass
class VersionArguments(Arguments):
    """Say the versions of the server and of this package."""

    usage = "%ollama version"

    host: str | None = host_option()


@dataclass
class HostArguments(Arguments):
    """Say which server is used, or choose another for this kernel."""

    usage = "%ollama host"

    url: str = positional("URL", "the server to use from now on", required=False)
    reset: bool = switch("--reset", about="go back to looking for a server")


@dataclass
class ServeArguments(Arguments):
    """Start the built-in server and use it."""

    usage = "%ollama serve"


def status(session: Session, arguments: StatusArguments) -> None:
    """Show the server, its models and what is loaded."""
    from ollama_magics.display.quantities import count
    from ollama_magics.display.segments import Document, Facts, Title

    server, client = session.server(arguments.host)
    models, loaded = session.work(lambda report, cancel: (client.list(cancel=cancel).models or (), client.ps(cancel=cancel).models or ()))
    names = ", ".join(str(model.name).removesuffix(":latest") for model in loaded)
    facts = Facts((("", server.url), ("", count(len(models), "model")), ("loaded:", names or "none")))
    session.screen.document(Document((Title("ok", server.label, version_words(server)), facts)))


def version_words(server: Server) -> str:
    """Return the server's version where its label does not say it; the built-in one's is that of the Ollama it is like."""
    if not server.version or server.version in server.label:
        return ""
    return f"answers like Ollama {server.version}" if server.kind == "embedded" else f"version {server.version}"


def version(session: Session, arguments: VersionArguments) -> None:
    """Print both versions."""
    server, _ = session.server(arguments.host)
    words = version_words(server) or ("" if server.version else "tells no version")
    print(f"{server.label}{', ' * bool(words)}{words}\nollama-magics {ollama_magics.__version__}")


def host(session: Session, arguments: HostArguments) -> None:
    """Choose a server for this kernel, or say which one is used."""
    from ollama_magics.services.servers import set_default_host

    if arguments.reset:
        set_default_host(None)
    elif arguments.url:
        server, _ = session.server(arguments.url)  # an address where nothing answers is not taken
        set_default_host(arguments.url)
        print(f"Using {server.label} at {server.url}.")
        return
    server, _ = session.server(None)
    print(f"Using {server.label} at {server.url}.")


def serve(session: Session, arguments: ServeArguments) -> None:
    """Start the built-in server, or find the one that runs, and use it from now on."""
    from ollama_magics.services.servers import set_default_host, start_embedded

    server = session.work(lambda report, cancel: start_embedded())
    set_default_host(server.url)
    print(f"The built-in server is at {server.url}. It ends by itself when nobody uses it.")
