"""A Modelfile: its text, its parts, what Ollama says to it, and what we do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.decode import decode, whole
from ollama_magics.modelfile.edit import edited, place_for, with_escapes
from ollama_magics.modelfile.escapes import directive_in, unescaped
from ollama_magics.modelfile.nodes import Instruction, Node
from ollama_magics.modelfile.problems import Problem, apply_fixes
from ollama_magics.modelfile.scan import NO_FROM_ERROR, Scanner
from ollama_magics.modelfile.views import Licenses, Messages, Parameters
from ollama_magics.text.positions import LineIndex

_ROUNDS = 4
"""A mistake may hide another one behind it; that many times the text is looked at again."""


class Verdict(NamedTuple):
    """What Ollama's own parser says to a Modelfile.

    Attributes:
        error: its one error, in its words; None when it accepts the text.
        commands: name and args of each instruction as it stores them (``model`` for FROM, the parameter's own name for PARAMETER,
            ``role: text`` as the args of MESSAGE); empty when there is an error.
    """

    error: str | None
    commands: tuple[tuple[str, str], ...]


class Modelfile:
    """The parsed form of a Modelfile; make one with `parse`.

    `base`, `system`, `template`, `parameters`, `messages` and `licenses` can be changed. A change rewrites its own place in the text and
    nothing else: comments, layout, line ends and the style of the quotes stay. Each raises UsageProblem for a value that no Modelfile can
    hold, and for a text that cannot be edited because of a mistake, and then changes nothing.

    Attributes:
        text: what was parsed, the same object, or what an edit has made of it, of the same type.
        source_text: the text that offsets count in; a byte order mark is its first character.
        nodes: the parts of the text, in order and without gaps.
        verdict: what Ollama's own parser says.
        dropped: the distinct characters of the text that no value can hold.
        first_line: the number that the words of problems give to the first line.
        folder: what paths in it are relative to; None when it is not known.
    """

    text: str | bytes
    source_text: str
    nodes: tuple[Node, ...]
    verdict: Verdict
    dropped: frozenset[str]
    first_line: int
    folder: Path | None

    def __init__(self, source: str | bytes, *, first_line: int = 1, folder: Path | None = None) -> None:
        self.text = source
        self.folder = folder
        self.first_line = first_line
        self.source_text = decode(source) if isinstance(source, bytes) else source
        scanner = Scanner(self.source_text, whole(self.source_text))
        scanner.scan()
        self.nodes = tuple(scanner.nodes)
        self.dropped = scanner.dropped
        read = tuple(node.command for node in self.nodes if isinstance(node, Instruction) and node.command is not None)
        error = scanner.error
        if error is None and not any(name == "model" for name, _ in read):
            error = NO_FROM_ERROR
        self.verdict = Verdict(error, () if error else read)

    def __repr__(self) -> str:
        return (
            f"<Modelfile of {len(self.source_text)} characters, {len(self.instructions)} instructions, {self.verdict.error or 'accepted'}>"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Modelfile) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    @classmethod
    def from_show(
        cls, show: Mapping[str, Any], *, base: str | None = None, base_show: Mapping[str, Any] | None = None, escapes: bool = False
    ) -> Modelfile:
        """Return the Modelfile that makes a model again, from what ``/api/show`` answers about it.

        `ollama_magics.modelfile.certificate.certify` says whether it does so in every field, and what it loses.

        Args:
            show: the answer, decoded.
            base: what to build on; by default the model it was made from, or the model itself where it brings weights of its own.
            base_show: the answer for the base; its licences, which a create adds to anyway, are not repeated.
            escapes: write what no Modelfile can hold in our own notation, under a comment that says so, instead of leaving it out.
        """
        from ollama_magics.modelfile.write import from_show

        return cls(from_show(show, base=base, base_show=base_show, escapes=escapes))

    def become(self, other: Modelfile) -> None:
        """Take over the text of another Modelfile, and all that follows from it."""
        self.__dict__ = dict(vars(other))

    @cached_property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """The commands that our create sends: those of `verdict`, with escapes read where they count.

        They are there also when Ollama refuses another part of the text.
        """
        read = (node.command for node in self.nodes if isinstance(node, Instruction) and node.command is not None)
        return tuple((name, self.meant(args)) for name, args in read)

    @cached_property
    def escapes(self) -> bool:
        """Whether a comment ``# ollama-magics: escapes`` makes our escapes count, which Ollama itself does not read."""
        return "ollama-magics" in self.source_text and directive_in(self.nodes) is not None

    def meant(self, text: str) -> str:
        """Return the text of a value with its escapes read, if they count here."""
        return unescaped(text) if self.escapes else text

    def allow_escapes(self) -> None:
        """Put the comment on top that makes our escapes count, so that any character can be set; nothing that stands there changes.

        Raises:
            UsageProblem: as a change of any other part does.
        """
        if not self.escapes:
            self.become(with_escapes(self))

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """The instructions, in order; also those that Ollama cannot read."""
        return tuple(node for node in self.nodes if isinstance(node, Instruction))

    @cached_property
    def lines(self) -> LineIndex:
        """Where each line of `source_text` starts."""
        return LineIndex(self.source_text)

    def line_number(self, offset: int) -> int:
        """Return the number of an offset's line as the reader counts, for words; positions count from 1."""
        return self.lines.position(offset).line + self.first_line - 1

    @property
    def error_note(self) -> str:
        """What a reader of Ollama's error needs to know about its line number; empty where it is the text's own."""
        error, text = self.verdict.error or "", self.source_text
        return "Ollama counts each CRLF as two line ends, so its line number is too high" if "(line " in error and "\r\n" in text else ""

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong or doubtful, in the order of the text; with one of severity ``error`` Ollama would refuse to create."""
        from ollama_magics.modelfile.rules import check

        return check(self)

    @property
    def ok(self) -> bool:
        """Whether a create may be sent: no problem is an error."""
        return not any(problem.severity == "error" for problem in self.problems)

    @cached_property
    def mended(self) -> str | None:
        """The text with the mistakes put right; None when there is none, or when one of them has no certain fix."""
        file, rounds = self, 0
        while not file.ok and rounds < _ROUNDS:
            edits = [problem.fix for problem in file.problems if problem.severity == "error" and problem.fix is not None]
            file, rounds = Modelfile(apply_fixes(file.source_text, edits), folder=self.folder), rounds + 1
        return file.source_text if file.ok and rounds else None

    def values_of(self, name: str) -> list[str]:
        """Return the args of every stored command of that name, in order, also when Ollama refuses another part of the text."""
        return [args for stored, args in self.commands if stored == name]

    @property
    def base(self) -> str | None:
        """The argument of the last FROM, a model's name or a path; None when there is none. It cannot be taken out."""
        return self._last("model")

    @base.setter
    def base(self, text: str | None) -> None:
        if not text:
            raise UsageProblem("a Modelfile needs a base", hint="give the name of a model or a path")
        self._set("model", text)

    @property
    def system(self) -> str | None:
        """The last SYSTEM text, the one that counts; None, and to set or delete it, takes out every SYSTEM."""
        return self._last("system")

    @system.setter
    def system(self, text: str | None) -> None:
        self._set("system", text)

    @system.deleter
    def system(self) -> None:
        self._set("system", None)

    @property
    def template(self) -> str | None:
        """The last TEMPLATE text, the one that counts; None, and to set or delete it, takes out every TEMPLATE."""
        return self._last("template")

    @template.setter
    def template(self, text: str | None) -> None:
        self._set("template", text)

    @template.deleter
    def template(self) -> None:
        self._set("template", None)

    @property
    def licenses(self) -> Licenses:
        """All LICENSE texts, in order, as a list that edits the text."""
        return Licenses(self)

    @property
    def messages(self) -> Messages:
        """All MESSAGE lines as ``{"role": …, "content": …}``, in order, as a list that edits the text."""
        return Messages(self)

    @property
    def parameters(self) -> Parameters:
        """The parameters that a create would send, by name, as a dict that edits the text.

        The last value counts; ``stop`` has the list of all its values. Those that a create would refuse are left out.
        """
        return Parameters(self)

    def _set(self, name: str, text: str | None) -> None:
        places = [at for at, command in enumerate(self.commands) if command[0] == name]
        if text is None:
            self.become(edited(self, dict.fromkeys(places)))
        elif places:
            self.become(edited(self, {places[-1]: (name, text)}))
        else:
            self.become(edited(self, {}, [(place_for(self, name), (name, text))]))

    def _last(self, name: str) -> str | None:
        values = self.values_of(name)
        return values[-1] if values else None


def parse(source: str | bytes, *, first_line: int = 1, folder: Path | None = None) -> Modelfile:
    """Return the parsed form of a Modelfile; never raises, whatever the text.

    Args:
        source: its text, or its bytes, which are decoded as Ollama decodes a file: UTF-8, or UTF-16 with a byte order mark.
        first_line: the number that the words of problems give to the first line, 2 below a cell magic; positions count from 1 always.
        folder: what paths in it are relative to; with it, problems that files beside the Modelfile make are found too.

    Examples:
        >>> file = parse("FROM tutor\\nPARAMETER temperature 1\\nSYSTEM You are Mario.")
        >>> file.verdict.commands
        (('model', 'tutor'), ('temperature', '1'), ('system', 'You are Mario.'))
        >>> file.parameters, parse("SYSTEM hi").verdict.error
        ({'temperature': 1.0}, 'no FROM line')
        >>> file.parameters["temperature"] = 0.2
        >>> file.messages.append({"role": "user", "content": "Who are you?"})
        >>> print(file.text)
        FROM tutor
        PARAMETER temperature 0.2
        SYSTEM You are Mario.
        MESSAGE user Who are you?
    """
    return Modelfile(source, first_line=first_line, folder=folder)
