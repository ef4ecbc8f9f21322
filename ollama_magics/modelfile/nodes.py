"""The parts of a Modelfile's text. Laid side by side in order they are the whole text.

Offsets count code points of the decoded text, from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

COMMANDS: tuple[str, ...] = (
    *("from", "license", "template", "system", "adapter", "draft", "renderer", "parser", "parameter", "message", "requires"),
)
"""The instructions of the language, in the order of Ollama's own error text.

Source: Ollama parser/parser.go (isValidCommand, errInvalidCommand), v0.33.0-rc2.
"""

ROLES: tuple[str, ...] = ("system", "user", "assistant")
"""The roles of a MESSAGE. Source: Ollama parser/parser.go (isValidMessageRole), v0.33.0-rc2."""

STORED: frozenset[str] = frozenset(COMMANDS) - {"from", "parameter"} | {"model"}
"""Names of stored commands that are not parameters; a PARAMETER of such a name acts as that command.

Source: Ollama parser/parser.go (CreateRequest), v0.33.0-rc2.
"""


class Word(NamedTuple):
    """A word of an instruction behind its keyword: the name of a parameter, or a role."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset behind its last character."""
        return self.start + len(self.text)


class Value(NamedTuple):
    """A value of an instruction, as it is written and as Ollama reads it.

    Attributes:
        start: where it starts, the opening quote included.
        end: where it ends, the closing quote included.
        mark: the opening quote, one or three ``"``; empty when there is none.
        inner_start: where the text between the quotes starts.
        inner_end: where the text between the quotes ends.
        text: the value that is stored: no quotes, no characters that Ollama drops.
        closed: the closing quote is there, or none is needed.
    """

    start: int
    end: int
    mark: str
    inner_start: int
    inner_end: int
    text: str
    closed: bool = True


class Fault(Enum):
    """What stops Ollama's parser at an instruction."""

    UNKNOWN_KEYWORD = "no instruction has that name"
    KEYWORD_CHARACTER = "a character that no keyword has"
    KEYWORD_END = "the line or the text ends behind the keyword"
    NAME_CHARACTER = "a character that no name of a parameter has"
    NAME_END = "the line or the text ends behind the name of the parameter"
    ROLE_CHARACTER = "a character that no role has"
    ROLE_END = "the line or the text ends behind the role"
    UNKNOWN_ROLE = "no role has that name"
    UNCLOSED = "the closing quote is missing"
    AFTER_QUOTE = "text stands behind the closing quote, which therefore closes nothing"


class FaultAt(NamedTuple):
    """A fault and the offset of the character where it shows."""

    kind: Fault
    offset: int


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the text.

    Attributes:
        start: its offset in the text.
        text: exactly its part of the text.
    """

    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset behind its last character."""
        return self.start + len(self.text)


class Space(Node):
    """White space and line ends between instructions, or the byte order mark at the start."""

    __slots__ = ()


class Comment(Node):
    """A comment from its ``#`` to before the line end."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Instruction(Node):
    """An instruction from its keyword to before the line end behind its value, or what stands in the place of one.

    Attributes:
        keyword: its first word as it is written.
        name: the keyword as one of `COMMANDS`; empty when it is none of them.
        argument: the name of the parameter or the role; None when the instruction has none.
        value: None when the text ends before one, or when nothing can be read as one.
        command: name and args as Ollama stores them (``model`` for FROM); None when Ollama cannot read the instruction.
        faults: what stops Ollama's parser here, in the order of the text; where an earlier fault has stopped it already, what would.
    """

    keyword: Word
    name: str
    argument: Word | None = None
    value: Value | None = None
    command: tuple[str, str] | None = None
    faults: tuple[FaultAt, ...] = ()
