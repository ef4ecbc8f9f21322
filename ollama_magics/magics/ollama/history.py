"""``%ollama history NAME``: the versions of a model, and what can be done with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ollama_magics.display.visible import visible
from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import positional, switch, value
from ollama_magics.magics.modelfile import create_on_screen
from ollama_magics.magics.ollama.desk import ServerArguments
from ollama_magics.magics.session import Session

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document
    from ollama_magics.services.creation import Creation
    from ollama_magics.services.history import History
    from ollama_magics.services.versionstore import Version


@dataclass
class HistoryArguments(ServerArguments):
    """Show the versions of a model: when, what changed, which one the server has."""

    usage = "%ollama history"
    notes = (
        "N is a number or a label. Versions are kept on this machine and are the same in every notebook.\n"
        "%modelfile NAME@N puts a version's text into the next cell, as --copy does."
    )

    name: str = positional("NAME", "the model", complete="model")
    more: str = positional("MORE", "the second version of --diff, or the text of --label", required=False)
    diff: str | None = value("--diff", metavar="N", about="what N changed, or the difference from N to MORE")
    show: str | None = value("--show", metavar="N", about="the whole text of a version")
    copy: str | None = value("--copy", metavar="N", about="put the text of a version into the next cell")
    restore: str | None = value("--restore", metavar="N", about="create the model as it was in N, as a new version")
    label: str | None = value("--label", metavar="N", about="name a version MORE; without MORE take its name away")
    remove: str | None = value("--remove", metavar="N", about="take a version out of the history for good; asks first")
    yes: bool = switch("-y", "--yes", about="do not ask")
    notebook: bool = switch("--notebook", about="open the panel also for a model of which only this notebook's cards keep versions")


def show_history(session: Session, arguments: HistoryArguments) -> Any:
    """Show the versions of a model, or do one thing with one of them."""
    asked = [name for name in _ACTIONS if getattr(arguments, name) not in (None, False)]
    if len(asked) > 1:
        raise UsageProblem(f"%ollama history can do one thing at a time, got --{' and --'.join(asked)}", hint="name one of them")
    if arguments.more and asked not in (["diff"], ["label"]):
        raise UsageProblem(f"%ollama history takes no further word here, got {arguments.more!r}", hint="see %ollama history --help")
    if not asked:
        _open(session, arguments)
        return None
    history = read_history(session, arguments.name, arguments.host)
    return _ACTIONS[asked[0]](session, history, arguments)


def _open(session: Session, arguments: HistoryArguments) -> None:
    """Show the versions, as a panel where there are live ones."""
    from ollama_magics.errors import ModelNotFound
    from ollama_magics.services.creation import create
    from ollama_magics.services.history import history

    server, client = session.server(arguments.host)
    found: History | None = None
    try:
        found = read_history(session, arguments.name, arguments.host)
    except ModelNotFound as exc:
        if not arguments.notebook:
            exc.hint = f"{exc.hint}; {arguments.usage} {arguments.name} --notebook looks into this notebook's cards"
            raise

    def make(version: Version) -> Creation:
        return create(
            arguments.name, version.modelfile, client=client, directory=version.directory or None, quantize=version.quantize or None
        )

    name = found.name if found else arguments.name
    facts: dict[str, Any] = {"server": server.label, "host": server.url if arguments.host else None}
    if not session.screen.history(lambda: history(name, client=client), make, found, name, **facts):
        session.screen.document(found.card() if found else _unknown(name))


def _unknown(name: str) -> Document:
    from ollama_magics.display.segments import Document, Paragraph

    return Document((Paragraph(f"No version of {name} is known here."),))


def read_history(session: Session, name: str, host: str | None) -> History:
    """Return the history of a model, looked up in a way that can be interrupted."""
    from ollama_magics.services.history import history

    _, client = session.server(host)
    return session.work(lambda report, cancel: history(name, client=client, cancel=cancel))


def copy_to_next_cell(session: Session, history: History, which: str) -> None:
    """Put the cell that makes a version into the next cell."""
    session.shell.set_next_input(f"%%modelfile {history.name}\n{history.find(which).modelfile}")


def _diff(session: Session, history: History, arguments: HistoryArguments) -> None:
    session.screen.document(history.diff_card(str(arguments.diff), arguments.more or None))


def _show(session: Session, history: History, arguments: HistoryArguments) -> None:
    print(visible(history.find(str(arguments.show)).modelfile))


def _copy(session: Session, history: History, arguments: HistoryArguments) -> None:
    copy_to_next_cell(session, history, str(arguments.copy))


def _restore(session: Session, history: History, arguments: HistoryArguments) -> Creation | None:
    version = history.find(str(arguments.restore))
    options = history.restoring(version.number)
    return session.shown(create_on_screen(session, history.name, version.modelfile, first_line=1, host=arguments.host, **options))


def _label(session: Session, history: History, arguments: HistoryArguments) -> None:
    version = history.label(str(arguments.label), arguments.more)
    named = f"is named {version.label}." if version.label else "has no name."
    print(visible(f"{history.name} v{version.number} {named}"))


def _remove(session: Session, history: History, arguments: HistoryArguments) -> None:
    version = history.find(str(arguments.remove))
    question = f"Remove v{version.number} from the history of {history.name}? Its text is gone then."
    if version.number != history.on_server and not arguments.yes and not session.confirm(question):
        print(f"v{version.number} is kept.")
        return
    history.remove(version.number)
    print(f"v{version.number} is removed from the history of {history.name}.")


def _json(session: Session, history: History, arguments: HistoryArguments) -> list[dict[str, Any]]:
    return history.records()


_ACTIONS = {"diff": _diff, "show": _show, "copy": _copy, "restore": _restore, "label": _label, "remove": _remove, "json": _json}
