"""The ollama-magics command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_USAGE = "usage: ollama-magics serve [--help]"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    verb, *rest = (sys.argv[1:] if argv is None else list(argv)) or [""]
    if verb == "serve":
        from ollama_magics.server.main import serve_command

        return serve_command(rest)
    print(_USAGE, file=sys.stderr)
    return 2
