"""REQUIRES lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.modelfile.semver import required_version

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

NOT_A_VERSION = Rule(
    *("MF601", "requires-version", "error", "REQUIRES takes a version number."),
    *("FROM a\nREQUIRES >=0.14\n", "FROM a\nREQUIRES 0.14\n"),
)
RULES = (NOT_A_VERSION,)

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
