"""What takes a while: run, create, pull, push, stop, embed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import FileProblem, UsageProblem
from ollama_magics.magics.arguments import positional, switch, value, values
from ollama_magics.magics.chat import answer, format_value
from ollama_magics.magics.creating import CreateOptions
from ollama_magics.magics.ollama.desk import Desk, ServerArguments, no_progress
from ollama_magics.magics.session import Session
from ollama_magics.services.options import keep_alive_value, option_pair, option_values, think_value

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.display.segments import Document
    from ollama_magics.services.conversation import Answer, Chat
    from ollama_magics.services.progress import Progress
    from ollama_magics.services.servers import Server
    from ollama_magics.wire.types import ProgressResponse


@dataclass
class RunArguments(ServerArguments):
    """Ask a model once, outside of any conversation; without PROMPT only load it."""

    usage = "%ollama run"
    notes = "Options stand before PROMPT, which is the rest of the line."

    name: str = positional("NAME", "the model", complete="model")
    prompt: str = positional("PROMPT", "the question", required=False, rest=True)
    image: tuple[str, ...] = values("-i", "--image", metavar="FILE", about="a picture that goes with the question", convert=str)
    system: str | None = value("-s", "--system", metavar="TEXT", about="replace the model's SYSTEM")
    option: tuple[tuple[str, Any], ...] = values(
        "-o", "--option", metavar="NAME=VALUE", about="a parameter, as temperature=0", convert=option_pair, complete="parameter"
    )
    format: str | None = value("--format", metavar="json|SCHEMA", about="answer in JSON; SCHEMA is a variable, a file or JSON text")
    think: bool | str | None = value("--think", metavar="true|false|EFFORT", about="whether a thinking model thinks", convert=think_value)
    keep_alive: int | str | None = value(
        "--keepalive", "--keep-alive", metavar="TIME", about="how long the model stays loaded, for instance 10m", convert=keep_alive_value
    )


@dataclass
class CreateArguments(CreateOptions, ServerArguments):
    """Create a model from a Modelfile on disk."""

    usage = "%ollama create"

    name: str = positional("NAME", "the model to create", complete="model")
    file: str = value("-f", "--file", metavar="FILE", about="the Modelfile (default: Modelfile in this folder)", default="Modelfile")


@dataclass
class PullArguments(ServerArguments):
    """Bring a model from its registry to the server."""

    usage = "%ollama pull"

    name: str = positional("NAME", "the model")
    insecure: bool = switch("--insecure", about="reach the registry without TLS")


@dataclass
class PushArguments(ServerArguments):
    """Send a model from the server to its registry."""

    usage = "%ollama push"

    name: str = positional("NAME", "the model, with the registry's namespace: me/mario", complete="model")
    insecure: bool = switch("--insecure", about="reach the registry without TLS")


@dataclass
class StopArguments(ServerArguments):
    """Unload a model from memory."""

    usage = "%ollama stop"

    name: str = positional("NAME", "the model", complete="model")


def prepared_chat(arguments: RunArguments, format: Any) -> Chat:
    """Return the conversation of one question that the arguments ask for; ``format`` is what ``--format`` means."""
    from ollama_magics.services.conversation import Chat

    return Chat(
        arguments.name,
        host=arguments.host,
        system=arguments.system,
        options=option_values(arguments.option),
        format=format,
        think=arguments.think,  # type: ignore[arg-type]  # think_value gives nothing else
        keep_alive=arguments.keep_alive,
    )


def run(session: Session, arguments: RunArguments) -> Any:
    """Ask once and return the answer, or load the model."""
    server, client = session.server(arguments.host)
    if not arguments.prompt:
        if arguments.image:
            raise UsageProblem("a picture needs a question", hint="write the question behind the name")
        loaded = session.work(lambda report, cancel: client.load(arguments.name, keep_alive=arguments.keep_alive, cancel=cancel))
        if arguments.json:
            return loaded
        print(f"{arguments.name} is loaded on {server.label}. Talk to it: %%chat {arguments.name}")
        return None
    chat = prepared_chat(arguments, format_value(arguments.format, session.shell.user_ns))
    if arguments.json:
        asked = session.work(lambda report, cancel: chat.ask(arguments.prompt, images=arguments.image, cancel=cancel))
        return answer_data(asked)
    return answer(session, chat, arguments.prompt, images=arguments.image)


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return an answer as data: its text and all that the server sent with the end of it, under the API's names."""
    message = {"role": "assistant", "content": answer.text}
    if answer.thinking:
        message["thinking"] = answer.thinking
    rest = {name: value for name, value in answer.final.items() if name not in ("message", "response")}
    return {"model": answer.model, "message": message, **rest, **({"value": answer.value} if isinstance(answer.value, dict | list) else {})}


def create(session: Session, arguments: CreateArguments) -> Any:
    """Create a model from a file; paths in it are relative to the file."""
    from ollama_magics.magics.modelfile import create_as_asked

    path = Path(arguments.file).expanduser()
    try:
        source = path.read_bytes()
    except OSError as exc:
        raise FileProblem(f"cannot read the Modelfile {path}: {exc.strerror}", hint="name it: %ollama create NAME -f FILE") from exc
    where = path.resolve().parent
    if arguments.json:
        from ollama_magics.services.creation import create as make

        manner = {"host": arguments.host, "directory": where, "dry_run": arguments.dry_run, **arguments.manner}
        return session.work(lambda report, cancel: make(arguments.name, source, cancel=cancel, **manner)).data()
    return create_as_asked(session, arguments.name, source, arguments, first_line=1, host=arguments.host, directory=where)


def pull(desk: Desk, arguments: PullArguments) -> Any:
    """Pull a model, with progress."""
    from ollama_magics.services.transfers import pull_model

    return _transfer(desk, arguments, pull_model, "Pulling {name}", "is on {server}")


def push(desk: Desk, arguments: PushArguments) -> Any:
    """Push a model, with progress."""
    from ollama_magics.services.transfers import push_model

    return _transfer(desk, arguments, push_model, "Pushing {name}", "is in its registry")


def _transfer(
    desk: Desk, arguments: PullArguments | PushArguments, carry: Callable[..., ProgressResponse], doing: str, done: str
) -> ProgressResponse | None:
    """Carry a model between a server and its registry; return the server's last word where data is asked for."""
    name = arguments.name
    server, client = desk.server(arguments.host)

    def start(client: Client, report: Callable[[Progress], None], cancel: CancelToken) -> ProgressResponse:
        return carry(client, name, report, cancel, insecure=arguments.insecure)

    if arguments.json:
        return desk.work(lambda report, cancel: start(client, no_progress, cancel))
    with desk.screen.progress(doing.format(name=name), server) as view:

        def work(report: Callable[[Progress], None], cancel: CancelToken) -> None:
            start(client, report, view.cancels(cancel))

        desk.work(work, view.update, view.tick, at_once=False)
        view.finish(_done(name, done, server))
    return None


def _done(name: str, words: str, server: Server) -> Document:
    from ollama_magics.display.segments import Document, Title

    return Document((Title("ok", name, words.format(server=server.label)),))


def stop(desk: Desk, arguments: StopArguments) -> Any:
    """Unload a model."""
    server, client = desk.server(arguments.host)
    unloaded = desk.work(lambda report, cancel: client.unload(arguments.name, cancel=cancel))
    if arguments.json:
        return unloaded
    print(f"{arguments.name} is unloaded from {server.label}.")
