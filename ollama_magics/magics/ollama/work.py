"""What takes a while: run, create, pull, stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import FileProblem, UsageProblem
from ollama_magics.magics.arguments import Arguments, positional, value, values
from ollama_magics.magics.chat import answer, format_value
from ollama_magics.magics.creating import CreateOptions
from ollama_magics.magics.ollama.models import host_option
from ollama_magics.magics.session import Session
from ollama_magics.services.options import keep_alive_value, option_pair, option_values, think_value

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.services.conversation import Answer
    from ollama_magics.services.creation import Creation
    from ollama_magics.services.progress import Progress


@dataclass
class RunArguments(Arguments):
    """Ask a model once, outside of any conversation; without PROMPT only load it."""

    usage = "%ollama run"
    notes = "Options stand before PROMPT, which is the rest of the line."

    name: str = positional("NAME", "the model", complete="model")
    prompt: str = positional("PROMPT", "the question", required=False, rest=True)
    option: tuple[tuple[str, Any], ...] = values(
        "-o", "--option", metavar="NAME=VALUE", about="a parameter, as temperature=0", convert=option_pair, complete="parameter"
    )
    format: str | None = value("--format", metavar="json|SCHEMA", about="answer in JSON; SCHEMA is a variable, a file or JSON text")
    think: bool | str | None = value("--think", metavar="true|false|EFFORT", about="whether a thinking model thinks", convert=think_value)
    keep_alive: int | str | None = value(
        "--keepalive", "--keep-alive", metavar="TIME", about="how long the model stays loaded, for instance 10m", convert=keep_alive_value
    )
    host: str | None = host_option()


@dataclass
class CreateArguments(CreateOptions):
    """Create a model from a Modelfile on disk."""

    usage = "%ollama create"

    name: str = positional("NAME", "the model to create", complete="model")
    file: str = value("-f", "--file", metavar="FILE", about="the Modelfile (default: Modelfile in this folder)", default="Modelfile")
    host: str | None = host_option()


@dataclass
class PullArguments(Arguments):
    """Bring a model from the registry to the server."""

    usage = "%ollama pull"

    name: str = positional("NAME", "the model")
    host: str | None = host_option()


@dataclass
class StopArguments(Arguments):
    """Unload a model from memory."""

    usage = "%ollama stop"

    name: str = positional("NAME", "the model", complete="model")
    host: str | None = host_option()


def run(session: Session, arguments: RunArguments) -> Answer | None:
    """Ask once and return the answer, or load the model."""
    from ollama_magics.services.conversation import Chat

    server, client = session.server(arguments.host)
    if not arguments.prompt:
        session.work(lambda report, cancel: client.load(arguments.name, keep_alive=arguments.keep_alive, cancel=cancel))
        print(f"{arguments.name} is loaded on {server.label}. Talk to it: %%chat {arguments.name}")
        return None
    chat = Chat(
        arguments.name,
        host=arguments.host,
        options=option_values(arguments.option),
        format=format_value(arguments.format, session.shell.user_ns),
        think=arguments.think,  # type: ignore[arg-type]  # think_value gives nothing else
        keep_alive=arguments.keep_alive,
    )
    return answer(session, chat, arguments.prompt)


def create(session: Session, arguments: CreateArguments) -> Creation | None:
    """Create a model from a file; paths in it are relative to the file."""
    from ollama_magics.magics.modelfile import create_as_asked

    path = Path(arguments.file).expanduser()
    try:
        source = path.read_bytes()
    except OSError as exc:
        raise FileProblem(f"cannot read the Modelfile {path}: {exc.strerror}", hint="name it: %ollama create NAME -f FILE") from exc
    where = path.resolve().parent
    return create_as_asked(session, arguments.name, source, arguments, first_line=1, host=arguments.host, directory=where)


def pull(session: Session, arguments: PullArguments) -> None:
    """Pull a model, with progress."""
    from ollama_magics.display.segments import Document, Title
    from ollama_magics.services.transfers import pull_model

    server, client = session.server(arguments.host)
    with session.screen.progress(f"Pulling {arguments.name}", server) as view:

        def work(report: Callable[[Progress], None], cancel: CancelToken) -> None:
            pull_model(client, arguments.name, report, view.cancels(cancel))

        session.work(work, view.update, view.tick, at_once=False)
        view.finish(Document((Title("ok", arguments.name, f"is on {server.label}"),)))


def stop(session: Session, arguments: StopArguments) -> None:
    """Unload a model."""
    server, client = session.server(arguments.host)
    if not arguments.name:
        raise UsageProblem("%ollama stop needs NAME: the model", hint="%ollama ps shows what is loaded")
    session.work(lambda report, cancel: client.unload(arguments.name, cancel=cancel))
    print(f"{arguments.name} is unloaded from {server.label}.")
