"""A template as Ollama uses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from ollama_magics.template import inspect
from ollama_magics.template.evaluate import Limits, Program
from ollama_magics.template.execute import run
from ollama_magics.template.functions import FUNCTION_NAMES, ollama_functions
from ollama_magics.template.nodes import ActionNode, CommandNode, FieldNode, ListNode, PipeNode
from ollama_magics.template.parse import parse_trees
from ollama_magics.template.values import ANY_MAP, Value, boxed, from_python


class Clock(Protocol):
    """Something that knows today's date."""

    def __call__(self) -> date:
        """Return today's date in local time."""


class Template:
    """A parsed template; ``parse()`` makes one.

    Attributes:
        text: the template as it was given.
    """

    def __init__(self, text: str, program: Program) -> None:
        self.text = text
        self._program = program

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(inspect.identifiers(self._program.trees.values()))

    def identifiers(self) -> set[str]:
        """Return every field and variable name that the template mentions, in lower case, as Ollama searches for them."""
        return set(self._names)

    @property
    def root(self) -> ListNode:
        """The tree of the template itself."""
        return self._program.trees[""]

    def thinking_tags(self) -> tuple[str, str]:
        """Return the texts that open and close a thinking trace in this template, ``""`` where there is none."""
        return inspect.thinking_tags(self.root)

    def tool_call_tag(self) -> str:
        """Return the text that introduces a tool call in this template, ``{`` when there is none."""
        return inspect.tool_call_tag(self.root)

    def execute(self, values: Mapping[str, Any], *, limits: Limits | None = None) -> str:
        """Return the template's output.

        Args:
            values: by name (``Messages``, ``System`` …), each a ``Value`` or plain Python data.
            limits: what the run may do at most.

        Raises:
            TemplateError: with Go's words and position (the column counts bytes), or for a limit.
        """
        data = Value(ANY_MAP, {name: boxed(from_python(value)) for name, value in values.items()})
        return run(self._program, data, limits or Limits())

    def cut_at(self, name: str) -> Template:
        """Return the template up to its first field called ``name``, that one included.

        As in Ollama, the result knows neither Ollama's own functions nor the named templates.

        Raises:
            TemplateCrash: the field stands in the first part of an ``if … else``.
        """
        root = inspect.cut_after(self.root, name)
        return Template(self.text, Program(self._program.source, {"": root}, {}, zero_missing=False))


def parse(text: str, *, today: Clock = date.today) -> Template:
    """Return the parsed template, with ``{{ .Response }}`` at its end when it mentions neither messages nor a response.

    Args:
        text: the template.
        today: the clock of ``currentDate`` and ``yesterdayDate``.

    Raises:
        TemplateError: with the words of Go and Ollama: ``template: :1: unclosed action``.
    """
    trees = parse_trees(text, FUNCTION_NAMES)
    if not inspect.identifiers(trees.values()) & {"messages", "response"}:
        response = CommandNode(0, [FieldNode(0, ["Response"])])
        root = trees[""]
        trees[""] = ListNode(root.pos, [*root.nodes, ActionNode(0, PipeNode(0, cmds=[response]))])
    return Template(text, Program(text, trees, ollama_functions(today), zero_missing=True))
