"""Writes what the browser's part knows about the language, from the Python tables: ``python labextension/write_tables.py``.

A test fails while the written module is not what these tables say.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from pathlib import Path

from ollama_magics.modelfile.nodes import COMMANDS, ROLES, STORED
from ollama_magics.modelfile.printable import RUNS
from ollama_magics.template.functions import BUILTINS, ollama_functions
from ollama_magics.template.lex import KEYWORDS
from ollama_magics.wire.options import DEPRECATED, OPTIONS

TABLES = Path(__file__).parent / "src" / "language" / "tables.ts"
WIDTH = 140


def tables() -> str:
    """Return the text of the TypeScript module."""
    kinds = ",\n".join(f"  {name}: {_quoted(option.kind)}" for name, option in OPTIONS.items())
    parts = [
        "// Written by labextension/write_tables.py from the tables of the Python package; changes belong there.",
        f"/** The instructions of a Modelfile. */\nexport const INSTRUCTIONS = {_list(COMMANDS)} as const;",
        f"/** The roles of a MESSAGE. */\nexport const ROLES: ReadonlySet<string> = new Set({_list(ROLES)});",
        "/** Names of stored instructions: a PARAMETER of such a name acts as that instruction. */\n"
        f"export const STORED: ReadonlySet<string> = new Set({_list(sorted(STORED))});",
        f"/** What the value of each parameter is. */\nexport const PARAMETERS = {{\n{kinds}\n}} as const;",
        "/** Parameters that a create warns about and leaves out. */\n"
        f"export const DEPRECATED: ReadonlySet<string> = new Set({_list(sorted(DEPRECATED))});",
        f"/** The words of Go's templates. */\nexport const TEMPLATE_WORDS: ReadonlySet<string> = new Set({_list(KEYWORDS)});",
        "/** The functions that a template can call. */\n"
        f"export const TEMPLATE_FUNCTIONS: ReadonlySet<string> = new Set({_list([*BUILTINS, *ollama_functions()])});",
        "/** Lengths in base 36, in turn: how many code points Ollama drops, and how many behind them it keeps (less one). */\n"
        f"export const RUNS =\n{_string(RUNS)};",
    ]
    return "\n\n".join(parts) + "\n"


def _quoted(text: str) -> str:
    return "'" + json.dumps(text, ensure_ascii=True)[1:-1] + "'"


def _list(names: Iterable[str]) -> str:
    quoted = [_quoted(name) for name in names]
    line = f"[{', '.join(quoted)}]"
    if len(line) < WIDTH - 70:
        return line
    return "[\n" + textwrap.fill(", ".join(quoted), WIDTH, initial_indent="  ", subsequent_indent="  ") + "\n]"


def _string(text: str) -> str:
    lines = textwrap.wrap(" ".join(text.split()), WIDTH - 8)
    return " +\n".join(f"  '{line} '" for line in lines[:-1]) + f" +\n  '{lines[-1]}'"


if __name__ == "__main__":
    TABLES.write_text(tables(), "utf-8", newline="\n")
