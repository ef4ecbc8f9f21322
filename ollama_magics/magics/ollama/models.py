"""The models of a server: list, ps, show, cp, rm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, positional, switch, value
from ollama_magics.magics.session import Session

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken


def host_option() -> str | None:
    """Return the field of ``--host``."""
    found: str | None = value("--host", metavar="URL", about="the server to ask")
    return found


@dataclass
class ListArguments(Arguments):
    """List the models of the server, the newest first."""

    usage = "%ollama list"

    host: str | None = host_option()


@dataclass
class ProcessesArguments(Arguments):
    """List the models that are loaded, and until when."""

    usage = "%ollama ps"

    host: str | None = host_option()


@dataclass
class ShowArguments(Arguments):
    """Show what the server knows of a model."""

    usage = "%ollama show"

    name: str = positional("NAME", "the model", complete="model")
    modelfile: bool = switch("--modelfile", about="only its Modelfile, whole and re-creatable")
    template: bool = switch("--template", about="only its template")
    parameters: bool = switch("--parameters", about="only its parameters")
    system: bool = switch("--system", about="only its system text")
    license: bool = switch("--license", about="only its licence")
    host: str | None = host_option()


@dataclass
class CopyArguments(Arguments):
    """Give a model a second name."""

    usage = "%ollama cp"

    source: str = positional("SOURCE", "the model", complete="model")
    destination: str = positional("DESTINATION", "the new name")
    host: str | None = host_option()


@dataclass
class RemoveArguments(Arguments):
    """Delete a model from the server; asks first."""

    usage = "%ollama rm"

    name: str = positional("NAME", "the model", complete="model")
    yes: bool = switch("-f", "-y", "--yes", about="do not ask")
    host: str | None = host_option()


def list_models(session: Session, arguments: ListArguments) -> None:
    """Show the models of the server."""
    from ollama_magics.display.cards import models_table
    from ollama_magics.services.tuning.drafts import without_drafts

    server, client = session.server(arguments.host)
    listed = session.work(lambda report, cancel: client.list(cancel=cancel))
    models = without_drafts(listed.models or (), server)
    session.screen.document(models_table(models, now=datetime.now(UTC), server=server))


def processes(session: Session, arguments: ProcessesArguments) -> None:
    """Show the loaded models of the server."""
    from ollama_magics.display.cards import processes_table

    server, client = session.server(arguments.host)
    listed = session.work(lambda report, cancel: client.ps(cancel=cancel))
    session.screen.document(processes_table(listed.models or (), now=datetime.now(UTC), server=server))


def show(session: Session, arguments: ShowArguments) -> None:
    """Show one model, or one part of it."""
    from ollama_magics.display.cards import show_card
    from ollama_magics.display.visible import visible
    from ollama_magics.services.reading import modelfile_of

    parts = [part for part in ("modelfile", "template", "parameters", "system", "license") if getattr(arguments, part)]
    if len(parts) > 1:
        raise UsageProblem(f"%ollama show can show one part, got --{' and --'.join(parts)}", hint="name one of them")
    server, client = session.server(arguments.host)
    shown = session.work(lambda report, cancel: client.show(arguments.name, cancel=cancel))
    if not parts:
        session.screen.document(show_card(arguments.name, shown, server=server))
    elif parts[0] == "modelfile":
        print(visible(session.work(lambda report, cancel: modelfile_of(client, arguments.name, shown=shown, cancel=cancel))))
    else:
        print(visible(str(shown.get(parts[0]) or "")))


def copy(session: Session, arguments: CopyArguments) -> None:
    """Copy a model to another name."""
    from ollama_magics.services.creation import check_name

    check_name(arguments.destination)
    server, client = session.server(arguments.host)
    session.work(lambda report, cancel: client.copy(arguments.source, arguments.destination, cancel=cancel))
    print(f"{arguments.source} is also {arguments.destination} on {server.label}.")


def remove(session: Session, arguments: RemoveArguments) -> None:
    """Delete a model, having asked."""
    from ollama_magics.services.versions import VERSIONS

    server, client = session.server(arguments.host)
    name = arguments.name
    question = f"Delete {name}? It goes from {server.label} for everybody.{_versions_stay(len(VERSIONS.all(server.identity, name)))}"
    if not arguments.yes and not session.confirm(question):
        print(f"{name} is kept.")
        return

    def delete(report: object, cancel: CancelToken) -> None:
        # Source: Ollama cmd/cmd.go (DeleteHandler): a model that is deleted while it is loaded can be neither used nor unloaded.
        client.unload(name, cancel=cancel)
        client.delete(name, cancel=cancel)

    session.work(delete)
    VERSIONS.forget(server.identity, name)
    print(f"{name} is deleted from {server.label}.")


def _versions_stay(count: int) -> str:
    return f" Its {'version stays' if count == 1 else f'{count} versions stay'} in the history." if count else ""
