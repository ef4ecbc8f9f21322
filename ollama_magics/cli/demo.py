"""``ollama-magics demo``: the real magics in a real IPython shell, on a server of their own."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ollama_magics.cli.notebooks import open_lab
from ollama_magics.cli.ownserver import own_server
from ollama_magics.errors import OllamaMagicsError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

NAME = "mario"
"""The model on the demo's own server."""

GUEST_NAME = "ollama-magics-demo"
"""The model on somebody's server, so that nothing of theirs is touched; it is removed at the end."""

_IDLE_S = 60.0

_FIRST = "You are Mario, a plumber. Answer like a pirate."
_SECOND = "You are Mario, a plumber. Answer like a king."

LAST_LINE = "To go on in JupyterLab: ollama-magics demo --lab"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--lab", action="store_true", help="open JupyterLab on the notebooks instead")
    parser.add_argument("--host", help="use this server instead of one that the demo starts for itself")
    parser.add_argument("--base", default="tutor", help="the model to start from (default: tutor)")
    parser.add_argument("--folder", type=Path, help="where the notebooks are put for --lab (default: ollama-magics-notebooks in your home)")


def execute(arguments: argparse.Namespace) -> int:
    """Run the demo; 0 when every step worked."""
    if arguments.lab:
        return open_lab(arguments.host, arguments.folder)
    if arguments.host:
        return _show(arguments.host, arguments.base, GUEST_NAME, tidy=True)
    with (
        tempfile.TemporaryDirectory(prefix="ollama-magics-", ignore_cleanup_errors=True) as folder,
        own_server(Path(folder), idle_s=_IDLE_S) as url,
    ):
        return _show(url, arguments.base, NAME, tidy=False)


def cells(base: str, name: str) -> list[str]:
    """Return the cells of the demo in their order."""
    modelfile = f"%%modelfile {name}\nFROM {base}\nPARAMETER temperature 0\nSYSTEM "
    return [
        "%load_ext ollama_magics",
        "%ollama status",
        f"{modelfile}{_FIRST}",
        f"%%chat {name}\nWho are you?",
        f"%%chat {name}\nWhat is the capital of France?",
        f"{modelfile}{_SECOND}",
        f"%%chat {name} --reset\nWho are you?",
        f"%%chat {name}\nWhat is the capital of France?",
    ]


def _show(host: str, base: str, name: str, *, tidy: bool) -> int:
    """Run the cells on the server at ``host``; the one that fails is the last."""
    from ollama_magics.services.servers import servers, set_default_host

    set_default_host(host)
    shell = _shell()
    try:
        for cell in cells(base, name):
            if not _run(shell, cell):
                print("The demo stops here: the step above did not work.", file=sys.stderr)
                return 1
        print(LAST_LINE)
        return 0
    finally:
        if tidy:
            _remove(name)
        servers().forget()


def _remove(name: str) -> None:
    """Take the demo's model away; a server that does not answer, or never had it, is told about above."""
    from ollama_magics.services.servers import client_for

    with suppress(OllamaMagicsError):
        _, client = client_for()
        client.unload(name)
        client.delete(name)


def _shell() -> InteractiveShell:
    """Return an IPython shell that keeps no history and reads no settings of the person's."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    if "NO_COLOR" in os.environ or not sys.stdout.isatty():
        config.InteractiveShell.colors = "nocolor"
    return InteractiveShell(config=config)


def _run(shell: InteractiveShell, cell: str) -> bool:
    """Show a cell as it would be typed, run it, and return whether it worked."""
    prompt = f"In [{shell.execution_count}]: "
    more = "...: ".rjust(len(prompt))
    print("\n".join((more if number else prompt) + line for number, line in enumerate(cell.split("\n"))), flush=True)
    _show_stages(shell)
    done = shell.run_cell(cell, store_history=True)
    print(flush=True)
    return bool(done.success)


def _show_stages(shell: InteractiveShell) -> None:
    """Let the magics of ``shell`` show their stages from the first moment, however short they are."""
    registration = getattr(shell, "_ollama_magics", None)
    if registration is not None:
        registration.session.screen.quiet_s = 0.0
