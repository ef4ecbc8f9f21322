"""The models of a server: list, ps, show, cp, rm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ollama_magics.display.visible import visible
from ollama_magics.errors import ModelNotFound, UsageProblem
from ollama_magics.magics.arguments import positional, positionals, switch, value
from ollama_magics.magics.ollama.desk import Desk, ServerArguments

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client

PARTS = ("modelfile", "template", "parameters", "system", "license")
"""What ``show`` can show alone."""

# What a table can be sorted by -> the field of the answer, and whether the largest comes first.
_LIST_ORDER = {"name": ("name", False), "id": ("digest", False), "size": ("size", True), "changed": ("modified_at", True)}
_PS_ORDER = {"name": ("name", False), "size": ("size", True), "context": ("context_length", True), "unloads": ("expires_at", False)}


def _sorted(models: list[Any], by: str | None, order: dict[str, tuple[str, bool]]) -> list[Any]:
    """Return the models in the order of one column; as the server gave them where none is named.

    Raises:
        UsageProblem: there is no such column.
    """
    if not by:
        return models
    if by not in order:
        raise UsageProblem(f"there is no column {by} to sort by", hint=f"the columns are {', '.join(order)}")
    key, largest_first = order[by]
    return sorted(models, key=lambda model: model.get(key) or (0 if key in ("size", "context_length") else ""), reverse=largest_first)


@dataclass
class ListArguments(ServerArguments):
    """List the models of the server, the newest first."""

    usage = "%ollama list"

    prefix: str = positional("PREFIX", "only models whose name begins so", required=False, complete="model")
    sort: str | None = value("--sort", metavar="name|id|size|changed", about="the column to sort by")


@dataclass
class ProcessesArguments(ServerArguments):
    """List the models that are loaded, and until when."""

    usage = "%ollama ps"

    sort: str | None = value("--sort", metavar="name|size|context|unloads", about="the column to sort by")


@dataclass
class ShowArguments(ServerArguments):
    """Show what the server knows of a model."""

    usage = "%ollama show"

    name: str = positional("NAME", "the model", complete="model")
    modelfile: bool = switch("--modelfile", about="only its Modelfile, whole and re-creatable")
    template: bool = switch("--template", about="only its template")
    parameters: bool = switch("--parameters", about="only its parameters")
    system: bool = switch("--system", about="only its system text")
    license: bool = switch("--license", about="only its licence")
    verbose: bool = switch("-v", "--verbose", about="with everything its file says, and its tensors")


@dataclass
class CopyArguments(ServerArguments):
    """Give a model a second name; asks before another model loses it."""

    usage = "%ollama cp"

    source: str = positional("SOURCE", "the model", complete="model")
    destination: str = positional("DESTINATION", "the new name")
    yes: bool = switch("-f", "-y", "--yes", about="do not ask")


@dataclass
class RemoveArguments(ServerArguments):
    """Delete models from the server; asks first."""

    usage = "%ollama rm"

    names: tuple[str, ...] = positionals("NAME", "a model", complete="model")
    yes: bool = switch("-f", "-y", "--yes", about="do not ask")


def list_models(desk: Desk, arguments: ListArguments) -> Any:
    """Show the models of the server."""
    from ollama_magics.display.cards import models_table
    from ollama_magics.services.tuning.drafts import without_drafts

    server, client = desk.server(arguments.host)
    listed = desk.work(lambda report, cancel: client.list(cancel=cancel))
    start = arguments.prefix.casefold()
    models = [model for model in without_drafts(listed.models or (), server) if str(model.name).casefold().startswith(start)]
    models = _sorted(models, arguments.sort, _LIST_ORDER)
    if arguments.json:
        return models
    desk.screen.document(models_table(models, now=datetime.now(UTC), server=server))


def processes(desk: Desk, arguments: ProcessesArguments) -> Any:
    """Show the loaded models of the server."""
    from ollama_magics.display.cards import processes_table

    server, client = desk.server(arguments.host)
    listed = desk.work(lambda report, cancel: client.ps(cancel=cancel))
    models = _sorted(list(listed.models or ()), arguments.sort, _PS_ORDER)
    if arguments.json:
        return models
    desk.screen.document(processes_table(models, now=datetime.now(UTC), server=server))


def show(desk: Desk, arguments: ShowArguments) -> Any:
    """Show one model, or one part of it."""
    from ollama_magics.display.cards import show_card
    from ollama_magics.services.reading import modelfile_of

    parts = [part for part in PARTS if getattr(arguments, part)]
    if len(parts) > 1:
        raise UsageProblem(f"%ollama show can show one part, got --{' and --'.join(parts)}", hint="name one of them")
    server, client = desk.server(arguments.host)
    verbose = arguments.verbose or None
    shown = desk.work(lambda report, cancel: client.show(arguments.name, verbose=verbose, cancel=cancel))
    if not parts:
        if arguments.json:
            return shown
        desk.screen.document(show_card(arguments.name, shown, server=server, verbose=arguments.verbose))
        return None
    if parts[0] == "modelfile":
        text = desk.work(lambda report, cancel: modelfile_of(client, arguments.name, shown=shown, cancel=cancel))
    else:
        text = str(shown.get(parts[0]) or "")
    if arguments.json:
        return {parts[0]: text}
    print(visible(text))


def copy(desk: Desk, arguments: CopyArguments) -> Any:
    """Copy a model to another name."""
    from ollama_magics.services.creation import check_name

    source, destination = arguments.source, arguments.destination
    check_name(destination)
    server, client = desk.server(arguments.host)
    question = f"There is a model {destination} on {server.label}. Overwrite it with {source}?"
    if not arguments.yes and _exists(desk, client, destination) and not desk.confirm(question):
        print(f"{destination} is kept.")
        return None
    desk.work(lambda report, cancel: client.copy(source, destination, cancel=cancel))
    if arguments.json:
        return {"source": source, "destination": destination, "status": "success"}
    print(f"{source} is also {destination} on {server.label}.")


def _exists(desk: Desk, client: Client, name: str) -> bool:
    try:
        desk.work(lambda report, cancel: client.show(name, cancel=cancel))
    except ModelNotFound:
        return False
    return True


def remove(desk: Desk, arguments: RemoveArguments) -> Any:
    """Delete models, having asked about each."""
    from ollama_magics.services.versions import VERSIONS

    if not arguments.names:
        raise UsageProblem("%ollama rm needs NAME: the model", hint="%ollama list shows the models")
    server, client = desk.server(arguments.host)
    deleted = []
    for name in arguments.names:
        question = f"Delete {name}? It goes from {server.label} for everybody.{_versions_stay(len(VERSIONS.all(server.identity, name)))}"
        if not arguments.yes and not desk.confirm(question):
            print(f"{name} is kept.")
            continue

        def delete(report: object, cancel: CancelToken, name: str = name) -> None:
            # Source: Ollama cmd/cmd.go (DeleteHandler): a model that is deleted while it is loaded can be neither used nor unloaded.
            client.unload(name, cancel=cancel)
            client.delete(name, cancel=cancel)

        desk.work(delete)
        VERSIONS.forget(server.identity, name)
        deleted.append(name)
        if not arguments.json:
            print(f"{name} is deleted from {server.label}.")
    return {"deleted": deleted} if arguments.json else None


def _versions_stay(count: int) -> str:
    return f" Its {'version stays' if count == 1 else f'{count} versions stay'} in the history." if count else ""
