"""The notebooks that come with the package, in a folder of the person's, opened in JupyterLab."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path

from ollama_magics.cli.ownserver import own_server
from ollama_magics.errors import FileProblem, UsageProblem

_LAB_IDLE_S = 6 * 3600.0

FIRST = "01-first-model.ipynb"


def shipped() -> Path:
    """Return the folder of the notebooks: in the wheel beside the modules, in a checkout beside the package.

    Raises:
        FileProblem: there are none.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return folder
    raise FileProblem("the notebooks are not there", hint="install ollama-magics again")


def copy_to(folder: Path) -> Path:
    """Copy the notebooks to ``folder``, where those that are there already stay as they are, and return the first one.

    Raises:
        FileProblem: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(shipped().glob("*.ipynb")):
            if not (folder / notebook.name).exists():
                shutil.copyfile(notebook, folder / notebook.name)
    except OSError as exc:
        reason = exc.strerror or exc
        raise FileProblem(f"cannot put the notebooks into {folder}: {reason}", hint="name another folder with --folder") from exc
    return folder / FIRST


def open_lab(host: str | None, folder: Path | None) -> int:
    """Open JupyterLab on a copy of the notebooks and return its exit status; without ``host`` on a server of its own.

    Raises:
        UsageProblem: JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise UsageProblem("JupyterLab is not installed", hint='install it: python -m pip install "ollama-magics[lab]"')
    folder = folder or Path.home() / "ollama-magics-notebooks"
    first = copy_to(folder)
    print(f"The notebooks are in {folder}.")
    with nullcontext(host) if host else own_server(folder / ".models", idle_s=_LAB_IDLE_S) as address:
        command = [sys.executable, "-m", "jupyterlab", first.name]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # A container's only person is root; without this JupyterLab refuses to start. It listens on this machine alone.
            command.append("--allow-root")
        return subprocess.run(command, cwd=folder, env={**os.environ, "OLLAMA_HOST": str(address)}, check=False).returncode
