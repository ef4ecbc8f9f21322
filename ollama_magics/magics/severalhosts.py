"""``%%modelfile NAME --host A,B``: one card with a part for each server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import OllamaMagicsError, ServerFault
from ollama_magics.magics.output import failure_card
from ollama_magics.magics.session import Session

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.display.segments import Block, Document
    from ollama_magics.services.progress import Progress
    from ollama_magics.services.severalhosts import Creations, Outcome


def create_on_several(
    session: Session, hosts: Sequence[str], name: str, source: str | bytes, *, first_line: int, directory: Path | None, **options: Any
) -> Creations | None:
    """Create a model on several servers, show what came of each, and make that the value of the cell.

    Raises:
        OllamaMagicsError: it was not created on all of them; the card says where, and why.
    """
    from ollama_magics.modelfile import parse
    from ollama_magics.services.creation import check
    from ollama_magics.services.servers import Server
    from ollama_magics.services.severalhosts import create_on

    session.screen.first_line = first_line
    folder = directory or Path()
    modelfile = check(name, parse(source, first_line=first_line, folder=folder), directory=folder)
    all_of_them = Server("", "remote", "", f"{len(hosts)} servers")
    with session.screen.progress(f"Creating {name}", all_of_them) as view:

        def work(report: Callable[[Progress], None], cancel: CancelToken) -> Creations:
            given = {"directory": folder, "on_progress": report, "cancel": view.cancels(cancel), **options}
            return create_on(hosts, name, modelfile, **given)

        made = session.work(work, view.update, view.tick, at_once=False)
        view.finish(creations_card(made, first_line=first_line))
    if made.failed:
        raise session.screen.drawn(_failure(made))
    return session.shown(made)


def creations_card(made: Creations, *, first_line: int) -> Document:
    """Return the card: a part for each server, in the order they were named."""
    from ollama_magics.display.segments import Document

    blocks: list[Block] = []
    for outcome in made:
        blocks += _part(outcome, first_line)
    return Document(tuple(blocks), framed=bool(made.failed))


def _part(outcome: Outcome, first_line: int) -> tuple[Block, ...]:
    from ollama_magics.display.segments import Paragraph, Span

    if outcome.creation is not None:
        card = outcome.creation.card(first_line=first_line)
    else:
        assert outcome.error is not None
        card = failure_card(outcome.error, first_line=first_line)
    return (Paragraph(Span(outcome.url, "strong"), apart=True), *card.blocks)


def _failure(made: Creations) -> OllamaMagicsError:
    """Return the error of the cell: the only one, or how many there were."""
    names = ", ".join(outcome.url for outcome in made.failed)
    done = len(made) - len(made.failed)
    words = f"creating {made.name} failed on {names} and worked on {done} of {len(made)} servers"
    cause = made.failed[0].error
    if isinstance(cause, ServerFault):
        return ServerFault(words, status=cause.status, error=cause.error, hint=cause.hint)
    return OllamaMagicsError(words, hint=cause.hint if cause else "")
