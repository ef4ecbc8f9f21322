"""REQUIRES lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.nodes import Instruction
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.modelfile.semver import required_version
from ollama_magics.wire.options import OPTIONS

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

NOT_A_VERSION = Rule(
    *("MF601", "requires-version", "error", "REQUIRES takes a version number."),
    *("FROM a\nREQUIRES >=0.14\n", "FROM a\nREQUIRES 0.14\n"),
)
TOO_LOW = Rule(
    *("MF602", "requires-too-low", "warning", "REQUIRES names a version that does not know what the Modelfile uses."),
    *("FROM a\nREQUIRES 0.3.0\nPARAMETER min_p 0.1\n", "FROM a\nREQUIRES 0.14.0\nPARAMETER min_p 0.1\n"),
)
RULES = (NOT_A_VERSION, TOO_LOW)

SINCE: Mapping[str, str] = MappingProxyType({"renderer": "0.13.3", "parser": "0.13.3", "requires": "0.14.0", "draft": "0.23.1"})
"""The first release that reads an instruction; the others are as old as the language.

Source: Ollama parser/parser.go (isValidCommand), the tags that contain each name.
"""

_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,2}(?![0-9.])")


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield the REQUIRES lines that do not name a version."""
    for node in file.instructions:
        if node.command is None or node.value is None or node.command[0] != "requires" or required_version(node.command[1]) is not None:
            continue
        value = node.value
        found = _VERSION.search(value.text)
        meant = found[0] if found and required_version(found[0]) is not None and not value.text[: found.start()].strip("><=~^vV ") else ""
        only = meant and found is not None and found.end() == len(value.text)
        fix = Fix(f"Change to {meant}", value.start, value.end, meant) if only else None
        message = f"REQUIRES takes a version number, not {shortened(value.text)}" if value.text else "REQUIRES has no value"
        yield NOT_A_VERSION.at(value.start, value.end, message, help="For example `REQUIRES 0.14.0`.", fix=fix)
    yield from _too_low(file)


def _too_low(file: Modelfile) -> Iterator[Finding]:
    """Yield the REQUIRES that counts where another line needs a later version than it, or than the first that has REQUIRES at all."""
    last = next((node for node in reversed(file.instructions) if node.command and node.command[0] == "requires"), None)
    required = required_version(last.command[1]) if last is not None and last.command is not None else None
    if last is None or last.value is None or required is None:
        return
    needs = [(_numbers(since), since, node, name) for node, name, since in _needed(file)]
    if not needs:
        return
    needed, since, node, name = max(needs, key=lambda need: need[0])
    if _numbers(required) < needed:
        message = f"REQUIRES {last.value.text} is too low: {name} in line {file.line_number(node.start)} came with {since}"
        help = f"An older server stores the line and does not use it, or refuses the Modelfile; `REQUIRES {since}` says what is needed."
        yield TOO_LOW.at(last.value.start, last.value.end, message, help=help)


def _needed(file: Modelfile) -> Iterator[tuple[Instruction, str, str]]:
    for node in file.instructions:
        if node.command is None:
            continue
        name = node.command[0]
        if name in OPTIONS:
            yield node, name, OPTIONS[name].since
        elif name in SINCE and name != "requires":
            yield node, name.upper(), SINCE[name]


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.partition("-")[0].partition("+")[0].split(".")]
    return (*numbers, 0, 0)[:3]
