"""Ollama's API on the wire: types, NDJSON, names, host, options. Pure, standard library only."""
