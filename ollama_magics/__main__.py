"""``python -m ollama_magics``: the same as the command ``ollama-magics``."""

from __future__ import annotations

import sys

from ollama_magics.cli import main

if __name__ == "__main__":
    sys.exit(main())
