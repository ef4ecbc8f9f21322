"""``python -m ollama_magics`` is the ``ollama-magics`` command."""

import sys

from ollama_magics.cli import main

if __name__ == "__main__":
    sys.exit(main())
