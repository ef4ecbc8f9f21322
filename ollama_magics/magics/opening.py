"""Panels that a card's button opens: the page asks over a comm, and gets the output that shows the panel.

No widget stands behind a card: until a button is pressed a card is text, and one comm a page asks which kernel answers. The browser's end
is ``labextension/src/lab/kernellink.ts``.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ollama_magics.errors import OllamaMagicsError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

TARGET = "ollama_magics.open"

KERNEL = uuid4().hex
"""Names this process: a card that an earlier kernel drew has no buttons."""


class Captured:
    """Takes outputs as IPython's display publisher does: the first ones for the answer, what changes of them later for the page.

    Args:
        change: takes the name of an output and what it holds now.
    """

    def __init__(self, change: Callable[[str, dict[str, Any]], None]) -> None:
        self.outputs: list[dict[str, Any]] = []
        self._change = change

    def publish(
        self,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        *,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Keep an output that is new, hand on one that has changed."""
        name = str((transient or {}).get("display_id", ""))
        if update:
            self._change(name, dict(data))
        else:
            self.outputs.append({"data": dict(data), "metadata": dict(metadata or {}), "name": name})


class Openings:
    """Answers the page of one shell.

    Args:
        shell: whose magics open the panels.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._manager = _comm_manager(shell)
        if self._manager is not None:
            self._manager.register_target(TARGET, self.on_open)

    def close(self) -> None:
        """Answer no more."""
        if self._manager is not None and self._manager.targets.get(TARGET) == self.on_open:
            self._manager.unregister_target(TARGET, self.on_open)

    def on_open(self, comm: Any, _: Any) -> None:
        """Say who answers, and answer from now on."""

        def change(name: str, data: dict[str, Any]) -> None:
            comm.send({"name": name, "data": data})

        comm.on_msg(lambda message: comm.send(self.answer(message["content"]["data"], change)))
        comm.send({"kernel": KERNEL})

    def answer(self, request: Mapping[str, Any], change: Callable[[str, dict[str, Any]], None]) -> dict[str, Any]:
        """Return under the id of the request the outputs of a panel, a cell to add below, or why there is neither.

        ``change`` hears of the outputs from then on.
        """
        from ollama_magics.widgets import outputs

        found, problem = Captured(change), ""
        try:
            make = _OPENERS[str(request.get("open", ""))]
            with outputs.into(found):
                cell = make(self._shell, request.get("params") or {})
            if cell is not None:
                return {"id": request.get("id"), "cell": cell}
        except OllamaMagicsError as exc:
            # Its card is an output like any other.
            problem = exc.message
        except Exception as exc:  # the border to the page: a request without an answer would wait for ever
            problem = f"{type(exc).__name__}: {exc}"
        answer = {"outputs": found.outputs} if found.outputs else {"error": problem or "There is nothing to show."}
        return {"id": request.get("id"), **answer}


def can_open(shell: Any, what: str) -> bool:
    """Return whether ``shell`` has the magic behind a button."""
    return what == "history" or any(what in magics for magics in shell.magics_manager.magics.values())


def _comm_manager(shell: InteractiveShell) -> Any:
    return getattr(getattr(shell, "kernel", None), "comm_manager", None)


Opener = Callable[[Any, Mapping[str, Any]], str | None]


def _line(magic: str, *words: str) -> Opener:
    """Return what runs a line magic on the model of a card."""

    def make(shell: InteractiveShell, params: Mapping[str, Any]) -> None:
        parts = [*words, str(params["name"]), *_host(params)]
        shell.magics_manager.magics["line"][magic](shlex.join(parts))

    return make


def _comparison(_: InteractiveShell, params: Mapping[str, Any]) -> str:
    """Return a cell that compares a version with the one before it, on what that one was asked."""
    from ollama_magics.services.servers import settled_server
    from ollama_magics.services.versions import VERSIONS

    name, since = str(params["name"]), int(params["since"])
    found = settled_server(params.get("host"))
    asked = VERSIONS.answers(found[0].identity, name, since) if found else []
    questions = list(dict.fromkeys(answer.question for answer in reversed(asked)))[:_MOST_QUESTIONS]
    # A prompt ends at an empty line.
    prompts = [question for question in reversed(questions) if "\n\n" not in question]
    head = shlex.join([f"{name}@{since}", f"{name}@{params['version']}", *_host(params)])
    return f"%%compare {head}\n" + "\n\n".join(prompts)


def _host(params: Mapping[str, Any]) -> tuple[str, ...]:
    return ("--host", str(params["host"])) if params.get("host") else ()


_MOST_QUESTIONS = 3

_OPENERS: dict[str, Opener] = {
    "chat": _line("chat"),
    "tune": _line("tune"),
    "compare": _comparison,
    "history": _line("ollama", "history"),
}
