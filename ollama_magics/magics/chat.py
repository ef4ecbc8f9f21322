"""``%%chat NAME`` sends the cell as the next turn of a conversation; ``%chat NAME`` shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.display.visible import visible
from ollama_magics.errors import Cancelled, OllamaMagicsError, StreamFault, UsageProblem
from ollama_magics.magics.arguments import Arguments, positional, switch, value, values
from ollama_magics.magics.session import Session
from ollama_magics.services.options import keep_alive_value, option_pair, option_values, think_value
from ollama_magics.text.suggest import nearest

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.services.conversation import Answer, Chat, Delta, Reply


def _alternatives(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 20:
        raise ValueError("it is 0 to 20")
    return count


@dataclass
class TalkArguments(Arguments):
    """How a conversation is held."""

    system: str | None = value("-s", "--system", metavar="TEXT", about="replace the model's SYSTEM in this conversation")
    option: tuple[tuple[str, Any], ...] = values(
        "-o", "--option", metavar="NAME=VALUE", about="a parameter, as temperature=0", convert=option_pair, complete="parameter"
    )
    format: str | None = value("--format", metavar="json|SCHEMA", about="answer in JSON; SCHEMA is a variable, a file or JSON text")
    think: bool | str | None = value("--think", metavar="true|false|EFFORT", about="whether a thinking model thinks", convert=think_value)
    tool: tuple[str, ...] = values(
        "-t", "--tool", metavar="FUNCTION", about="a function of the notebook that the model may ask for; each call asks first", convert=str
    )
    keep_alive: int | str | None = value(
        "--keep-alive", "--keepalive", metavar="TIME", about="how long the model stays loaded, for instance 10m", convert=keep_alive_value
    )
    keep_thinking: bool = switch("--keep-thinking", about="keep what the model thought in the notebook")
    logprobs: int | None = value(
        "--logprobs", metavar="N", about="the answer's logprobs hold each token's probability and N alternatives", convert=_alternatives
    )
    no_truncate: bool = switch("--no-truncate", about="a conversation longer than the context is an error")
    no_shift: bool = switch("--no-shift", about="an answer that fills the context ends there")
    host: str | None = value("--host", metavar="URL", about="the server that has the model")


@dataclass
class ChatArguments(TalkArguments):
    """Send this cell to a model as the next turn and stream the answer."""

    usage = "%%chat"
    notes = "The value of the cell is an Answer: its text, thinking, stats and more."

    name: str = positional("NAME", "the model to talk to; NAME@2 is its version 2, by number or label", complete="version")
    reset: bool = switch("--reset", about="begin a new conversation first")
    image: tuple[str, ...] = values("-i", "--image", metavar="FILE", about="a picture: a file, or a variable or Out[3]", convert=str)
    raw: bool = switch("--raw", about="send the cell as it is, without template, system text and conversation")


@dataclass
class ShowChatArguments(TalkArguments):
    """Show the conversation with a model, or begin a new one."""

    usage = "%chat"
    notes = "The value is the Chat: chat = %chat NAME gives its messages, turns and answers to Python."

    name: str = positional("NAME", "the model; NAME@2 is its version 2, by number or label", complete="version")
    reset: bool = switch("--reset", about="begin a new conversation")
    export: str | None = value(
        "--export",
        metavar="messages|json|markdown|FILE",
        about="show the conversation in this form, or write it: .json, .md, else MESSAGE lines",
    )


def ask_from_cell(session: Session, arguments: ChatArguments, body: str) -> Answer | None:
    """Send ``body`` to the model, stream the answer and return it."""
    text = body.removesuffix("\n")
    if not text.strip():
        raise UsageProblem("there is nothing to send", hint="write the message below the %%chat line")
    chat = _prepared(session, arguments)
    return answer(session, chat, text, images=[picture_of(session, named) for named in arguments.image])


def picture_of(session: Session, named: str) -> Any:
    """Return the picture that ``--image`` names: a file, or what a variable or a cell's output holds, drawn as the page would draw it.

    Raises:
        UsageProblem: what is named cannot be drawn.
    """
    if Path(named).expanduser().is_file():
        return named
    cell = re.fullmatch(r"(?:Out|_oh)\[(\d+)\]", named)
    names = session.shell.user_ns
    found = names.get("_oh", {}).get(int(cell[1])) if cell else names.get(named)
    if found is None or isinstance(found, str | bytes | Path) or hasattr(found, "_repr_png_"):
        return named if found is None else found
    drawn, _ = session.shell.display_formatter.format(found, include={"image/png", "image/jpeg"})
    for kind in ("image/png", "image/jpeg"):
        if kind in drawn:
            return drawn[kind]
    raise UsageProblem(f"{named} is a {type(found).__name__}, which is not drawn as a picture", hint="give a file, or a figure or image")


def answer(session: Session, chat: Chat, text: str, *, images: Sequence[Any] = ()) -> Answer | None:
    """Stream the answer to ``text``, with pictures beside it, onto the screen and return it.

    The Stop button ends it with what came; an interrupt and a broken stream show what came, and then fail the cell.
    """
    from ollama_magics.display.cards import answer_card

    replies: list[Reply] = []
    server, _ = session.server(chat.host)
    with session.screen.chat(chat, server.label) as view:

        def read(report: Callable[[Delta], None], cancel: CancelToken) -> None:
            replies.append(chat.stream(text, images=images, cancel=view.cancels(cancel)))
            for piece in replies[0]:
                report(piece)

        failure: OllamaMagicsError | None = None
        try:
            session.work(read, view.delta, view.tick)
        except (Cancelled, StreamFault) as exc:
            failure = exc
        got = replies[0].answer if replies else None
        if got is not None and (failure is None or got.text or got.thinking):
            view.finish(answer_card(got.model, got.turn(), version=chat.version, server=server, keep_thinking=chat.keep_thinking), got)
            if failure is not None:
                session.screen.drawn(failure)
        if failure is not None and not (got is not None and isinstance(failure, Cancelled) and view.stopped):
            raise failure
    assert got is not None
    return session.shown(got)


def show_conversation(session: Session, arguments: ShowChatArguments) -> Chat | None:
    """Show the conversation so far, as a chat that goes on where the page can, or forget it; return it."""
    from ollama_magics.magics.modelfile import create_quietly

    chat = session.conversation(arguments.name, arguments.host)
    _set_given(session, chat, arguments)
    if arguments.export is not None:
        return _export(session, chat, arguments.export)
    if arguments.reset:
        chat.reset()
    server, _ = session.server(arguments.host)
    # A create makes the model's next version; who talks to an older one would go on with that.
    create = None if chat.stand_in else partial(create_quietly, session, arguments.host)
    if session.screen.conversation(chat, server.label, create):
        return session.shown(chat)
    if arguments.reset:
        print(f"A new conversation with {arguments.name}.")
    else:
        note = "" if chat.answers else f"Nothing said yet. Type %%chat {arguments.name} and a message below it."
        session.screen.document(chat.card(server=server, note=note))
    return session.shown(chat)


def _export(session: Session, chat: Chat, wanted: str) -> Chat | None:
    """Print the conversation in a form, or write it into a file."""
    if not chat.answers:
        raise UsageProblem(f"nothing was said to {chat.model} yet", hint=f"%%chat {chat.model} says something")
    forms = {"messages": chat.as_messages_text, "json": chat.as_json_text, "markdown": chat.as_markdown}
    if wanted in forms:
        print(visible(forms[wanted]()), end="")
    else:
        print(f"The conversation is in {visible(str(chat.export(wanted)))}.")
    return session.shown(chat)


def _prepared(session: Session, arguments: ChatArguments) -> Chat:
    """Return the conversation of a cell, held as its line says and in no other way; a system text and tools stay until others are given."""
    chat = session.conversation(arguments.name, arguments.host)
    if arguments.reset:
        chat.reset()
    chat.options, chat.format, chat.think, chat.keep_alive = {}, None, None, None
    chat.raw, chat.keep_thinking = arguments.raw, False
    chat.truncate, chat.shift, chat.logprobs = None, None, False
    _set_given(session, chat, arguments)
    return chat


def _set_given(session: Session, chat: Chat, arguments: TalkArguments) -> None:
    """Hold a conversation as the line says, and for the rest as before."""
    if arguments.system is not None:
        chat.system = arguments.system
    if arguments.option:
        chat.options = option_values(arguments.option)
    if arguments.format is not None:
        chat.format = format_value(arguments.format, session.shell.user_ns)
    if arguments.think is not None:
        chat.think = arguments.think  # type: ignore[assignment]  # think_value gives nothing else
    if arguments.tool:
        chat.tools = [_function(name, session.shell.user_ns) for name in arguments.tool]
    if arguments.keep_alive is not None:
        chat.keep_alive = arguments.keep_alive
    if arguments.keep_thinking:
        chat.keep_thinking = True
    if arguments.logprobs is not None:
        chat.logprobs = arguments.logprobs or True
    chat.truncate = False if arguments.no_truncate else chat.truncate
    chat.shift = False if arguments.no_shift else chat.shift


def _function(name: str, names: Mapping[str, Any]) -> Any:
    """Return the function of the notebook that ``--tool`` names.

    Raises:
        UsageProblem: there is none.
    """
    found = names.get(name)
    if not callable(found):
        near = nearest(name, [known for known, value in names.items() if callable(value) and not known.startswith("_")])
        hint = f"did you mean {' or '.join(near)}?" if near else f"define it first: def {name}(…)"
        raise UsageProblem(f"there is no function {name} in the notebook", hint=hint)
    return found


def format_value(text: str | None, names: Mapping[str, Any]) -> Any:
    """Return the format that ``--format`` means: ``json``, a schema, or a class that has ``model_json_schema``."""
    if text is None or text == "json":
        return text
    if text.lstrip().startswith("{"):
        return _schema(text, text)
    found = names.get(text)
    if hasattr(found, "model_json_schema"):
        return found
    if isinstance(found, Mapping):
        return dict(found)
    path = Path(text)
    if path.is_file():
        return _schema(path.read_text("utf-8"), text)
    raise UsageProblem(f"--format is neither json nor a variable or file with a schema: {text}", hint="write --format json")


def _schema(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        raise UsageProblem(f"--format {name} is not JSON: {exc}", hint="a JSON schema begins with {") from exc
