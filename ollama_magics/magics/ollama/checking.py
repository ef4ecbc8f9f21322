"""``%ollama check``: what of a model's Modelfile is doubtful, or has no effect on the server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import positional
from ollama_magics.magics.ollama.desk import Desk, ServerArguments

if TYPE_CHECKING:
    from ollama_magics.services.checking import Check
    from ollama_magics.services.servers import Server

_CELL = re.compile(r"\s*%%modelfile[ \t]+(?P<name>\S+)(?P<options>[^\n]*)\n(?P<body>.*)", re.DOTALL)
FIRST_BODY_LINE = 2


@dataclass
class CheckArguments(ServerArguments):
    """Say what of a Modelfile is doubtful, or has no effect on the server, and prove it."""

    usage = "%ollama check"
    notes = (
        "Without WHAT the last %%modelfile cell of this session is checked. A model is loaded: the server renders a question with the "
        "TEMPLATE and without."
    )

    what: str = positional("WHAT", "a model, or the number of a %%modelfile cell, as 5 for In [5]", required=False, complete="model")


def check(desk: Desk, arguments: CheckArguments) -> Any:
    """Check a model or a cell."""
    from ollama_magics.display.cards.checking import check_card
    from ollama_magics.modelfile import parse
    from ollama_magics.services.checking import check_model, check_modelfile

    server, client = desk.server(arguments.host)
    cell = _cell(desk, arguments.what)
    name = cell[0] if cell else arguments.what
    own = _has_system_of_its_own(desk, server, name)
    first_line = FIRST_BODY_LINE if cell else 1

    def work(report: object, cancel: Any) -> Check:
        if cell is None:
            return check_model(client, server, name, chat_system=own, cancel=cancel)
        return check_modelfile(client, server, parse(cell[1], first_line=first_line), name, chat_system=own, cancel=cancel)

    found = desk.work(work)
    if arguments.json:
        return found.data
    desk.screen.document(check_card(found, first_line=first_line))
    return None


def _cell(desk: Desk, what: str) -> tuple[str, str] | None:
    """Return the name and the Modelfile of the cell that is meant; None where a model is.

    Raises:
        UsageProblem: a cell is meant, and there is none.
    """
    if what and not what.isdecimal():
        return None
    shell = getattr(desk, "shell", None)
    if shell is None:
        raise UsageProblem("check needs the name of a model", hint="write ollama-magics check NAME")
    cells = list(shell.history_manager.input_hist_raw)
    wanted = [cells[int(what)]] if what and int(what) < len(cells) else cells[::-1] if not what else []
    found = next((match for text in wanted if (match := _CELL.match(text))), None)
    if found is None:
        raise UsageProblem(
            f"cell {what} is no %%modelfile cell" if what else "no %%modelfile cell was run yet", hint="write %ollama check NAME"
        )
    if "--subst" in found["options"].split():
        from ollama_magics.magics.substitution import substitute

        return found["name"], substitute(found["body"], shell.user_ns, first_line=FIRST_BODY_LINE)
    return found["name"], found["body"]


def _has_system_of_its_own(desk: Desk, server: Server, name: str) -> bool:
    """Whether the conversation with a model that is open here replaces its SYSTEM."""
    from ollama_magics.wire.names import parse_name

    where = "" if server.kind == "embedded" else server.url
    chat = getattr(desk, "chats", {}).get((where, parse_name(name).full.casefold()))
    return chat is not None and bool(chat.system)
