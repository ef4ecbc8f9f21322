"""TEMPLATE texts, and what they never show.

Source: Ollama template/template.go (Parse, Vars), server/create.go (setTemplate refuses what does not parse), v0.33.0-rc2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from ollama_magics.modelfile.nodes import Instruction, Value
from ollama_magics.modelfile.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

SYNTAX = Rule(
    *("MF901", "template-syntax", "error", "The TEMPLATE does not parse."),
    *("FROM a\nTEMPLATE {{ .Prompt\n", "FROM a\nTEMPLATE {{ .Prompt }}\n"),
)
FUNCTION = Rule(
    *("MF902", "unknown-template-function", "warning", "The TEMPLATE calls a function that Ollama does not have."),
    *("FROM a\nTEMPLATE {{ trim .Prompt }}\n", "FROM a\nTEMPLATE {{ .Prompt }}\n"),
)
NO_PROMPT = Rule(
    *("MF903", "template-without-prompt", "warning", "The TEMPLATE shows neither .Prompt nor .Messages."),
    *("FROM a\nTEMPLATE {{ .System }}\n", "FROM a\nTEMPLATE {{ .System }} {{ .Prompt }}\n"),
)
NO_SYSTEM = Rule(
    *("MF904", "system-not-shown", "warning", "There is a SYSTEM text that the TEMPLATE never shows."),
    *("FROM a\nTEMPLATE {{ .Prompt }}\nSYSTEM hi\n", "FROM a\nTEMPLATE {{ .System }} {{ .Prompt }}\nSYSTEM hi\n"),
)
RULES = (SYNTAX, FUNCTION, NO_PROMPT, NO_SYSTEM)

_ERROR = re.compile(r"template: [^:]*:(?P<line>[0-9]+): (?P<words>.*)", re.DOTALL)
_QUOTED = re.compile(r'"([^"]+)"')
_SHOWN = re.compile(r"\.(Prompt|Messages|System)\b")


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is wrong with the TEMPLATE that counts, and with the SYSTEM beside it."""
    last = {node.command[0]: node for node in file.instructions if node.command is not None}
    node = last.get("template")
    if node is None or node.value is None or not node.value.text:
        return
    error, names = _read(file.meant(node.value.text))
    if error:
        yield _broken(file, node, node.value, error)
        return
    end = (node.argument or node.keyword).end
    if not names & {"prompt", "messages"}:
        message = "The TEMPLATE shows neither .Prompt nor .Messages, so the model never sees what it is asked"
        yield NO_PROMPT.at(node.start, end, message, help="Put `{{ .Prompt }}` where the question belongs.")
    system = last.get("system")
    if system is not None and system.value is not None and system.value.text and not names & {"system", "messages"}:
        message = f"The TEMPLATE in line {file.line_number(node.start)} never shows this SYSTEM text"
        help = "Put `{{ .System }}` into the TEMPLATE where it belongs."
        yield NO_SYSTEM.at(system.start, (system.argument or system.keyword).end, message, help=help)


@lru_cache(maxsize=32)
def _read(text: str) -> tuple[str, frozenset[str]]:
    """Return Go's error for a template, empty for a good one, and the names that it mentions in lower case."""
    from ollama_magics.template import TemplateError, parse

    try:
        names = parse(text).identifiers()
    except TemplateError as exc:
        return str(exc), frozenset()
    # Ollama's own search does not see a name inside a parenthesised chain; for a reader it is there.
    return "", frozenset(names | {match[1].lower() for match in _SHOWN.finditer(text)})


def _broken(file: Modelfile, node: Instruction, value: Value, error: str) -> Finding:
    match = _ERROR.match(error)
    words = match["words"] if match else error
    start, end, note = value.start, value.end, ""
    written = file.source_text[value.inner_start : value.inner_end]
    if match and written == value.text:  # else characters are dropped, and Go counts without them
        lines = value.text.split("\n")
        number = min(int(match["line"]), len(lines)) - 1
        line = lines[number]
        start = value.inner_start + sum(len(before) + 1 for before in lines[:number]) + len(line) - len(line.lstrip())
        end = max(start + len(line.strip()), start)
        quoted = _QUOTED.search(words)
        if quoted and line.count(quoted[1]) == 1:
            start = value.inner_start + sum(len(before) + 1 for before in lines[:number]) + line.index(quoted[1])
            end = start + len(quoted[1])
        note = f"line {number + 1} of the TEMPLATE" if len(lines) > 1 else ""
    if "function" in words and "not defined" in words:
        help = "Functions of newer versions are not known here; older ones refuse the TEMPLATE."
        return FUNCTION.at(start, end, f"The TEMPLATE calls what Ollama does not have: {words}", help=help, note=note)
    help = "Ollama refuses to create a model with it."
    return SYNTAX.at(start, end, f"The TEMPLATE does not parse: {words}", help=help, note=note)
