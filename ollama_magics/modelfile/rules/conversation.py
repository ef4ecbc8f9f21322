"""MESSAGE lines together, as the conversation that they are.

Source: Ollama template/template.go (collate joins messages of one role), server/routes.go (ChatHandler puts SYSTEM before the stored
messages), v0.33.0-rc2.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.nodes import Instruction
from ollama_magics.modelfile.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

ORDER = Rule(
    *("MF406", "message-order", "warning", "The MESSAGE lines do not take turns, user first."),
    *("FROM a\nMESSAGE assistant hi\n", "FROM a\nMESSAGE user hello\nMESSAGE assistant hi\n"),
)
SYSTEM = Rule(
    *("MF407", "system-message-beside-system", "info", "A system MESSAGE stands beside SYSTEM; the model sees both."),
    *("FROM a\nSYSTEM one\nMESSAGE system two\n", "FROM a\nSYSTEM one\n"),
)
STOP = Rule(
    *("MF408", "stop-in-message", "warning", "An assistant MESSAGE shows an answer with a stop text in it."),
    *(
        "FROM a\nPARAMETER stop END\nMESSAGE user hello\nMESSAGE assistant hi END bye\n",
        "FROM a\nMESSAGE user hello\nMESSAGE assistant hi\n",
    ),
)
RULES = (ORDER, SYSTEM, STOP)

_MOST_STOPS = 100


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is doubtful about the conversation."""
    turns = [(node, node.argument.text) for node in file.instructions if node.name == "message" and node.command and node.argument]
    if not turns:
        return
    spoken = [turn for turn in turns if turn[1] != "system"]
    yield from _order(file, spoken)
    commands = file.commands
    if any(name == "system" and args for name, args in commands):
        for node, role in turns:
            if role == "system" and node.argument is not None:
                help = "The SYSTEM text comes first, then this one; one place for both is clearer."
                yield SYSTEM.at(node.start, node.argument.end, "The model sees this text and SYSTEM", help=help)
    stops = [args for name, args in commands if name == "stop" and args][:_MOST_STOPS]
    for node, role in turns:
        if role == "assistant" and node.value is not None:
            yield from _stopped(file, node, stops)


def _order(file: Modelfile, spoken: list[tuple[Instruction, str]]) -> Iterator[Finding]:
    if spoken and spoken[0][1] == "assistant":
        help = "Most models were trained on conversations that a user begins."
        yield _at(spoken[0][0], "The conversation begins with an answer", help)
    same_before = False
    for (first, role), (second, next_role) in pairwise(spoken):
        same = role == next_role
        if same and not same_before:  # one finding for a run of them
            message = f"Two {role} messages follow each other: line {file.line_number(first.start)} and this one"
            yield _at(second, message, "Ollama joins them into one for most models.")
        same_before = same


def _at(node: Instruction, message: str, help: str) -> Finding:
    return ORDER.at(node.start, node.argument.end if node.argument else node.keyword.end, message, help=help)


def _stopped(file: Modelfile, node: Instruction, stops: list[str]) -> Iterator[Finding]:
    assert node.value is not None
    for stop in stops:
        at = file.source_text.find(stop, node.value.inner_start, node.value.inner_end)
        if at >= 0:
            message = f"This answer has the stop text {shortened(stop)} in it"
            help = "An answer that follows the example would end there."
            yield STOP.at(at, at + len(stop), message, help=help)
            return
