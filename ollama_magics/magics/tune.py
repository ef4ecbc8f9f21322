"""``%tune NAME`` opens the knobs of a model, with a conversation beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ollama_magics.magics.arguments import Arguments, positional, switch, value
from ollama_magics.magics.session import Session

if TYPE_CHECKING:
    from ollama_magics.services.tuning.tuner import Tuner


@dataclass
class TuneArguments(Arguments):
    """Turn the knobs of a model and hear at once what each does."""

    usage = "%tune"
    notes = 'The value is a Tuner: tuner.temperature = 0.2, tuner.system = "…", tuner.ask("…"), tuner.create() and more.'

    name: str = positional("NAME", "the model to tune", complete="model")
    on_each_change: bool = switch("--on-each-change", about="store every settled change as the next version, instead of trying it first")
    host: str | None = value("--host", metavar="URL", about="the server that has the model")


def tune(session: Session, arguments: TuneArguments) -> Tuner | None:
    """Open the tuner of a model and return it; where the page can show no panel, say what is stored and how to go on."""
    return session.shown(open_tuner(session, arguments.name, arguments.host, on_each_change=arguments.on_each_change))


def open_tuner(session: Session, name: str, host: str | None, *, on_each_change: bool = False, cell: str | None = None) -> Tuner:
    """Open a tuner below the cell that runs; it is closed when the cell runs again.

    Args:
        cell: the Modelfile in the cell, which is the text to edit.
    """
    from ollama_magics.services.tuning.tuner import Tuner

    session.server(host)
    tuner = session.work(lambda report, cancel: Tuner(name, host=host))
    if session.screen.tuner(tuner, on_each_change=on_each_change, cell=cell) is None:
        _show(session, tuner)
    return tuner


def _show(session: Session, tuner: Tuner) -> None:
    from ollama_magics.display.segments import Commands, Document

    say = Commands((f"tuner = %tune {tuner.name}", "tuner.temperature = 0.2", 'print(tuner.ask("Hello"))', "tuner.create()"))
    session.screen.document(Document((*tuner.card().blocks, say), framed=True))
