"""Putting the magics into a shell, and taking them out again without a trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from IPython.core.magic import no_var_expand

from ollama_magics.magics.inspection import Inspection

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ollama_magics.magics.session import Session


_FIRST = 1000.0
"""Before the matchers of IPython: one that is silenced by another is then not even asked, jedi for instance, which takes its time."""


def keep_question_marks(lines: list[str]) -> list[str]:
    """Return the lines of a cell with ``%ollama run`` lines, and ``embed`` lines, that end in a question mark spelled out as calls.

    Source: IPython, ``IPython.core.inputtransformer2.HelpEnd`` reads ``?`` at the end of any line as a request for help.
    """
    if lines and lines[0].startswith("%%"):
        return lines
    return [_ASKING.sub(_spelled_out, line) for line in lines]


def _spelled_out(found: re.Match[str]) -> str:
    return f"{found[1]}get_ipython().run_line_magic('ollama', {found[2]!r})\n"


_ASKING = re.compile(r"^(\s*(?:[\w.\[\]'\", ]+=\s*)?)%ollama\s+((?:run|embed) .*\?)\s*$", re.DOTALL)
"""A line that asks a model a question, its value perhaps assigned."""


def help_without_a_body(lines: list[str]) -> list[str]:
    """Return ``%%modelfile --help`` alone in a cell as the line magic of that name, which explains both: there is nothing to write below.

    Source: IPython, ``InteractiveShell.run_cell_magic`` refuses a cell magic whose body is empty.
    """
    words = lines[0].split() if len(lines) == 1 else []
    asks = len(words) > 1 and words[0] in _CELL_MAGICS and {"--help", "-h"} & set(words[1:])
    return [f"{words[0][1:]} --help\n"] if asks else lines


_CELL_MAGICS = ("%%modelfile", "%%chat", "%%compare")
_TRANSFORMERS = (keep_question_marks, help_without_a_body)


class Registration:
    """What one shell was given, and what stood in its place before."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._session: Session | None = None
        self._before: list[tuple[dict[str, Any], str, Any]] = []
        for kind, name, function in (
            ("cell", "modelfile", self.modelfile_cell),
            ("line", "modelfile", self.modelfile_line),
            ("cell", "chat", self.chat_cell),
            ("line", "chat", self.chat_line),
            ("cell", "compare", self.compare_cell),
            ("line", "compare", self.compare_line),
            ("line", "tune", self.tune_line),
            ("line", "ollama", self.ollama_line),
        ):
            table = shell.magics_manager.magics[kind]
            self._before.append((table, name, table.get(name)))
            table[name] = self._bordered(function)
        self._matcher = self._completer_hook()
        self._inspection = Inspection(getattr(shell, "kernel", None), lambda: self.session)
        self._openings = self._answer_the_page()
        shell.input_transformers_cleanup.extend(_TRANSFORMERS)
        shell.events.register("pre_run_cell", self._before_cell)

    def undo(self) -> None:
        """Give the shell back as it was."""
        self._shell.events.unregister("pre_run_cell", self._before_cell)
        for table, name, before in self._before:
            if before is None:
                table.pop(name, None)
            else:
                table[name] = before
        for transformer in _TRANSFORMERS:
            if transformer in self._shell.input_transformers_cleanup:
                self._shell.input_transformers_cleanup.remove(transformer)
        self._inspection.close()
        if self._openings is not None:
            self._openings.close()
        if self._matcher in self._shell.Completer.custom_matchers:
            self._shell.Completer.custom_matchers.remove(self._matcher)

    @property
    def session(self) -> Session:
        """The session of the shell, made when a magic is first used."""
        if self._session is None:
            from ollama_magics.magics.session import Session

            self._session = Session(self._shell)
        return self._session

    def modelfile_cell(self, line: str, cell: str) -> Any:
        """Create a model from the Modelfile in this cell; ``%%modelfile --help`` says more."""
        from ollama_magics.magics.modelfile import ModelfileArguments, create_from_cell

        return self.session.magic(ModelfileArguments, lambda arguments: create_from_cell(self.session, arguments, cell))(line)

    def modelfile_line(self, line: str) -> Any:
        """Put a model's Modelfile into the next cell; ``%modelfile --help`` says more."""
        from ollama_magics.magics.modelfile import ModelfileArguments, ShowModelfileArguments, show_in_next_cell

        # IPython refuses a cell magic without a body, `%%modelfile --help` too, and names the line magic: that explains both.
        run = self.session.magic(ShowModelfileArguments, lambda arguments: show_in_next_cell(self.session, arguments), ModelfileArguments)
        return run(line)

    def chat_cell(self, line: str, cell: str) -> Any:
        """Send this cell to a model as the next turn and stream the answer; ``%%chat --help`` says more."""
        from ollama_magics.magics.chat import ChatArguments, ask_from_cell

        return self.session.magic(ChatArguments, lambda arguments: ask_from_cell(self.session, arguments, cell))(line)

    def chat_line(self, line: str) -> Any:
        """Show the conversation with a model, or begin a new one; ``%chat --help`` says more."""
        from ollama_magics.magics.chat import ChatArguments, ShowChatArguments, show_conversation

        run = self.session.magic(ShowChatArguments, lambda arguments: show_conversation(self.session, arguments), ChatArguments)
        return run(line)

    def compare_cell(self, line: str, cell: str) -> Any:
        """Ask several models the prompts in this cell; ``%%compare --help`` says more."""
        from ollama_magics.magics.compare import CompareArguments, compare_in_cell

        return self.session.magic(CompareArguments, lambda arguments: compare_in_cell(self.session, arguments, cell))(line)

    def compare_line(self, line: str) -> Any:
        """Ask several models the prompts in a file; ``%compare --help`` says more."""
        from ollama_magics.magics.compare import CompareArguments, CompareFileArguments, compare_in_cell

        run = self.session.magic(CompareFileArguments, lambda arguments: compare_in_cell(self.session, arguments, ""), CompareArguments)
        return run(line)

    def tune_line(self, line: str) -> Any:
        """Turn the knobs of a model and hear at once what each does; ``%tune --help`` says more."""
        from ollama_magics.magics.tune import TuneArguments, tune

        return self.session.magic(TuneArguments, lambda arguments: tune(self.session, arguments))(line)

    def ollama_line(self, line: str) -> Any:
        """Ollama's own commands: ``%ollama list``, ``show``, ``run`` and more; ``%ollama --help`` lists them."""
        from ollama_magics.magics.ollama import run_verb

        return run_verb(self.session, line)

    def _before_cell(self, info: Any) -> None:
        """Let go of what a cell showed when it last ran, and of what its buttons opened."""
        if self._session is not None and info.cell_id:
            self._session.screen.let_go(info.cell_id)

    def _bordered(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def magic(*args: str) -> Any:
            return self.session.border(function)(*args)

        expanded_by_nobody: Callable[..., Any] = no_var_expand(magic)
        return expanded_by_nobody

    def _answer_the_page(self) -> Any:
        if getattr(self._shell, "kernel", None) is None:
            return None
        from ollama_magics.magics.opening import Openings

        return Openings(self._shell)

    def _completer_hook(self) -> Any:
        from IPython.core.completer import context_matcher

        def match(context: Any) -> Any:
            from ollama_magics.magics.completion import complete

            return complete(self.session, context)

        matcher = context_matcher(identifier="ollama_magics", priority=_FIRST)(match)
        self._shell.Completer.custom_matchers.append(matcher)
        return matcher
