"""A client of any server that speaks Ollama's API."""
