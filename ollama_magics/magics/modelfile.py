"""``%%modelfile NAME`` creates a model from the cell; ``%modelfile NAME`` puts a model's Modelfile into the next cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.display.visible import visible
from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, parse, positional, switch, value
from ollama_magics.magics.creating import CreateOptions
from ollama_magics.magics.session import Session

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.services.creation import Creation
    from ollama_magics.services.effects import Effects
    from ollama_magics.services.progress import Progress
    from ollama_magics.services.severalhosts import Creations


@dataclass
class ModelfileArguments(CreateOptions):
    """Create a model from the Modelfile in this cell."""

    usage = "%%modelfile"
    notes = "The value of the cell is a Creation: its name, version, changed lines, request and more."

    name: str = positional("NAME", "the model to create, for instance mario or mario:v2", complete="model")
    chat: bool = switch("--chat", about="talk to the model afterwards")
    tune: bool = switch("--tune", about="turn its knobs afterwards and hear what each does")
    host: str | None = value("--host", metavar="URL", about="the server to create it on; A,B creates it on both")
    subst: bool = switch("--subst", about="replace ${name} by the notebook's variables; {{ }} is never touched")


@dataclass
class ShowModelfileArguments(Arguments):
    """Put a model's Modelfile into the next cell."""

    usage = "%modelfile"

    name: str = positional("NAME", "the model; NAME@3 is its version 3, NAME@LABEL the one of that name", complete="version")
    escapes: bool = switch("--escapes", about="keep characters that no Modelfile can hold, in a notation that only we read")
    host: str | None = value("--host", metavar="URL", about="the server that has it")


FIRST_BODY_LINE = 2
"""Lines are counted as the person sees them: the magic's own line is 1."""


def create_from_cell(session: Session, arguments: ModelfileArguments, body: str) -> Creation | Creations | None:
    """Create a model from ``body`` and return what that did; a chat or a tuner is on the first server that is named."""
    from ollama_magics.services.severalhosts import hosts_of

    if arguments.subst:
        from ollama_magics.magics.substitution import substitute

        body = substitute(body, session.shell.user_ns, first_line=FIRST_BODY_LINE)
    creation = create_as_asked(session, arguments.name, body, arguments, first_line=FIRST_BODY_LINE, host=arguments.host)
    if arguments.dry_run:
        return creation
    first = next(iter(hosts_of(arguments.host)), None)
    if arguments.chat:
        open_chat(session, arguments.name, first)
    if arguments.tune:
        from ollama_magics.magics.tune import open_tuner

        open_tuner(session, arguments.name, first, cell=body)
    return creation


def create_as_asked(
    session: Session,
    name: str,
    source: str | bytes,
    options: CreateOptions,
    *,
    first_line: int,
    host: str | None,
    directory: Path | None = None,
) -> Creation | Creations | None:
    """Create a model as the options of a magic say, or show what would be sent, and make the result the value of the cell.

    Args:
        first_line: the number of the Modelfile's first line as the person sees it.
        directory: what relative paths start from; None is the working directory.
    """
    from ollama_magics.modelfile import parse
    from ollama_magics.services.creation import create
    from ollama_magics.services.severalhosts import hosts_of

    hosts = hosts_of(host)
    if len(hosts) > 1 and not options.dry_run:
        from ollama_magics.magics.severalhosts import create_on_several

        return create_on_several(session, hosts, name, source, first_line=first_line, directory=directory, **options.manner)
    if not options.dry_run:
        creation = create_on_screen(session, name, source, first_line=first_line, host=host, directory=directory, **options.manner)
        return session.shown(creation)
    session.screen.first_line = first_line
    modelfile = parse(source, first_line=first_line, folder=directory)
    creation = create(name, modelfile, host=host, directory=directory, dry_run=True, **options.manner)
    print(visible(f"POST /api/create\n{creation.request_json}"))
    return session.shown(creation)


def open_chat(session: Session, name: str, host: str | None) -> None:
    """Open a new chat below the cell, or, where nothing goes on after a cell, put a chat's cell after it.

    What was said to the model as it was before would speak for it as it is now.
    """
    server, _ = session.server(host)
    chat = session.conversation(name, host)
    chat.reset()
    if not session.screen.conversation(chat, server.label, partial(create_quietly, session, host)):
        session.shell.set_next_input(f"%%chat {name}\n")


def create_quietly(session: Session, host: str | None, source: str) -> int | None:
    """Create a model as its cell says, without running the cell, and return the version; for panels, in a thread of their own.

    Args:
        source: the whole cell, its first line included.

    Raises:
        UsageProblem: the cell does not begin with %%modelfile, or asks for a dry run. Raises besides what `services.creation.create` does.
    """
    from ollama_magics.modelfile import parse as parse_modelfile
    from ollama_magics.services.conversation.teaching import split_cell
    from ollama_magics.services.creation import create

    line, body = split_cell(source)
    magic, _, options = line.strip().partition(" ")
    if magic != ModelfileArguments.usage:
        raise UsageProblem("the cell does not begin with %%modelfile", hint="write %%modelfile NAME in its first line")
    arguments = parse(ModelfileArguments, options)
    if arguments.dry_run:
        raise UsageProblem("the cell has --dry-run, which creates nothing", hint="take it out")
    if arguments.subst:
        from ollama_magics.magics.substitution import substitute

        body = substitute(body, session.shell.user_ns, first_line=FIRST_BODY_LINE)
    modelfile = parse_modelfile(body, first_line=FIRST_BODY_LINE)
    return create(arguments.name, modelfile, host=arguments.host or host, **arguments.manner).version


def create_on_screen(
    session: Session,
    name: str,
    source: str | bytes,
    *,
    first_line: int,
    host: str | None,
    directory: str | Path | None = None,
    **options: Any,
) -> Creation:
    """Create a model, show progress and result, and return what it did.

    Args:
        first_line: the number of the Modelfile's first line as the person sees it.
        directory: what relative paths start from; None is the working directory.
        options: further arguments of `services.creation.create`.
    """
    from ollama_magics.modelfile import parse
    from ollama_magics.services.creation import check, create

    session.screen.first_line = first_line
    folder = Path(directory or ".")
    modelfile = check(name, parse(source, first_line=first_line, folder=folder), host=host, directory=folder)
    server, _ = session.server(host)
    with session.screen.progress(f"Creating {name}", server) as view:

        def work(report: Callable[[Progress], None], cancel: CancelToken) -> Creation:
            return create(name, modelfile, host=host, directory=folder, on_progress=report, cancel=view.cancels(cancel), **options)

        creation = session.work(work, view.update, view.tick, at_once=False)
        card = creation.card(first_line=first_line, with_request=session.screen.rich)
        if session.screen.rich:
            from ollama_magics.magics.pagedata import created_page, with_page

            card = with_page(card, created_page(creation, card, session.shell))
        view.finish(card)
    _say_effects(session, creation, host, first_line)
    return creation


def _say_effects(session: Session, creation: Creation, host: str | None, first_line: int) -> None:
    """Say what has no effect, below the result: the server is asked only when that is on the screen, and not again for a known base."""
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.display.cards.checking import effects_card
    from ollama_magics.services.effects import effects_of, is_known

    if creation.modelfile is None or creation.server is None:
        return
    server, modelfile = creation.server, creation.modelfile
    _, client = session.server(host)

    def look(report: object, cancel: CancelToken) -> Effects:
        return effects_of(client, server, modelfile, made=creation.name, base_digest=creation.base_digest, cancel=cancel)

    # A thread costs more than to look into a table.
    known = is_known(server, modelfile, creation.base_digest)
    found = look(None, CancelToken()) if known else session.work(look)
    if found.problems:
        session.screen.document(effects_card(creation.name, found.problems, first_line=first_line))


def show_in_next_cell(session: Session, arguments: ShowModelfileArguments) -> None:
    """Put the model's Modelfile into the next cell, whole, so that running the cell creates the same model."""
    from ollama_magics.services.history import split_version
    from ollama_magics.services.reading import export_model

    name, version = split_version(arguments.name)
    if version:
        from ollama_magics.magics.ollama.history import copy_to_next_cell, read_history

        copy_to_next_cell(session, read_history(session, name, arguments.host), version)
        return
    _, client = session.server(arguments.host)
    export = session.work(lambda report, cancel: export_model(client, arguments.name, escapes=arguments.escapes, cancel=cancel))
    session.shell.set_next_input(f"%%modelfile {arguments.name}\n{export.text}")
    print(visible(f"{arguments.name} is in the next cell, {export.certificate}."))
    if export.certificate.losses and not arguments.escapes:
        print(visible(f"With %modelfile {arguments.name} --escapes characters stay, in a notation that only ollama-magics reads."))
